//! Properties of the judge against the naive evaluator.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tgp_model::SessionId;
use tgp_policy::{
    Budget, Grant, Judge, Request, Spending, Target, TargetKind, TokenClaims, TokenContext, TokenKey,
};

use crate::given;
use crate::naive::{self, Asked, Plain};

const CAPABILITIES: [&str; 7] =
    ["fs.read", "fs.write", "fs.delete", "sql.read", "sql.schema", "tool.run", "acme.launch"];
const PATHS: [&str; 12] = [
    "a",
    "b",
    "a/b",
    "a/b/c.txt",
    "b/secrets",
    "secrets/k.pem",
    "secrets",
    "a/secrets/deep/x",
    ".env",
    "a/.env.local",
    "docs/secrets/how.md",
    "ab/cd",
];
const GLOBS: [&str; 16] = [
    "**",
    "*",
    "a",
    "a/**",
    "a/*",
    "**/*.pem",
    "**/secrets/**",
    "secrets/**",
    ".env*",
    "**/.env*",
    "docs/**",
    "?",
    "a/**/c.txt",
    "**/b",
    "[ab]/*",
    "{a,b}/**",
];

fn rule(effects: &'static [&'static str]) -> impl Strategy<Value = Plain> {
    let maybe = |list: &'static [&'static str]| prop::option::of(select(list));
    (
        select(effects),
        maybe(&["fs.*", "*", "fs.write", "sql.*", "acme.launch"]),
        maybe(&["read", "write", "delete", "execute"]),
        prop::option::weighted(0.8, select(&GLOBS[..])),
        prop::option::weighted(0.2, select(&["medium", "high", "critical"][..])),
        prop::option::weighted(0.2, select(&[0_u64, 5, 10][..])),
        prop::option::weighted(0.2, select(&GLOBS[..])),
    )
        .prop_map(|(effect, capability, operation, path, risk, more_bytes_than, except_path)| Plain {
            id: String::new(),
            effect,
            capability,
            operation,
            path,
            risk,
            more_bytes_than,
            except_path,
        })
}

