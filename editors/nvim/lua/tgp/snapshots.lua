--- Snapshots: taken, listed, compared with how things are, restored.
local ask = require('tgp.ask')
local content = require('tgp.content')
local float = require('tgp.float')
local pick = require('tgp.pick')
local review = require('tgp.review')
local say = require('tgp.say')
local time = require('tgp.time')
local wire = require('tgp.wire')

local M = {}

local function text_of(snapshot)
  local git = wire.given(snapshot.git)
  return ('%s  %s  %s  %s%s'):format(
    snapshot.id:sub(-6),
    time.ago(snapshot.created),
    snapshot.trigger,
    snapshot.reason,
    git and wire.given(git.branch) and '  on ' .. git.branch or ''
  )
end

--- Takes a snapshot.
function M.create(root, reason)
  local params = { reason = reason ~= '' and reason or nil }
  ask.server(root, 'tgp/snapshots/create', params, function(done)
    say.info('tgp: took snapshot ' .. done.snapshot.id:sub(-6))
  end)
end

--- Compares a snapshot with how the files are now.
function M.diff(root, id)
  ask.server(root, 'tgp/snapshots/diff', { snapshot = id }, function(result)
    if #result.files == 0 then
      local database = wire.given(result.database_differs)
      say.info('tgp: no file differs' .. (database and ', the database does' or ''))
      return
    end
    review.open({
      root = root,
      title = 'since snapshot ' .. id:sub(-6),
      files = result.files,
      left = function(file)
        return content.file(root, { snapshot = id }, file.path)
      end,
      right = function(file)
        -- The file itself, which may be edited.
        local buffer = vim.fn.bufadd(root .. '/' .. file.path)
        vim.fn.bufload(buffer)
        return buffer
      end,
      again = function()
        M.diff(root, id)
      end,
    })
  end)
end

local function plan_lines(plan)
  local lines = {}
  local function add(what, paths)
    for _, path in ipairs(paths or {}) do
      lines[#lines + 1] = ('%-8s %s'):format(what, say.flat(path))
    end
  end
  add('writes', plan.written)
  add('removes', plan.removed)
  add('leaves', plan.unknown)
  add('leaves', plan.left_alone)
  if wire.given(plan.branch) then
    lines[#lines + 1] = 'moves    ' .. plan.branch
  end
  if plan.database then
    lines[#lines + 1] = 'the database is put back'
  end
  return #lines == 0 and { 'nothing differs' } or lines
end

--- Restores a snapshot, after what would happen was shown.
function M.restore(root, id, bang)
  local function really()
    ask.server(root, 'tgp/snapshots/restore', { snapshot = id, dry_run = false }, function(done)
      ask.follow()
      say.info(('tgp: restored snapshot %s, %d files written'):format(id:sub(-6), #done.written))
    end)
  end
  if bang then
    return really()
  end
  ask.server(root, 'tgp/snapshots/restore', { snapshot = id, dry_run = true }, function(plan)
    float.ask({
      title = 'Restore snapshot ' .. id:sub(-6) .. '?',
      lines = plan_lines(plan),
      yes = 'restore',
      answer = function(yes)
        if yes then
          really()
        end
      end,
    })
  end)
end

local function show(root, id)
  ask.server(root, 'tgp/snapshots/show', { snapshot = id }, function(shown)
    local snapshot = shown.snapshot
    local lines = { text_of(snapshot), 'id       ' .. snapshot.id }
    local git, database = wire.given(snapshot.git), wire.given(snapshot.database)
    if git then
      lines[#lines + 1] = ('files    %s, %d not committed'):format(wire.given(git.commit) or 'no commit', git.uncommitted)
    end
    if database then
      lines[#lines + 1] = ('database %d bytes'):format(database.size)
    end
    for _, left in ipairs(snapshot.left_out or {}) do
      lines[#lines + 1] = ('without  %s: %s'):format(say.flat(left.what), say.flat(left.why))
    end
    float.show({ title = 'snapshot ' .. snapshot.id:sub(-6), lines = lines })
  end)
end

--- Lets a snapshot be chosen, and then what to do with it.
function M.pick(root)
  ask.server(root, 'tgp/snapshots/list', {}, function(result)
    if #result.snapshots == 0 then
      say.info('tgp: there is no snapshot; :Tgp snapshot takes one')
      return
    end
    pick.one(result.snapshots, 'Snapshots', text_of, function(snapshot)
      local function deed(text, work)
        return {
          text,
          function()
            work(root, snapshot.id)
          end,
        }
      end
      pick.deed({ deed('Compare with now', M.diff), deed('Restore', M.restore), deed('Show', show) }, text_of(snapshot))
    end)
  end)
end

return M
