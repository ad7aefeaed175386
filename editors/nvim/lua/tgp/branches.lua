--- Agents' branches: listed, reviewed, merged, put away, sent back.
local ask = require('tgp.ask')
local client = require('tgp.client')
local content = require('tgp.content')
local float = require('tgp.float')
local pick = require('tgp.pick')
local review = require('tgp.review')
local say = require('tgp.say')
local time = require('tgp.time')
local view = require('tgp.view')
local wire = require('tgp.wire')

local M = {}

local function text_of(branch)
  return ('%s  %s  %d file%s +%d -%d  %s  %s'):format(
    branch.name,
    branch.status,
    branch.files_changed,
    branch.files_changed == 1 and '' or 's',
    branch.added,
    branch.removed,
    time.ago(branch.updated),
    branch.task or ''
  )
end

-- The branch that is meant: the one named, that of the review one is in, or the one chosen.
local function which(root, name, prompt, done, all)
  if name then
    return done(name)
  end
  local here = review.here()
  if here and here.branch then
    return done(here.branch)
  end
  ask.server(root, 'tgp/branches/list', { all = all or nil }, function(result)
    if #result.branches == 0 then
      local why = wire.given(result.project_missing)
      say.info('tgp: ' .. (why or 'no branch waits for you'))
      return
    end
    pick.one(result.branches, prompt, text_of, function(branch)
      done(branch.name)
    end)
  end)
end

local function file_lines(files)
  return vim.tbl_map(function(file)
    return ('%-8s %s  +%d -%d'):format(file.how, say.flat(file.path), file.added, file.removed)
  end, files)
end

-- Both sides of what cannot be joined, in diff mode.
local function show_conflict(root, name, refusal)
  say.refused(refusal)
  local files = refusal.details and refusal.details.files
  if type(files) ~= 'table' or #files == 0 then
    return
  end
  local function side(of)
    return function(file)
      return content.text(root, ('conflict/%s/%s/%s'):format(name, of, file.path), wire.given(file[of]), file.path)
    end
  end
  for _, file in ipairs(files) do
    file.how = file.kind
  end
  review.open({ root = root, title = 'conflict: yours, and ' .. name, files = files, left = side('ours'), right = side('theirs') })
end

local function really_merge(root, params)
  client.request(root, 'tgp/branches/merge', vim.tbl_extend('force', params, { dry_run = false }), function(refusal, done)
    if refusal and refusal.code == 'branch.conflict' then
      return show_conflict(root, params.branch, refusal)
    elseif refusal then
      return say.refused(refusal)
    end
    ask.follow()
    say.info(('tgp: merged %s into %s'):format(done.branch, done.into))
    local here = review.here()
    if here and here.branch == done.branch then
      here:close()
    end
  end)
end

-- Goes on with the branch as its open review has it, or as it is where none is open: nobody merges what was not seen.
local function unmoved(root, name, done)
  ask.server(root, 'tgp/branches/show', { branch = name }, function(shown)
    local branch = shown.branch
    local seen = review.of(branch.name)
    if seen and seen.tip ~= branch.tip then
      return say.warn('tgp: the branch moved since you opened its review; r looks anew')
    end
    done(branch.name, branch.tip)
  end)
end

--- Merges, after what would change was shown; with a bang what stands in the open review, or the branch as it is now.
function M.merge(root, name, bang)
  which(root, name, 'Merge which branch?', function(typed)
    unmoved(root, typed, function(named, tip)
      if bang then
        return really_merge(root, { branch = named, tip = tip })
      end
      client.request(root, 'tgp/branches/merge', { branch = named, dry_run = true }, function(refusal, plan)
        if refusal and refusal.code == 'branch.conflict' then
          return show_conflict(root, named, refusal)
        elseif refusal then
          return say.refused(refusal)
        end
        float.ask({
          title = ('Merge %s into %s?'):format(plan.branch, plan.into),
          lines = file_lines(plan.files),
          yes = 'merge',
          answer = function(yes)
            if yes then
              really_merge(root, { branch = named, tip = plan.tip })
            end
          end,
        })
      end)
    end)
  end)
end

local function changed(root, verb, params, told)
  ask.server(root, 'tgp/branches/' .. verb, params, function(done)
    say.info(('tgp: %s %s'):format(told, done.branch.name))
    local here = review.here()
    if verb == 'discard' and here and here.branch == done.branch.name then
      here:close()
    end
  end)
end

--- Puts a branch away, after it was shown what goes.
function M.discard(root, name, bang)
  which(root, name, 'Discard which branch?', function(named)
    if bang then
      return changed(root, 'discard', { branch = named }, 'discarded')
    end
    ask.server(root, 'tgp/branches/show', { branch = named }, function(shown)
      local lines = { text_of(shown.branch), '' }
      vim.list_extend(lines, file_lines(shown.files))
      vim.list_extend(lines, { '', ':Tgp restore takes it back within the time it is kept.' })
      float.ask({
        title = 'Discard ' .. shown.branch.name .. '?',
        lines = lines,
        yes = 'discard',
        answer = function(yes)
          if yes then
            changed(root, 'discard', { branch = shown.branch.name }, 'discarded')
          end
        end,
      })
    end)
  end)
