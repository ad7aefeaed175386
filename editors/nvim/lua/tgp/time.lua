--- Times as a person reads them.
local M = {}

--- Seconds since 1970 of an ISO 8601 time in UTC; nil where it is none.
function M.seconds(iso)
  local year, month, day, hour, minute, second =
    tostring(iso):match('^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)')
  if not year then
    return nil
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  -- Days since 1970 by the civil calendar: `os.time` would read it in the local zone.
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * (month + (month > 2 and -3 or 9)) + 2) / 5) + day - 1
  local days = era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

--- The day of a time, as a heading.
function M.day(seconds)
  local function date(at)
    return os.date('%Y-%m-%d', at)
  end
  local day, now = date(seconds), os.time()
  if day == date(now) then
    return 'TODAY'
  end
  local today = os.date('*t', now)
  -- Noon of the day before: a day is not always 24 hours long.
  local noon = os.time({ year = today.year, month = today.month, day = today.day - 1, hour = 12 })
  if day == date(noon) then
    return 'YESTERDAY'
  end
  return day
end

--- Hours and minutes of a time.
function M.clock(seconds)
  return os.date('%H:%M', seconds)
end

--- How long ago an ISO 8601 time was.
function M.ago(iso)
  local at = iso and M.seconds(iso)
  if not at then
    return ''
  end
  local since = math.max(0, os.time() - at)
  local units = { { 86400, 'day' }, { 3600, 'hour' }, { 60, 'minute' } }
  for _, unit in ipairs(units) do
    local count = math.floor(since / unit[1])
    if count > 0 then
      return ('%d %s%s ago'):format(count, unit[2], count == 1 and '' or 's')
    end
  end
  return 'just now'
end

return M
