// Exact decimal arithmetic.
import * as std from "@tgp/std/money";
import { equal, fails, forMany, integer, oneOf, run, thrown, type Outcome } from "./expect";

const MODES = ["half-even", "half-up", "half-down", "up", "down", "ceiling", "floor"] as const;
const amount = (): string => `${oneOf(["", "-"])}${integer(0, 10 ** integer(1, 9))}.${String(integer(0, 9999)).padStart(integer(0, 4), "0")}`;

export default (): Outcome[] =>
  run({
    "every rounding mode goes where its name says": () => {
      const values = ["5.5", "2.5", "1.6", "1.1", "1.0", "-1.0", "-1.1", "-1.6", "-2.5", "-5.5"];
      const table: Record<(typeof MODES)[number], string> = {
        "up": "6 3 2 2 1 -1 -2 -2 -3 -6",
        "down": "5 2 1 1 1 -1 -1 -1 -2 -5",
        "ceiling": "6 3 2 2 1 -1 -1 -1 -2 -5",
        "floor": "5 2 1 1 1 -1 -2 -2 -3 -6",
        "half-up": "6 3 2 1 1 -1 -1 -2 -3 -6",
        "half-down": "5 2 2 1 1 -1 -1 -2 -2 -5",
        "half-even": "6 2 2 1 1 -1 -1 -2 -2 -6",
      };
      MODES.forEach((mode) => equal(values.map((value) => std.roundDecimal(value, 0, mode)).join(" "), table[mode], mode));
    },
    "binary fractions do not shine through": () => {
      equal(std.addDecimals([0.1, 0.2]), "0.3");
      equal([1.005, 2.675, 1.115, 1.255].map((value) => std.roundDecimal(value, 2, "half-up")), ["1.01", "2.68", "1.12", "1.26"]);
      equal(std.multiplyDecimals(1.1, 1.1), "1.21");
      equal(std.multiplyDecimals("4.35", 100), "435");
    },
    "every way to write an amount is read": () => {
      const table: [std.Decimal, string][] = [
        ["+1", "1.00"], ["1.", "1.00"], [".5", "0.50"], ["007", "7.00"], ["1e3", "1000.00"], ["12E-1", "1.20"], [1e21, "1000000000000000000000.00"],
        [1e-7, "0.00"], [-0, "0.00"], ["-0.001", "0.00"], [12345678901234567890n, "12345678901234567890.00"],
      ];
      table.forEach(([value, text]) => equal(std.roundDecimal(value), text, String(value)));
    },
    "what is no amount is refused by name": () => {
      ["", " ", "1,5", "1 000", "$1", "--1", "1.2.3", "e5", ".", "0x10", "NaN", "Infinity", "1_000", "１"].forEach((text) =>
        fails(() => std.roundDecimal(text), `TypeError: amount must be a decimal amount such as "19.99", not the text ${JSON.stringify(text)}`),
      );
      fails(() => std.addDecimals(["1", NaN]), 'TypeError: amounts[1] must be a decimal amount such as "19.99", not the number NaN');
      fails(() => std.compareDecimals("1", null as unknown as string), 'TypeError: b must be a decimal amount such as "19.99", not null');
      fails(() => std.roundDecimal("1", 101), "RangeError: digits must be at most 100, not 101");
      equal(thrown(() => std.roundDecimal("1", 2, "nearest" as "up")).startsWith("RangeError: rounding must be one of"), true);
      equal(thrown(() => std.roundDecimal("1.5", 0, "constructor" as "up")).startsWith("RangeError: rounding must be one of"), true);
    },
    "amounts of absurd size are refused before they take memory": () => {
      ["1e999999999", "1e-999999999", "9".repeat(5000)].forEach((text) => fails(() => std.addDecimals([text]), "RangeError: amounts[0] has more than 1000 digits"));
    },
    "sums and differences take each other back": () =>
      forMany(300, () => [amount(), amount()] as const, ([a, b]) => {
        const total = std.addDecimals([a, b]);
        equal(std.compareDecimals(std.subtractDecimals(total, b), a), 0, `${a} ${b}`);
        equal(std.compareDecimals(total, std.addDecimals([b, a])), 0);
        equal(std.fromMinorUnits(std.toMinorUnits(a, 4), 4), std.roundDecimal(a, 4));
      }),
    "products and quotients take each other back": () =>
      forMany(200, () => [amount(), amount()] as const, ([a, b]) => {
        if (std.compareDecimals(b, 0) === 0) return;
        equal(std.compareDecimals(std.divideDecimals(std.multiplyDecimals(a, b), b, 4), a), 0, `${a} ${b}`);
      }),
    "the rounding modes stand around the value": () =>
      forMany(200, amount, (value) => {
        const [low, high] = [std.roundDecimal(value, 1, "floor"), std.roundDecimal(value, 1, "ceiling")];
        equal(std.compareDecimals(low, value) <= 0 && std.compareDecimals(value, high) <= 0, true, value);
        MODES.forEach((mode) => equal([low, high].some((end) => std.compareDecimals(end, std.roundDecimal(value, 1, mode)) === 0), true, `${value} ${mode}`));
      }),
    "an allocation loses no cent and is fair to a cent": () =>
      forMany(200, () => ({ total: std.roundDecimal(amount()), weights: Array.from({ length: integer(1, 9) }, () => integer(0, 20)) }), ({ total, weights }) => {
        const all = weights.reduce((so, weight) => so + weight, 0);
        if (all === 0) return;
        const parts = std.allocate(total, weights);
        equal(std.compareDecimals(std.addDecimals(parts), total), 0, `${total} ${weights.join()}`);
        parts.forEach((part, index) => {
          const share = std.divideDecimals(std.multiplyDecimals(total, weights[index] ?? 0), all, 6);
          const off = std.subtractDecimals(part, share).replace("-", "");
          equal(std.compareDecimals(off, "0.01") < 0, true, `${total} ${weights.join()} ${part} ${share}`);
        });
      }),
    "an allocation has rules for its ends": () => {
      equal(std.allocate("-0.05", [1, 1]), ["-0.03", "-0.02"]);
      equal(std.allocate("0", [1, 2]), ["0.00", "0.00"]);
      equal(std.allocate("10", [0, 1]), ["0.00", "10.00"]);
      fails(() => std.allocate("0.001", [1]), "RangeError: amount has more than 2 digits after the point; name a rounding");
      fails(() => std.allocate("1", [1, -1]), "RangeError: weights must not be negative");
      fails(() => std.allocate("1", []), "RangeError: weights must have at least 1 items, not 0");
    },
    "money is written as people write it": () => {
      equal(["0", "1", "12", "123", "1234", "123456", "1234567"].map((value) => std.formatMoney(value, { digits: 0 })), ["0", "1", "12", "123", "1,234", "123,456", "1,234,567"]);
      equal(std.formatMoney("1234567.891", { group: "$&", digits: 1 }), "1$&234$&567.9");
      equal(std.formatMoney("-0.001"), "0.00");
      equal(std.formatMoney("1234.5", { group: "" }), "1234.50");
    },
  });
