//! Outlines of real syntax in every language.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets something unexpected stops there"
)]

use tgp_outline::{Language, OutlineError, changes, outline};

fn shown(name: &str, content: &str) -> Vec<String> {
    let found = outline(name, content.as_bytes()).unwrap();
    assert!(!found.errors, "{name} has errors");
    let depth = |at: usize| {
        let mut depth = 0;
        let mut here = found.symbols[at].parent;
        while let Some(parent) = here {
            depth += 1;
            here = found.symbols[parent].parent;
        }
        depth
    };
    let line = |(at, symbol): (usize, &tgp_outline::Symbol)| {
        format!(
            "{}{} {} {}-{}",
            "  ".repeat(depth(at)),
            symbol.kind,
            symbol.name,
            symbol.first_line,
            symbol.last_line
        )
    };
    found.symbols.iter().enumerate().map(line).collect()
}

#[test]
fn rust_is_outlined() {
    let text = "pub struct A<T> { x: T }\nimpl<T> A<T> {\n    pub fn new(x: T) -> Self { Self { x } }\n    const N: u8 = 1;\n}\nimpl<T> Drop for A<T> {\n    fn drop(&mut self) {}\n}\nmod m {\n    pub(crate) enum E { A, B }\n    fn f() { fn inner() {} const X: u8 = 1; }\n}\ntrait T { fn t(&self); type Item; }\nconst C: u8 = 1;\nmacro_rules! mac { () => {} }\n";
    assert_eq!(
        shown("src/a.rs", text),
        [
            "struct A 1-1",
            "implementation A<T> 2-5",
            "  method new 3-3",
            "  constant N 4-4",
            "implementation Drop for A<T> 6-8",
            "  method drop 7-7",
            "module m 9-12",
            "  enum E 10-10",
            "  function f 11-11",
            "    function inner 11-11",
            "interface T 13-13",
            "  method t 13-13",
            "  type Item 13-13",
            "constant C 14-14",
            "macro mac 15-15",
        ]
    );
}

#[test]
fn typescript_tsx_and_javascript_are_outlined() {
    let text = "export interface I { m(): void }\nexport type T = string;\nenum E { A }\nexport default class C extends D {\n  private x = 1;\n  constructor() { super(); }\n  get y() { return 1; }\n  handler = () => {};\n}\nexport async function login(a: string): Promise<void> { const local = 1; }\nexport const add = (a: number) => a;\nconst LIMIT = 3;\nlet n = 1;\nnamespace N { export const k = 1; }\n";
    assert_eq!(
        shown("a.ts", text),
        [
            "interface I 1-1",
            "  method m 1-1",
            "type T 2-2",
            "enum E 3-3",
            "class C 4-9",
            "  field x 5-5",
            "  method constructor 6-6",
            "  method y 7-7",
            "  method handler 8-8",
            "function login 10-10",
            "function add 11-11",
            "constant LIMIT 12-12",
            "variable n 13-13",
            "module N 14-14",
            "  constant k 14-14",
        ]
    );
    assert_eq!(shown("a.tsx", "export const App = () => <div>{x}</div>;\n"), ["function App 1-1"]);
    assert_eq!(
        shown(
            "a.jsx",
            "class A { x = 1; #p() {} }\nfunction* g() {}\nmodule.exports = { a };\nvar { q } = r;\n"
        ),
        ["class A 1-1", "  field x 1-1", "  method #p 1-1", "function g 2-2"]
    );
}

