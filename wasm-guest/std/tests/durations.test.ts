// Durations.
import * as std from "@tgp/std/durations";
import { equal, forMany, integer, run, thrown, type Outcome } from "./expect";

export default (): Outcome[] =>
  run({
    "whatever is written is read back": () =>
      forMany(300, () => integer(-(10 ** integer(1, 12)), 10 ** integer(1, 12)), (milliseconds) => {
        equal(std.parseDuration(std.formatDuration(milliseconds)), milliseconds);
        equal(std.parseDuration(std.formatDuration(milliseconds, "iso")), milliseconds);
      }),
    "both notations are read": () => {
      const table: [string, number][] = [
        ["0s", 0], ["90m", 5_400_000], ["1w", 604_800_000], ["1d 2h 3m 4s 5ms", 93_784_005], ["1.5h", 5_400_000], ["+1s", 1000], ["250ms", 250],
        ["PT0S", 0], ["P1W", 604_800_000], ["P1DT12H", 129_600_000], ["PT1.5S", 1500], ["PT0,25S", 250], ["-PT1M", -60_000], ["P2D", 172_800_000],
      ];
      table.forEach(([text, milliseconds]) => equal(std.parseDuration(text), milliseconds, text));
    },
    "other notations are refused": () =>
      ["", " ", "5", "s", "-", "1h30", "1m1h", "1h1h", "1 h", "h1", "P", "PT", "P1Y", "P1M", "PT1H30", "P1DT", "1e3s", "one hour", "1h\n", "--1h", "Infinitys"].forEach((text) =>
        equal(thrown(() => std.parseDuration(text)), `RangeError: ${JSON.stringify(text)} is not a duration such as 1h30m or PT1H30M`),
      ),
    "a very long text is refused quickly": () => {
      const long = "1".repeat(20_000);
      equal(thrown(() => std.parseDuration(long)).startsWith("RangeError"), true);
      equal(thrown(() => std.parseDuration(`P${long}`)).startsWith("RangeError"), true);
    },
    "parts are whole and without sign": () => {
      equal(std.durationParts(-1500.4), { days: 0, hours: 0, minutes: 0, seconds: 1, milliseconds: 500 });
      equal(std.formatDuration(-0.2), "0s");
      equal(thrown(() => std.formatDuration(NaN)), "TypeError: milliseconds must be a finite number, not the number NaN");
      equal(thrown(() => std.formatDuration(1, "long" as "iso")), 'RangeError: style must be one of "short", "iso", not the text "long"');
    },
  });
