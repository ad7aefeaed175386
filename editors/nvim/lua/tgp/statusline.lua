--- What a statusline says of the project one is in.
local client = require('tgp.client')
local project = require('tgp.project')

local M = {}

-- The project is looked up once a buffer: a statusline is drawn at every key.
local of_buffer = {}
vim.api.nvim_create_autocmd({ 'BufFilePost', 'DirChanged', 'BufWipeout' }, {
  callback = function()
    of_buffer = {}
  end,
})
for _, event in ipairs({ 'status', 'up', 'down' }) do
  client.on(event, function()
    vim.cmd('redrawstatus!')
  end)
end

local function root_here()
  local buffer = vim.api.nvim_get_current_buf()
  if of_buffer[buffer] == nil then
    of_buffer[buffer] = project.of(buffer) or false
  end
  return of_buffer[buffer]
end

--- Such as `tgp 2 questions, 3 branches`; empty where there is no project.
function M.text()
  local root = root_here()
  local server = root and client.server(root)
  if not server then
    return ''
  end
  if server.dead or not server.ready then
    return server.dead and 'tgp down' or 'tgp …'
  end
  local status = server.status or {}
  local parts = {}
  if (status.pending_approvals or 0) > 0 then
    parts[#parts + 1] = ('%d question%s'):format(status.pending_approvals, status.pending_approvals == 1 and '' or 's')
  end
  if (status.open_branches or 0) > 0 then
    parts[#parts + 1] = ('%d branch%s'):format(status.open_branches, status.open_branches == 1 and '' or 'es')
  end
  return #parts == 0 and 'tgp' or 'tgp ' .. table.concat(parts, ', ')
end

return M
