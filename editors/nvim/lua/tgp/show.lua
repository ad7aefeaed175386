--- One action of the timeline: its differences side by side, or its facts.
local ask = require('tgp.ask')
local content = require('tgp.content')
local float = require('tgp.float')
local review = require('tgp.review')
local undo = require('tgp.undo')
local wire = require('tgp.wire')

local M = {}

local function facts(action, files)
  local lines = {}
  local function add(name, value)
    value = wire.given(value)
    if value ~= nil and value ~= '' then
      lines[#lines + 1] = ('%-10s %s'):format(name, tostring(value))
    end
  end
  add('action', action.id)
  add('when', os.date('%Y-%m-%d %H:%M:%S', math.floor(action.at / 1000)))
  add('agent', action.agent)
  add('session', action.session)
  add('client', action.client)
  add('type', action.type)
  add('status', action.status)
  add('code', action.code)
  add('decision', action.decision .. (action.rule ~= '' and ' by ' .. action.rule or ''))
  add('branch', action.branch)
  add('commit', action.commit)
  add('tool', action.tool)
  add('fuel', action.fuel)
  add('took', action.duration_ms and ('%.1f ms'):format(action.duration_ms))
  add('undo', action.reversible and 'can be undone' or (wire.given(action.irreversible) or 'cannot be undone'))
  for _, fetched in ipairs(action.fetched or {}) do
    add('fetched', fetched)
  end
  for _, file in ipairs(files or {}) do
    add('file', ('%s %s +%d -%d'):format(file.how, file.path, file.added, file.removed))
  end
  if #(files or {}) == 0 then
    for _, path in ipairs(action.files or {}) do
      add('file', path)
    end
  end
  add('sql', action.sql)
  return lines
end

--- Shows an action of the list, or by its number.
function M.action(root, action)
  local number = type(action) == 'table' and action.id or action
  ask.server(root, 'tgp/timeline/show', { action = number }, function(shown)
    local from, to = wire.given(shown.from), wire.given(shown.to)
    if not to or #(shown.files or {}) == 0 then
      float.show({ title = shown.action.description, lines = facts(shown.action, shown.files) })
      return
    end
    local repository = wire.given(shown.repository)
    review.open({
      root = root,
      title = shown.action.description,
      files = shown.files,
      left = function(file)
        local at = from and { commit = from, repository = repository }
        return content.file(root, at, wire.given(file.renamed_from) or file.path)
      end,
      right = function(file)
        return content.file(root, { commit = to, repository = repository }, file.path)
      end,
      deeds = {
        gu = {
          'undo this action',
          function()
            undo.action(root, number)
          end,
        },
        gi = {
          'facts of this action',
          function()
            float.show({ title = shown.action.description, lines = facts(shown.action, shown.files) })
          end,
        },
      },
      again = function()
        M.action(root, number)
      end,
    })
  end)
end

return M