#[test]
fn python_go_and_java_are_outlined() {
    let python = "import os\nLIMIT = 3\nname = 1\nclass A(B):\n    x: int = 1\n    @property\n    def y(self):\n        z = 1\n        return z\n\nasync def f():\n    pass\n";
    assert_eq!(
        shown("a.py", python),
        [
            "constant LIMIT 2-2",
            "variable name 3-3",
            "class A 4-9",
            "  field x 5-5",
            "  method y 7-9",
            "function f 11-12"
        ]
    );
    let go = "package a\n\ntype S struct{ x int }\ntype I interface{ M() error }\ntype N int\nconst C = 1\nvar v = 2\nfunc F() { var local = 1; _ = local }\nfunc (s *S) Start(x int) {}\nfunc (m Map[K]) Get() {}\n";
    assert_eq!(
        shown("a.go", go),
        [
            "struct S 3-3",
            "interface I 4-4",
            "  method M 4-4",
            "type N 5-5",
            "constant C 6-6",
            "variable v 7-7",
            "function F 8-8",
            "method S.Start 9-9",
            "method Map.Get 10-10",
        ]
    );
    let java = "package a;\npublic class A {\n  private int x = 1;\n  A() {}\n  public void m(int a) { class L {} }\n  interface I { int n(); }\n  enum E { X }\n}\nrecord R(int a) {}\n";
    assert_eq!(
        shown("A.java", java),
        [
            "class A 2-8",
            "  field x 3-3",
            "  method A 4-4",
            "  method m 5-5",
            "    class L 5-5",
            "  interface I 6-6",
            "    method n 6-6",
            "  enum E 7-7",
            "struct R 9-9",
        ]
    );
}

#[test]
fn c_and_cpp_are_outlined() {
    let c = "#define MAX 3\n#define SQ(x) ((x)*(x))\nstruct point { int x; int (*cb)(int); };\ntypedef struct { int a; } pair;\nenum color { RED };\nint add(int a, int b);\nstatic char *name(void) { int local = 1; return 0; }\nint counter = 0;\nvoid (*signal(int s, void (*f)(int)))(int) { return f; }\n";
    assert_eq!(
        shown("a.c", c),
        [
            "macro MAX 1-1",
            "macro SQ 2-2",
            "struct point 3-3",
            "  field x 3-3",
            "  method cb 3-3",
            "type pair 4-4",
            "  field a 4-4",
            "enum color 5-5",
            "function add 6-6",
            "function name 7-7",
            "variable counter 8-8",
            "function signal 9-9",
        ]
    );
    let cpp = "namespace n {\ntemplate <typename T> class V : public B {\n public:\n  V();\n  ~V() {}\n  T get() const { return x; }\n  bool operator==(const V& o) const;\n private:\n  T x;\n};\n}\nint n::V<int>::size() { return 0; }\nusing S = int;\n";
    let found = shown("a.hpp", cpp);
    assert_eq!(found[..2], ["module n 1-11", "  class V 2-10"]);
    for symbol in [
        "    method get 6-6",
        "    method ~V 5-5",
        "    field x 9-9",
        "method n::V<int>::size 12-12",
        "type S 13-13",
    ] {
        assert!(found.contains(&symbol.to_owned()), "{symbol}: {found:#?}");
    }
    assert_eq!(Language::of("x.h", b"class A {};"), Some(Language::Cpp));
    assert_eq!(Language::of("x.h", b"struct a { int x; };"), Some(Language::C));
}

#[test]
fn documents_are_outlined() {
    assert_eq!(
        shown("package.json", "{\n  \"name\": \"x\",\n  \"scripts\": { \"build\": \"tsc\" }\n}\n"),
        ["key name 2-2", "key scripts 3-3", "  key build 3-3"]
    );
    assert_eq!(
        shown("ci.yml", "name: ci\non:\n  push:\n    branches: [main]\njobs: {a: 1}\n"),
        [
            "key name 1-1",
            "key on 2-4",
            "  key push 3-4",
            "    key branches 4-4",
            "key jobs 5-5",
            "  key a 5-5"
        ]
    );
    assert_eq!(
        shown(
            "README.md",
            "# Title\n\ntext\n\n## Part *one*\n\nmore\n\n### Deep\n\n## Two\n\n```\n# no heading\n```\n"
        ),
        ["heading Title 1-15", "  heading Part *one* 5-10", "    heading Deep 9-10", "  heading Two 11-15"]
    );
}