fn rules(effects: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<Plain>> {
    prop::collection::vec(rule(effects), 0..=most).prop_map(named)
}

fn named(rules: Vec<Plain>) -> Vec<Plain> {
    rules.into_iter().enumerate().map(|(at, rule)| Plain { id: format!("r{at}"), ..rule }).collect()
}

fn scope() -> impl Strategy<Value = Vec<Plain>> {
    rules(&["allow", "allow", "require_approval", "deny"], 8)
}

fn policy() -> impl Strategy<Value = Vec<Plain>> {
    rules(&["require_approval", "deny"], 4)
}

fn asked() -> impl Strategy<Value = Asked> {
    let target = (select(&PATHS[..]), prop::option::weighted(0.9, 0_u64..8));
    (select(&CAPABILITIES[..]), prop::collection::vec(target, 0..3))
        .prop_map(|(capability, paths)| Asked { capability, paths })
}

fn judge(scope: &[Plain], policy: &[Plain]) -> Judge {
    let lines = |rules: &[Plain]| rules.iter().map(naive::yaml).collect::<Vec<_>>().join("\n");
    given::judge(&lines(scope), &lines(policy))
}

fn request(asked: &Asked) -> Request {
    let targets = asked.paths.iter().map(|(path, bytes)| {
        let target = given::path(path);
        bytes.map_or(target.clone(), |bytes| target.of_bytes(bytes))
    });
    given::request(asked.capability, targets.collect())
}

fn decision(scope: &[Plain], policy: &[Plain], asked: &Asked) -> u8 {
    judge(scope, policy).judge(&request(asked)).decision as u8
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_index_decides_as_the_naive_evaluator_does(scope in scope(), policy in policy(), asked in prop::collection::vec(asked(), 8)) {
        let judge = judge(&scope, &policy);
        for asked in asked {
            let ours = judge.judge(&request(&asked));
            prop_assert_eq!(ours.decision as u8, naive::decide(&scope, &policy, &asked), "{:?} {:?}", asked, ours);
        }
    }

    #[test]
    fn the_order_of_rules_means_nothing(
        (scope, shuffled) in scope().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        (policy, turned) in policy().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        asked in asked(),
    ) {
        let (first, second) = (judge(&scope, &policy), judge(&shuffled, &turned));
        let (ours, other) = (first.judge(&request(&asked)), second.judge(&request(&asked)));
        prop_assert_eq!(given::said(&ours), given::said(&other));
        prop_assert_eq!(ours.nearest.map(|rule| (rule.id, rule.missing)), other.nearest.map(|rule| (rule.id, rule.missing)));
        prop_assert_eq!(first.version(), second.version());
    }

    #[test]
    fn adding_an_allow_never_turns_allow_into_deny(scope in scope(), policy in policy(), added in rule(&["allow"]), asked in asked()) {
        let before = decision(&scope, &policy, &asked);
        let wider = named([scope, vec![added]].concat());
        prop_assert!(decision(&wider, &policy, &asked) <= before);
    }

    #[test]
    fn adding_a_deny_never_widens(scope in scope(), policy in policy(), added in rule(&["deny"]), asked in asked()) {
        let before = decision(&scope, &policy, &asked);
        prop_assert!(decision(&named([scope, vec![added]].concat()), &policy, &asked) >= before);
    }

    #[test]
    fn adding_any_policy_file_never_widens(scope in scope(), policy in policy(), added in policy(), asked in asked()) {
        let before = decision(&scope, &policy, &asked);
        prop_assert!(decision(&scope, &named([policy, added].concat()), &asked) >= before);
    }

    #[test]
    fn what_decided_is_named_and_says_what_was_decided(scope in scope(), policy in policy(), asked in asked()) {
        let verdict = judge(&scope, &policy).judge(&request(&asked));
        prop_assert!(!verdict.rules.is_empty());
        prop_assert!(verdict.rules.iter().all(|rule| rule.effect == verdict.decision));
        prop_assert_eq!(verdict.target.is_none(), asked.paths.is_empty());
    }

    #[test]
    fn a_token_never_turns_a_deny_and_only_covers_what_it_grants(
        scope in scope(), policy in policy(), asked in asked(), globs in subsequence(GLOBS.to_vec(), 0..3),
    ) {
        let judge = judge(&scope, &policy);
        let mut asking = request(&asked);
        let before = judge.judge(&asking).decision as u8;
        let grants = globs.iter().map(|glob| Grant::of("*").on(TargetKind::Path, glob)).collect();
        asking.token = Some(check(&grants_of(grants, "coder"), None));
        let verdict = judge.judge(&asking);
        let after = verdict.decision as u8;
        prop_assert!(after == before || (before == naive::ASK && after == naive::ALLOW && verdict.token_used));
        let covered = |path: &str| globs.iter().any(|glob| naive::glob(glob, path));
        let every_target = !asked.paths.is_empty() && asked.paths.iter().all(|(path, _)| covered(path));
        if before == naive::ASK && every_target {
            prop_assert_eq!(after, naive::ALLOW);
        }
    }

    #[test]
    fn delegation_never_widens(wide in grants(), narrow in grants(), bound in bound(), presented in bound(), capability in select(&CAPABILITIES[..]), path in select(&PATHS[..])) {
        let parent = TokenClaims { session: bound.0, ..grants_of(wide, "coder") };
        let child = TokenClaims { session: bound.1, ..grants_of(narrow, "reviewer") };
        let target = given::path(path);
        if let Ok(token) = check_in(&child, Some(&parent), presented.0) {
            // It counts nowhere where its parent does not.
            let of_parent = check_in(&parent, None, presented.0).unwrap();
            for target in [Some(&target), None] {
                prop_assert!(!token.covers(capability, target) || of_parent.covers(capability, target));
            }
        }
    }
}

/// Two sessions, each one of two or none.
fn bound() -> impl Strategy<Value = (Option<SessionId>, Option<SessionId>)> {
    let one = || proptest::option::of((1..3_u8).prop_map(|n| SessionId::from_parts(1, u128::from(n))));
    (one(), one())
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let grant =
        (select(&["*", "fs.*", "fs.read", "fs.write", "sql.*"][..]), subsequence(GLOBS.to_vec(), 0..3));
    let grant = grant.prop_map(|(capability, globs)| {
        globs.iter().fold(Grant::of(capability), |grant, glob| grant.on(TargetKind::Path, glob))
    });
    prop::collection::vec(grant, 0..3)
}

fn grants_of(grants: Vec<Grant>, agent: &str) -> TokenClaims {
    let expires = tgp_model::Timestamp(2_000);
    let (agent, budget) = (agent.parse().unwrap(), Budget::default());
    TokenClaims { id: format!("of-{agent}"), agent, session: None, grants, budget, expires, nonce: 1 }
}

/// Signs a chain whether it widens or not, and presents it.
fn check(claims: &TokenClaims, parent: Option<&TokenClaims>) -> tgp_policy::TokenCheck {
    check_in(claims, parent, None)
}

/// The same in a session.
fn check_in(
    claims: &TokenClaims,
    parent: Option<&TokenClaims>,
    session: Option<SessionId>,
) -> tgp_policy::TokenCheck {
    let key = TokenKey::new(&[1; 32]).unwrap();
    let chain: Vec<TokenClaims> = parent.into_iter().chain([claims]).cloned().collect();
    let uses = std::collections::BTreeMap::new();
    let context = TokenContext {
        agent: &claims.agent,
        session,
        now: tgp_model::Timestamp(1_000),
        cost: Spending::one_action(),
        uses: &uses,
    };
    key.open(&key.sign_unchecked(&chain)).unwrap().check(&context)
}

#[test]
fn a_child_that_is_listed_under_its_parent_is_accepted() {
    let parent = grants_of(vec![Grant::of("fs.*").on(TargetKind::Path, "src/**")], "coder");
    for (capability, glob) in
        [("fs.write", "src/**"), ("fs.read", "src/a/**"), ("fs.*", "src/x.rs"), ("fs.read", "src/*.rs")]
    {
        let child = grants_of(vec![Grant::of(capability).on(TargetKind::Path, glob)], "reviewer");
        let token = check(&child, Some(&parent)).unwrap();
        assert!(!token.covers("fs.write", Some(&Target::host("x"))));
    }
    for (capability, glob) in
        [("fs.write", "**"), ("*", "src/**"), ("fs.read", "srcs/**"), ("fs.read", "src*/**")]
    {
        let child = grants_of(vec![Grant::of(capability).on(TargetKind::Path, glob)], "reviewer");
        assert_eq!(check(&child, Some(&parent)).unwrap_err().id(), "token.widened", "{capability} {glob}");
    }
}
