//! Every mistake in a file is refused with its line and column.

use tgp_policy::{PolicyFile, Scope, ScopeSettings};

use crate::given::registry;

fn policy(rules: &str) -> String {
    let text = format!("version: 1\nrules:\n{rules}");
    PolicyFile::parse("p.yaml", &text, &registry())
        .map_or_else(|error| error.to_string(), |file| format!("{} rules", file.len()))
}

fn scope(text: &str) -> String {
    let settings = ScopeSettings { mount: "kit".parse().unwrap(), ..ScopeSettings::default() };
    match Scope::parse("s.yaml", text, &settings, &registry()) {
        Ok(scope) => format!("{} rules", scope.rules().count()),
        Err(error) => error.to_string(),
    }
}

/// A rule with this match block in flow style.
fn matching(block: &str) -> String {
    policy(&format!("  - {{ id: a, effect: deny, match: {block} }}\n"))
}

#[test]
fn each_mistake_in_a_rule_has_its_place() {
    for (block, error) in [
        ("{ pth: [\"a\"] }", "p.yaml:3:37: unknown field `pth`"),
        ("{ path: [\"[a\"] }", "p.yaml:3:44: `[a` is not a glob: a `[` has no matching `]`"),
        ("{ path: [\"/etc\"] }", "p.yaml:3:44: `/etc` is not a glob: it begins with `/`"),
        ("{ path: [\"a/../b\"] }", "`.` or `..`"),
        ("{ path: [\"a**\"] }", "`**` stands alone"),
        ("{ path: [\"a//b\"] }", "an empty part"),
        ("{ path: [\"{a\"] }", "no partner"),
        ("{ path: [\"a}\"] }", "no partner"),
        ("{ path: [\"[z-a]\"] }", "runs backwards"),
        ("{ path: [\"a\\\\\"] }", "ends with a backslash"),
        ("{ path: [\"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\"] }", "more than 64 patterns"),
        ("{ path: [] }", "p.yaml:3:43: this is empty, so it matches nothing"),
        ("{ path: { a: b } }", "p.yaml:3:43: this has to be a text, and is a map"),
        ("{ path: [[a]] }", "this has to be a text, and is a list"),
        ("{ path: [a], host: [b] }", "p.yaml:3:54: `path` and `host` are about different kinds of targets"),
        ("{ host: [\"https://a.example\"] }", "a host is lower-case letters"),
        ("{ operation: [raed] }", "p.yaml:3:49: `raed` is not one of read, write"),
        ("{ risk: \">= huge\" }", "`>= huge` is not one of low"),
        (
            "{ when: { bytes: \"> 1MB\", bytes: \"> 2MB\" } }",
            "p.yaml:3:61: `bytes` stands here a second time",
        ),
        ("{ when: { bytes: \"1MiB\" } }", "does not begin with `>`"),
        ("{ when: { bytes: \"> 1024\" } }", "`bytes` is counted in bytes: write a unit"),
        ("{ when: { bytes: \"> 5s\" } }", "this is a unit of time"),
        ("{ when: { bytes: \"> 1mib\" } }", "`mib` is not a unit"),
        ("{ when: { targets: \"> 10B\" } }", "leave the unit out"),
        ("{ when: { cpu: \"> 50\" } }", "`cpu` is counted in time: write a unit"),
        ("{ capability: [tool.run], when: { cpu: \"> 50MB\" } }", "this is a unit of bytes"),
        ("{ when: { risk: \"> 1\" } }", "is a field of `match`"),
        ("{ when: {} }", "it compares nothing"),
        ("{ path: &x [a] }", "anchors (`&name`) are not used here"),
        ("{ path: [*x] }", "p.yaml:3:44"),
        ("{ path: [!!str a] }", "tags (`!name`) are not used here"),
        ("~", "p.yaml:3:35: this has to be a map, and is nothing"),
    ] {
        let said = matching(block);
        assert!(said.contains(error), "{block}\n  said     {said}\n  expected {error}");
        assert!(said.starts_with("p.yaml:3:"), "{said}");
    }
    assert_eq!(
        matching("{ when: { cpu: \"> 50ms\", bytes: \"> 1 MiB\", targets: \"> 10\", height: \"> 3\" } }"),
        "1 rules"
    );
}

