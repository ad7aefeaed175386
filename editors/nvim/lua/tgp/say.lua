--- Messages: short enough that none stops the person, kept in full for `:Tgp messages`.
local M = {}

-- What was said, the newest last.
local said = {}
local KEPT = 200
-- Modes in which a message may appear: not while a command line, a prompt or an operator waits for keys.
local QUIET_FIRST = { n = true, i = true, v = true, V = true, ['\22'] = true, R = true, s = true, S = true, t = true }

--- Text on one line, with what could move the cursor written out.
function M.flat(text)
  return (tostring(text):gsub('%s*[\r\n]+%s*', ' '):gsub('%c', '?'))
end

--- The beginning of a text that takes at most so many cells.
function M.cut(text, cells)
  if vim.fn.strdisplaywidth(text) <= cells then
    return text
  end
  local count = math.min(vim.fn.strchars(text), cells)
  while count > 0 and vim.fn.strdisplaywidth(vim.fn.strcharpart(text, 0, count)) > cells - 1 do
    count = count - 1
  end
  return vim.fn.strcharpart(text, 0, count) .. '…'
end

--- True when a message takes no key away from the person.
function M.may_appear()
  local now = vim.api.nvim_get_mode()
  if now.blocking or vim.fn.getcmdwintype() ~= '' then
    return false
  end
  return QUIET_FIRST[now.mode:sub(1, 1)] == true and now.mode:sub(1, 2) ~= 'no'
end

-- What waits for a quiet moment, in the order it was said.
local waiting = {}
local polling = false

local function flush()
  if not M.may_appear() then
    return vim.defer_fn(flush, 100)
  end
  local due = waiting
  waiting, polling = {}, false
  for _, work in ipairs(due) do
    -- One that fails is told, and keeps no other from being done.
    local done, why = pcall(work)
    if not done then
      vim.schedule(function()
        error(why, 0)
      end)
    end
  end
end

--- Does something as soon as it takes no key away from the person; after what was said before.
function M.when_quiet(work)
  waiting[#waiting + 1] = work
  if not polling then
    polling = true
    vim.schedule(flush)
  end
end

local function show(text, level)
  -- One line, in the place of the message before, or Neovim asks for a key. What is left out stands in `:Tgp messages`.
  vim.cmd('redraw')
  local line = M.cut(M.flat(text), math.max(20, vim.o.columns - 14))
  vim.notify(line, level, { title = 'tgp' })
end

local function keep(text, level)
  said[#said + 1] = { at = os.time(), text = text, level = level }
  if #said > KEPT then
    table.remove(said, 1)
  end
end

local function say(text, level, still)
  keep(text, level)
  M.when_quiet(function()
    if still == nil or still() then
      show(text, level)
    end
  end)
end

function M.info(text)
  say(text, vim.log.levels.INFO)
end

--- `still`, where it is given, says whether the text is still true when it can be shown.
function M.warn(text, still)
  say(text, vim.log.levels.WARN, still)
end

function M.error(text)
  say(text, vim.log.levels.ERROR)
end

--- A refusal of the server, with what to do about it.
function M.refused(refusal)
  -- The code first: a long sentence is cut.
  local code = refusal.code and (' (' .. refusal.code .. ')') or ''
  local hint = refusal.hint and ('. ' .. refusal.hint) or ''
  M.error('tgp' .. code .. ': ' .. (refusal.message or 'refused') .. hint)
end

--- All that was said, as lines.
function M.history()
  local lines = {}
  for _, one in ipairs(said) do
    local text = vim.split(one.text, '\n', { plain = true })
    lines[#lines + 1] = os.date('%H:%M:%S', one.at) .. '  ' .. text[1]
    for place = 2, #text do
      lines[#lines + 1] = '          ' .. text[place]
    end
  end
  return lines
end

return M
