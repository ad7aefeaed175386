--- What `<Tab>` offers behind `:Tgp`.
local client = require('tgp.client')
local project = require('tgp.project')

local M = {}

-- The person waits for it: what takes longer is not offered, in milliseconds.
local PATIENCE = 400

local function field(root, method, params, list, name)
  local result = client.request_soon(root, method, params, PATIENCE)
  return vim.tbl_map(function(one)
    return one[name]
  end, result and result[list] or {})
end

local function branches(root)
  return field(root, 'tgp/branches/list', {}, 'branches', 'name')
end

local function all_branches(root)
  return field(root, 'tgp/branches/list', { all = true }, 'branches', 'name')
end

local function tickets(root)
  return field(root, 'tgp/approvals/list', {}, 'approvals', 'ticket')
end

local function tools(root)
  return field(root, 'tgp/tools/list', {}, 'tools', 'path')
end

local function actions(root)
  local result = client.request_soon(root, 'tgp/timeline/list', { status = 'executed', limit = 50 }, PATIENCE)
  local ids = {}
  for place = #(result and result.actions or {}), 1, -1 do
    if result.actions[place].reversible then
      ids[#ids + 1] = result.actions[place].id
    end
  end
  return ids
end

local function just(...)
  local words = { ... }
  return function()
    return words
  end
end

local FIRST = {
  branches = just('all'),
  approvals = just('all'),
  timeline = just('agent=', 'branch=', 'path=', 'session=', 'status=', 'type='),
  diff = branches,
  merge = branches,
  discard = branches,
  show = branches,
  restore = all_branches,
  reopen = all_branches,
  approve = tickets,
  deny = tickets,
  undo = actions,
  run = tools,
  check = tools,
  scopes = function(root)
    return field(root, 'tgp/scopes/list', {}, 'scopes', 'agent')
  end,
}

--- The words that may stand where the cursor is.
function M.words(lead, line, cursor)
  local before = vim.split(vim.trim(line:sub(1, cursor - #lead)), '%s+')
  -- `:botright Tgp! merge` begins with words that are not ours.
  while before[1] and not before[1]:match('Tgp!?$') do
    table.remove(before, 1)
  end
  local offered = {}
  if #before <= 1 then
    offered = require('tgp.command').verbs()
  else
    local root = project.of(0)
    if before[2] == 'diff' and #before == 3 then
      offered = { 'action', 'file' }
    elseif root and FIRST[before[2]] and (#before == 2 or before[2] == 'timeline') then
      offered = FIRST[before[2]](root)
    end
  end
  return vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, offered)
end

return M
