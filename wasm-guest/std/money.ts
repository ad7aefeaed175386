// Exact decimal arithmetic for money: amounts are decimal texts, sums are kept in whole minor units (BigInt).
import { assertArray, assertInteger, assertOneOf, check, describeValue } from "@tgp/std/assert";

/** An exact amount: a text such as `19.99`, a bigint, or a number taken as the decimal it is written as. */
export type Decimal = string | number | bigint;
/**
 * Where a value goes that lies between two steps. The three `half-` modes differ only for the exact middle: to the
 * even neighbour, away from zero, toward zero. `up` is away from zero, `down` toward it.
 */
export type Rounding = "half-even" | "half-up" | "half-down" | "up" | "down" | "ceiling" | "floor";
/** How an amount is written for people. */
export type MoneyFormat = {
  digits?: number; rounding?: Rounding; symbol?: string; symbolAfter?: boolean; group?: string; point?: string; negative?: "minus" | "parentheses";
};

const ROUNDINGS: readonly Rounding[] = ["half-even", "half-up", "half-down", "up", "down", "ceiling", "floor"];
const DECIMAL = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?$/;
const MOST_DIGITS = 1000;

/** An exact value: `units` divided by ten to the power of `scale`. */
type Exact = { units: bigint; scale: number };

const power = (exponent: number): bigint => 10n ** BigInt(exponent);
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const checkedDigits = (digits: number): number => assertInteger(digits, "digits", { min: 0, max: 100 });

function exact(value: Decimal, name: string): Exact {
  if (typeof value === "bigint") return { units: value, scale: 0 };
  const match = typeof value === "string" || typeof value === "number" ? DECIMAL.exec(String(value)) : null;
  if (match === null) throw new TypeError(`${name} must be a decimal amount such as "19.99", not ${describeValue(value)}`);
  const [whole = "", fraction = ""] = (match[2] ?? "").split(".");
  const scale = fraction.length - Number(match[3] ?? 0);
  check(whole.length + fraction.length <= MOST_DIGITS && Math.abs(scale) <= MOST_DIGITS, `${name} has more than ${MOST_DIGITS} digits`);
  const units = BigInt(`${whole}${fraction}` || "0") * (match[1] === "-" ? -1n : 1n);
  return scale < 0 ? { units: units * power(-scale), scale: 0 } : { units, scale };
}

/** Divides and rounds to a whole number. */
function divideRounded(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  assertOneOf(rounding, "rounding", ROUNDINGS);
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n) return quotient;
  const negative = dividend < 0n !== divisor < 0n;
  const twice = absolute(rest) * 2n;
  const size = absolute(divisor);
  const away: Record<Rounding, boolean> = {
    "half-even": twice > size || (twice === size && quotient % 2n !== 0n),
    "half-up": twice >= size,
    "half-down": twice > size,
    up: true,
    down: false,
    ceiling: !negative,
    floor: negative,
  };
  return away[rounding] ? quotient + (negative ? -1n : 1n) : quotient;
}

function toScale({ units, scale }: Exact, digits: number, rounding: Rounding): bigint {
  return scale <= digits ? units * power(digits - scale) : divideRounded(units, power(scale - digits), rounding);
}

function decimalText(units: bigint, digits: number): string {
  const text = absolute(units).toString().padStart(digits + 1, "0");
  const whole = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return units < 0n ? `-${whole}` : whole;
}

/** Without zeros at the end of the fraction. */
function shortest({ units, scale }: Exact): string {
  const text = decimalText(units, scale);
  return scale === 0 ? text : text.replace(/\.?0+$/, "");
}

/**
 * The amount rounded to that many digits after the point, as a text; the exact middle goes to the even neighbour.
 * @example
 * roundDecimal("2.345") // => "2.34"
 * roundDecimal(1.005, 2, "half-up") // => "1.01"
 * roundDecimal("-0.5", 0, "floor") // => "-1"
 * roundDecimal("x") // throws TypeError: amount must be a decimal amount such as "19.99", not the text "x"
 */
export function roundDecimal(amount: Decimal, digits = 2, rounding: Rounding = "half-even"): string {
  return decimalText(toScale(exact(amount, "amount"), checkedDigits(digits), assertOneOf(rounding, "rounding", ROUNDINGS)), digits);
}

/**
 * The amount in whole minor units (cents); an amount with more digits is an error, unless a rounding is given.
 * @example
 * toMinorUnits("19.99") // => 1999n
 * toMinorUnits("0.125", 2, "half-up") // => 13n
 * toMinorUnits("0.125") // throws RangeError: amount has more than 2 digits after the point; name a rounding
 */
export function toMinorUnits(amount: Decimal, digits = 2, rounding?: Rounding): bigint {
  const value = exact(amount, "amount");
  const units = toScale(value, checkedDigits(digits), rounding ?? "down");
  check(rounding !== undefined || units * power(value.scale) === value.units * power(digits), `amount has more than ${digits} digits after the point; name a rounding`);
  return units;
}

/**
 * Minor units (cents) as a decimal text.
 * @example
 * fromMinorUnits(1999) // => "19.99"
 * fromMinorUnits(-5n) // => "-0.05"
 */
export function fromMinorUnits(units: bigint | number, digits = 2): string {
  return decimalText(typeof units === "bigint" ? units : BigInt(assertInteger(units, "units")), checkedDigits(digits));
}

