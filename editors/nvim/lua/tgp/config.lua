--- What a person may set with `require('tgp').setup{}`.
local M = {}

M.values = {
  -- The program with its arguments.
  cmd = { 'tgp', 'lsp' },
  -- Start the server when a file of a project is opened, so that questions appear wherever one works.
  autostart = true,
  -- Rows of the timeline that are asked for at once.
  page = 100,
  -- How a question of an agent appears: in a window that takes no keys, and as a message.
  approvals = { float = true, notify = true },
  -- Run code lenses and inlay hints of tool files, where this Neovim has them.
  hints = true,
  -- Show the list of hunks below a review.
  quickfix = true,
}

-- Copies what was set over the defaults; gives the first mistake as a sentence.
local function take(into, from, where)
  for key, value in pairs(from) do
    local there = into[key]
    local name = where .. tostring(key)
    if there == nil then
      return ('tgp: `%s` is no setting; :help tgp-settings lists them'):format(name)
    end
    if type(there) ~= type(value) then
      return ('tgp: the setting `%s` is a %s, not a %s'):format(name, type(there), type(value))
    end
    if type(there) == 'table' and #there == 0 then
      local wrong = take(there, value, name .. '.')
      if wrong then
        return wrong
      end
    else
      into[key] = value
    end
  end
end

--- Takes settings; gives a sentence where one of them cannot be.
function M.set(settings)
  local values = vim.deepcopy(M.values)
  local wrong = take(values, settings or {}, '')
  if not wrong and (type(values.cmd[1]) ~= 'string') then
    wrong = "tgp: the setting `cmd` names no program; the default is { 'tgp', 'lsp' }"
  end
  if not wrong then
    M.values = values
  end
  return wrong
end

return M
