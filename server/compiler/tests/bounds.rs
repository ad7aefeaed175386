//! No text ends the process or makes it hang: everything that nests is refused or compiled, quickly.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::fixture::{bundle_text, check_text};

/// Nothing may take longer than this; a whole 256 KiB source takes far less.
const PATIENCE: Duration = Duration::from_secs(10);

/// What nests in the grammar: before, repeated, middle, repeated, after.
const NESTS: &[(&str, &str, &str, &str, &str)] = &[
    ("", "(", "1", ")", ""),
    ("x = ", "[", "1", "]", ""),
    ("x = ", "{a:", "1", "}", ""),
    ("", "{", ";", "}", ""),
    ("x = ", "[{a:", "1", "}]", ""),
    ("x = ", "f(", "1", ")", ""),
    ("x = ", "f(a,", "1", ")", ""),
    ("x = ", "(a,", "1", ")", ""),
    ("x = ", "(a=", "1", ")", ""),
    ("x = ", "(a=(", "1", "))", ""),
    ("x = ", "(a)=>(", "1", ")", ""),
    ("x = ", "(a=>", "1", ")", ""),
    ("x = ", "async(", "1", ")", ""),
    ("x = ", "async(a)=>(", "1", ")", ""),
    ("x = ", "(a?b:", "1", ")", ""),
    ("x = ", "a?(b):", "1", "", ""),
    ("x = ", "a?(b", "1", "):c", ""),
    ("x = ", "a?(b):(c)=>", "1", "", ""),
    ("x = ", "a?(b)=>(c):", "1", "", ""),
    ("x = ", "a?(", "1", "):d=>", "e"),
    ("x = ", "a?(b,", "1", "):(d)=>e", ""),
    ("x = ", "({a}=", "1", ")", ""),
    ("x = ", "([a]=", "1", ")", ""),
    ("x = ", "(({", "", "}))", ""),
    ("x = ", "`${", "1", "}`", ""),
    ("x = ", "a`${", "1", "}`", ""),
    ("x = ", "a[", "1", "]", ""),
    ("x = ", "a?.[", "1", "]", ""),
    ("x = ", "!", "1", "", ""),
    ("x = ", "-+", "1", "", ""),
    ("x = ", "~", "1", "", ""),
    ("x = ", "typeof ", "1", "", ""),
    ("x = ", "void ", "1", "", ""),
    ("x = ", "delete ", "a", "", ""),
    ("x = ", "await ", "1", "", ""),
    ("x = ", "new ", "a", "", ""),
    ("x = ", "new a.", "a", "", ""),
    ("x = ", "a+", "1", "", ""),
    ("x = ", "'a'+", "1", "", ""),
    ("x = ", "a**", "1", "", ""),
    ("x = ", "a&&", "1", "", ""),
    ("x = ", "a??", "1", "", ""),
    ("x = ", "a||b&&", "1", "", ""),
    ("x = ", "a<", "1", "", ""),
    ("x = ", "a<b>", "1", "", ""),
    ("x = ", "a<b>(", "1", ")", ""),
    ("x = ", "a,", "1", "", ""),
    ("", "a=", "1", "", ""),
    ("", "a.", "b", "", ""),
    ("", "a?.", "b", "", ""),
    ("x = a", "()", "", "", ""),
    ("x = a", "[0]", "", "", ""),
    ("x = a", "!", "", "", ""),
    ("x = a", "``", "", "", ""),
    ("x = a", " as b", "", "", ""),
    ("x = a", " satisfies b", "", "", ""),
    ("x = a", "?.()", "", "", ""),
    ("x = ", "<a>", "b", "", ""),
    ("x = ", "<a,>", "b", "", ""),
    ("x = ", "<T>(a)=>", "b", "", ""),
    ("x = ", "<T,>(", "b", ")=>1", ""),
    ("x = ", "a=>", "b", "", ""),
    ("x = ", "async a=>", "b", "", ""),
    ("x = ", "a?", "b", ":c", ""),
    ("x = ", "a?b:", "c", "", ""),
    ("x = ", "function(){return ", "1", "}", ""),
    ("x = ", "function(a=", "1", "){}", ""),
    ("x = ", "class{a=", "1", "}", ""),
    ("x = ", "class extends ", "a", "{}", ""),
    ("x = ", "class{static{", "", "}}", ""),
    ("x = ", "class{[", "a", "](){}}", ""),
    ("", "if(a)", ";", "", ""),
    ("", "if(a);else ", ";", "", ""),
    ("", "if(a){}else ", ";", "", ""),
    ("", "if(a){", "", "}else{}", ""),
    ("", "for(;;)", ";", "", ""),
    ("", "for(a of b)", ";", "", ""),
    ("", "for(a in b)\n", ";", "", ""),
    ("", "while(a)", ";", "", ""),
    ("", "while(a)\n", ";", "", ""),
    ("", "do ", ";", " while(a)", ""),
    ("", "do{", ";", "}while(a)", ""),
    ("", "with(a)", ";", "", ""),
    ("", "a:", ";", "", ""),
    ("", "a:\n", ";", "", ""),
    ("", "try{", "", "}catch{}", ""),
    ("", "try{}catch(e){", "", "}", ""),
    ("", "switch(a){case 1:", "", "}", ""),
    ("", "function f(){", "", "}", ""),
    ("", "export default ", "1", "", ""),
    ("", "namespace A{", "", "}", ""),
    ("namespace A", ".A", "", "", "{}"),
    ("", "declare global{", "", "}", ""),
    ("type X = ", "A<", "B", ">", ""),
    ("type X = ", "A<B,", "B", ">", ""),
    ("type X = ", "(", "B", ")", ""),
    ("type X = ", "[", "B", "]", ""),
    ("type X = ", "{a:", "B", "}", ""),
    ("type X = B", "[]", "", "", ""),
    ("type X = B", "['a']", "", "", ""),
    ("type X = ", "A|", "B", "", ""),
    ("type X = ", "A&", "B", "", ""),
    ("type X = ", "keyof ", "B", "", ""),
    ("type X = ", "keyof\n", "B", "", ""),
    ("type X = ", "readonly ", "B", "", ""),
    ("type X = ", "unique\n", "B", "", ""),
    ("type X = ", "()=>", "B", "", ""),
    ("type X = ", "new()=>", "B", "", ""),
    ("type X = ", "(a:", "B", ")=>C", ""),
    ("type X = ", "A extends B?C:", "D", "", ""),
    ("type X = ", "A extends B?", "D", ":C", ""),
    ("type X = ", "A extends infer U extends ", "D", "?E:F", ""),
    ("type X = ", "A extends (infer U extends ", "D", "?1:2)?E:F", ""),
    ("type X = ", "`${", "B", "}`", ""),
    ("type X = ", "typeof import('a').", "B", "", ""),
    ("type X = ", "import('a',{with:", "B", "})", ""),
    ("type X = A", ".A", "", "", ""),
    ("type X = ", "?", "B", "", ""),
    ("type X = B", "?", "", "", ""),
    ("type X = B", "!", "", "", ""),
    ("type X = ", "asserts ", "B", "", ""),
    ("type X = ", "<T>(a:T)=>", "B", "", ""),
    ("type X = ", "<T extends ", "B", ">()=>C", ""),
    ("type X = ", "{[K in ", "B", "]:C}", ""),
    ("type X = ", "abstract new()=>", "B", "", ""),
    ("function f<", "A extends B<", "C", ">", ">(){}"),
    ("let x:", "A<", "B", ">", "=1"),
    ("let ", "[", "a", "]", "=b"),
    ("let ", "{a:", "b", "}", "=c"),
    ("let [a=", "[a=", "b", "]", "]=c"),
    ("", "[a=", "b", "]", "=c"),
    ("", "({a:", "b", "}=c)", ""),
    ("", "@a ", "class A{}", "", ""),
    ("", "@a(", "b", ") class A{}", ""),
    ("", "@", "a class A{}", "", ""),
    ("x = /", "(", "a", ")", "/"),
    ("x = /", "[", "a", "]", "/v"),
    ("x = /", "(?:a|", "b", ")", "/"),
    ("x = /", "a|", "b", "", "/"),
    ("x = /", "(?=", "b", ")", "/u"),
    ("", "import ", "a", "", ""),
    ("x = ", "import(", "a", ")", ""),
    ("", "yield ", "a", "", ""),
    ("function* f(){", "yield ", "a", "", "}"),
    ("", "throw ", "a", "", ""),
    ("", "return ", "a", "", ""),
    ("enum A {a=", "1+", "1", "", "}"),
    ("enum A {", "a=1,b=a,", "c", "", "}"),
    ("x = ", "#a in ", "b", "", ""),
    ("x = ", "a in ", "b", "", ""),
    ("x = ", "a instanceof ", "b", "", ""),
    ("x = ", "a\ninstanceof\n", "b", "", ""),
    ("x = ", "...", "b", "", ""),
    ("f(", "...", "b", "", ")"),
    ("", "<!--", "", "", ""),
    ("", "\\u0061", "", "", ""),
    ("x = ", "a\n/b/", "1", "", ""),
    ("x = ", "a ++ ", "", "", ""),
    ("", "++", "a", "", ""),
    ("", ";", "", "", ""),
    ("", "'use strict';", "", "", ""),
    ("", "/*", "", "*/", ""),
    ("", "a\n", "", "", ""),
    ("", "const a=1\n", "", "", ""),
    ("interface A extends ", "B<", "C", ">", "{}"),
    ("interface A {", "(a:{", "", "}):void", "}"),
    ("abstract class A {", "abstract ", "a", "", "}"),
    ("class A {", "static ", "a", "", "}"),
    ("class A {", "get ", "a", "", "}"),
    ("class A {", "accessor a=class{", "a", "}", "}"),
    ("class A {", "a=()=>", "1", "", "}"),
    ("declare ", "module 'a' {", "", "}", ""),
    ("x = ", "async <T>(a)=>", "b", "", ""),
    ("x = ", "(a:", "b", ")=>c", ""),
    ("x = ", "(a):", "b", "=>c", ""),
    ("x = ", "a?(b):", "c", "=>d", ""),
    ("x = ", "a?(b)", ":c", "=>d:e", ""),
];

