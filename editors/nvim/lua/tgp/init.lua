--- The plugin's door: what a configuration calls. See `:help tgp`.
local M = {}

--- Takes the settings, and starts the server for projects as they are opened.
function M.setup(settings)
  local wrong = require('tgp.config').set(settings)
  if wrong then
    require('tgp.say').error(wrong)
    return
  end
  require('tgp.approvals').watch()
  require('tgp.live').watch()
  require('tgp.attach').watch()
end

--- What waits for a person, for a statusline: empty where there is no project.
function M.statusline()
  return require('tgp.statusline').text()
end

return M
