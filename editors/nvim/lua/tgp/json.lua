--- JSON as a person reads it: fields in order, nested values below each other.
local M = {}

local function is_list(value)
  return getmetatable(value) ~= getmetatable(vim.empty_dict()) and (#value > 0 or next(value) == nil)
end

local function scalar(value)
  return type(value) ~= 'table' or next(value) == nil
end

local function write(value, lead, first, comma, lines)
  if scalar(value) then
    lines[#lines + 1] = first .. vim.json.encode(value) .. comma
    return
  end
  local list = is_list(value)
  lines[#lines + 1] = first .. (list and '[' or '{')
  local keys = {}
  if not list then
    keys = vim.tbl_keys(value)
    table.sort(keys, function(one, other)
      return tostring(one) < tostring(other)
    end)
  end
  local count = list and #value or #keys
  for place = 1, count do
    local key = list and place or keys[place]
    local name = list and '' or vim.json.encode(tostring(key)) .. ': '
    write(value[key], lead .. '  ', lead .. '  ' .. name, place < count and ',' or '', lines)
  end
  lines[#lines + 1] = lead .. (list and ']' or '}') .. comma
end

--- A value as lines.
function M.lines(value)
  local lines = {}
  write(value, '', '', '', lines)
  return lines
end

local function cell(value)
  if value == nil or value == vim.NIL then
    return ''
  end
  return require('tgp.say').flat(type(value) == 'string' and value or vim.json.encode(value))
end

-- The columns of a list of flat objects; none where it is something else.
local function columns(rows)
  if type(rows) ~= 'table' or #rows == 0 then
    return nil
  end
  local names, seen = {}, {}
  for _, row in ipairs(rows) do
    if type(row) ~= 'table' or #row > 0 then
      return nil
    end
    for name, value in pairs(row) do
      if type(value) == 'table' and value ~= vim.NIL then
        return nil
      end
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

--- Rows as a table; nil where the value is no list of flat objects.
function M.table(rows)
  local names = columns(rows)
  if not names or #names == 0 then
    return nil
  end
  local widths, grid = {}, { names }
  for _, row in ipairs(rows) do
    local cells = {}
    for place, name in ipairs(names) do
      cells[place] = cell(row[name])
    end
    grid[#grid + 1] = cells
  end
  for _, cells in ipairs(grid) do
    for place, text in ipairs(cells) do
      widths[place] = math.max(widths[place] or 0, vim.fn.strdisplaywidth(text))
    end
  end
  local lines = {}
  for number, cells in ipairs(grid) do
    local parts = {}
    for place, text in ipairs(cells) do
      parts[place] = text .. (' '):rep(widths[place] - vim.fn.strdisplaywidth(text))
    end
    lines[#lines + 1] = (table.concat(parts, '  '):gsub('%s+$', ''))
    if number == 1 then
      local rule = {}
      for place, width in ipairs(widths) do
        rule[place] = ('-'):rep(width)
      end
      lines[#lines + 1] = table.concat(rule, '  ')
    end
  end
  return lines
end

return M
