--- A list in a buffer nobody types into: lines with a thing behind each, keys, and help.
local project = require('tgp.project')

local M = {}
local space = vim.api.nvim_create_namespace('tgp')
-- By name and project, so that a view is opened once.
local views = {}
local View = {}
View.__index = View

-- Names of highlights that every colour scheme has.
local LINKS = {
  TgpHeading = 'Title',
  TgpAgent = 'Identifier',
  TgpOk = 'String',
  TgpWaits = 'WarningMsg',
  TgpBad = 'ErrorMsg',
  TgpDim = 'Comment',
}

local function colours()
  for name, link in pairs(LINKS) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

--- Writes lines into a buffer that is read-only for the person.
function M.fill(buffer, lines)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
end

--- A buffer without a file.
function M.scratch(name, root)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, name)
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modeline = false
  vim.bo[buffer].modifiable = false
  project.note(buffer, root)
  return buffer
end

--- A window with the buffer: the one that has it, or a new one.
function M.window(buffer, mods)
  local shown = vim.fn.bufwinid(buffer)
  if shown ~= -1 then
    vim.api.nvim_set_current_win(shown)
    return shown
  end
  vim.cmd((mods and mods ~= '' and mods or 'botright') .. ' split')
  local window = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(window, buffer)
  vim.wo.wrap = false
  vim.wo.number = false
  vim.wo.relativenumber = false
  vim.wo.signcolumn = 'no'
  vim.wo.cursorline = true
  vim.wo.spell = false
  vim.wo.foldenable = false
  return window
end

--- Opens a view, or goes to it. `spec`: name, root, keys { lhs, what, work(view, item) }, load(view, finished).
function M.open(spec, mods)
  colours()
  local name = ('tgp://%s/%s'):format(vim.fn.fnamemodify(spec.root, ':t'), spec.name)
  local key = spec.root .. '\n' .. spec.name
  local view = views[key]
  if not (view and vim.api.nvim_buf_is_valid(view.buffer)) then
    view = setmetatable({ items = {}, key = key }, View)
    view.buffer = M.scratch(vim.fn.bufnr(name) == -1 and name or name .. '#' .. os.time(), spec.root)
    views[key] = view
  end
  view.spec, view.root = spec, spec.root
  -- One that was closed begins at its top again.
  view.fresh = vim.fn.bufwinid(view.buffer) == -1
  view:bind()
  M.window(view.buffer, mods)
  vim.bo[view.buffer].filetype = 'tgp'
  view:reload()
  return view
end

--- The open views of a project.
function M.of(root)
  local found = {}
  for _, view in pairs(views) do
    if view.root == root and vim.api.nvim_buf_is_loaded(view.buffer) and vim.fn.bufwinid(view.buffer) ~= -1 then
      found[#found + 1] = view
    end
  end
  return found
end

--- Asks for the content anew. What changes while the answer is awaited is asked for once after it: a busy agent neither
--- piles up questions nor keeps the view from being drawn.
function View:reload()
  if self.loading then
    self.stale = true
    return
  end
  self.loading = true
  self.spec.load(self, function()
    self.loading = false
    if self.stale then
      self.stale = false
      self:reload()
    end
  end)
end

--- The thing behind the line the cursor is on.
function View:item()
  local window = vim.fn.bufwinid(self.buffer)
  if window == -1 then
    return nil
  end
  return self.items[vim.api.nvim_win_get_cursor(window)[1]]
end

function View:bind()
  local function map(lhs, what, work)
    vim.keymap.set('n', lhs, function()
      work(self, self:item())
    end, { buffer = self.buffer, nowait = true, silent = true, desc = 'tgp: ' .. what })
  end
  for _, key in ipairs(self.spec.keys) do
    map(key[1], key[2], key[3])
  end
  map('r', 'ask anew', View.reload)
  map('q', 'close', function()
    pcall(vim.api.nvim_win_close, 0, false)
  end)
  map('?', 'this help', View.help)
end

--- Says which keys there are.
function View:help()
  local lines = {}
  for _, key in ipairs(self.spec.keys) do
    lines[#lines + 1] = ('%-6s %s'):format(key[1], key[2])
  end
  for _, key in ipairs({ { 'r', 'ask anew' }, { 'q', 'close' }, { '?', 'this help' } }) do
    lines[#lines + 1] = ('%-6s %s'):format(key[1], key[2])
  end
  require('tgp.float').show({ title = 'keys of ' .. self.spec.name, lines = lines })
end

-- The line that had this id before, so that the cursor stays on its thing.
local function line_of(items, id, otherwise)
  for line, item in pairs(items) do
    if id ~= nil and item.id == id then
      return line
    end
  end
  return otherwise
end

--- Shows lines { text, item, marks { from, to, group } }; the cursor stays with its item.
function View:show(lines)
  if not vim.api.nvim_buf_is_valid(self.buffer) then
    return
  end
  local window = vim.fn.bufwinid(self.buffer)
  local here = self:item()
  local texts, items = {}, {}
  for number, line in ipairs(lines) do
    texts[number] = require('tgp.say').flat(line.text)
    items[number] = line.item
  end
  self.items = items
  local before = window ~= -1 and vim.api.nvim_win_get_cursor(window)
  M.fill(self.buffer, texts)
  vim.api.nvim_buf_clear_namespace(self.buffer, space, 0, -1)
  for number, line in ipairs(lines) do
    for _, mark in ipairs(line.marks or {}) do
      local to = math.min(mark[2], #texts[number])
      if mark[1] < to then
        vim.api.nvim_buf_set_extmark(self.buffer, space, number - 1, mark[1], { end_col = to, hl_group = mark[3] })
      end
    end
  end
  if self.fresh and window ~= -1 then
    self.fresh = false
    vim.api.nvim_win_set_cursor(window, { 1, 0 })
  elseif before then
    local line = line_of(items, here and here.id, math.min(before[1], math.max(1, #texts)))
    vim.api.nvim_win_set_cursor(window, { line, before[2] })
  end
end

--- Builds a line from parts { text, group }, so that marks need no counting.
function M.line(parts, item)
  local text, marks = '', {}
  for _, part in ipairs(parts) do
    local clean = require('tgp.say').flat(part[1])
    if part[2] then
      marks[#marks + 1] = { #text, #text + #clean, part[2] }
    end
    text = text .. clean
  end
  return { text = text, marks = marks, item = item }
end

return M
