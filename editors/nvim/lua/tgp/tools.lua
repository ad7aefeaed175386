--- Tools of the library: listed, shown, run with arguments that are asked for by the tool's schema.
local ask = require('tgp.ask')
local float = require('tgp.float')
local json = require('tgp.json')
local pick = require('tgp.pick')
local project = require('tgp.project')
local say = require('tgp.say')
local view = require('tgp.view')
local wire = require('tgp.wire')

local M = {}

-- Arguments of the last run, by project and tool.
local last = {}

local function show_result(root, path, result)
  local lines = { ('%s  %.1f ms  %d fuel  action %s'):format(path, result.duration_ms, result.fuel, result.action), '' }
  local value = result.result
  local rows = json.table(value)
  if rows then
    vim.list_extend(lines, rows)
    lines[#lines + 1] = ('%d row%s'):format(#value, #value == 1 and '' or 's')
  elseif type(value) == 'string' then
    vim.list_extend(lines, vim.split(value, '\n', { plain = true }))
  else
    vim.list_extend(lines, json.lines(value == nil and vim.NIL or value))
  end
  for place, line in ipairs(result.logs or {}) do
    if place == 1 then
      lines[#lines + 1] = ''
    end
    lines[#lines + 1] = ('%s: %s'):format(line.level, line.text)
  end
  local name = ('tgp://%s/result'):format(vim.fn.fnamemodify(root, ':t'))
  local buffer = vim.fn.bufnr('^' .. name .. '$')
  if buffer == -1 then
    buffer = view.scratch(name, root)
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true, silent = true })
  end
  local flat = {}
  for _, line in ipairs(lines) do
    flat[#flat + 1] = say.flat(line)
  end
  local here = vim.api.nvim_get_current_win()
  view.fill(buffer, flat)
  view.window(buffer)
  vim.api.nvim_win_set_height(0, math.min(math.max(5, #flat), math.floor(vim.o.lines / 2)))
  if vim.api.nvim_win_is_valid(here) then
    vim.api.nvim_set_current_win(here)
  end
end

--- Runs a tool with these arguments.
local function run(root, path, args)
  last[root .. '\n' .. path] = args
  ask.server(root, 'tgp/tools/run', { path = path, args = wire.object(args) }, function(result)
    show_result(root, path, result)
  end)
end

M.run_with = run

--- Checks a tool: what is wrong with it becomes the quickfix list.
function M.check(root, path)
  ask.server(root, 'tgp/tools/check', { path = path }, function(result)
    local items = {}
    for kind, findings in pairs({ E = result.errors, W = result.warnings }) do
      for _, finding in ipairs(findings) do
        items[#items + 1] = {
          filename = project.file_of_tool(root, finding.path) or finding.path,
          lnum = finding.line,
          col = finding.column,
          type = kind,
          text = say.flat(finding.message),
        }
      end
    end
    vim.fn.setqflist({}, ' ', { title = 'tgp: check of ' .. path, items = items })
    if #items > 0 then
      vim.cmd('botright copen')
    end
    say.info(('tgp: %s is %s, %d finding%s'):format(path, result.valid and 'valid' or 'not valid', #items, #items == 1 and '' or 's'))
  end)
end

-- What was typed as the value of an argument: JSON where the schema wants no text.
local function value_of(typed, schema)
  local kind = schema and schema.type
  if kind == 'string' then
    return typed
  end
  local ok, value = pcall(vim.json.decode, typed)
  if ok and (kind ~= nil or type(value) ~= 'string') then
    return value
  end
  if kind == nil then
    return typed
  end
  return nil, ('`%s` is no %s'):format(typed, tostring(kind))
end

local function prompt_of(name, schema, needed)
  local kind = type(schema.type) == 'string' and schema.type or 'json'
  if type(schema.enum) == 'table' then
    kind = table.concat(
      vim.tbl_map(function(one)
        return tostring(one)
      end, schema.enum),
      '/'
    )
  end
  local about = wire.given(schema.description)
  return ('%s (%s%s)%s: '):format(name, kind, needed and '' or ', may be empty', about and ' ' .. about or '')
end

-- Asks for one argument after the other, in the order needed first.
local function ask_for(schema, args, done)
  local properties = type(schema) == 'table' and schema.properties or {}
  local needed = {}
  for _, name in ipairs(type(schema) == 'table' and schema.required or {}) do
    needed[name] = true
  end
  local names = vim.tbl_filter(function(name)
    return args[name] == nil
  end, vim.tbl_keys(properties))
  table.sort(names, function(one, other)
    if needed[one] ~= needed[other] then
      return needed[one] == true
    end
    return one < other
  end)
  local function step(place)
    local name = names[place]
    if not name then
      return done(args)
    end
    vim.ui.input({ prompt = prompt_of(name, properties[name], needed[name]) }, function(typed)
      if typed == nil then
        return
      end
      if typed == '' and not needed[name] then
        return step(place + 1)
      end
      local value, wrong = value_of(typed, properties[name])
      if wrong then
        say.error('tgp: ' .. wrong)
        return
      end
      args[name] = value
      step(place + 1)
    end)
  end
  step(1)
end

-- Arguments as they were typed behind the path: one JSON object, or name=value; nil with a sentence where neither.
local function typed_arguments(words, schema)
  local text = vim.trim(table.concat(words, ' '))
  if text == '' then
    return {}
  end
  if text:match('^{') then
    local ok, value = pcall(vim.json.decode, text)
    if ok then
      return value, nil, true
    end
    return nil, 'the arguments are no JSON'
  end
  local args = {}
  local properties = type(schema) == 'table' and schema.properties or {}
  for _, word in ipairs(words) do
    local name, typed = word:match('^([%w_]+)=(.*)$')
    if not name then
      return nil, ('`%s` is no name=value'):format(word)
    end
    local value, wrong = value_of(typed, properties[name])
    if wrong then
      return nil, wrong
    end
    args[name] = value
  end
  return args
end

--- Runs a tool; what its schema names and nobody typed is asked for.
function M.run(root, path, words, again)
  if not path then
    return M.choose(root, 'Run which tool?', function(chosen)
      M.run(root, chosen, {}, again)
    end)
  end
  if again and last[root .. '\n' .. path] then
    return run(root, path, last[root .. '\n' .. path])
  end
  ask.server(root, 'tgp/tools/show', { path = path }, function(tool)
    local schema = wire.given(tool.schema)
    local args, wrong, whole = typed_arguments(words, schema)
    if wrong then
      return say.error('tgp: ' .. wrong)
    end
    if whole or #words > 0 then
      return run(root, path, args)
    end
    ask_for(schema, args, function(all)
      run(root, path, all)
    end)
  end)
end

local function show(root, path)
  ask.server(root, 'tgp/tools/show', { path = path }, function(tool)
    local lines = { tool.description, ('%d runs%s'):format(tool.runs, tool.valid and '' or ', does not compile'), '' }
    for place, name in ipairs(tool.imports or {}) do
      lines[#lines + 1] = (place == 1 and 'imports  ' or '         ') .. name
    end
    if wire.given(tool.schema) then
      vim.list_extend(lines, { '', 'arguments:' })
      vim.list_extend(lines, json.lines(tool.schema))
    end
    float.show({ title = path, lines = lines })
  end)
end

local function source(root, path)
  local file = project.file_of_tool(root, path)
  if file then
    vim.cmd('edit ' .. vim.fn.fnameescape(file))
    return
  end
  ask.server(root, 'tgp/tools/show', { path = path }, function(tool)
    local buffer = require('tgp.content').text(root, path, tool.source, path)
    view.window(buffer)
  end)
end

--- Lets a tool be chosen.
function M.choose(root, prompt, chosen)
  ask.server(root, 'tgp/tools/list', {}, function(result)
    if #result.tools == 0 then
      say.info('tgp: the library has no tools yet')
      return
    end
    pick.one(result.tools, prompt, function(tool)
      local notes = (tool.valid and '' or '  does not compile') .. (wire.given(tool.pending) and '  waits for review' or '')
      return ('%s  %s  %d runs%s'):format(tool.path, tool.description, tool.runs, notes)
    end, function(tool)
      chosen(tool.path)
    end)
  end)
end

--- Lets a tool be chosen, and then what to do with it.
function M.pick(root)
  M.choose(root, 'Tools', function(path)
    pick.deed({
      {
        'Run',
        function()
          M.run(root, path, {})
        end,
      },
      {
        'Run again with the last arguments',
        function()
          M.run(root, path, {}, true)
        end,
      },
      {
        'Open the source',
        function()
          source(root, path)
        end,
      },
      {
        'Show description and arguments',
        function()
          show(root, path)
        end,
      },
    }, path)
  end)
end

return M
