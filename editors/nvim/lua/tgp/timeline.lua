--- The timeline in a buffer: by day, the newest on top, open questions above all, a page at a time.
local ask = require('tgp.ask')
local approvals = require('tgp.approvals')
local config = require('tgp.config')
local say = require('tgp.say')
local time = require('tgp.time')
local undo = require('tgp.undo')
local view = require('tgp.view')

local M = {}

--- What a filter may name, with the field of the request.
M.FILTERS = {
  agent = 'agent',
  type = 'action_type',
  status = 'status',
  session = 'session',
  branch = 'branch',
  path = 'path',
}

local SIGNS = {
  executed = { '✓', 'TgpOk' },
  pending = { '…', 'TgpWaits' },
  undone = { '↩', 'TgpDim' },
  failed = { '✗', 'TgpBad' },
  denied = { '⊘', 'TgpBad' },
  abandoned = { '✗', 'TgpDim' },
}

local function action_line(action)
  local sign = SIGNS[action.status] or { '·', 'TgpDim' }
  local parts = {
    { '  ' .. time.clock(math.floor(action.at / 1000)) .. '  ', 'TgpDim' },
    { sign[1] .. ' ', sign[2] },
    { ('%-10s '):format(action.agent), 'TgpAgent' },
    { action.description },
  }
  if action.status == 'undone' then
    parts[#parts + 1] = { '  [undone]', 'TgpDim' }
  elseif action.status == 'executed' and action.reversible then
    parts[#parts + 1] = { '  [u undo]', 'TgpDim' }
  elseif action.status ~= 'executed' then
    parts[#parts + 1] = { ('  [%s%s]'):format(action.status, action.code and ' ' .. action.code or ''), sign[2] }
  end
  return view.line(parts, { id = action.id, action = action })
end

local function question_line(asked)
  return view.line({
    { '  ! ', 'TgpWaits' },
    { ('%-10s '):format(asked.agent), 'TgpAgent' },
    { ('asks for %s (%s): %s  '):format(asked.capability, asked.risk, approvals.about(asked)) },
    { '[a approve  d deny]', 'TgpWaits' },
  }, { id = asked.ticket, approval = asked })
end

local function draw(list)
  local lines = {}
  local questions = approvals.known(list.root)
  if #questions > 0 then
    lines[#lines + 1] = view.line({ { 'PENDING APPROVAL', 'TgpWaits' } })
    vim.list_extend(lines, vim.tbl_map(question_line, questions))
  end
  local day
  for _, action in ipairs(list.actions) do
    local of = time.day(math.floor(action.at / 1000))
    if of ~= day then
      day = of
      lines[#lines + 1] = view.line({ { day, 'TgpHeading' } })
    end
    lines[#lines + 1] = action_line(action)
  end
  if list.more then
    lines[#lines + 1] = view.line({ { '  older actions: <CR>', 'TgpDim' } }, { older = true })
  elseif #list.actions == 0 then
    lines[#lines + 1] = view.line({ { 'nothing was done yet', 'TgpDim' } })
  end
  list:show(lines)
end

-- Adds a page (the newest last) to what is there (the newest first).
local function add(list, page)
  for place = #page.actions, 1, -1 do
    local action = page.actions[place]
    if not list.known[action.id] then
      list.known[action.id] = true
      table.insert(list.actions, action)
    end
  end
  list.more = page.more
end

local function page(list, before, limit, done, failed)
  local params = vim.tbl_extend('force', {}, list.filter, { limit = limit, before = before })
  ask.server(list.root, 'tgp/timeline/list', params, done, failed)
end

local function older(list)
  if list.asking or not list.more then
    return
  end
  list.asking = true
  local actions = list.actions
  page(list, actions[#actions].id, config.values.page, function(result)
    list.asking = false
    -- Meanwhile the list may have been asked for anew: then this page no longer fits below it.
    if actions == list.actions then
      add(list, result)
      draw(list)
    end
  end, function()
    list.asking = false
  end)
end

-- As many as are shown, up to a thousand, so that what changed below the first page is told too.
local function load(list, finished)
  list.filter = list.spec.filter
  local shown = not list.fresh and list.actions and #list.actions or 0
  local limit = math.max(config.values.page, math.min(shown, 1000))
  page(list, nil, limit, function(result)
    list.actions, list.known = {}, {}
    add(list, result)
    draw(list)
    finished()
  end, finished)
  approvals.refresh(list.root, function()
    if list.actions then
      draw(list)
    end
  end)
end

local function keys(root)
  local function show(list, item)
    if not item then
      return
    elseif item.older then
      older(list)
    elseif item.approval then
      approvals.approve(root, item.approval.ticket)
    else
      require('tgp.show').action(root, item.action)
    end
  end
  return {
    { '<CR>', 'show it: its differences side by side where it changed files', show },
    {
      'u',
      'undo it; what would happen is shown first',
      function(_, item)
        if item and item.action then
          undo.action(root, item.action.id)
        end
      end,
    },
    {
      'R',
      'make again what was undone last',
      function()
        undo.redo(root)
      end,
    },
    {
      'a',
      'approve; the whole preview is shown first',
      function(_, item)
        if item and item.approval then
          approvals.approve(root, item.approval.ticket)
        else
          say.info('tgp: there is no question on this line')
        end
      end,
    },
    {
      'd',
      'deny, with a reason',
      function(_, item)
        if item and item.approval then
          approvals.deny(root, item.approval.ticket)
        else
          say.info('tgp: there is no question on this line')
        end
      end,
    },
  }
end

--- Opens the timeline; `filter` has fields of the request.
function M.open(root, filter, mods)
  local list = view.open({
    name = 'timeline',
    root = root,
    filter = filter or {},
    keys = keys(root),
    load = load,
  }, mods)
  if not list.scrolls then
    list.scrolls = true
    vim.api.nvim_create_autocmd('CursorMoved', {
      buffer = list.buffer,
      callback = function()
        local left = vim.api.nvim_buf_line_count(list.buffer) - vim.fn.line('.')
        if list.more and left < vim.fn.winheight(0) then
          older(list)
        end
      end,
    })
  end
  return list
end

return M
