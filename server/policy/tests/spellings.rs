//! Paths, hosts and tables in other spellings: what restricts holds for all of them, what permits for one.

use tgp_policy::{Judge, Target};

use crate::given::{judge, path, request, said};

fn reads(judge: &Judge, text: &str) -> String {
    said(&judge.judge(&request("fs.read", vec![path(text)]))).split(' ').next().unwrap().to_owned()
}

#[test]
fn a_deny_holds_for_every_spelling_of_the_file() {
    let judge = judge(
        "{ id: all, effect: allow, match: { path: [\"**\"] } }",
        "{ id: d, effect: deny, match: { path: [\"**/secrets/**\", \".env*\", \"**/*.pem\", \"caf\u{e9}/menu.txt\", \"stra\u{df}e/a\"] } }",
    );
    for text in [
        "secrets",
        "a/secrets",
        "a/secrets/b/c",
        "A/SECRETS/b",
        "a/\u{17f}ecrets/b",
        "a/s\u{200d}ecrets/b",
        "SECRET~1/k",
        "a/secret~2",
        "a/SE1A2B~1/k",
        "a/secrets::$INDEX_ALLOCATION/k",
        "a/secrets:stream",
        ".env",
        ".ENV.local",
        "ENV~1",
        "ENVLOC~1.LOC",
        "a/KEY.PEM",
        "a/PRIVAT~1.PEM",
        "cafe\u{301}/menu.txt",
        "CAF\u{c9}/MENU.TXT",
        "STRASSE/a",
        "stra\u{1e9e}e/a",
    ] {
        assert_eq!(reads(&judge, text), "deny", "{text}");
    }
    for text in [
        "secret",
        "a/secretsx",
        "a/env",
        "a/.env",
        "a/b.pemx",
        "cafe/menu.txt",
        "b~1/k",
        "a/other~1",
        "a/x~1.txt",
    ] {
        assert_eq!(reads(&judge, text), "allow", "{text}");
    }
}

#[test]
fn an_allow_and_an_exception_hold_for_the_spelling_that_is_written() {
    let judge = judge(
        "{ id: a, effect: allow, match: { path: [\"src/**\", \"docs/**\"] }, except: [ { path: [\"src/gen/**\"] } ] }",
        "{ id: d, effect: deny, match: { path: [\"**/secrets/**\"] }, except: [ { path: [\"docs/secrets/**\"] } ] }",
    );
    assert_eq!(reads(&judge, "src/a"), "allow");
    assert_eq!(reads(&judge, "SRC/a"), "deny");
    assert_eq!(reads(&judge, "SRC~1/a"), "deny");
    assert_eq!(reads(&judge, "docs/secrets/how.md"), "allow");
    assert_eq!(reads(&judge, "docs/Secrets/how.md"), "deny");
    // An exception to what permits restricts, so it holds for every spelling.
    assert_eq!(reads(&judge, "src/GEN/a"), "deny");
}

