--- Questions of agents: shown without taking a key, answered after the whole preview was seen.
local ask = require('tgp.ask')
local client = require('tgp.client')
local config = require('tgp.config')
local float = require('tgp.float')
local pick = require('tgp.pick')
local say = require('tgp.say')
local time = require('tgp.time')
local view = require('tgp.view')

local M = {}

-- Open questions by project, the oldest first, as they were told last.
local open = {}
-- Tickets a message was shown for.
local announced = {}
local notice = { window = nil, root = nil }

--- The open questions of a project that are known.
function M.known(root)
  return open[root] or {}
end

local function headline(asked)
  return ('%s asks for %s (%s)'):format(asked.agent, asked.capability, asked.risk)
end

-- What a question is about, on one line: the file of a diff, otherwise how the preview begins.
local function about(asked)
  local lines = vim.split(asked.preview, '\n', { plain = true })
  local before, after = (lines[1] or ''):match('^%-%-%- (.+)'), (lines[2] or ''):match('^%+%+%+ (.+)')
  if before and after then
    return after == '/dev/null' and before or after
  end
  return lines[1] or ''
end

local function is_open(root, ticket)
  for _, asked in ipairs(open[root] or {}) do
    if asked.ticket == ticket then
      return true
    end
  end
  return false
end

local function announce(root, asked)
  if announced[asked.ticket] then
    return
  end
  announced[asked.ticket] = true
  if config.values.approvals.notify then
    say.warn(('tgp: %s: %s. :Tgp approve shows it'):format(headline(asked), about(asked)), function()
      return is_open(root, asked.ticket)
    end)
  end
end

local function hide()
  if notice.window and vim.api.nvim_win_is_valid(notice.window) then
    -- It can be the last of a tab that is being closed.
    pcall(vim.api.nvim_win_close, notice.window, true)
  end
  notice.window = nil
end

