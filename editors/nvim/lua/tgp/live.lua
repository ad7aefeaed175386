--- Keeps what is on the screen as it is in the project: views ask anew when the server says something changed.
local client = require('tgp.client')

local M = {}

-- Which areas a view shows.
local SHOWS = {
  timeline = { timeline = true, approvals = true, library = true },
  approvals = { approvals = true },
  branches = { branches = true },
}
local begun = false

local function refresh(root, areas)
  for _, view in ipairs(require('tgp.view').of(root)) do
    local shows = SHOWS[view.spec.name] or {}
    for _, area in ipairs(areas) do
      if shows[area] then
        view:reload()
        break
      end
    end
  end
end

--- From now on.
function M.watch()
  if begun then
    return
  end
  begun = true
  client.on('changed', refresh)
  client.on('up', function(root)
    refresh(root, { 'timeline', 'approvals', 'branches' })
  end)
end

return M