#[test]
fn two_versions_say_which_symbols_changed() {
    let old = "fn login(a: u8) { check(a) }\nfn gone() { 1 }\nfn first_name() { body(2) }\nstruct S;\nimpl S {\n    fn a(&self) { 1 }\n    fn b(&self) { 2 }\n}\n";
    let new = "// a new comment moves everything\nfn hash() { h() }\nfn login(a: u8) { check(a); hash() }\nfn second_name() { body(2) }\nstruct S;\nimpl S {\n    fn a(&self) { 1 }\n    fn b(&self) { 3 }\n}\n";
    let said: Vec<String> =
        changes("a.rs", old.as_bytes(), new.as_bytes()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "function `hash` added",
            "function `login` changed",
            "function `second_name` renamed from `first_name`",
            "method `S.b` changed",
            "function `gone` removed",
        ]
    );
    assert_eq!(changes("a.rs", old.as_bytes(), old.as_bytes()).unwrap(), []);
    let attribute = changes(
        "a.py",
        b"class A:\n    def f(self):\n        pass\n",
        b"class A(B):\n    def f(self):\n        pass\n",
    )
    .unwrap();
    assert_eq!(attribute.iter().map(ToString::to_string).collect::<Vec<_>>(), ["class `A` changed"]);
    let all: Vec<String> =
        changes("a.rs", b"", b"fn a() {}").unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(all, ["function `a` added"]);
}

#[test]
fn overloads_of_one_name_are_told_apart() {
    let old = "class A { void f(int a) {} void f(String b) { x(); } }";
    let new = "class A { void f(int a) {} void f(String b) { y(); } }";
    let found = changes("A.java", old.as_bytes(), new.as_bytes()).unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn hostile_input_is_bounded() {
    assert!(matches!(outline("a.txt", b""), Err(OutlineError::Language { .. })));
    assert!(matches!(outline("Makefile", b""), Err(OutlineError::Language { .. })));
    let large = vec![b' '; tgp_outline::outline::LARGEST_FILE + 1];
    assert!(matches!(outline("a.rs", &large), Err(OutlineError::TooLarge { .. })));
    let inputs: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xff\xfe\0\0{{{{((((".to_vec(),
        b"(".repeat(50_000),
        b"{\"a\":".repeat(20_000),
        b"fn a() { fn b() { ".repeat(5_000),
        b"if a { } else ".repeat(10_000),
        // What once ended the process: a stack of the parser that is freed by recursion, a buffer of a grammar.
        b"([{".repeat(340_000),
        b"!".repeat(200_000),
        b"- ".repeat(500_000),
        b"> ".repeat(100_000),
        b"- ".repeat(190),
        b"1. ".repeat(190),
        [b">".repeat(190), b"x\n".to_vec()].concat(),
        (0..190).flat_map(|depth| [b" ".repeat(depth), b"k:\n".to_vec()].concat()).collect(),
        (0..150).flat_map(|depth| [b" ".repeat(depth * 4), b"def f():\n".to_vec()].concat()).collect(),
        (0..3000).flat_map(|depth| [b" ".repeat(depth % 300), b"if x:\n".to_vec()].concat()).collect(),
    ];
    let names = [
        "a.rs", "a.ts", "a.tsx", "a.js", "a.py", "a.go", "a.java", "a.c", "a.cpp", "a.json", "a.yaml", "a.md",
    ];
    std::thread::scope(|scope| {
        for names in names.chunks(6) {
            let inputs = &inputs;
            scope.spawn(move || {
                for (name, bytes) in
                    names.iter().flat_map(|name| inputs.iter().map(move |bytes| (name, bytes)))
                {
                    match outline(name, bytes) {
                        Ok(found) => assert!(found.symbols.len() <= tgp_outline::outline::MOST_SYMBOLS),
                        Err(error) => {
                            let bounded =
                                matches!(error, OutlineError::TooSlow { .. } | OutlineError::TooDeep { .. });
                            assert!(bounded, "{name}: {error}");
                        }
                    }
                }
            });
        }
    });
    let broken = outline("a.rs", b"fn good() {}\nfn bad( {{{\nstruct S;\n").unwrap();
    assert!(broken.errors);
    assert!(broken.symbols.iter().any(|symbol| symbol.name == "good"));
}
