--- Talks to `tgp lsp`: one server a project, requests with answers, what the server tells by itself.
local config = require('tgp.config')
local say = require('tgp.say')
local wire = require('tgp.wire')

local M = {}

--- The revision of the requests `tgp/...` this plugin speaks.
M.PROTOCOL = 1
-- A server that ends more often than this within the time is not started again by itself.
local RESTARTS, WITHIN = 3, 60
-- After this long a person hears that an answer is still awaited.
local SLOW = 5000

-- Requests that change something, by the last word of their name. What this editor changes it shows at once, whether or not
-- the server tells of it.
local CHANGES = {}
for _, verb in ipairs({ 'merge', 'discard', 'restore', 'reopen', 'undo', 'redo', 'approve', 'deny', 'set', 'create', 'run' }) do
  CHANGES[verb] = true
end
local ALL = { 'timeline', 'branches', 'approvals', 'snapshots', 'tools', 'scopes', 'library' }

-- By the folder of the project.
local servers = {}
local listeners = {}

--- Calls `heard(root, ...)` for `up`, `down`, `status`, `changed` or `approval`.
function M.on(event, heard)
  listeners[event] = listeners[event] or {}
  table.insert(listeners[event], heard)
end

local function tell(event, ...)
  for _, heard in ipairs(listeners[event] or {}) do
    heard(...)
  end
end

--- The server of a project, if one was asked for.
function M.server(root)
  return servers[root]
end

--- The projects that have a server.
function M.roots()
  local roots = vim.tbl_keys(servers)
  table.sort(roots)
  return roots
end

--- The client as Neovim knows it.
function M.neovim_client(root)
  local server = servers[root]
  return server and server.id and vim.lsp.get_client_by_id(server.id)
end

--- Why the program cannot be started, if it cannot.
function M.missing()
  local program = config.values.cmd[1]
  if vim.fn.executable(program) == 1 then
    return nil
  end
  return ("tgp: the program `%s` was not found. Install tgp, or name it: require('tgp').setup{ cmd = { '/path/to/tgp', 'lsp' } }"):format(
    program
  )
end

local function learn(root, status)
  local server = servers[root]
  if not server then
    return
  end
  server.status = status
  if status.protocol ~= nil and status.protocol ~= M.PROTOCOL and not server.told_version then
    server.told_version = true
    say.error(
      ('tgp: the program is version %s and speaks protocol %s, this plugin %d. Update the older of the two'):format(
        tostring(status.version),
        tostring(status.protocol),
        M.PROTOCOL
      )
    )
  end
  tell('status', root, status)
end

--- Asks how the project is; `status` is told to all who listen.
function M.look(root)
  M.request(root, 'tgp/status', {}, function(refusal, status)
    if not refusal then
      learn(root, status)
    end
  end)
end

local function fail_all(server, why)
  local waiting = server.waiting
  server.waiting, server.queue = {}, {}
  for _, done in pairs(waiting) do
    done({ message = why })
  end
end

