--- Differences side by side in Neovim's diff mode, file after file, with a quickfix list of all hunks.
local config = require('tgp.config')
local content = require('tgp.content')
local float = require('tgp.float')
local say = require('tgp.say')

local M = {}
local Review = {}
Review.__index = Review

-- Reviews by the buffer on their right side.
local by_buffer = {}
-- Reviews by tab page.
local by_tab = {}

--- The review of this tab page.
function M.here()
  return by_tab[vim.api.nvim_get_current_tabpage()]
end

--- The open review of a branch: that of this tab page before those of others.
function M.of(branch)
  local here = M.here()
  if here and here.branch == branch then
    return here
  end
  for tab, review in pairs(by_tab) do
    if review.branch == branch and vim.api.nvim_tabpage_is_valid(tab) then
      return review
    end
  end
end

-- The first line of a hunk that differs, and where it stands afterwards.
local function first_change(hunk)
  for place, line in ipairs(hunk.lines or {}) do
    if line:match('^[-+]') then
      return math.max(1, hunk.new_start + place - 1), line
    end
  end
  return math.max(1, hunk.new_start), ''
end

-- Every hunk of every file as an entry of the quickfix list; a file without hunks is an entry itself.
local function entries(review)
  local list = {}
  for number, file in ipairs(review.files) do
    local note = ('%s +%d -%d'):format(file.how or 'differs', file.added or 0, file.removed or 0)
    if #(file.hunks or {}) == 0 then
      list[#list + 1] = { bufnr = review.rights[number], lnum = 1, text = file.binary and note .. ' no text' or note }
    end
    for _, hunk in ipairs(file.hunks or {}) do
      local lnum, text = first_change(hunk)
      list[#list + 1] = { bufnr = review.rights[number], lnum = lnum, text = say.flat(note .. '  ' .. text) }
    end
  end
  return list
end

local function bind(review, buffer)
  local function map(lhs, what, work)
    vim.keymap.set('n', lhs, function()
      local here = M.here()
      if here then
        work(here)
      end
    end, { buffer = buffer, nowait = true, silent = true, desc = 'tgp: ' .. what })
  end
  map(']f', 'next file', function(here)
    here:file(here.index + 1)
  end)
  map('[f', 'file before', function(here)
    here:file(here.index - 1)
  end)
  map('q', 'close the review', Review.close)
  map('g?', 'this help', Review.help)
  map('r', 'look anew', function(here)
    if here.again then
      here:close()
      here.again()
    end
  end)
  for lhs, deed in pairs(review.deeds or {}) do
    map(lhs, deed[1], function(here)
      if here.deeds[lhs] then
        here.deeds[lhs][2](here)
      end
    end)
  end
end

--- Says which keys there are.
function Review:help()
  local lines = { ']c [c  next hunk of this file, hunk before', ':cnext  next hunk of all files', ']f [f  next file, file before' }
  for lhs, deed in pairs(self.deeds or {}) do
    lines[#lines + 1] = ('%-6s %s'):format(lhs, deed[1])
  end
  vim.list_extend(lines, { 'r      look anew', 'q      close the review' })
  float.show({ title = self.title, lines = lines })
end

--- Closes the tab page of the review.
function Review:close()
  if #vim.api.nvim_list_tabpages() == 1 then
    vim.cmd('tabnew')
  end
  if vim.api.nvim_tabpage_is_valid(self.tab) then
    vim.cmd('tabclose ' .. vim.api.nvim_tabpage_get_number(self.tab))
  end
  by_tab[self.tab] = nil
end

local function in_diff(window, buffer)
  vim.api.nvim_win_call(window, function()
    vim.cmd('diffoff')
  end)
  vim.api.nvim_win_set_buf(window, buffer)
  vim.wo[window].number = true
  vim.wo[window].spell = false
end

-- The line of the first hunk, where the quickfix list names no better one.
function Review:first_line()
  local hunk = (self.files[self.index].hunks or {})[1]
  return hunk and (first_change(hunk)) or 1
end

-- Filling a buffer moves the entries of its lines: the list is written anew, at the entry it stood on.
function Review:mend_list(index)
  if self.mended[index] then
    return
  end
  self.mended[index] = true
  local now = vim.fn.getqflist({ id = self.list, idx = 0 })
  if now.id == self.list then
    vim.fn.setqflist({}, 'r', { id = self.list, items = entries(self), idx = now.idx })
  end
end

function Review:settle(line)
  if not (vim.api.nvim_win_is_valid(self.left) and vim.api.nvim_win_is_valid(self.right)) then
    return
  end
  for _, window in ipairs({ self.left, self.right }) do
    vim.api.nvim_win_call(window, function()
      vim.cmd('diffthis')
    end)
  end
  local last = vim.api.nvim_buf_line_count(vim.api.nvim_win_get_buf(self.right))
  vim.api.nvim_win_set_cursor(self.right, { math.min(line, last), 0 })
  vim.api.nvim_win_call(self.right, function()
    vim.cmd('diffupdate')
    vim.cmd('normal! zv')
  end)
end

--- Shows a file: both sides, read before they are compared.
function Review:file(index, line)
  if index < 1 or index > #self.files then
    say.info(index < 1 and 'tgp: this is the first file' or 'tgp: this is the last file')
    return
  end
  if not (vim.api.nvim_win_is_valid(self.left) and vim.api.nvim_win_is_valid(self.right)) then
    return
  end
  self.index = index
  line = line or self:first_line()
  local left, right = self.lefts[index], self.rights[index]
  in_diff(self.left, left)
  in_diff(self.right, right)
  vim.api.nvim_set_current_win(self.right)
  content.load(left, function()
    content.load(right, function()
      self:mend_list(index)
      if self.index == index then
        self:settle(line)
      end
    end)
  end)
end

-- The quickfix list put a buffer somewhere: both sides go where they belong.
local function arrived(buffer)
  local review = M.here()
  local index = review and by_buffer[buffer] and review.places[buffer]
  if not index or review.moving then
    return
  end
  local window = vim.api.nvim_get_current_win()
  if window == review.right and index == review.index then
    return
  end
  local line = vim.api.nvim_win_get_cursor(window)[1]
  local entry = vim.fn.getqflist({ idx = 0, items = 1 })
  local item = entry.items and entry.items[entry.idx]
  if item and item.bufnr == buffer then
    line = item.lnum
  end
  if window ~= review.right and window ~= review.left then
    return
  end
  review.moving = true
  review:file(index, line)
  review.moving = false
end

--- Opens a review. `what`: root, title, files, left(file), right(file) giving buffers, deeds by key, again().
function M.open(what)
  if #what.files == 0 then
    say.info('tgp: ' .. what.title .. ' changes nothing')
    return
  end
  local review = setmetatable(vim.tbl_extend('force', {}, what, { index = 1, lefts = {}, rights = {}, places = {}, mended = {} }), Review)
  for number, file in ipairs(what.files) do
    review.lefts[number] = what.left(file)
    review.rights[number] = what.right(file)
    by_buffer[review.rights[number]] = true
    review.places[review.rights[number]] = number
  end
  vim.cmd('tab split')
  review.tab = vim.api.nvim_get_current_tabpage()
  review.left = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(review.left, review.lefts[1])
  vim.cmd('rightbelow vsplit')
  review.right = vim.api.nvim_get_current_win()
  by_tab[review.tab] = review
  for number = 1, #what.files do
    for _, buffer in ipairs({ review.lefts[number], review.rights[number] }) do
      bind(review, buffer)
    end
    vim.api.nvim_create_autocmd('BufWinEnter', {
      buffer = review.rights[number],
      callback = function(event)
        vim.schedule(function()
          arrived(event.buf)
        end)
      end,
    })
  end
  vim.fn.setqflist({}, ' ', { title = 'tgp: ' .. what.title, items = entries(review) })
  review.list = vim.fn.getqflist({ id = 0 }).id
  if config.values.quickfix then
    vim.cmd('botright copen ' .. math.min(10, math.max(3, #vim.fn.getqflist())))
  end
  review:file(1)
  if what.cut then
    say.info('tgp: the difference is long: the list of hunks is cut, the files are whole')
  end
  return review
end

return M