fn answers(text: &str) -> Duration {
    let start = Instant::now();
    let report = check_text(text);
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?} for {}...", text.chars().take(80).collect::<String>());
    drop(report);
    took
}

#[test]
fn nothing_that_nests_ends_the_process() {
    let mut slow = Vec::new();
    for (before, left, middle, right, after) in NESTS {
        for count in [20, 60, 120, 200, 255, 300, 900, 1_990, 3_900, 20_000, 100_000] {
            let count = count.min(250_000 / (left.len() + right.len()));
            let text = format!("{before}{}{middle}{}{after}\n", left.repeat(count), right.repeat(count));
            let took = answers(&text);
            if took > Duration::from_secs(2) {
                slow.push(format!("{took:?} {count} x {before}{left}{middle}{right}{after}"));
                break;
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn long_runs_at_several_levels_do_not_add_up_to_too_much() {
    for run in ["!", "await ", "a=", "a=>", "a?b:", "new ", "if(a)", "a**", "keyof "] {
        for (open, close) in [("(", ")"), ("[", "]"), ("`${", "}`"), ("{", "}")] {
            let part = format!("{open}{}", run.repeat(990));
            let text = format!(
                "x = {}a{}\ntype X = {}a{}\n",
                part.repeat(3),
                close.repeat(3),
                part.repeat(3),
                close.repeat(3)
            );
            answers(&text);
        }
    }
}

#[test]
fn a_large_source_is_refused_before_it_is_parsed() {
    let text = format!("export default () => 1;\n//{}", "x".repeat(256 * 1024));
    assert_eq!(check_text(&text).diagnostics[0].code, "compile.too_large");
}

#[test]
fn deep_blocks_do_not_print_as_hundreds_of_times_their_size() {
    let text = format!(
        "export default () => {{ {}{}{} return 1; }};",
        "{".repeat(250),
        "a;".repeat(100_000),
        "}".repeat(250)
    );
    let code: usize = bundle_text(&text).unwrap().modules.iter().map(|module| module.code.len()).sum();
    assert!(code < 2 * text.len(), "{code}");
}

#[test]
fn the_scan_is_not_fooled_about_what_is_text() {
    let deep = "[".repeat(100_000);
    for before in [
        "a / b; '/'; ",
        "x = a\n++/'/.b;",
        "x = {} / '/';",
        "if (a) /'/.test(b);",
        "a = b! / '/';",
        "x = y as void / '/;",
        "return\u{2028}/'/;",
        "// \u{2028}",
        "// \r",
        "x = `${a}`; ",
        "x = `${`${a}`}`; ",
        "f<T>/'/;",
        "x = a as any / '/;",
        "x = [...typeof /'/, ",
        "x = a.return / b / '/;",
        "x = '\\\n'; ",
        "x = '\\\r\n'; ",
        "x = /[/'\"`]/; ",
        "x = /\\//; ",
        "x = /[\\]'\"/]/; ",
        "do a; while (b) /'/.c;",
        "for await (a of b) /'/.c;",
        "break\n/'/.c;",
        "x = a?.5:'1'; ",
        "x = #a / '/;",
        "x = a /* ' */; ",
        "#!/'\n",
        "x = a</b/'/;",
        "x = yield / '/;",
        "x = of / '/;",
        "x = (a) / '/;",
    ] {
        for after in ["", "'", "'/", "`", "/", "*/", "\n"] {
            let text = format!("{before}{deep}{after}\n");
            let report = check_text(&text);
            assert!(!report.is_valid(), "{before}{after}");
            let text = format!("{before}{deep}{after}{deep}'\n{deep}");
            assert!(!check_text(&text).is_valid(), "{before}{after}");
        }
    }
}

#[test]
fn ordinary_code_passes_the_scan() {
    for text in [
        "const ratio = (args.a + args.b) / 2 / args.c; return ratio;",
        "const list = rows[0] / rows[1]; const re = /[(\\[{]/g; return list;",
        "const a = args.text.replace(/\"/g, '').split(/['`]/); return a;",
        "return args.rows.filter((row: string) => /^\\s*$/.test(row)).map((row: string) => row!.length / 2);",
        "if (/x/.test(args.a)) return 1; else return args.a.length / 2;",
        "const f = <T,>(x: Array<Array<Map<string, T>>>): T | undefined => x[0]?.[0]?.get('a'); return f(args.x);",
        "const big = 1_000n; return Number(big) / 3;",
        "type A<T> = T extends Array<infer U> ? U : never; const x: A<string[]> = args.x; return x;",
        "for (const a of args.list) { if (a < 1) continue; else if (a >> 2 > 3) break; } return args.list;",
        "return `${args.a / 2} ${`${args.b}`} /* no comment */`;",
    ] {
        let report = check_text(text);
        let wrong: Vec<_> = report.diagnostics.iter().filter(|d| d.code.starts_with("compile.")).collect();
        assert!(wrong.is_empty(), "{text}\n{wrong:#?}");
    }
    let long = (0..5_000).map(|n| format!("const a{n} = f(a, b) + {n}\n")).collect::<String>();
    let long = format!(
        "{}return f(1)\nfunction f(a: number, b?: number) {{ return a }}\nvar a, b",
        long.replace("f(a, b)", "f(1)")
    );
    let report = check_text(&long);
    assert!(
        report.diagnostics.iter().all(|d| d.code != "compile.too_deep"),
        "code without semicolons is not one run"
    );
}

const SOUP: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "`",
    "${",
    "}`",
    "<",
    ">",
    "=>",
    "=",
    "?",
    ":",
    "?.",
    ".",
    ",",
    ";",
    "!",
    "+",
    "-",
    "++",
    "/",
    "*",
    "**",
    "&&",
    "||",
    "??",
    "\n",
    " ",
    "'",
    "\"",
    "//",
    "/*",
    "*/",
    "\\",
    "a",
    "b",
    "1",
    "1n",
    "0x",
    "#a",
    "@a",
    "if(a)",
    "else",
    "for(;;)",
    "while(a)",
    "do",
    "return",
    "function",
    "function*",
    "class",
    "extends",
    "async",
    "await",
    "yield",
    "new",
    "typeof",
    "void",
    "delete",
    "in",
    "of",
    "as",
    "satisfies",
    "keyof",
    "infer",
    "type",
    "interface",
    "enum",
    "namespace",
    "declare",
    "abstract",
    "import",
    "export",
    "default",
    "from",
    "let",
    "const",
    "var",
    "using",
    "try",
    "catch",
    "switch",
    "case",
    "throw",
    "static",
    "get",
    "set",
    "/a/",
    "/[/",
    "'a'",
    "\u{2028}",
    "\u{feff}",
    "é",
    "😀",
    "readonly",
    "unique",
    "asserts",
    "is",
    "super",
    "this",
    "import.meta",
    "...",
    "<!--",
    "-->",
    "#!",
    "0",
    "e",
    "_",
    "$",
    "|",
    "&",
    "^",
    "~",
    "%",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn token_soup_is_always_answered(tokens in proptest::collection::vec(proptest::sample::select(SOUP), 0..200), spaced in any::<bool>()) {
        answers(&tokens.join(if spaced { " " } else { "" }));
    }

    #[test]
    fn a_piece_of_soup_repeated_is_always_answered(
        tokens in proptest::collection::vec(proptest::sample::select(SOUP), 1..6),
        tail in proptest::collection::vec(proptest::sample::select(SOUP), 0..6),
        count in prop_oneof![Just(50_usize), Just(250), Just(1_900), Just(30_000)],
    ) {
        let piece = tokens.join(" ") + " ";
        let count = count.min(250_000 / piece.len());
        let took = answers(&format!("x = {}{}", piece.repeat(count), tail.join(" ")));
        prop_assert!(took < Duration::from_secs(2), "{:?} for {} x {}", took, count, piece);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,300}") {
        answers(&text);
    }
}
