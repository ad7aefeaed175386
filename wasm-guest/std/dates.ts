// Dates in UTC: no local time zone anywhere, so that a tool gives the same answer on every machine.
import { assertArray, assertInteger, assertOneOf, assertString, check, describeValue } from "@tgp/std/assert";

/** A point in time: a Date, milliseconds since 1970, or a text that `parseDate` reads. */
export type DateLike = Date | number | string;
/** Units of fixed length, in milliseconds. */
export type FixedUnit = "millisecond" | "second" | "minute" | "hour" | "day" | "week";
/** Units whose length the calendar decides, in months. */
export type CalendarUnit = "month" | "quarter" | "year";
/** Units of time. */
export type DateUnit = FixedUnit | CalendarUnit;

const FIXED: Readonly<Record<FixedUnit, number>> = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
const MONTHS: Readonly<Record<CalendarUnit, number>> = { month: 1, quarter: 3, year: 12 };
const UNITS: readonly DateUnit[] = ["millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];
const MONTH_NAMES: readonly string[] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAY_NAMES: readonly string[] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ISO = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?$/;
const MOST_DAYS = 100_000;
const LAST_YEAR = 275_761;

const pad = (value: number, length: number): string => String(value).padStart(length, "0");
const isCalendar = (unit: DateUnit): unit is CalendarUnit => unit in MONTHS;
const checkedUnit = (unit: DateUnit): DateUnit => assertOneOf(unit, "unit", UNITS);

/**
 * Midnight of a day; unlike `Date.UTC`, the years 0 to 99 are what they say. Months may run over. What is no year of
 * the calendar is answered here: the guest's engine makes 1970 of a year that is NaN.
 */
function utc(year: number, month: number, day = 1): Date {
  if (!(Math.abs(year + month / 12) <= LAST_YEAR)) return new Date(NaN);
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date;
}

function daysInMonth(year: number, month: number): number {
  return utc(year, month + 1, 0).getUTCDate();
}

function offsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  check(hours < 24 && minutes < 60, `the zone ${zone} does not exist`);
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * Reads an ISO 8601 date strictly: `2024-06-01`, `2024-06-01T12:30`, with seconds, fraction, `Z` or `+02:00`; a
 * month `2024-06` is its first day. Without a zone it is UTC. As SQLite writes it, a space may stand for the `T`.
 * @example
 * parseDate("2024-06-01") // => new Date(Date.UTC(2024, 5, 1))
 * parseDate("2024-06-01T12:30:00+02:00") // => new Date(Date.UTC(2024, 5, 1, 10, 30))
 * parseDate("2024-02-30") // throws RangeError: "2024-02-30" is not a date: February 2024 has 29 days
 * parseDate("1.6.2024") // throws RangeError: "1.6.2024" is not an ISO 8601 date such as 2024-06-01 or 2024-06-01T12:30:00Z
 */
export function parseDate(text: string): Date {
  const match = ISO.exec(assertString(text, "text"));
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is not an ISO 8601 date such as 2024-06-01 or 2024-06-01T12:30:00Z`);
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => (part === undefined ? undefined : Number(part)));
  const wrong = `${JSON.stringify(text)} is not a date:`;
  check(month >= 1 && month <= 12, `${wrong} there is no month ${month}`);
  const days = daysInMonth(year, month - 1);
  check(day >= 1 && day <= days, `${wrong} ${MONTH_NAMES[month - 1]} ${year} has ${days} days`);
  check(hour < 24 && minute < 60 && second < 60, `${wrong} there is no time ${match[4]}:${match[5]}:${match[6] ?? "00"}`);
  const fraction = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const clock = ((hour * 60 + minute - offsetMinutes(match[8])) * 60 + second) * 1000 + fraction;
  return new Date(utc(year, month - 1, day).getTime() + clock);
}

/**
 * Any date-like value as a Date of its own; an invalid one is an error that names the argument.
 * @example
 * toDate(0) // => new Date(0)
 * toDate(NaN, "from") // throws RangeError: from is not a date
 */
export function toDate(value: DateLike, name = "date"): Date {
  if (typeof value === "string") return parseDate(value);
  if (typeof value !== "number" && !(value instanceof Date)) throw new TypeError(`${name} must be a date, not ${describeValue(value)}`);
  const date = new Date(value);
  check(!Number.isNaN(date.getTime()), `${name} is not a date`);
  return date;
}

/**
 * Writes a date by a pattern: `yyyy yy`, `MMMM MMM MM M`, `dd d`, `EEEE EEE`, `HH H hh h a`, `mm`, `ss`, `SSS`, `Q`.
 * Letters that mean themselves stand in single quotes.
 * @example
 * formatDate("2024-06-01") // => "2024-06-01"
 * formatDate("2024-06-01T15:04:05Z", "EEE d MMMM yyyy, h:mm a") // => "Sat 1 June 2024, 3:04 PM"
 * formatDate("2024-06-01", "yyyy-'Q'Q") // => "2024-Q2"
 * formatDate("2024-06-01", "YYYY") // throws RangeError: pattern must not hold YYYY
 */
export function formatDate(date: DateLike, pattern = "yyyy-MM-dd"): string {
  const at = toDate(date);
  const [year, month, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCHours()];
  const monthName = MONTH_NAMES[month] ?? "";
  const dayName = DAY_NAMES[at.getUTCDay()] ?? "";
  const pieces: Record<string, string> = {
    yyyy: pad(year, 4), yy: pad(year % 100, 2), MMMM: monthName, MMM: monthName.slice(0, 3), MM: pad(month + 1, 2), M: String(month + 1),
    dd: pad(at.getUTCDate(), 2), d: String(at.getUTCDate()), EEEE: dayName, EEE: dayName.slice(0, 3), HH: pad(hour, 2), H: String(hour),
    hh: pad(hour % 12 || 12, 2), h: String(hour % 12 || 12), a: hour < 12 ? "AM" : "PM", mm: pad(at.getUTCMinutes(), 2),
    ss: pad(at.getUTCSeconds(), 2), SSS: pad(at.getUTCMilliseconds(), 3), Q: String(Math.floor(month / 3) + 1),
  };
  return assertString(pattern, "pattern").replace(/'([^']*)'|([A-Za-z])\2*/g, (token, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted === "" ? "'" : quoted;
    const piece = Object.hasOwn(pieces, token) ? pieces[token] : undefined;
    if (piece === undefined) throw new RangeError(`pattern must not hold ${token}`);
    return piece;
  });
}

function addMonths(date: Date, months: number): Date {
  const first = utc(date.getUTCFullYear(), date.getUTCMonth() + months);
  const day = Math.min(date.getUTCDate(), daysInMonth(first.getUTCFullYear(), first.getUTCMonth()));
  return new Date(utc(first.getUTCFullYear(), first.getUTCMonth(), day).getTime() + (date.getTime() - startOf(date, "day").getTime()));
}

/**
 * The date that many whole units later (earlier for a negative amount). A month later than the 31st is the last day.
 * @example
 * addTime("2024-01-31", 1, "month") // => parseDate("2024-02-29")
 * addTime("2024-03-01T10:00:00Z", -1, "day") // => parseDate("2024-02-29T10:00:00Z")
 */
export function addTime(date: DateLike, amount: number, unit: DateUnit): Date {
  const from = toDate(date);
  assertInteger(amount, "amount");
  checkedUnit(unit);
  return toDate(isCalendar(unit) ? addMonths(from, amount * MONTHS[unit]) : from.getTime() + amount * FIXED[unit], "the sum");
}

/**
 * How many whole units lie between two dates; negative when `to` is earlier. What is not a whole unit is cut off.
 * @example
 * diffTime("2024-01-31", "2024-02-29", "month") // => 1
 * diffTime("2024-06-01", "2024-06-03T23:00:00Z", "day") // => 2
 * diffTime("2024-06-03", "2024-06-01", "day") // => -2
 */
export function diffTime(from: DateLike, to: DateLike, unit: DateUnit): number {
  const [start, end] = [toDate(from, "from"), toDate(to, "to")];
  checkedUnit(unit);
  if (!isCalendar(unit)) return Math.trunc((end.getTime() - start.getTime()) / FIXED[unit]) + 0;
  if (end < start) return -diffTime(end, start, unit) + 0;
  const months = (end.getUTCFullYear() - start.getUTCFullYear()) * 12 + end.getUTCMonth() - start.getUTCMonth();
  return Math.floor((addMonths(start, months) > end ? months - 1 : months) / MONTHS[unit]);
}

/**
 * The first moment of the unit the date lies in. Weeks begin on Monday.
 * @example
 * startOf("2024-06-15T12:00:00Z", "month") // => parseDate("2024-06-01")
 * startOf("2024-06-16", "week") // => parseDate("2024-06-10")
 */
export function startOf(date: DateLike, unit: DateUnit): Date {
  const at = toDate(date);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  if (isCalendar(checkedUnit(unit))) return utc(year, month - (month % MONTHS[unit as CalendarUnit]));
  if (unit === "week") return utc(year, month, at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  const length = FIXED[unit as FixedUnit];
  return new Date(Math.floor(at.getTime() / length) * length);
}

/**
 * The last millisecond of the unit the date lies in.
 * @example
 * endOf("2024-02-10", "month") // => parseDate("2024-02-29T23:59:59.999Z")
 */
export function endOf(date: DateLike, unit: DateUnit): Date {
  return new Date(addTime(startOf(date, unit), 1, unit).getTime() - 1);
}

/**
 * A month as a range for SQL: `from` belongs to it, `to` is the first moment after it.
 * @example
 * monthRange("2024-06") // => { from: "2024-06-01", to: "2024-07-01" }
 */
export function monthRange(month: DateLike): { from: string; to: string } {
  const start = startOf(month, "month");
  return { from: formatDate(start), to: formatDate(addTime(start, 1, "month")) };
}

/**
 * Every day from the first to the last, both included, as ISO dates; at most 100,000.
 * @example
 * eachDay("2024-02-28", "2024-03-01") // => ["2024-02-28", "2024-02-29", "2024-03-01"]
 */
export function eachDay(from: DateLike, to: DateLike): string[] {
  const start = startOf(toDate(from, "from"), "day");
  const count = diffTime(start, startOf(toDate(to, "to"), "day"), "day") + 1;
  check(count <= MOST_DAYS, `from and to must be at most ${MOST_DAYS} days apart, not ${count}`);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => formatDate(addTime(start, index, "day")));
}

/**
 * Every month from the first to the last, both included, as `yyyy-MM`; at most 100,000.
 * @example
 * eachMonth("2023-11-15", "2024-01-02") // => ["2023-11", "2023-12", "2024-01"]
 */
export function eachMonth(from: DateLike, to: DateLike): string[] {
  const start = startOf(toDate(from, "from"), "month");
  const count = diffTime(start, startOf(toDate(to, "to"), "month"), "month") + 1;
  check(count <= MOST_DAYS, `from and to must be at most ${MOST_DAYS} months apart, not ${count}`);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => formatDate(addTime(start, index, "month"), "yyyy-MM"));
}

/**
 * The ISO 8601 week: the year it belongs to (not always the calendar's) and its number.
 * @example
 * isoWeek("2024-12-30") // => { year: 2025, week: 1 }
 */
export function isoWeek(date: DateLike): { year: number; week: number } {
  const thursday = addTime(startOf(date, "week"), 3, "day");
  return { year: thursday.getUTCFullYear(), week: diffTime(startOf(thursday, "year"), thursday, "week") + 1 };
}

/**
 * Whether people work on that day: Monday to Friday and none of the holidays.
 * @example
 * isBusinessDay("2024-06-01") // => false
 * isBusinessDay("2024-12-25", ["2024-12-25"]) // => false
 */
export function isBusinessDay(date: DateLike, holidays: readonly DateLike[] = []): boolean {
  const at = toDate(date);
  const free = assertArray<DateLike>(holidays, "holidays").map((day) => formatDate(day));
  return at.getUTCDay() % 6 !== 0 && !free.includes(formatDate(at));
}

/**
 * The date that many business days later (earlier for a negative amount); the time of day stays.
 * @example
 * addBusinessDays("2024-05-31", 1) // => parseDate("2024-06-03")
 * addBusinessDays("2024-12-24", 1, ["2024-12-25"]) // => parseDate("2024-12-26")
 */
export function addBusinessDays(date: DateLike, amount: number, holidays: readonly DateLike[] = []): Date {
  assertInteger(amount, "amount", { min: -MOST_DAYS, max: MOST_DAYS });
  const free = new Set(assertArray<DateLike>(holidays, "holidays").map((day) => formatDate(day)));
  const step = Math.sign(amount);
  let [at, left] = [toDate(date), Math.abs(amount)];
  while (left > 0) {
    at = addTime(at, step, "day");
    if (at.getUTCDay() % 6 !== 0 && !free.has(formatDate(at))) left -= 1;
  }
  return at;
}
