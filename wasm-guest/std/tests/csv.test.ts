// Delimited text.
import * as std from "@tgp/std/csv";
import { equal, fails, forMany, integer, oneOf, run, thrown, type Outcome } from "./expect";

const PIECES = ["a", "", " ", '"', '""', ",", "|", "\n", "\r\n", "\r", "'", "ü", "日本", "=1", "0", "\t"];
const cell = (): string => Array.from({ length: integer(0, 4) }, () => oneOf(PIECES)).join("");

export default (): Outcome[] =>
  run({
    "whatever is written is read back": () => {
      forMany(300, () => ({ width: integer(1, 4), height: integer(1, 4) }), ({ width, height }) => {
        const rows = Array.from({ length: height }, () => Array.from({ length: width }, cell));
        [",", "|", ";", "\t"].forEach((delimiter) =>
          (["\n", "\r\n"] as const).forEach((lineEnd) =>
            [true, false].forEach((quoteAll) => {
              const text = std.formatCsvRows(rows, { delimiter, lineEnd, quoteAll });
              equal(std.parseCsvRows(text, { delimiter }), rows, JSON.stringify(text));
            }),
          ),
        );
      });
    },
    "records with any names and values are read back": () => {
      forMany(100, () => [cell(), cell()], ([a = "", b = ""]) => {
        const records = [{ [`x${a}`]: a, [`y${b}`]: b }, { [`x${a}`]: "1", [`y${b}`]: "" }];
        equal(std.parseCsv(std.formatCsv(records)), records);
      });
    },
    "the fields of RFC 4180 are read": () => {
      equal(std.parseCsvRows('aaa,bbb\r\n"a ""b"" c","x\r\ny"\r\n'), [["aaa", "bbb"], ['a "b" c', "x\r\ny"]]);
      equal(std.parseCsvRows("a,b,\n,,"), [["a", "b", ""], ["", "", ""]]);
      equal(std.parseCsvRows('"",""'), [["", ""]]);
      equal(std.parseCsvRows(' a , "b" '.replaceAll('"', "")), [[" a ", " b "]]);
    },
    "the last line may end or not": () => {
      ["a\nb", "a\nb\n", "a\r\nb\r\n", '"a"\nb', 'a\n"b"\n', '"a"\r\n"b"\r\n'].forEach((text) => equal(std.parseCsvRows(text), [["a"], ["b"]], JSON.stringify(text)));
      equal(std.parseCsvRows(""), []);
      equal(std.parseCsv(""), []);
    },
    "a byte order mark is no part of the first name": () => {
      equal(std.parseCsv("\uFEFFid\n1"), [{ id: "1" }]);
      equal(std.parseCsv('\uFEFF"id"\n1'), [{ id: "1" }]);
    },
    "blank lines hold no record": () => {
      equal(std.parseCsv("a,b\n\n1,2\n\r\n3,4\n\n"), [{ a: "1", b: "2" }, { a: "3", b: "4" }]);
      equal(std.parseCsv('a,b\n\n"1",2\n'), [{ a: "1", b: "2" }]);
    },
    "mistakes say their line, counted through quoted line breaks": () => {
      fails(() => std.parseCsvRows('a\n"x\ny\nz"\nb"c'), "CsvError: line 5: a quote stands inside a cell that does not begin with one");
      fails(() => std.parseCsvRows('a\n"b"c'), "CsvError: line 2: text follows the closing quote of a cell");
      fails(() => std.parseCsvRows('"a'), "CsvError: line 1: a quoted cell is not closed");
      fails(() => std.parseCsv('a,b\n"1\n2",3\n4'), "CsvError: line 4: 1 cells where the header names 2 columns");
      fails(() => std.parseCsv("a,b\n1,2,3"), "CsvError: line 2: 3 cells where the header names 2 columns");
      fails(() => std.parseCsv("a,a\n1,2"), 'CsvError: line 1: the header names the column "a" twice');
    },
    "names that mean something to JavaScript are only names": () => {
      const [record = {}] = std.parseCsv("__proto__,constructor\nx,y");
      equal(Object.entries(record), [["__proto__", "x"], ["constructor", "y"]]);
      equal(Object.getPrototypeOf(record) === Object.prototype, true);
      equal(std.formatCsv([record]), "__proto__,constructor\nx,y\n");
    },
    "formulas are disarmed and numbers stay": () => {
      const text = std.formatCsvRows([["=1+1", "+x", "-x", "@x", "-1.5", "+2", -3, "\tx"]], { guardFormulas: true });
      equal(text, "'=1+1,'+x,'-x,'@x,-1.5,+2,-3,'\tx\n");
    },
    "values have one way to be written": () => {
      const when = new Date(Date.UTC(2024, 5, 1));
      equal(std.formatCsv([{ a: null, b: undefined, c: true, d: 1.5, e: 10n, f: when }]), "a,b,c,d,e,f\n,,true,1.5,10,2024-06-01T00:00:00.000Z\n");
      fails(() => std.formatCsv([{ a: { b: 1 } }]), "TypeError: rows[1][0] must be a text, a number, a boolean or null, not an object");
    },
    "the columns are those of all records": () => {
      equal(std.formatCsv([{ a: 1 }, { b: 2 }]), "a,b\n1,\n,2\n");
      equal(std.formatCsv([], { columns: ["a", "b"] }), "a,b\n");
    },
    "a delimiter is one character and no quote": () => {
      ["", ",,", '"', "\n", "\r"].forEach((delimiter) => equal(thrown(() => std.parseCsvRows("a", { delimiter })).startsWith("RangeError: delimiter must"), true, delimiter));
      fails(() => std.parseCsv(5 as unknown as string), "TypeError: text must be a text, not the number 5");
    },
    "a thousand lines take a linear time, quoted or not": () => {
      const plain = "id,name\n" + "1,some text\n".repeat(1000);
      const quoted = 'id,name\n' + '1,"some, ""text"""\n'.repeat(1000);
      equal([plain, quoted].map((text) => std.parseCsv(text).length), [1000, 1000]);
    },
  });
