--- Taking actions back: what would happen is shown, then done.
local ask = require('tgp.ask')
local float = require('tgp.float')
local say = require('tgp.say')

local M = {}

local function difference(file)
  local before, after = file.before or '', file.after or ''
  if file.before == nil and file.after == nil then
    return { '  (no text)' }
  end
  local diff = (vim.text and vim.text.diff) or vim.diff
  local text = diff(before, after, { ctxlen = 3 }) or ''
  return vim.split((text:gsub('\n$', '')), '\n', { plain = true })
end

local function row(cells)
  return cells and vim.json.encode(cells) or '(no row)'
end

--- What an undo does, as lines.
function M.lines(result)
  local lines = {}
  local function add(form, ...)
    lines[#lines + 1] = form:format(...)
  end
  for _, action in ipairs(result.undone) do
    add('takes back  %s', say.flat(action.description))
  end
  for _, left in ipairs(result.left) do
    add('leaves      %s: %s', say.flat(left.description), say.flat(left.why))
  end
  for _, made in ipairs(result.compensated or {}) do
    add('makes up    %s by %s', made.action, made.by)
  end
  for _, file in ipairs(result.files) do
    add('')
    add('--- %s: %s', say.flat(file.path), file.how)
    vim.list_extend(lines, difference(file))
  end
  for place, changed in ipairs(result.rows) do
    if place == 1 then
      add('')
    end
    add('-%s  %s', changed.table, row(changed.before))
    add('+%s  %s', changed.table, row(changed.after))
  end
  if (result.rows_restored or 0) > #result.rows then
    add('and %d more rows', result.rows_restored - #result.rows)
  end
  for _, left in ipairs(result.rows_left or {}) do
    add('leaves the row %s of %s: %s', vim.json.encode(left.key), left.table, left.why)
  end
  return lines
end

-- Shows what `method` would do, and does it after a yes.
local function carefully(root, method, params, title, yes, bang)
  local function really()
    ask.server(root, method, vim.tbl_extend('force', params, { dry_run = false }), function(done)
      ask.follow()
      local count = #done.undone
      say.info(('tgp: %s %d action%s'):format(yes == 'undo' and 'took back' or 'made again', count, count == 1 and '' or 's'))
    end)
  end
  if bang then
    return really()
  end
  ask.server(root, method, vim.tbl_extend('force', params, { dry_run = true }), function(result)
    float.ask({
      title = title,
      lines = M.lines(result),
      syntax = 'diff',
      yes = yes,
      answer = function(agreed)
        if agreed then
          really()
        end
      end,
    })
  end)
end

--- Takes one action back.
function M.action(root, action, bang)
  carefully(root, 'tgp/timeline/undo', { target = { action = action } }, 'Undo?', 'undo', bang)
end

--- Takes back all of a session.
function M.session(root, session, bang)
  carefully(root, 'tgp/timeline/undo', { target = { session = session } }, 'Undo this session?', 'undo', bang)
end

--- Makes again what was taken back last.
function M.redo(root, bang)
  carefully(root, 'tgp/timeline/redo', {}, 'Make again what was undone last?', 'redo', bang)
end

return M
