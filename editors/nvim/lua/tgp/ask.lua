--- Requests with the refusal told to the person: what every command needs.
local client = require('tgp.client')
local say = require('tgp.say')

local M = {}

--- Asks; `done(result)` where it went well, otherwise `failed()` after the person was told.
function M.server(root, method, params, done, failed)
  client.request(root, method, params, function(refusal, result)
    if refusal then
      say.refused(refusal)
      if failed then
        failed()
      end
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
