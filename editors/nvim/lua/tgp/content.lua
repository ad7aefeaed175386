--- Buffers with files as a commit or a snapshot has them, or as a text: read-only, filled when they are first shown.
local client = require('tgp.client')
local say = require('tgp.say')
local view = require('tgp.view')

local M = {}

-- What a buffer holds, by its number: { root, params } or { root, text }.
local held = {}
-- Buffers by name, so that a file of a commit is asked for once.
local by_name = {}

local function syntax_of(path)
  if vim.filetype and vim.filetype.match and vim.fn.has('nvim-0.8') == 1 then
    local ok, kind = pcall(vim.filetype.match, { filename = path })
    return ok and kind or nil
  end
end

-- Keeps the options a file of somebody else's may not set: no modeline, no plugin for its type, only colours.
local function make(name, root, path)
  local there = by_name[name]
  if there and vim.api.nvim_buf_is_valid(there) then
    return there, true
  end
  local buffer = view.scratch(name, root)
  vim.bo[buffer].bufhidden = 'hide'
  local kind = syntax_of(path)
  if kind then
    vim.bo[buffer].syntax = kind
  end
  by_name[name] = buffer
  return buffer, false
end

--- The file `path` of a commit or snapshot: `at` is { commit } or { snapshot }, with `repository`; none is the empty
--- state.
function M.file(root, at, path)
  local number = at and (at.commit or at.snapshot) or 'nothing'
  local short = number:sub(1, 12)
  local name = ('tgp://%s/%s/%s'):format(vim.fn.fnamemodify(root, ':t'), short, path)
  local buffer, known = make(name, root, path)
  if not known then
    if at then
      local params = vim.tbl_extend('force', {}, at, { path = path })
      held[buffer] = { root = root, params = params, waiting = {} }
    else
      held[buffer] = { root = root, ready = true }
    end
  end
  return buffer
end

--- A text that stands nowhere, such as one side of a conflict.
function M.text(root, name, text, path)
  local buffer = make(('tgp://%s/%s'):format(vim.fn.fnamemodify(root, ':t'), name), root, path)
  view.fill(buffer, text and vim.split((text:gsub('\n$', '')), '\n', { plain = true }) or {})
  held[buffer] = { root = root, ready = true }
  return buffer
end

local function lines_of(content)
  if content.missing then
    return {}
  end
  if content.binary or type(content.text) ~= 'string' then
    return { ('(no text: %d bytes)'):format(content.size or 0) }
  end
  return vim.split((content.text:gsub('\n$', '')), '\n', { plain = true })
end

--- Sees to it that a buffer has its text; then calls `done`.
function M.load(buffer, done)
  local hold = held[buffer]
  if not hold or hold.ready then
    return done()
  end
  table.insert(hold.waiting, done)
  if #hold.waiting > 1 then
    return
  end
  client.request(hold.root, 'tgp/content', hold.params, function(refusal, content)
    local waiting = hold.waiting
    hold.waiting = {}
    if not vim.api.nvim_buf_is_valid(buffer) then
      return
    end
    if refusal then
      say.refused(refusal)
      view.fill(buffer, { '(' .. say.flat(refusal.message) .. ')' })
    else
      hold.ready = true
      view.fill(buffer, lines_of(content))
    end
    for _, after in ipairs(waiting) do
      after()
    end
  end)
end

return M