/**
 * The exact sum.
 * @example
 * addDecimals(["0.1", "0.2", 19.99]) // => "20.29"
 * addDecimals([]) // => "0"
 */
export function addDecimals(amounts: readonly Decimal[]): string {
  const values = assertArray<Decimal>(amounts, "amounts").map((amount, index) => exact(amount, `amounts[${index}]`));
  const scale = values.reduce((most, value) => Math.max(most, value.scale), 0);
  return shortest({ units: values.reduce((total, value) => total + value.units * power(scale - value.scale), 0n), scale });
}

/**
 * The exact difference.
 * @example
 * subtractDecimals("1.00", "0.9") // => "0.1"
 */
export function subtractDecimals(amount: Decimal, less: Decimal): string {
  const { units, scale } = exact(less, "less");
  return addDecimals([shortest(exact(amount, "amount")), decimalText(-units, scale)]);
}

/**
 * The exact product.
 * @example
 * multiplyDecimals("19.99", "0.0825") // => "1.649175"
 */
export function multiplyDecimals(amount: Decimal, factor: Decimal): string {
  const [left, right] = [exact(amount, "amount"), exact(factor, "factor")];
  return shortest({ units: left.units * right.units, scale: left.scale + right.scale });
}

/**
 * The quotient, rounded to that many digits after the point.
 * @example
 * divideDecimals("10", "3") // => "3.33"
 * divideDecimals("1", "0") // throws RangeError: divisor must not be zero
 */
export function divideDecimals(amount: Decimal, divisor: Decimal, digits = 2, rounding: Rounding = "half-even"): string {
  const [left, right] = [exact(amount, "amount"), exact(divisor, "divisor")];
  check(right.units !== 0n, "divisor must not be zero");
  return decimalText(divideRounded(left.units * power(right.scale + checkedDigits(digits)), right.units * power(left.scale), rounding), digits);
}

/**
 * -1, 0 or 1 as the first amount is less than, equal to or more than the second.
 * @example
 * compareDecimals("10", "9.99") // => 1
 * compareDecimals("1.50", 1.5) // => 0
 */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = [exact(a, "a"), exact(b, "b")];
  const difference = left.units * power(right.scale) - right.units * power(left.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * That many percent of an amount, rounded: a tax, a discount, a fee.
 * @example
 * percentOf("19.99", "8.25") // => "1.65"
 */
export function percentOf(amount: Decimal, percent: Decimal, digits = 2, rounding: Rounding = "half-even"): string {
  return divideDecimals(multiplyDecimals(amount, percent), 100, digits, rounding);
}

/**
 * Shares an amount by weights without losing a cent: what rounding leaves goes, one unit each, to those who lost the
 * most by it, the earlier first. The parts add up to the amount.
 * @example
 * allocate("100.00", [1, 1, 1]) // => ["33.34", "33.33", "33.33"]
 * allocate("0.05", ["0.5", "0.5"]) // => ["0.03", "0.02"]
 * allocate("1", [0, 0]) // throws RangeError: weights must not all be zero
 */
export function allocate(amount: Decimal, weights: readonly Decimal[], digits = 2): string[] {
  const units = toMinorUnits(amount, digits);
  const parts = assertArray<Decimal>(weights, "weights", { minLength: 1 }).map((weight, index) => exact(weight, `weights[${index}]`));
  const scale = parts.reduce((most, part) => Math.max(most, part.scale), 0);
  const whole = parts.map((part) => part.units * power(scale - part.scale));
  check(whole.every((weight) => weight >= 0n), "weights must not be negative");
  const total = whole.reduce((so, weight) => so + weight, 0n);
  check(total > 0n, "weights must not all be zero");
  const size = absolute(units);
  const shares = whole.map((weight, index) => ({ index, share: (size * weight) / total, lost: (size * weight) % total }));
  const left = Number(shares.reduce((so, each) => so - each.share, size));
  const lucky = new Set(shares.toSorted((a, b) => (a.lost === b.lost ? a.index - b.index : a.lost > b.lost ? -1 : 1)).slice(0, left).map((each) => each.index));
  return shares.map(({ share, index }) => {
    const part = share + (lucky.has(index) ? 1n : 0n);
    return decimalText(units < 0n ? -part : part, digits);
  });
}

/**
 * Writes an amount for people: grouped by thousands, with a symbol before or after it.
 * @example
 * formatMoney("1234567.5", { symbol: "$" }) // => "$1,234,567.50"
 * formatMoney("-1234.5", { symbol: " €", symbolAfter: true, group: ".", point: "," }) // => "-1.234,50 €"
 * formatMoney(-3, { symbol: "$", negative: "parentheses" }) // => "($3.00)"
 */
export function formatMoney(amount: Decimal, format: MoneyFormat = {}): string {
  const { digits = 2, rounding = "half-even", symbol = "", symbolAfter = false, group = ",", point = ".", negative = "minus" } = format;
  const text = roundDecimal(amount, digits, rounding);
  const [whole = "", fraction] = text.replace("-", "").split(".");
  const number = whole.replace(/\B(?=(\d{3})+$)/g, () => group) + (fraction === undefined ? "" : point + fraction);
  const written = symbolAfter ? number + symbol : symbol + number;
  if (!text.startsWith("-")) return written;
  return assertOneOf(negative, "negative", ["minus", "parentheses"]) === "parentheses" ? `(${written})` : `-${written}`;
}
