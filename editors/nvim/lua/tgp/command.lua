--- `:Tgp verb ...`: which words there are, and what each does.
local client = require('tgp.client')
local project = require('tgp.project')
local say = require('tgp.say')

local M = {}

-- Words behind a verb, past the first.
local function rest(words, from)
  local list = {}
  for place = from, #words do
    list[#list + 1] = words[place]
  end
  return list
end

local function timeline(root, words, mods)
  local filters = require('tgp.timeline').FILTERS
  local filter = {}
  for _, word in ipairs(words) do
    local name, value = word:match('^(%w+)=(.+)$')
    if not name or not filters[name] then
      local names = vim.tbl_keys(filters)
      table.sort(names)
      say.error(('tgp: `%s` is no filter; there are %s, as in agent=coder'):format(word, table.concat(names, ', ')))
      return
    end
    filter[filters[name]] = value
  end
  require('tgp.timeline').open(root, filter, mods)
end

-- The action of the line one is on, where none is named.
local function undo(root, action, bang)
  local review = require('tgp.review').here()
  if action then
    require('tgp.undo').action(root, action, bang)
  elseif review and review.deeds and review.deeds.gu then
    review.deeds.gu[2](review)
  else
    M.newest(root, function(newest)
      require('tgp.undo').action(root, newest, bang)
    end)
  end
end

--- The newest action that can be undone.
function M.newest(root, done)
  client.request(root, 'tgp/timeline/list', { status = 'executed', limit = 50 }, function(refusal, result)
    if refusal then
      return say.refused(refusal)
    end
    for place = #result.actions, 1, -1 do
      if result.actions[place].reversible then
        return done(result.actions[place].id)
      end
    end
    say.info('tgp: none of the last actions can be undone')
  end)
end

local function status(root)
  client.request(root, 'tgp/status', {}, function(refusal, now)
    if refusal then
      return say.refused(refusal)
    end
    local lines = { 'project   ' .. (require('tgp.wire').given(now.project) or root), 'version   ' .. tostring(now.version) }
    lines[#lines + 1] = ('questions %d open'):format(now.pending_approvals or 0)
    lines[#lines + 1] = ('branches  %d open'):format(now.open_branches or 0)
    for _, note in ipairs(now.notes or {}) do
      lines[#lines + 1] = 'note      ' .. note
    end
    if now.waiting_for_trust and now.waiting_for_trust ~= vim.NIL then
      lines[#lines + 1] = 'trust     configuration, policy or scopes changed: run `tgp trust` in a terminal'
    end
    require('tgp.float').show({ title = 'tgp', lines = lines })
  end)
end

-- By verb: what it does with (root, words, typed). `words` are those behind the verb.
M.VERBS = {
  branches = function(root, words)
    require('tgp.branches').pick(root, words[1] == 'all')
  end,
  timeline = function(root, words, typed)
    timeline(root, words, typed.mods)
  end,
  approvals = function(root, words, typed)
    require('tgp.approvals').open(root, words[1] == 'all', typed.mods)
  end,
  snapshots = function(root)
    require('tgp.snapshots').pick(root)
  end,
  snapshot = function(root, words)
    require('tgp.snapshots').create(root, table.concat(words, ' '))
  end,
  scopes = function(root, words, typed)
    if words[1] then
      require('tgp.scopes').edit(root, words[1], typed.mods)
    else
      require('tgp.scopes').pick(root, typed.mods)
    end
  end,
  tools = function(root)
    require('tgp.tools').pick(root)
  end,
  run = function(root, words, typed)
    require('tgp.tools').run(root, words[1], rest(words, 2), typed.bang)
  end,
  check = function(root, words)
    if words[1] then
      return require('tgp.tools').check(root, words[1])
    end
    require('tgp.tools').choose(root, 'Check which tool?', function(path)
      require('tgp.tools').check(root, path)
    end)
  end,
  diff = function(root, words)
    require('tgp.branches').diff(root, words[1], words[2] == 'action' and 'action' or nil)
  end,
  merge = function(root, words, typed)
    require('tgp.branches').merge(root, words[1], typed.bang)
  end,
  discard = function(root, words, typed)
    require('tgp.branches').discard(root, words[1], typed.bang)
  end,
  restore = function(root, words)
    require('tgp.branches').restore(root, words[1])
  end,
  reopen = function(root, words)
    require('tgp.branches').reopen(root, words[1], table.concat(rest(words, 2), ' '))
  end,
  show = function(root, words)
    require('tgp.branches').show(root, words[1])
  end,
  undo = function(root, words, typed)
    undo(root, words[1], typed.bang)
  end,
  redo = function(root, _, typed)
    require('tgp.undo').redo(root, typed.bang)
  end,
  approve = function(root, words)
    require('tgp.approvals').approve(root, words[1])
  end,
  deny = function(root, words)
    require('tgp.approvals').deny(root, words[1], table.concat(rest(words, 2), ' '))
  end,
  status = function(root)
    status(root)
  end,
  restart = function(root)
    client.restart(root)
  end,
}

-- These need no project.
local ANYWHERE = {
  messages = function()
    local lines = say.history()
    require('tgp.float').show({ title = 'messages of tgp', lines = #lines > 0 and lines or { 'nothing was said' } })
  end,
  help = function()
    vim.cmd('help tgp')
  end,
  log = function()
    vim.cmd('botright split ' .. vim.fn.fnameescape(require('vim.lsp.log').get_filename()))
  end,
}

--- The verbs, sorted.
function M.verbs()
  local verbs = vim.list_extend(vim.tbl_keys(M.VERBS), vim.tbl_keys(ANYWHERE))
  table.sort(verbs)
  return verbs
end

--- Does what was typed.
function M.run(typed)
  local words = typed.fargs
  local verb = words[1] or 'status'
  if ANYWHERE[verb] then
    return ANYWHERE[verb]()
  end
  local work = M.VERBS[verb]
  if not work then
    say.error(('tgp: `%s` is no command; there are %s'):format(verb, table.concat(M.verbs(), ', ')))
    return
  end
  local root = project.of(0)
  if not root then
    local folder = vim.fn.fnamemodify((vim.uv or vim.loop).cwd(), ':~')
    say.error(('tgp: no project here: no folder upwards of %s has `tgp.config.ts`. Run `tgp init` there'):format(folder))
    return
  end
  require('tgp.approvals').watch()
  require('tgp.live').watch()
  local _, why = client.start(root)
  if why and verb ~= 'restart' then
    return say.error(why)
  end
  work(root, rest(words, 2), typed)
end

return M
