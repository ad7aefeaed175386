--- Scopes: listed, shown, edited in a buffer that is checked as one types and asks before it counts.
local ask = require('tgp.ask')
local client = require('tgp.client')
local float = require('tgp.float')
local pick = require('tgp.pick')
local say = require('tgp.say')
local view = require('tgp.view')
local wire = require('tgp.wire')

local M = {}
local space = vim.api.nvim_create_namespace('tgp-scope')
-- After this long without a key the text is checked, in milliseconds.
local REST = 200

local function text_of(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') .. '\n'
end

local function place(number, last)
  return math.max(0, math.min((tonumber(wire.given(number)) or 1) - 1, last))
end

local function told(buffer, mistakes)
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  local list = {}
  for _, mistake in ipairs(mistakes) do
    list[#list + 1] = {
      lnum = place(mistake.line, last),
      col = place(mistake.column, 10000),
      message = mistake.message,
      severity = vim.diagnostic.severity.ERROR,
      source = 'tgp',
    }
  end
  vim.diagnostic.set(space, buffer, list)
end

local function check(root, agent, buffer, done)
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  client.request(root, 'tgp/scopes/check', { text = text_of(buffer), name = agent .. '.yaml' }, function(refusal, result)
    if not vim.api.nvim_buf_is_valid(buffer) or vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
      return
    end
    if refusal then
      return say.refused(refusal)
    end
    told(buffer, result.mistakes)
    if done then
      done(#result.mistakes)
    end
  end)
end

-- What of the files would differ, and which of the last actions would have been judged otherwise.
local function preview_lines(preview, given)
  local lines = {}
  local diff = (vim.text and vim.text.diff) or vim.diff
  for _, file in ipairs(preview.trust or {}) do
    lines[#lines + 1] = ('--- %s: %s'):format(file.name, file.how)
    local text = diff(file.before, file.after, { ctxlen = 3 }) or ''
    vim.list_extend(lines, vim.split((text:gsub('\n$', '')), '\n', { plain = true }))
  end
  if #lines == 0 then
    lines = { 'nothing differs' }
  end
  if wire.given(preview.draft) then
    lines[#lines + 1] = ''
    lines[#lines + 1] = ('--- %s holds a draft that is not in force; it is overwritten'):format(preview.file)
    local text = diff(preview.draft, given, { ctxlen = 3 }) or ''
    vim.list_extend(lines, vim.split((text:gsub('\n$', '')), '\n', { plain = true }))
  end
  lines[#lines + 1] = ''
  lines[#lines + 1] = ('of the last %d actions %d would have been judged otherwise'):format(preview.judged or 0, #preview.changed)
  for _, change in ipairs(preview.changed) do
    lines[#lines + 1] = ('  %s, %s: %s, before %s'):format(change.agent, say.flat(change.description), change.after, change.before)
  end
  return lines
end

local function put(root, agent, buffer)
  local text = text_of(buffer)
  check(root, agent, buffer, function(mistakes)
    if mistakes > 0 then
      say.error(('tgp: not written, the scope has %d mistake%s'):format(mistakes, mistakes == 1 and '' or 's'))
      return
    end
    ask.server(root, 'tgp/scopes/preview', { agent = agent, text = text }, function(preview)
      float.ask({
        title = ('Put this scope of %s in force?'):format(agent),
        lines = preview_lines(preview, text),
        syntax = 'diff',
        yes = 'put in force',
        answer = function(yes)
          if not yes then
            return
          end
          local params = { agent = agent, text = text, shown_hash = preview.shown_hash }
          -- It was shown what would be lost; another draft by now has another hash.
          params.over_draft = wire.given(preview.draft) ~= nil or nil
          ask.server(root, 'tgp/scopes/set', params, function()
            if vim.api.nvim_buf_is_valid(buffer) and text_of(buffer) == text then
              vim.bo[buffer].modified = false
            end
            say.info('tgp: the scope of ' .. agent .. ' is in force')
          end)
        end,
      })
    end)
  end)
end

local function watch(root, agent, buffer)
  local round = 0
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI' }, {
    buffer = buffer,
    callback = function()
      round = round + 1
      local mine = round
      vim.defer_fn(function()
        if mine == round and vim.api.nvim_buf_is_valid(buffer) then
          check(root, agent, buffer)
        end
      end, REST)
    end,
  })
  vim.api.nvim_create_autocmd('BufWriteCmd', {
    buffer = buffer,
    callback = function()
      put(root, agent, buffer)
    end,
  })
end

--- Opens the scope of an agent; `:write` asks and puts it in force.
function M.edit(root, agent, mods)
  ask.server(root, 'tgp/scopes/show', { agent = agent }, function(shown)
    local name = ('tgp://%s/scope/%s.yaml'):format(vim.fn.fnamemodify(root, ':t'), agent)
    local buffer = vim.fn.bufnr('^' .. name .. '$')
    if buffer ~= -1 and vim.bo[buffer].modified then
      view.window(buffer, mods)
      say.info('tgp: you have edits of this scope; :write puts them in force')
      return
    end
    if buffer == -1 then
      buffer = view.scratch(name, root)
      vim.bo[buffer].buftype = 'acwrite'
      watch(root, agent, buffer)
    end
    view.fill(buffer, vim.split((shown.text:gsub('\n$', '')), '\n', { plain = true }))
    vim.bo[buffer].modifiable = true
    vim.bo[buffer].syntax = 'yaml'
    vim.bo[buffer].expandtab = true
    vim.bo[buffer].shiftwidth = 2
    view.window(buffer, mods)
    vim.wo.number = true
    if shown.file:match('^shipped/') then
      say.info(('tgp: %s has no scope of its own; :write gives it this one'):format(agent))
    end
  end)
end

--- Lets a scope be chosen and opens it.
function M.pick(root, mods)
  ask.server(root, 'tgp/scopes/list', {}, function(result)
    pick.one(result.scopes, 'Scopes', function(scope)
      return ('%s  %s  %d rules'):format(scope.agent, scope.file, scope.rules)
    end, function(scope)
      M.edit(root, scope.agent, mods)
    end)
  end)
end

return M
