//! Globs against another library, the index against single patterns.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::collections::BTreeSet;

use globset::GlobBuilder;
use proptest::prelude::*;
use tgp_pattern::{Pattern, PatternIndex, Spelling, TextKind, cut, fold, fold_path};

fn theirs(glob: &str, text: &str) -> bool {
    let one = |glob: &str| {
        let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
        built.unwrap().compile_matcher().is_match(text)
    };
    one(glob) || glob.strip_suffix("/**").is_some_and(one)
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{1,2}",
        "[ab*?]{1,3}",
        Just("**".to_owned()),
        Just("[ab]".to_owned()),
        Just("{a,b}*".to_owned())
    ]
    .prop_filter("`**` stands alone", |part| part == "**" || !part.contains("**"))
}

fn glob() -> impl Strategy<Value = String> {
    prop::collection::vec(part(), 1..5).prop_map(|mut parts| {
        // Two in a row mean what one means; the other library reads `dir/**/**` as `dir/**` without `dir`.
        parts.dedup_by(|a, b| a == "**" && b == "**");
        parts.join("/")
    })
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]{1,3}", 1..5).prop_map(|parts| parts.join("/"))
}

fn pattern(glob: &str, spelling: Spelling) -> Pattern {
    Pattern::parse(glob, TextKind::Folders, spelling).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn a_glob_matches_what_globset_matches(glob in glob(), text in text()) {
        let ours = pattern(&glob, Spelling::Exact).matches(&cut(&text, TextKind::Folders));
        prop_assert_eq!(ours, theirs(&glob, &text), "{} {}", glob, text);
    }

    #[test]
    fn the_index_finds_exactly_the_patterns_that_match(globs in prop::collection::vec(glob(), 0..20), text in text()) {
        let mut index = PatternIndex::default();
        let parts = cut(&text, TextKind::Folders);
        let mut expected = BTreeSet::new();
        for (owner, glob) in (0_u32..).zip(&globs) {
            let pattern = pattern(glob, Spelling::Exact);
            index.insert(&pattern, owner);
            if pattern.matches(&parts) {
                expected.insert(owner);
            }
        }
        let mut found = BTreeSet::new();
        index.find(&parts, &mut |owner| {
            found.insert(owner);
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_matches_exactly_matches_in_any_spelling(glob in glob(), text in text()) {
        let exact = pattern(&glob, Spelling::Exact).matches(&cut(&text, TextKind::Folders));
        let shouted = text.to_uppercase();
        let folded = fold_path(&shouted);
        let any = pattern(&glob, Spelling::Any).matches(&cut(&folded, TextKind::Folders));
        prop_assert_eq!(any, exact, "{} {}", glob, text);
    }

    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,20}") {
        let once = fold(&text).into_owned();
        prop_assert_eq!(fold(&once).into_owned(), once);
    }

    #[test]
    fn no_text_makes_the_parser_fall(glob in "\\PC{0,40}", text in "\\PC{0,40}") {
        for kind in [TextKind::Folders, TextKind::Host, TextKind::Command, TextKind::Plain] {
            for spelling in [Spelling::Exact, Spelling::Any] {
                if let Ok(pattern) = Pattern::parse(&glob, kind, spelling) {
                    pattern.matches(&cut(&text, kind));
                    pattern.may_be_short_for(&cut(&text, kind));
                }
            }
        }
    }
}

#[test]
fn many_stars_cost_no_more_than_their_product() {
    let glob = pattern(&format!("{}b", "*a".repeat(60)), Spelling::Exact);
    let text = "a".repeat(250);
    assert!(!glob.matches(&[&text]));
    let deep = pattern(&format!("{}z", "**/a/".repeat(50)), Spelling::Exact);
    let parts = vec!["a"; 400];
    assert!(!deep.matches(&parts));
    let mut index = PatternIndex::default();
    index.insert(&deep, 0);
    index.find(&parts, &mut |_| unreachable!("it does not match"));
}
