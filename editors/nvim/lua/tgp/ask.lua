--- Requests with the refusal told to the person: what every command needs.
local client = require('tgp.client')
local say = require('tgp.say')

local M = {}

--- Asks; `done(result)` only where it went well.
function M.server(root, method, params, done)
  client.request(root, method, params, function(refusal, result)
    if refusal then
      say.refused(refusal)
    else
      done(result)
    end
  end)
end

--- Files on disk may have changed: buffers nobody edited follow.
function M.follow()
  vim.cmd('silent! checktime')
end

return M
