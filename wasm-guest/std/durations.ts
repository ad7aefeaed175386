// Durations of fixed length, in milliseconds: reading and writing `1h30m` and ISO 8601.
import { assertNumber, assertOneOf, assertString } from "@tgp/std/assert";

const LENGTHS: Readonly<Record<string, number>> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const SHORT = /^([+-])?(?=\d)(?:(\d+(?:\.\d+)?)w)? ?(?:(\d+(?:\.\d+)?)d)? ?(?:(\d+(?:\.\d+)?)h)? ?(?:(\d+(?:\.\d+)?)m)? ?(?:(\d+(?:\.\d+)?)s)? ?(?:(\d+(?:\.\d+)?)ms)?$/;
const ISO_DURATION = /^([+-])?P(?=.)(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=.)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
const UNITS: readonly string[] = ["w", "d", "h", "m", "s", "ms"];

/**
 * Reads a duration such as `1h30m`, `2d`, `1.5s`, `250ms`, or ISO 8601 `PT1H30M`, into milliseconds. Years and months
 * are refused, because their length depends on the calendar.
 * @example
 * parseDuration("1h30m") // => 5400000
 * parseDuration("PT1H30M") // => 5400000
 * parseDuration("-2d") // => -172800000
 * parseDuration("P1M") // throws RangeError: "P1M" is not a duration such as 1h30m or PT1H30M
 */
export function parseDuration(text: string): number {
  const match = SHORT.exec(assertString(text, "text")) ?? ISO_DURATION.exec(text);
  if (match === null) throw new RangeError(`${JSON.stringify(text)} is not a duration such as 1h30m or PT1H30M`);
  const total = UNITS.map((unit, index) => Number((match[index + 2] ?? "0").replace(",", ".")) * (LENGTHS[unit] ?? 0)).reduce((sum, part) => sum + part, 0);
  return Math.round(match[1] === "-" ? -total : total) + 0;
}

/** A duration in parts, none of them negative. */
export type DurationParts = { days: number; hours: number; minutes: number; seconds: number; milliseconds: number };

/**
 * The parts of a duration, days the largest; the sign is left out.
 * @example
 * durationParts(90061001) // => { days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }
 */
export function durationParts(milliseconds: number): DurationParts {
  const total = Math.round(Math.abs(assertNumber(milliseconds, "milliseconds")));
  return {
    days: Math.floor(total / 86_400_000),
    hours: Math.floor(total / 3_600_000) % 24,
    minutes: Math.floor(total / 60_000) % 60,
    seconds: Math.floor(total / 1000) % 60,
    milliseconds: total % 1000,
  };
}

function isoText({ days, hours, minutes, seconds, milliseconds }: DurationParts): string {
  const fraction = milliseconds === 0 ? "" : `.${String(milliseconds).padStart(3, "0").replace(/0+$/, "")}`;
  const clock = [
    hours === 0 ? "" : `${hours}H`,
    minutes === 0 ? "" : `${minutes}M`,
    seconds === 0 && fraction === "" ? "" : `${seconds}${fraction}S`,
  ].join("");
  const date = days === 0 ? "" : `${days}D`;
  return `P${date}${clock === "" ? (date === "" ? "T0S" : "") : `T${clock}`}`;
}

function shortText({ days, hours, minutes, seconds, milliseconds }: DurationParts): string {
  const pieces: [number, string][] = [[days, "d"], [hours, "h"], [minutes, "m"], [seconds, "s"], [milliseconds, "ms"]];
  return pieces.filter(([count]) => count !== 0).map(([count, unit]) => `${count}${unit}`).join("") || "0s";
}

/**
 * Writes milliseconds as `1d2h30m` or, with the style `iso`, as `P1DT2H30M`. `parseDuration` reads both back.
 * @example
 * formatDuration(5400000) // => "1h30m"
 * formatDuration(5400000, "iso") // => "PT1H30M"
 * formatDuration(-1500) // => "-1s500ms"
 * formatDuration(0, "iso") // => "PT0S"
 */
export function formatDuration(milliseconds: number, style: "short" | "iso" = "short"): string {
  const parts = durationParts(milliseconds);
  const text = assertOneOf(style, "style", ["short", "iso"]) === "iso" ? isoText(parts) : shortText(parts);
  return Math.round(milliseconds) < 0 ? `-${text}` : text;
}