-- How many times the server ended within the time that counts.
local function ends_lately(server)
  local now = os.time()
  server.ends[#server.ends + 1] = now
  while now - server.ends[1] > WITHIN do
    table.remove(server.ends, 1)
  end
  return #server.ends
end

-- Decides what becomes of a server that ended: it stays down, with the reason told, or is started again.
local function after_end(root, server, how)
  if server.starts == 1 and not server.was_ready then
    server.dead = true
    say.error(
      ('tgp: `%s` ended at once (%s). Is it an older tgp? `%s --version` says; :Tgp log has its words'):format(
        table.concat(config.values.cmd, ' '),
        how,
        config.values.cmd[1]
      )
    )
    return
  end
  local count = ends_lately(server)
  if count > RESTARTS then
    server.dead = true
    say.error(
      ('tgp: the server ended %d times within a minute (%s), so it stays down. :Tgp restart tries again'):format(count, how)
    )
    return
  end
  say.warn(('tgp: the server ended (%s); starting it again, %d of %d'):format(how, count, RESTARTS))
  vim.defer_fn(function()
    if servers[root] == server and not server.id and not server.stopping then
      M.spawn(root, server)
    end
  end, 100 * 4 ^ (count - 1))
end

local function ended(root, server, code, signal)
  if servers[root] ~= server then
    return
  end
  server.ready, server.id = false, nil
  if server.stopping then
    servers[root] = nil
  else
    after_end(root, server, signal ~= 0 and ('signal ' .. signal) or ('code ' .. code))
  end
  fail_all(server, 'the server ended before it answered')
  tell('down', root)
end

local function ready(root, server)
  server.ready, server.was_ready = true, true
  local queue = server.queue
  server.queue = {}
  M.look(root)
  for _, send in ipairs(queue) do
    send()
  end
  require('tgp.attach').all(root)
  tell('up', root)
end

--- Starts the program for a project.
function M.spawn(root, server)
  server.starts = server.starts + 1
  server.id = wire.start({
    name = 'tgp',
    cmd = config.values.cmd,
    cmd_cwd = root,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    init_options = { tgp = { approvals = true, client = 'nvim' } },
    capabilities = vim.lsp.protocol.make_client_capabilities(),
    commands = require('tgp.lenses').commands(root),
    handlers = {
      ['tgp/changed'] = function(_, changed)
        M.look(root)
        tell('changed', root, changed.areas or {})
      end,
      ['tgp/approval'] = function(_, asked)
        tell('approval', root, asked.approval)
      end,
    },
    on_init = vim.schedule_wrap(function()
      ready(root, server)
    end),
    on_exit = vim.schedule_wrap(function(code, signal)
      ended(root, server, code, signal)
    end),
  })
  if not server.id then
    server.dead = true
    fail_all(server, 'the server could not be started')
  end
end

--- The running server of a project; starts it where none is. Gives a sentence where that cannot be.
function M.start(root)
  local server = servers[root]
  if server and not server.dead then
    return server
  end
  if server then
    return nil, 'tgp: the server of this project ended. :Tgp restart tries again'
  end
  local missing = M.missing()
  if missing then
    return nil, missing
  end
  server = { queue = {}, waiting = {}, ends = {}, starts = 0, last = 0 }
  servers[root] = server
  M.spawn(root, server)
  return server
end

--- Ends the server of a project; `after` is called once it is gone.
function M.stop(root, after)
  local server = servers[root]
  servers[root] = nil
  if not server then
    return after and after()
  end
  server.stopping = true
  fail_all(server, 'the server was stopped')
  wire.stop(server.id, after)
end

--- Starts the server anew, whatever became of it.
function M.restart(root)
  M.stop(root, function()
    local _, why = M.start(root)
    if why then
      say.error(why)
    end
  end)
end

-- Calls `done` once, with a refusal in the form the terminal knows or with the result.
local function awaited(root, server, method, done)
  server.last = server.last + 1
  local number = server.last
  local function answered(refusal, result)
    if not server.waiting[number] then
      return
    end
    server.waiting[number] = nil
    done(refusal, result)
    if not refusal and CHANGES[method:match('[^/]+$')] then
      M.look(root)
      tell('changed', root, ALL)
    end
  end
  server.waiting[number] = answered
  vim.defer_fn(function()
    if server.waiting[number] then
      say.info(('tgp: still waiting for %s; another process may be writing for long'):format(method))
    end
  end, SLOW)
  return answered
end

--- Asks the server of a project; `done(refusal, result)` is called once, also where the server dies meanwhile.
function M.request(root, method, params, done)
  local server, why = M.start(root)
  if not server then
    return done({ message = why:gsub('^tgp: ', '') })
  end
  local answered = awaited(root, server, method, done)
  local function send()
    wire.request(server.id, method, params, answered)
  end
  if server.ready then
    send()
  else
    server.queue[#server.queue + 1] = send
  end
end

--- The answer within so many milliseconds, for completion; nil where it takes longer.
function M.request_soon(root, method, params, milliseconds)
  local answer
  M.request(root, method, params, function(_, result)
    answer = { result }
  end)
  vim.wait(milliseconds, function()
    return answer ~= nil
  end, 10)
  return answer and answer[1]
end

return M