#[test]
fn globs_are_anchored_and_stars_stay_in_their_folder() {
    for (glob, yes, no) in [
        ("src/*", &["src/a"][..], &["src", "src/a/b", "a/src/b", "srcs/a"][..]),
        ("src/**", &["src", "src/a", "src/a/b"], &["srcs", "a/src"]),
        ("**/src/**", &["src", "a/src", "a/b/src/c/d"], &["srcs", "a/srcs/b"]),
        ("**", &["", "a", "a/b"], &[]),
        ("*", &["a", ".a"], &["", "a/b"]),
        ("a?c", &["abc", "a\u{e9}c"], &["ac", "a/c", "abbc"]),
        ("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["a", "z", "a/zz"]),
        ("[a-c]/x", &["a/x", "c/x"], &["d/x", "ab/x"]),
        ("[!a]/x", &["b/x"], &["a/x"]),
        ("{a,b/c}/x", &["a/x", "b/c/x"], &["b/x", "c/x"]),
        ("a.{ts,js}", &["a.ts", "a.js"], &["a.rs", "axts"]),
        ("\\*", &["*"], &["a"]),
        ("**/*.test.*", &["a.test.ts", "x/a.test.js"], &["a.ts"]),
        ("allowed/**", &["allowed", "allowed/x"], &["allowed_evil/x", "allowedx"]),
    ] {
        let yaml = format!("{{ id: a, effect: allow, match: {{ path: ['{glob}'] }} }}");
        let judge = judge(&yaml, "");
        for text in yes {
            assert_eq!(reads(&judge, text), "allow", "{glob} {text}");
        }
        for text in no {
            assert_eq!(reads(&judge, text), "deny", "{glob} {text}");
        }
    }
}

#[test]
fn hosts_are_compared_by_whole_labels() {
    let judge = judge(
        "{ id: a, effect: allow, match: { host: [\"*.example.com\", api.stripe.com, \"cdn-?.example.org\", \"[::1]\"] } }",
        "{ id: d, effect: deny, match: { host: [\"*.internal.example.com\"] } }",
    );
    let fetch = |host: &str| said(&judge.judge(&request("net.fetch", vec![Target::host(host)])));
    for host in [
        "a.example.com",
        "a.b.example.com",
        "API.Stripe.com",
        "api.stripe.com.",
        "cdn-1.example.org",
        "[::1]",
    ] {
        assert!(fetch(host).starts_with("allow"), "{host}");
    }
    for host in [
        "example.com",
        "aexample.com",
        "a.example.com.evil.example",
        "stripe.com",
        "x.api.stripe.com",
        "api.stripe.com.evil.example",
        "cdn-12.example.org",
        "x.internal.example.com",
        "127.0.0.1",
        "",
    ] {
        assert!(fetch(host).starts_with("deny"), "{host}: {}", fetch(host));
    }
}

#[test]
fn table_names_have_no_case() {
    let judge = judge(
        "{ id: a, effect: allow, match: { table: [\"Users\", \"log_*\"] } }",
        "{ id: d, effect: deny, match: { table: [\"log_secret\"] } }",
    );
    let query = |table: &str| said(&judge.judge(&request("sql.read", vec![Target::table(table)])));
    assert_eq!(query("users"), "allow by a on users");
    assert_eq!(query("LOG_a"), "allow by a on LOG_a");
    assert_eq!(query("Log_Secret"), "deny by d on Log_Secret");
}

#[test]
fn built_in_rules_hold_in_any_spelling() {
    let judge = judge("{ id: all, effect: allow, match: {} }", "");
    for (text, rule) in [
        (".git/config", "builtin.git"),
        ("sub/.GIT/config", "builtin.git"),
        ("tools/.git/hooks/x", "builtin.git"),
        ("GIT~1/config", "builtin.git"),
        (".g\u{200c}it/config", "builtin.git"),
        (".git::$INDEX_ALLOCATION/config", "builtin.git"),
        ("tools/.gitattributes", "builtin.git"),
        ("tools/deep/.GitIgnore", "builtin.git"),
        ("tools/.git\u{200c}modules", "builtin.git"),
        ("tools/GITMOD~1", "builtin.git"),
        ("tools/gi7d29~12", "builtin.git"),
        ("public/exports/.mailmap", "builtin.git"),
        (".lfsconfig", "builtin.git"),
        ("sub/.LFSConfig", "builtin.git"),
        (".gitconfig", "builtin.git"),
        (".tgp/policy/rules.yaml", "builtin.policy"),
        (".TGP/scopes/coder.yaml", "builtin.policy"),
        ("TGP~1/policy/rules.yaml", "builtin.policy"),
        (".tgp/trust", "builtin.policy"),
        (".tgp/state/tgp.db", "builtin.state"),
        (".tgp/state/audit/1.jsonl", "builtin.audit"),
        (".tgp/tools/x.ts", "builtin.library"),
        (".tgp/meta.json", "builtin.library"),
        (".tgp", "builtin.library"),
        (".tgp/bin/tgp", "builtin.binary"),
        ("tgp.config.ts", "builtin.config"),
        ("TGP.Config.ts", "builtin.config"),
    ] {
        let verdict = judge.judge(&request("fs.write", vec![path(text)]));
        assert_eq!(said(&verdict), format!("deny by {rule} on {text}"));
        let tool = judge.judge(&request("tool.run", vec![Target::tool(&text.parse().unwrap())]));
        assert!(said(&tool).starts_with("deny by builtin."), "{text}");
    }
    for text in [".tgpx/a", "tgp.config.ts", ".gitignore", "git/config", "gitlab~1"] {
        assert_eq!(reads(&judge, text), "allow", "{text}");
    }
}
