// Text tables.
import * as std from "@tgp/std/table";
import { equal, fails, run, type Outcome } from "./expect";

export default (): Outcome[] =>
  run({
    "widths are those of a terminal": () => {
      const table: [string, number][] = [["", 0], ["abc", 3], ["日本", 4], ["한국", 4], ["ｱ", 1], ["Ａ", 2], ["é", 1], ["e\u0301", 1], ["😀", 2], ["👩‍👩‍👧", 2], ["👍🏽", 2], ["🇩🇪", 2], ["❤️", 2], ["❤", 1], ["a\u200Bb", 2], ["…", 1], ["─", 1]];
      table.forEach(([text, width]) => equal(std.displayWidth(text), width, text));
    },
    "a plain table is aligned by width": () => {
      const records = [{ city: "東京", people: 13 }, { city: "Ohio", people: 1180 }];
      equal(std.formatTable(records), ["city  people", "----  ------", "東京      13", "Ohio    1180"].join("\n"));
    },
    "a box has lines on all sides": () => {
      equal(std.formatTable([{ a: "x", b: 1 }], { style: "box" }), ["┌───┬───┐", "│ a │ b │", "├───┼───┤", "│ x │ 1 │", "└───┴───┘"].join("\n"));
    },
    "Markdown escapes what would end a cell": () => {
      equal(std.formatTable([{ a: "x|y\\z", b: 5 }], { style: "markdown" }), ["| a       |   b |", "| ------- | --: |", "| x\\|y\\\\z |   5 |"].join("\n"));
      equal(std.formatTable([{ a: 1 }], { style: "markdown", columns: [{ key: "a", align: "center" }] }), ["|  a  |", "| :-: |", "|  1  |"].join("\n"));
    },
    "what is missing is empty and what is long is one line": () => {
      equal(std.formatTable([{ a: "x\n  y\tz", b: null }, { b: { c: 1 } }]), ["a      b", "-----  -------", "x y z", '       {"c":1}'].join("\n"));
    },
    "columns are chosen, named, aligned and cut": () => {
      const columns = [{ key: "n", title: "Count", align: "left" as const }, { key: "text", maxWidth: 5 }];
      equal(std.formatTable([{ text: "abcdefgh", n: 1 }], { columns }), ["Count  text", "-----  -----", "1      abcd…"].join("\n"));
      equal(std.formatTable([], { columns: ["a"] }), "a\n-");
      equal(std.formatTable([]), "");
      equal(std.formatTable([{ n: 1 }, { n: "x" }]), "n\n-\n1\nx");
      equal(std.formatTable([{ n: null }, { n: 10n }]), " n\n--\n\n10");
    },
    "a text is cut between characters": () => {
      equal(std.truncateWidth("日本語", 4), "日…");
      equal(std.truncateWidth("日本語", 5), "日本…");
      equal(std.truncateWidth("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
      equal(std.truncateWidth("ab", 1), "…");
    },
    "wrong arguments are named": () => {
      fails(() => std.truncateWidth("a", 0), "RangeError: width must be at least 1, not 0");
      fails(() => std.formatTable([{ a: 1 }], { style: "html" as "box" }), 'RangeError: style must be one of "plain", "markdown", "box", not the text "html"');
      fails(() => std.formatTable([{ a: 1 }], { columns: [5 as unknown as string] }), "TypeError: columns must be names or objects with a key, not the number 5");
      fails(() => std.formatTable([5 as unknown as object]), "TypeError: records[0] must be an object, not the number 5");
    },
  });
