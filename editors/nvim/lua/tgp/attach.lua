--- Which buffers the server gets: tools, the configuration, policy and scopes.
local config = require('tgp.config')
local project = require('tgp.project')
local wire = require('tgp.wire')

local M = {}
local told_missing = false

--- True for files the server has something to say about.
function M.wanted(root, name)
  local inside = name:sub(1, #root + 1) == root .. '/' and name:sub(#root + 2)
  if not inside then
    return false
  end
  if inside == 'tgp.config.ts' or inside:match('/tools/.+%.ts$') then
    return true
  end
  return inside:match('/policy/[^/]+%.ya?ml$') ~= nil or inside:match('/scopes/[^/]+%.ya?ml$') ~= nil
end

local function hints(buffer, client)
  if not config.values.hints or vim.fn.has('nvim-0.10') == 0 then
    return
  end
  local can = client.server_capabilities
  if can.inlayHintProvider then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  if not can.codeLensProvider then
    return
  end
  if vim.lsp.codelens.enable then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  local function refresh()
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
  refresh()
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'BufWritePost' }, { buffer = buffer, callback = refresh })
end

--- Gives a buffer to the server of its project, where it is one of its files.
function M.buffer(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) or vim.bo[buffer].buftype ~= '' then
    return
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  local path = name ~= '' and vim.fn.resolve(vim.fn.fnamemodify(name, ':p'))
  local root = path and project.above(vim.fn.fnamemodify(path, ':h'))
  if not root or not M.wanted(root, path) then
    return
  end
  local found = require('tgp.client').neovim_client(root)
  local server = require('tgp.client').server(root)
  if found and server.ready and not vim.lsp.buf_is_attached(buffer, server.id) then
    wire.attach(buffer, server.id)
    hints(buffer, found)
  end
end

--- Gives a server that is up the buffers it should have.
function M.all()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    M.buffer(buffer)
  end
end

-- Starts the server where the person stands in a project.
local function arrive(buffer)
  if not vim.api.nvim_buf_is_valid(buffer) or vim.bo[buffer].buftype ~= '' then
    return
  end
  local root = project.of(buffer)
  if not root then
    return
  end
  local _, why = require('tgp.client').start(root)
  if why and not told_missing then
    -- Once: the person may be at something else altogether.
    told_missing = true
    require('tgp.say').error(why)
  end
  M.buffer(buffer)
end

--- Starts and attaches by itself from now on.
function M.watch()
  local group = vim.api.nvim_create_augroup('tgp', { clear = true })
  vim.api.nvim_create_autocmd('VimLeavePre', {
    group = group,
    callback = function()
      for _, root in ipairs(require('tgp.client').roots()) do
        require('tgp.client').server(root).stopping = true
      end
    end,
  })
  if not config.values.autostart then
    return
  end
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile', 'BufFilePost', 'DirChanged', 'FileType' }, {
    group = group,
    callback = function(event)
      local buffer = event.buf
      vim.schedule(function()
        arrive(buffer)
      end)
    end,
  })
  vim.schedule(function()
    arrive(vim.api.nvim_get_current_buf())
    M.all()
  end)
end

return M
