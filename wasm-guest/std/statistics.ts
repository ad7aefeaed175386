// Sums that do not drift, averages, spread, quantiles, histograms and straight lines through points.
import { assertArray, assertInteger, assertNumber, assertOneOf, check } from "@tgp/std/assert";

/** Whether the values are a sample of more (divided by n - 1) or all there are (divided by n). */
export type SpreadKind = "sample" | "population";
/** One step of a histogram: `from` belongs to it, `to` only in the last one. */
export type Bin = { from: number; to: number; count: number };
/** A straight line `y = intercept + slope * x`, and how much of the spread it explains (0 to 1). */
export type Line = { slope: number; intercept: number; r2: number };

function checkedValues(values: readonly number[], least: number, name = "values"): number[] {
  return assertArray(values, name, { minLength: least }, assertNumber);
}

/**
 * The sum with Neumaier's compensation: no cents get lost over a long list. 0 for an empty list.
 * @example
 * sum([0.1, 0.2, 0.3]) // => 0.6
 * sum([1e100, 1, -1e100]) // => 1
 */
export function sum(values: readonly number[]): number {
  const { total, lost } = checkedValues(values, 0).reduce(
    (so, value) => {
      const next = so.total + value;
      const slip = Math.abs(so.total) >= Math.abs(value) ? so.total - next + value : value - next + so.total;
      return { total: next, lost: so.lost + slip };
    },
    { total: 0, lost: 0 },
  );
  return total + lost;
}

/**
 * The arithmetic mean of at least one value.
 * @example
 * mean([1, 2, 4.5]) // => 2.5
 * mean([]) // throws RangeError: values must have at least 1 items, not 0
 */
export function mean(values: readonly number[]): number {
  return sum(checkedValues(values, 1)) / values.length;
}

/**
 * The value below which that part of the values lies, between neighbours by proportion (type 7, as spreadsheets do).
 * @example
 * quantile([1, 2, 3, 4], 0.25) // => 1.75
 * quantile([1, 2, 3, 4], 1) // => 4
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = checkedValues(values, 1).toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * assertNumber(part, "part", { min: 0, max: 1 });
  const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * The middle value, or the mean of the two in the middle.
 * @example
 * median([3, 1, 2]) // => 2
 * median([4, 1, 2, 3]) // => 2.5
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The mean squared distance from the mean; of a sample where nothing is said.
 * @example
 * variance([1, 2, 3, 4]) // => 5 / 3
 * variance([1, 2, 3, 4], "population") // => 1.25
 */
export function variance(values: readonly number[], kind: SpreadKind = "sample"): number {
  const sample = assertOneOf(kind, "kind", ["sample", "population"]) === "sample";
  const middle = mean(checkedValues(values, sample ? 2 : 1));
  return sum(values.map((value) => (value - middle) ** 2)) / (values.length - (sample ? 1 : 0));
}

/**
 * The square root of the variance, in the unit of the values.
 * @example
 * standardDeviation([2, 4, 4, 4, 5, 5, 7, 9], "population") // => 2
 */
export function standardDeviation(values: readonly number[], kind: SpreadKind = "sample"): number {
  return Math.sqrt(variance(values, kind));
}

/**
 * The smallest and the largest of at least one value.
 * @example
 * extent([3, 1, 2]) // => { min: 1, max: 3 }
 */
export function extent(values: readonly number[]): { min: number; max: number } {
  return checkedValues(values, 1).reduce((so, value) => ({ min: Math.min(so.min, value), max: Math.max(so.max, value) }), { min: Infinity, max: -Infinity });
}

/**
 * Count, sum, mean, extent and quartiles at once.
 * @example
 * summarize([1, 2, 3, 4]) // => { count: 4, sum: 10, mean: 2.5, min: 1, q1: 1.75, median: 2.5, q3: 3.25, max: 4 }
 */
export function summarize(values: readonly number[]): Record<"count" | "sum" | "mean" | "min" | "q1" | "median" | "q3" | "max", number> {
  const { min, max } = extent(values);
  const [q1 = 0, middle = 0, q3 = 0] = [0.25, 0.5, 0.75].map((part) => quantile(values, part));
  return { count: values.length, sum: sum(values), mean: mean(values), min, q1, median: middle, q3, max };
}

/**
 * How many values fall into each of that many steps of equal width between the smallest and the largest.
 * @example
 * histogram([1, 2, 2, 5], 2) // => [{ from: 1, to: 3, count: 3 }, { from: 3, to: 5, count: 1 }]
 */
export function histogram(values: readonly number[], bins: number): Bin[] {
  assertInteger(bins, "bins", { min: 1, max: 10_000 });
  const { min, max } = extent(values);
  if (min === max) return [{ from: min, to: max, count: values.length }];
  const width = (max - min) / bins;
  const steps = Array.from({ length: bins }, (_, index) => ({ from: min + index * width, to: index === bins - 1 ? max : min + (index + 1) * width, count: 0 }));
  values.forEach((value) => {
    const step = steps[Math.min(Math.floor((value - min) / width), bins - 1)];
    if (step !== undefined) step.count += 1;
  });
  return steps;
}

/** Sums of products of distances from the means: of x with itself, of x with y, of y with itself. */
function moments(xs: readonly number[], ys: readonly number[]): { xx: number; xy: number; yy: number; x: number; y: number } {
  const [x, y] = [mean(checkedValues(xs, 2, "xs")), mean(checkedValues(ys, 2, "ys"))];
  check(xs.length === ys.length, `xs and ys must be of the same length, not ${xs.length} and ${ys.length}`);
  const pairs = xs.map((value, index) => [value - x, (ys[index] ?? 0) - y] as const);
  check(pairs.some(([dx]) => dx !== 0), "xs must not all be equal");
  return { x, y, xx: sum(pairs.map(([dx]) => dx * dx)), xy: sum(pairs.map(([dx, dy]) => dx * dy)), yy: sum(pairs.map(([, dy]) => dy * dy)) };
}

/**
 * The straight line with the least squared distance to the points.
 * @example
 * linearRegression([1, 2, 3], [3, 5, 7]) // => { slope: 2, intercept: 1, r2: 1 }
 */
export function linearRegression(xs: readonly number[], ys: readonly number[]): Line {
  const { x, y, xx, xy, yy } = moments(xs, ys);
  const slope = xy / xx;
  return { slope, intercept: y - slope * x, r2: yy === 0 ? 1 : (xy * xy) / (xx * yy) };
}

/**
 * Pearson's correlation, from -1 to 1.
 * @example
 * correlation([1, 2, 3], [6, 4, 2]) // => -1
 */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const { xx, xy, yy } = moments(xs, ys);
  check(yy !== 0, "ys must not all be equal");
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
