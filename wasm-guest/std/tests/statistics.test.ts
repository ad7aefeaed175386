// Statistics.
import * as std from "@tgp/std/statistics";
import { equal, fails, forMany, integer, run, type Outcome } from "./expect";

const values = (least: number): number[] => Array.from({ length: integer(least, 30) }, () => integer(-1000, 1000) / 8);
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

export default (): Outcome[] =>
  run({
    "sums do not drift": () => {
      equal(std.sum(Array.from({ length: 1000 }, () => 0.1)), 100);
      equal(std.sum([1, 1e100, 1, -1e100]), 2);
      equal(std.sum([]), 0);
    },
    "quantiles are those of spreadsheets": () => {
      const table: [number[], number, number][] = [[[7], 0.3, 7], [[1, 2], 0.5, 1.5], [[15, 20, 35, 40, 50], 0.4, 29], [[6, 7, 15, 36, 39, 40, 41, 42, 43, 47, 49], 0.25, 25.5], [[10, 9, 100], 0, 9]];
      table.forEach(([list, part, expected]) => equal(near(std.quantile(list, part), expected), true, `${list.join()} ${part}`));
    },
    "quantiles grow and lie within the values": () =>
      forMany(100, () => values(1), (list) => {
        const steps = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((part) => std.quantile(list, part));
        equal(steps.every((step, at) => at === 0 || step >= (steps[at - 1] ?? step)), true);
        equal([steps[0], steps[6]], [Math.min(...list), Math.max(...list)]);
      }),
    "the list given in stays as it was": () => {
      const list = [3, 1, 2];
      std.median(list);
      equal(list, [3, 1, 2]);
    },
    "the spread does not depend on where the values lie": () =>
      forMany(100, () => values(2), (list) => {
        equal(near(std.variance(list), std.variance(list.map((value) => value + 1e6))), true);
        equal(near(std.variance(list, "population") * list.length, std.variance(list) * (list.length - 1)), true);
        equal(near(std.standardDeviation(list) ** 2, std.variance(list)), true);
      }),
    "a histogram counts each value once": () =>
      forMany(100, () => ({ list: values(1), bins: integer(1, 9) }), ({ list, bins }) => {
        const steps = std.histogram(list, bins);
        equal(std.sum(steps.map((step) => step.count)), list.length);
        equal([steps[0]?.from, steps.at(-1)?.to], [Math.min(...list), Math.max(...list)]);
        steps.slice(0, -1).forEach((step, index) => equal(step.to, steps[index + 1]?.from));
      }),
    "a line through points on a line is that line": () =>
      forMany(50, () => ({ slope: integer(-9, 9), intercept: integer(-9, 9) }), ({ slope, intercept }) => {
        const xs = [1, 2, 5, 9];
        const line = std.linearRegression(xs, xs.map((x) => intercept + slope * x));
        equal([near(line.slope, slope), near(line.intercept, intercept), near(line.r2, 1)], [true, true, true]);
      }),
    "wrong arguments are named": () => {
      fails(() => std.sum([1, "2" as unknown as number]), 'TypeError: values[1] must be a finite number, not the text "2"');
      fails(() => std.variance([1]), "RangeError: values must have at least 2 items, not 1");
      equal(std.variance([1], "population"), 0);
      fails(() => std.quantile([1], 1.5), "RangeError: part must be at most 1, not 1.5");
      fails(() => std.linearRegression([1, 2], [1, 2, 3]), "RangeError: xs and ys must be of the same length, not 2 and 3");
      fails(() => std.linearRegression([1, 1], [1, 2]), "RangeError: xs must not all be equal");
      fails(() => std.correlation([1, 2], [3, 3]), "RangeError: ys must not all be equal");
      fails(() => std.histogram([1, 2], 0), "RangeError: bins must be at least 1, not 0");
      fails(() => std.variance([1, 2], "some" as "sample"), 'RangeError: kind must be one of "sample", "population", not the text "some"');
    },
  });
