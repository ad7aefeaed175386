--- Which project a buffer belongs to: the nearest folder upwards that has `tgp.config.ts`.
local uv = vim.uv or vim.loop
local M = {}

-- Views know their project, though their names are no paths.
local of_view = {}

--- Notes which project a buffer without a file shows.
function M.note(buffer, root)
  of_view[buffer] = root
end

--- The nearest folder upwards that holds the configuration.
function M.above(folder)
  folder = uv.fs_realpath(folder) or folder
  while folder and folder ~= '' do
    if uv.fs_stat(folder .. '/tgp.config.ts') then
      return folder
    end
    local up = vim.fn.fnamemodify(folder, ':h')
    if up == folder then
      return nil
    end
    folder = up
  end
end

--- The project of a buffer; where it has none, that of the working folder.
function M.of(buffer)
  buffer = (buffer == nil or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  if of_view[buffer] then
    return of_view[buffer]
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  if name ~= '' and not name:match('^%a[%w+.-]+://') then
    local root = M.above(vim.fn.fnamemodify(name, ':p:h'))
    if root then
      return root
    end
  end
  return M.above(uv.cwd())
end

--- The file of a tool, where the library lies in the usual folder.
function M.file_of_tool(root, path)
  local inside = root .. '/.tgp/' .. path
  return uv.fs_stat(inside) and inside or nil
end

return M