#[test]
fn each_mistake_around_a_rule_has_its_place() {
    for (rules, error) in [
        (
            "  - id: a\n    effect: permit\n    match: {}\n",
            "p.yaml:4:13: `permit` is not one of deny, require_approval",
        ),
        ("  - id: a\n    effect: allow\n    match: {}\n", "p.yaml:4:13: a policy file cannot allow"),
        ("  - id: a\n    match: {}\n", "p.yaml:3:5: the field `effect` is missing"),
        ("  - id: a\n    effect: deny\n", "p.yaml:3:5: the field `match` is missing"),
        (
            "  - id: builtin.git\n    effect: deny\n    match: {}\n",
            "p.yaml:3:9: the id `builtin.git` begins with `builtin.`",
        ),
        ("  - id: Builtin.git\n    effect: deny\n    match: {}\n", "begins with `builtin.`"),
        ("  - id: risk.critical\n    effect: deny\n    match: {}\n", "begins with `risk.`"),
        ("  - id: default\n    effect: deny\n    match: {}\n", "kept for tgp itself"),
        ("  - id: a b\n    effect: deny\n    match: {}\n", "p.yaml:3:9: `a b` cannot be an id"),
        (
            "  - { id: a, effect: deny, match: {} }\n  - { id: a, effect: deny, match: {} }\n",
            "p.yaml:4:11: the id `a` stands already in line 3",
        ),
        ("  - id: a\n    id: b\n", "p.yaml:4:5: `id` stands here a second time"),
        (
            "  - id: a\n    effect: deny\n    match: {}\n    except: [ {} ]\n",
            "p.yaml:6:15: this is empty, so the rule would never apply",
        ),
        (
            "  - id: a\n    effect: deny\n    match: {}\n    expect: []\n",
            "p.yaml:6:5: unknown field `expect`",
        ),
        (
            "  - id: a\n    effect: deny\n    match: { path: [b] }\n    examples:\n      match:\n        - { capability: fs.read, path: c }\n",
            "p.yaml:8:11: the example fails: the rule `a` does not match it",
        ),
        (
            "  - id: a\n    effect: deny\n    match: { path: [b] }\n    examples: { not_match: [ { capability: fs.read, path: b } ] }\n",
            "p.yaml:6:30: the example fails: the rule `a` does match it",
        ),
        (
            "  - id: a\n    effect: deny\n    match: {}\n    examples: { match: [ { path: b } ] }\n",
            "the field `capability` is missing",
        ),
        (
            "  - id: a\n    effect: deny\n    match: {}\n    examples: { match: [ { capability: fs.read, path: ../b } ] }\n",
            "leads out of the project",
        ),
        ("  - just text\n", "p.yaml:3:5: this has to be a map, and is a text"),
        ("  - id: [a\n", "this is not YAML"),
    ] {
        let said = policy(rules);
        assert!(said.contains(error), "{rules}\n  said     {said}\n  expected {error}");
    }
}

#[test]
fn a_file_is_a_map_of_a_version_and_rules() {
    let parse = |text: &str| PolicyFile::parse("p.yaml", text, &registry()).unwrap_err().to_string();
    assert_eq!(parse(""), "p.yaml:1:1: this has to be a map, and is nothing");
    assert_eq!(parse("rules: []\n"), "p.yaml:1:1: the field `version` is missing");
    assert_eq!(parse("version: 2\nrules: []\n"), "p.yaml:1:10: `2` is not one of 1");
    assert_eq!(parse("version: 1\n"), "p.yaml:1:1: the field `rules` is missing");
    assert_eq!(parse("version: 1\nrules: {}\n"), "p.yaml:2:8: this has to be a list, and is a map");
    assert!(
        parse("version: 1\nrules: []\n---\nversion: 1\nrules: []\n")
            .contains("several documents are not used here")
    );
    assert!(parse("version: 1\nrules: []\n\u{1}").contains("p.yaml:"));
}

#[test]
fn size_and_depth_are_bounded_before_anything_is_built() {
    let parse = |text: &str| PolicyFile::parse("p.yaml", text, &registry()).unwrap_err().to_string();
    assert!(parse(&"#".repeat((1 << 20) + 1)).contains("more than 1048576 bytes"));
    assert!(parse(&"[".repeat(100_000)).contains("levels of nesting"));
    let flow = format!("version: 1\nrules: {}{}\n", "[".repeat(30), "]".repeat(30));
    assert!(parse(&flow).contains("levels of nesting"), "{}", parse(&flow));
    let lines: Vec<String> = (0..200).map(|depth| format!("{}- \n", "  ".repeat(depth))).collect();
    let block = lines.concat();
    assert!(parse(&block).contains("levels of nesting"), "{}", parse(&block));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    assert_eq!(
        parse(bomb),
        "p.yaml:1:4: anchors (`&name`) are not used here; quote a text that begins with `&`"
    );
}

#[test]
fn each_mistake_in_a_scope_has_its_place() {
    for (text, error) in [
        ("paths: {}\n", "s.yaml:1:1: the field `agent` is missing"),
        ("agent: Coder\n", "s.yaml:1:8: `Coder` is not an agent name"),
        ("agent: a\npath: {}\n", "s.yaml:2:1: unknown field `path`"),
        ("agent: a\npaths: { raed: [] }\n", "s.yaml:2:10: unknown field `raed`"),
        ("agent: a\npaths: { read: \"**\" }\n", "s.yaml:2:16: this has to be a list, and is a text"),
        ("agent: a\npaths: { read: [\"a/\"] }\n", "s.yaml:2:17: `a/` is not a glob"),
        ("agent: a\ntools: { run: [\"kit/**\"] }\n", "s.yaml:2:16: `kit/**` has to begin with `tools/`"),
        ("agent: a\ntools: { sync: yes }\n", "s.yaml:2:16: this has to be true or false"),
        ("agent: a\ntasks: { undo: all }\n", "s.yaml:2:16: `all` is not one of none, own, any"),
        ("agent: a\nnetwork: { allowed: [\"http://x\"] }\n", "s.yaml:2:22: `http://x` is not a glob: a host"),
        ("agent: a\ncan_delegate: [\"B!\"]\n", "s.yaml:2:16: `B!` is not an agent name"),
        ("agent: a\nversion: 3\n", "s.yaml:2:10: `3` is not one of 1"),
        (
            "agent: a\nrules: [ { id: scope.x, effect: deny, match: {} } ]\n",
            "s.yaml:2:16: the id `scope.x` begins with `scope.`",
        ),
    ] {
        let said = scope(text);
        assert!(said.starts_with(error), "{text}\n  said     {said}\n  expected {error}");
    }
    assert_eq!(scope("agent: '@a'\n"), "0 rules");
}
