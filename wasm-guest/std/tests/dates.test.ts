// Dates in UTC.
import * as std from "@tgp/std/dates";
import { equal, fails, forMany, integer, oneOf, run, thrown, type Outcome } from "./expect";

const at = (text: string): number => std.parseDate(text).getTime();
const someDate = (): Date => new Date(integer(Date.UTC(1890, 0, 1), Date.UTC(2110, 0, 1)));

export default (): Outcome[] =>
  run({
    "every written form of a moment is the same moment": () => {
      const moment = Date.UTC(2024, 5, 1, 12, 30, 15, 250);
      ["2024-06-01T12:30:15.250Z", "2024-06-01T12:30:15.25Z", "2024-06-01 12:30:15.250", "2024-06-01T14:30:15.250+02:00", "2024-06-01T07:00:15.2500001-05:30"].forEach((text) =>
        equal(at(text), moment, text),
      );
    },
    "what toISOString writes is read back": () => forMany(300, someDate, (date) => equal(std.parseDate(date.toISOString()), date)),
    "dates that do not exist are refused": () => {
      ["2023-02-29", "2024-04-31", "2024-00-01", "2024-13-01", "2024-01-00", "2024-06-01T24:00", "2024-06-01T12:60", "2024-06-01T12:30:60", "2024-06-01T12:30+24:00", "1900-02-29"].forEach(
        (text) => equal(thrown(() => std.parseDate(text)).startsWith("RangeError: "), true, text),
      );
      equal(at("2000-02-29"), Date.UTC(2000, 1, 29));
    },
    "other notations are refused": () => {
      ["", "2024", "2024-6-1", "01/06/2024", "2024-06-01T", "2024-06-01T12", "2024-06-01Z", " 2024-06-01", "2024-06-01T12:30 Z", "20240601", "today", "2024-06-01T12:30:15,5Z"].forEach((text) =>
        fails(() => std.parseDate(text), `RangeError: ${JSON.stringify(text)} is not an ISO 8601 date such as 2024-06-01 or 2024-06-01T12:30:00Z`),
      );
      fails(() => std.toDate(new Date(NaN), "from"), "RangeError: from is not a date");
      fails(() => std.toDate(true as unknown as string, "from"), "TypeError: from must be a date, not true");
    },
    "the first hundred years are themselves": () => {
      equal(std.formatDate("0001-02-03"), "0001-02-03");
      equal(std.formatDate(std.addTime("0099-12-31", 1, "day")), "0100-01-01");
      equal(std.formatDate(std.startOf("0050-06-07", "year")), "0050-01-01");
    },
    "midnight and noon are twelve": () => {
      equal(["00", "01", "11", "12", "13", "23"].map((hour) => std.formatDate(`2024-06-01T${hour}:05`, "h hh a H HH")), [
        "12 12 AM 0 00", "1 01 AM 1 01", "11 11 AM 11 11", "12 12 PM 12 12", "1 01 PM 13 13", "11 11 PM 23 23",
      ]);
    },
    "a pattern writes every part": () => {
      equal(std.formatDate("2024-02-09T03:04:05.006Z", "yy M MM MMM MMMM d dd EEE EEEE mm ss SSS Q"), "24 2 02 Feb February 9 09 Fri Friday 04 05 006 1");
      equal(std.formatDate("2024-02-09", "'day' d 'o''clock'"), "day 9 oclock");
      equal(std.formatDate("2024-02-09", "d''yy"), "9'24");
      fails(() => std.formatDate("2024-02-09", "ddd"), "RangeError: pattern must not hold ddd");
      fails(() => std.formatDate("2024-02-09", "constructor"), "RangeError: pattern must not hold c");
    },
    "adding months stays within the month": () => {
      equal(std.formatDate(std.addTime("2024-03-31", -1, "month")), "2024-02-29");
      equal(std.formatDate(std.addTime("2023-11-30", 3, "month")), "2024-02-29");
      equal(std.formatDate(std.addTime("2024-02-29", 1, "year")), "2025-02-28");
      equal(std.formatDate(std.addTime("2024-01-31", -14, "month")), "2022-11-30");
      equal(std.addTime("1969-12-31T23:59:59.999Z", 2, "quarter"), std.parseDate("1970-06-30T23:59:59.999Z"));
    },
    "units of fixed length are added and taken back": () => {
      forMany(200, () => ({ date: someDate(), amount: integer(-5000, 5000), unit: oneOf(["second", "minute", "hour", "day", "week"] as const) }), ({ date, amount, unit }) => {
        const there = std.addTime(date, amount, unit);
        equal(std.addTime(there, -amount, unit), date);
        equal(std.diffTime(date, there, unit), amount === 0 ? 0 : amount);
      });
    },
    "whole months between two dates never overshoot": () => {
      forMany(300, () => [someDate(), someDate()].toSorted((a, b) => a.getTime() - b.getTime()), ([from = new Date(0), to = new Date(0)]) => {
        const months = std.diffTime(from, to, "month");
        equal(std.addTime(from, months, "month") <= to, true, `${from.toISOString()} ${to.toISOString()}`);
        equal(std.addTime(from, months + 1, "month") > to, true, `${from.toISOString()} ${to.toISOString()}`);
        equal(std.diffTime(to, from, "month"), months === 0 ? 0 : -months);
        equal(std.diffTime(from, to, "year"), Math.floor(months / 12));
      });
    },
    "a moment lies between the ends of each unit": () => {
      forMany(100, someDate, (date) =>
        (["second", "minute", "hour", "day", "week", "month", "quarter", "year"] as const).forEach((unit) => {
          const [start, end] = [std.startOf(date, unit), std.endOf(date, unit)];
          equal(start <= date && date <= end, true, unit);
          equal(std.startOf(start, unit), start, unit);
          equal(std.startOf(end.getTime() + 1, unit), std.addTime(start, 1, unit), unit);
        }),
      );
    },
    "weeks begin on Monday and belong to the year of their Thursday": () => {
      equal(std.formatDate(std.startOf("2024-06-16T23:59:59Z", "week"), "EEE yyyy-MM-dd"), "Mon 2024-06-10");
      equal(
        ["2016-01-01", "2020-12-31", "2021-01-03", "2021-01-04", "2024-12-30", "2026-12-31", "2027-01-03"].map((day) => std.isoWeek(day)),
        [[2015, 53], [2020, 53], [2020, 53], [2021, 1], [2025, 1], [2026, 53], [2026, 53]].map(([year, week]) => ({ year, week })),
      );
    },
    "ranges of days and months hold both ends": () => {
      equal(std.eachDay("2024-12-31T23:00", "2025-01-01T01:00"), ["2024-12-31", "2025-01-01"]);
      equal(std.eachDay("2024-06-02", "2024-06-01"), []);
      equal(std.eachMonth("2024-01-31", "2024-01-01"), ["2024-01"]);
      equal(std.monthRange("2024-12-15"), { from: "2024-12-01", to: "2025-01-01" });
      fails(() => std.eachDay("1000-01-01", "2024-01-01"), "RangeError: from and to must be at most 100000 days apart, not 374009");
    },
    "business days leave out weekends and holidays": () => {
      equal(std.formatDate(std.addBusinessDays("2024-06-03", -1)), "2024-05-31");
      equal(std.formatDate(std.addBusinessDays("2024-06-01", 1)), "2024-06-03");
      equal(std.formatDate(std.addBusinessDays("2024-06-07", 10)), "2024-06-21");
      equal(std.addBusinessDays("2024-06-07T15:00Z", 0), std.parseDate("2024-06-07T15:00Z"));
      equal(std.isBusinessDay("2024-06-03"), true);
      fails(() => std.addBusinessDays("2024-06-03", 1.5), "TypeError: amount must be a whole number, not the number 1.5");
    },
    "what leads out of the calendar is an error": () => {
      [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 4_000_000, -4_000_000, 300_000_000].forEach((amount) =>
        (["year", "quarter", "month", "week", "day"] as const).forEach((unit) => {
          if (Math.abs(amount) < 300_000_000 && (unit === "week" || unit === "day")) return;
          fails(() => std.addTime("2024-01-01", amount, unit), "RangeError: the sum is not a date");
        }),
      );
      equal(std.addTime("2024-01-01", 273_000 * 12, "month").getUTCFullYear(), 275_024);
      fails(() => std.addTime("2024-01-01", 1, "fortnight" as "day"), 'RangeError: unit must be one of "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", not the text "fortnight"');
      fails(() => std.addTime("2024-01-01", 1, "constructor" as "day"), 'RangeError: unit must be one of "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", not the text "constructor"');
    },
    "the date given in stays as it was": () => {
      const date = new Date(Date.UTC(2024, 0, 31));
      std.addTime(date, 1, "month");
      std.startOf(date, "year");
      std.toDate(date).setUTCFullYear(1999);
      equal(date, new Date(Date.UTC(2024, 0, 31)));
    },
  });
