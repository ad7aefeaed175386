--- `:checkhealth tgp`: program, version, project, server.
local client = require('tgp.client')
local config = require('tgp.config')
local project = require('tgp.project')

local M = {}

-- The names changed with Neovim 0.10.
local health = vim.health or require('health')
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local warn = health.warn or health.report_warn
local fail = health.error or health.report_error
local info = health.info or health.report_info

local function neovim()
  if vim.fn.has('nvim-0.10') == 1 then
    ok('Neovim is new enough')
  elseif vim.fn.has('nvim-0.7') == 1 then
    warn('Neovim is older than 0.10: no inlay hints and no code lenses of tools')
  else
    fail('Neovim is older than 0.7')
  end
end

local function program()
  local missing = client.missing()
  if missing then
    fail((missing:gsub('^tgp: ', '')))
    return
  end
  local name = config.values.cmd[1]
  local said = vim.fn.systemlist({ name, '--version' })
  if vim.v.shell_error ~= 0 then
    fail(('`%s --version` failed: %s'):format(name, said[1] or ''))
    return
  end
  ok(('%s is %s'):format(vim.fn.exepath(name), said[1] or 'of no version'))
end

local function server(root)
  local found = client.server(root)
  if not found then
    info('no server runs for this project; any :Tgp command starts it')
    return
  end
  if found.dead then
    fail('the server ended and stays down; :Tgp restart tries again, :Tgp log has its words')
    return
  end
  local status = client.request_soon(root, 'tgp/status', {}, 3000)
  if not status then
    fail('the server does not answer')
    return
  end
  ok(('the server answers: version %s, %d questions open, %d branches open'):format(
    tostring(status.version),
    status.pending_approvals or 0,
    status.open_branches or 0
  ))
  if status.protocol ~= client.PROTOCOL then
    fail(('it speaks protocol %s, this plugin %d: update the older of the two'):format(tostring(status.protocol), client.PROTOCOL))
  end
  if #found.ends > 0 then
    warn(('the server ended %d times within the last minute'):format(#found.ends))
  end
  for _, note in ipairs(status.notes or {}) do
    warn(note)
  end
end

--- Looks at everything the plugin needs.
function M.check()
  start('tgp')
  neovim()
  program()
  local root = project.of(0)
  if not root then
    warn('no project here: no folder upwards has `tgp.config.ts`', { 'run `tgp init` in the folder of the project' })
    return
  end
  ok('the project is ' .. root)
  server(root)
end

return M
