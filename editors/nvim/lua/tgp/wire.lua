--- What differs between the LSP clients of Neovim 0.7 and the newest.
local M = {}

--- Objects stay objects: an empty Lua table would be sent as a list.
function M.object(fields)
  return next(fields or {}) == nil and vim.empty_dict() or fields
end

--- A value that may be JSON's `null`.
function M.given(value)
  if value == nil or value == vim.NIL then
    return nil
  end
  return value
end

-- Neovim's own notice of a server's end is longer than a line and would stop the person at a prompt. Ours says the same
-- on one line, so Neovim is told of a clean end.
local function quietly(settings)
  local program, exited = settings.cmd, settings.on_exit
  local code, signal = 0, 0
  settings.cmd = function(dispatchers)
    local own = vim.tbl_extend('force', {}, dispatchers)
    own.on_exit = function(real_code, real_signal)
      code, signal = real_code, real_signal
      dispatchers.on_exit(0, 0)
    end
    return vim.lsp.rpc.start(program, own, { cwd = settings.cmd_cwd })
  end
  settings.on_exit = function()
    exited(code, signal)
  end
end

--- Starts a server that no buffer has yet; gives its number, or nil.
function M.start(settings)
  if vim.fn.has('nvim-0.10') == 1 then
    quietly(settings)
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.lsp.start(settings, {
      attach = false,
      reuse_client = function()
        return false
      end,
    })
  end
  return vim.lsp.start_client(settings)
end

--- Gives a buffer to the server.
function M.attach(buffer, id)
  vim.lsp.buf_attach_client(buffer, id)
end

local function refusal_of(err)
  local data = type(err.data) == 'table' and err.data or {}
  return {
    message = err.message or tostring(err),
    code = M.given(data.code),
    hint = M.given(data.hint),
    details = M.given(data.details),
  }
end

--- Sends a request; `done(refusal, result)`.
function M.request(id, method, params, done)
  local client = id and vim.lsp.get_client_by_id(id)
  if not client then
    return done({ message = 'the server is not running' })
  end
  local function answered(err, result)
    if err then
      done(refusal_of(err))
    else
      done(nil, result)
    end
  end
  local sent
  if vim.fn.has('nvim-0.11') == 1 then
    sent = client:request(method, M.object(params), answered, 0)
  else
    sent = client.request(method, M.object(params), answered, 0)
  end
  if not sent then
    done({ message = 'the server is not running' })
  end
end

local function tell_end(client, force)
  if vim.fn.has('nvim-0.11') == 1 then
    client:stop(force)
  else
    client.stop(force)
  end
end

--- Ends a server, with force where it does not listen; `after` once it is gone.
function M.stop(id, after)
  local client = id and vim.lsp.get_client_by_id(id)
  if client then
    tell_end(client, false)
  end
  local function gone(left)
    local still = id and vim.lsp.get_client_by_id(id)
    if still and left > 0 then
      return vim.defer_fn(function()
        gone(left - 1)
      end, 50)
    end
    if still then
      tell_end(still, true)
    end
    if after then
      after()
    end
  end
  gone(40)
end

return M