end

--- Takes a discarded branch back.
function M.restore(root, name)
  which(root, name, 'Restore which branch?', function(named)
    changed(root, 'restore', { branch = named }, 'restored')
  end, true)
end

--- Sends a branch back to its agent with a note.
function M.reopen(root, name, note)
  which(root, name, 'Send which branch back?', function(named)
    if note and note ~= '' then
      return changed(root, 'reopen', { branch = named, note = note }, 'sent back')
    end
    vim.ui.input({ prompt = 'What should the agent do? ' }, function(typed)
      if typed and typed ~= '' then
        changed(root, 'reopen', { branch = named, note = typed }, 'sent back')
      end
    end)
  end)
end

local function deeds(root)
  return {
    gm = {
      'merge this branch',
      function(here)
        M.merge(root, here.branch)
      end,
    },
    gx = {
      'discard this branch',
      function(here)
        M.discard(root, here.branch)
      end,
    },
    gb = {
      'send this branch back with a note',
      function(here)
        M.reopen(root, here.branch)
      end,
    },
  }
end

local function open_review(root, shown, diff, title)
  local repository = shown.branch.repository
  local from = wire.given(diff.from)
  local opened = review.open({
    root = root,
    title = title,
    files = diff.files,
    cut = diff.cut,
    left = function(file)
      local at = from and { commit = from, repository = repository }
      return content.file(root, at, wire.given(file.renamed_from) or file.path)
    end,
    right = function(file)
      return content.file(root, { commit = diff.to, repository = repository }, file.path)
    end,
    deeds = deeds(root),
    again = function()
      M.diff(root, shown.branch.name)
    end,
  })
  if opened then
    opened.branch, opened.tip = shown.branch.name, shown.branch.tip
  end
end

-- One commit of a branch, between what was before it and itself.
local function diff_of_action(root, shown, diff)
  pick.one(diff.actions, 'Which action?', function(action)
    return action.description
  end, function(action)
    local before = wire.given(diff.from)
    for place, other in ipairs(diff.actions) do
      if other.commit == action.commit and place > 1 then
        before = diff.actions[place - 1].commit
      end
    end
    local one = { from = before, to = action.commit, files = action.files or {}, cut = diff.cut }
    open_review(root, shown, one, action.description)
  end)
end

--- Reviews what a branch changes; `by` may be `action`.
function M.diff(root, name, by)
  which(root, name, 'Review which branch?', function(named)
    ask.server(root, 'tgp/branches/show', { branch = named }, function(shown)
      local params = { branch = shown.branch.name, by = by or 'file' }
      ask.server(root, 'tgp/branches/diff', params, function(diff)
        if by == 'action' then
          diff_of_action(root, shown, diff)
        else
          open_review(root, shown, diff, shown.branch.name)
        end
      end)
    end)
  end)
end

--- Shows task, summary, checks, risk, actions and files of a branch.
function M.show(root, name)
  which(root, name, 'Show which branch?', function(named)
    ask.server(root, 'tgp/branches/show', { branch = named }, function(shown)
      local branch = shown.branch
      local lines = { text_of(branch) }
      for _, field in ipairs({ 'agent', 'summary', 'risk', 'note', 'merge_commit', 'kept_until' }) do
        local value = wire.given(branch[field])
        if value and value ~= '' then
          lines[#lines + 1] = ('%-12s %s'):format(field:gsub('_', ' '), value)
        end
      end
      for _, check in ipairs(branch.checks or {}) do
        lines[#lines + 1] = 'check        ' .. check
      end
      lines[#lines + 1] = ''
      for _, action in ipairs(shown.actions) do
        lines[#lines + 1] = ('%s  %s'):format(action.commit:sub(1, 10), action.description)
      end
      lines[#lines + 1] = ''
      vim.list_extend(lines, file_lines(shown.files))
      float.show({ title = branch.name, lines = lines })
    end)
  end)
end

-- What can be done with a branch in its state.
local function deeds_with(root, branch)
  local function deed(text, work)
    return {
      text,
      function()
        work(root, branch.name)
      end,
    }
  end
  local list = { deed('Review the differences', M.diff), deed('Show task, checks and actions', M.show) }
  if branch.status == 'discarded' then
    list[#list + 1] = deed('Restore', M.restore)
  elseif branch.status ~= 'merged' then
    list[#list + 1] = deed('Merge', M.merge)
    list[#list + 1] = deed('Discard', M.discard)
    list[#list + 1] = deed('Send back with a note', M.reopen)
  end
  return list
end

--- Lets a branch be chosen, and then what to do with it.
function M.pick(root, all)
  ask.server(root, 'tgp/branches/list', { all = all or nil }, function(result)
    if #result.branches == 0 then
      say.info('tgp: ' .. (wire.given(result.project_missing) or 'no branch waits for you'))
      return
    end
    pick.one(result.branches, 'Agents’ branches', text_of, function(branch)
      pick.deed(deeds_with(root, branch), branch.name)
    end)
  end)
end

return M
