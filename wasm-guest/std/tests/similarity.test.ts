// How alike texts are.
import * as std from "@tgp/std/similarity";
import { equal, fails, forMany, integer, oneOf, run, type Outcome } from "./expect";

const word = (): string => Array.from({ length: integer(0, 7) }, () => oneOf(["a", "b", "c", "é", "😀"])).join("");

/** The definition itself, slow and plain. */
function distance(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1));
  return 1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)));
}

export default (): Outcome[] =>
  run({
    "the distance is what its definition says": () =>
      forMany(60, () => [word().slice(0, 5), word().slice(0, 5)] as const, ([a, b]) => equal(std.levenshtein(a, b), distance([...a], [...b]), `${a} ${b}`)),
    "distances are distances": () =>
      forMany(150, () => [word(), word(), word()] as const, ([a, b, c]) =>
        [std.levenshtein, std.damerauLevenshtein].forEach((measure) => {
          equal(measure(a, a), 0);
          equal(measure(a, b), measure(b, a), `${a} ${b}`);
          equal(measure(a, c) <= measure(a, b) + measure(b, c), true, `${a} ${b} ${c}`);
          equal(std.damerauLevenshtein(a, b) <= std.levenshtein(a, b), true);
        }),
      ),
    "swapped neighbours count once": () => {
      const table: [string, string, number][] = [["", "", 0], ["", "abc", 3], ["ab", "ba", 1], ["abcd", "badc", 2], ["a cat", "an act", 2], ["teh", "the", 1]];
      table.forEach(([a, b, expected]) => equal(std.damerauLevenshtein(a, b), expected, `${a} ${b}`));
    },
    "characters beyond the first plane are one character": () => {
      equal(std.levenshtein("😀", "😁"), 1);
      equal(std.levenshtein("a😀b", "ab"), 1);
    },
    "Jaro and Winkler's own examples come out": () => {
      const table: [string, string, number][] = [["MARTHA", "MARHTA", 0.9611], ["DWAYNE", "DUANE", 0.84], ["DIXON", "DICKSONX", 0.8133], ["JELLYFISH", "SMELLYFISH", 0.8963]];
      table.forEach(([a, b, expected]) => equal(Math.round(std.jaroWinkler(a, b) * 10_000) / 10_000, expected, `${a} ${b}`));
    },
    "likeness lies between 0 and 1, and equal texts have 1": () =>
      forMany(150, () => [word(), word()] as const, ([a, b]) =>
        [std.levenshteinSimilarity, std.jaroWinkler, std.trigramDice].forEach((measure) => {
          const score = measure(a, b);
          equal(score >= 0 && score <= 1, true, `${a} ${b} ${score}`);
          equal(Math.abs(measure(a, a) - 1) < 1e-12, true, a);
          equal(Math.abs(score - measure(b, a)) < 1e-12, true, `${a} ${b}`);
        }),
      ),
    "normalised texts have no accents, case or punctuation": () => {
      equal(["Ａｂｃ", "ÀÉÎ õ ü", "don't", "  a--b\n", "№ 5", "日本", "!!!"].map(std.normalizeText), ["abc", "aei o u", "don t", "a b", "no 5", "日本", ""]);
    },
    "the closest match is found by what it means": () => {
      equal(std.closestMatch("MUNCHEN", ["Berlin", "München"]), { text: "München", index: 1, score: 1 });
      equal(std.closestMatch("x", []), null);
      equal(std.closestMatch("abc", ["abd"], { threshold: 0.7, measure: std.levenshteinSimilarity }), null);
      equal(std.closestMatch("abc", ["abd", "abe"], { threshold: 0.6, measure: std.levenshteinSimilarity })?.index, 0);
    },
    "wrong and huge arguments are named": () => {
      fails(() => std.levenshtein("a".repeat(2001), "b"), "RangeError: a must have at most 2000 characters, not 2001");
      fails(() => std.jaroWinkler("a", 5 as unknown as string), "TypeError: b must be a text, not the number 5");
      fails(() => std.rankMatches("a", ["b", null as unknown as string]), "TypeError: candidates[1] must be a text, not null");
      fails(() => std.closestMatch("a", ["b"], { threshold: 2 }), "RangeError: threshold must be at most 1, not 2");
    },
  });