local function notice_lines(root)
  local questions = open[root] or {}
  local newest = questions[#questions]
  local lines = { headline(newest), about(newest) }
  local preview = vim.split(newest.preview, '\n', { plain = true })
  for place = 1, math.min(3, #preview) do
    lines[#lines + 1] = '  ' .. say.flat(preview[place])
  end
  if #preview > 3 then
    lines[#lines + 1] = ('  … %d more lines'):format(#preview - 3)
  end
  local others = #questions - 1
  if others > 0 then
    lines[#lines + 1] = ('and %d more question%s'):format(others, others == 1 and '' or 's')
  end
  lines[#lines + 1] = ':Tgp approve   :Tgp deny   :Tgp approvals'
  return lines
end

-- A window in the corner that cannot be entered: keys go where they went before.
local function draw(root)
  hide()
  if not config.values.approvals.float or #(open[root] or {}) == 0 then
    return
  end
  local limit = math.max(20, math.min(60, vim.o.columns - 4))
  local lines, width = notice_lines(root), 20
  for place, line in ipairs(lines) do
    lines[place] = say.cut(line, limit)
    width = math.max(width, vim.fn.strdisplaywidth(lines[place]))
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modeline = false
  view.fill(buffer, lines)
  notice.root = root
  notice.window = vim.api.nvim_open_win(buffer, false, {
    relative = 'editor',
    anchor = 'NE',
    row = 1,
    col = vim.o.columns,
    width = width,
    height = math.min(#lines, math.max(1, vim.o.lines - 4)),
    focusable = false,
    style = 'minimal',
    border = 'rounded',
    noautocmd = true,
  })
end

-- Windows are made only while no command line or prompt is open.
local function draw_when_quiet(root)
  say.when_quiet(function()
    draw(root)
  end)
end

--- What a question is about, on one line.
M.about = about

--- Asks the server for the open questions, and shows what it says.
function M.refresh(root, done)
  client.request(root, 'tgp/approvals/list', {}, function(refusal, result)
    if refusal then
      return
    end
    open[root] = {}
    for _, asked in ipairs(result.approvals) do
      if asked.state == 'pending' then
        table.insert(open[root], 1, asked)
        announce(root, asked)
      end
    end
    table.sort(open[root], function(one, other)
      return one.asked < other.asked
    end)
    if notice.root == root or notice.window == nil then
      draw_when_quiet(root)
    end
    if done then
      done()
    end
  end)
end

local function came(root, asked)
  if is_open(root, asked.ticket) then
    return
  end
  open[root] = open[root] or {}
  table.insert(open[root], asked)
  announce(root, asked)
  draw_when_quiet(root)
end

local watching = false

--- Shows questions as they come, from now on.
function M.watch()
  if watching then
    return
  end
  watching = true
  client.on('approval', came)
  client.on('up', M.refresh)
  client.on('changed', function(root, areas)
    if vim.tbl_contains(areas, 'approvals') then
      M.refresh(root)
    end
  end)
  client.on('down', function(root)
    open[root] = nil
    if notice.root == root then
      hide()
    end
  end)
end

--- The whole of a question as lines.
function M.lines(asked)
  local lines = {
    ('ticket   %s, %s'):format(asked.ticket, asked.state),
    ('rule     %s'):format(asked.rule),
  }
  for place, line in ipairs(vim.split(asked.why, '\n', { plain = true })) do
    lines[#lines + 1] = (place == 1 and 'why      ' or '         ') .. line
  end
  lines[#lines + 1] = ('asked    %s, open until %s'):format(time.ago(asked.asked), asked.expires)
  if asked.by then
    lines[#lines + 1] = ('answered by %s at the %s%s'):format(
      asked.by,
      asked.door or '?',
      asked.reason and asked.reason ~= '' and ': ' .. asked.reason or ''
    )
  end
  lines[#lines + 1] = ''
  vim.list_extend(lines, vim.split(asked.preview, '\n', { plain = true }))
  return lines
end

local function answer(root, asked, verb, reason)
  -- The hash says what was seen: an answer counts for that and nothing else.
  local params = { ticket = asked.ticket, shown_hash = asked.shown_hash, reason = reason }
  ask.server(root, 'tgp/approvals/' .. verb, params, function()
    say.info(('tgp: %s %s: %s'):format(verb == 'approve' and 'approved' or 'denied', asked.agent, asked.capability))
    M.refresh(root)
  end)
end

local function refuse(root, asked, reason)
  if reason and reason ~= '' then
    return answer(root, asked, 'deny', reason)
  end
  vim.ui.input({ prompt = 'Why not (the agent is told; may be empty): ' }, function(typed)
    if typed then
      answer(root, asked, 'deny', typed ~= '' and typed or nil)
    end
  end)
end

-- The question as it is now, not as it was told: what is answered is what is shown.
local function fetch(root, ticket, done)
  ask.server(root, 'tgp/approvals/show', { ticket = ticket }, done)
end

local function show(root, asked)
  hide()
  if asked.state ~= 'pending' then
    float.show({ title = headline(asked), lines = M.lines(asked), syntax = 'diff' })
    return
  end
  float.ask({
    title = headline(asked),
    lines = M.lines(asked),
    syntax = 'diff',
    yes = 'approve',
    others = {
      d = {
        'deny',
        function()
          refuse(root, asked)
        end,
      },
    },
    answer = function(yes)
      if yes then
        answer(root, asked, 'approve')
      else
        draw_when_quiet(root)
      end
    end,
  })
end

-- The question that is meant: the one named, the only one, or the one chosen.
local function which(root, ticket, done)
  if ticket then
    return done(ticket)
  end
  M.refresh(root, function()
    local questions = M.known(root)
    if #questions == 0 then
      say.info('tgp: no agent asks anything')
    elseif #questions == 1 then
      done(questions[1].ticket)
    else
      pick.one(questions, 'Which question?', function(asked)
        return headline(asked) .. '  ' .. about(asked)
      end, function(asked)
        done(asked.ticket)
      end)
    end
  end)
end

--- Shows a question whole and asks for the answer.
function M.approve(root, ticket)
  which(root, ticket, function(named)
    fetch(root, named, function(asked)
      show(root, asked)
    end)
  end)
end

--- Says no.
function M.deny(root, ticket, reason)
  which(root, ticket, function(named)
    fetch(root, named, function(asked)
      refuse(root, asked, reason)
    end)
  end)
end

local function line_of(asked)
  local group = asked.state == 'pending' and 'TgpWaits' or 'TgpDim'
  return view.line({
    { ('%-9s '):format(asked.state), group },
    { asked.agent, 'TgpAgent' },
    { (' %s  %s  '):format(asked.capability, asked.risk) },
    { about(asked) },
    { '  ' .. time.ago(asked.asked), 'TgpDim' },
  }, { id = asked.ticket, approval = asked })
end

--- Opens the list of questions; `all` also shows those that were answered.
function M.open(root, all, mods)
  local function on(work)
    return function(_, item)
      if item and item.approval then
        work(item.approval.ticket)
      end
    end
  end
  local look = on(function(ticket)
    M.approve(root, ticket)
  end)
  view.open({
    name = 'approvals',
    root = root,
    keys = {
      { '<CR>', 'show it whole', look },
      { 'a', 'show it whole, then approve with y', look },
      {
        'd',
        'deny, with a reason',
        on(function(ticket)
          M.deny(root, ticket)
        end),
      },
    },
    load = function(list, finished)
      ask.server(root, 'tgp/approvals/list', { all = all or nil }, function(result)
        local lines = vim.tbl_map(line_of, result.approvals)
        if #lines == 0 then
          lines = { view.line({ { 'no agent asks anything', 'TgpDim' } }) }
        end
        list:show(lines)
        finished()
      end, finished)
    end,
  }, mods)
end

return M
