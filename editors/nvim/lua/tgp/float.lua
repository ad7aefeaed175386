--- Windows over the others: help and facts to read, and questions with what would happen.
local M = {}
local say = require('tgp.say')

-- Text as lines of a buffer.
local function split(lines)
  local flat = {}
  for _, line in ipairs(lines) do
    for _, part in ipairs(vim.split(tostring(line), '\n', { plain = true })) do
      flat[#flat + 1] = part
    end
  end
  return flat
end

-- Lines no wider than the window, so that nothing stands where it cannot be scrolled to.
local function folded(lines, width)
  local narrow = {}
  for _, line in ipairs(lines) do
    local lead = ''
    while vim.fn.strdisplaywidth(lead .. line) > width do
      local count = math.min(vim.fn.strchars(line), width - #lead)
      while count > 1 and vim.fn.strdisplaywidth(lead .. vim.fn.strcharpart(line, 0, count)) > width do
        count = count - 1
      end
      narrow[#narrow + 1] = lead .. vim.fn.strcharpart(line, 0, count)
      line = vim.fn.strcharpart(line, count)
      lead = '  '
    end
    narrow[#narrow + 1] = lead .. line
  end
  return narrow
end

local function size(lines)
  local width = 40
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  width = math.min(width, math.max(20, vim.o.columns - 6))
  local narrow = folded(lines, width)
  return narrow, width, math.max(1, math.min(#narrow, vim.o.lines - 6))
end

--- Shows lines; `q`, `<Esc>` and what `keys` says end it. Gives buffer and window.
function M.show(what)
  local lines = split(what.lines)
  table.insert(lines, 1, say.flat(what.title))
  if what.foot then
    lines[#lines + 1] = ''
    lines[#lines + 1] = what.foot
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modeline = false
  local narrow, width, height = size(lines)
  require('tgp.view').fill(buffer, narrow)
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
  })
  vim.wo[window].wrap = true
  vim.wo[window].conceallevel = 0
  vim.wo[window].foldenable = false
  if what.syntax then
    vim.bo[buffer].syntax = what.syntax
  end
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  local function map(lhs, work)
    vim.keymap.set('n', lhs, work, { buffer = buffer, nowait = true, silent = true })
  end
  for _, lhs in ipairs({ 'q', '<Esc>' }) do
    map(lhs, close)
  end
  for lhs, work in pairs(what.keys or {}) do
    map(lhs, function()
      work(close)
    end)
  end
  return buffer, window
end

--- Asks for a yes with the whole of what would happen. `what`: title, lines, yes, answer(yes), more keys by `others`.
---
--- The yes counts only once the last line was on the screen.
function M.ask(what)
  local buffer, window
  local seen = 0
  local function look()
    if vim.api.nvim_win_is_valid(window) then
      seen = math.max(seen, vim.fn.line('w$', window))
    end
  end
  local keys = {
    y = function(close)
      look()
      local last = vim.api.nvim_buf_line_count(buffer)
      if seen < last then
        vim.cmd('normal! \6')
        vim.cmd('redraw')
        look()
        say.info(('tgp: read to the end first: %d lines are left'):format(math.max(0, last - seen)))
        return
      end
      close()
      what.answer(true)
    end,
    n = function(close)
      close()
      what.answer(false)
    end,
  }
  local foot = ('y  %s    n  leave it'):format(what.yes)
  for lhs, other in pairs(what.others or {}) do
    foot = foot .. ('    %s  %s'):format(lhs, other[1])
    keys[lhs] = function(close)
      close()
      other[2]()
    end
  end
  buffer, window = M.show({ title = what.title, lines = what.lines, syntax = what.syntax, foot = foot, keys = keys })
  vim.api.nvim_create_autocmd({ 'CursorMoved', 'WinScrolled' }, { buffer = buffer, callback = look })
  vim.schedule(look)
  return buffer, window
end

return M
