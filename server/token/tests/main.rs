//! Tests of tokens: signed, checked, spent, handed on; never widened, never forged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tgp_capability::{Target, TargetKind};
use tgp_model::{AgentName, SessionId, Timestamp};
use tgp_token::{
    Budget, Grant, MintError, Spending, TokenClaims, TokenContext, TokenKey, TokenProblem, TokenUse,
    VerifiedToken,
};

const NOW: Timestamp = Timestamp(1_000_000);

fn key() -> TokenKey {
    TokenKey::new(&[7; 32]).unwrap()
}

fn claims() -> TokenClaims {
    TokenClaims {
        id: "t1".to_owned(),
        agent: AgentName::default(),
        session: None,
        grants: vec![Grant::of("fs.write").on(TargetKind::Path, "infra/**")],
        budget: Budget { actions: Some(2), bytes: Some(100), rows: None, milliseconds: None },
        expires: Timestamp(NOW.0 + 1),
        nonce: 5,
    }
}

/// Presents a token as its agent, with what is stored about it.
fn present(text: &str, uses: &[(&str, TokenUse)], cost: Spending) -> Result<VerifiedToken, TokenProblem> {
    let uses: BTreeMap<String, TokenUse> = uses.iter().map(|(id, used)| ((*id).to_owned(), *used)).collect();
    let opened = key().open(text)?;
    let agent = opened.chain().last().unwrap().agent.clone();
    opened.check(&TokenContext { agent: &agent, session: None, now: NOW, cost, uses: &uses })
}

fn once(text: &str) -> Result<VerifiedToken, TokenProblem> {
    present(text, &[], Spending::one_action())
}

fn path(text: &str) -> Target {
    Target::path(&text.parse().unwrap())
}

#[test]
fn a_token_covers_what_it_grants_and_nothing_else() {
    let token = once(&key().mint(&claims()).unwrap()).unwrap();
    assert!(token.covers("fs.write", Some(&path("infra/main.tf"))));
    for (capability, target) in [
        ("fs.write", Some(path("infrastructure/a"))),
        ("fs.write", Some(path("INFRA/a"))),
        ("fs.delete", Some(path("infra/a"))),
        ("fs.write", Some(Target::tool(&"infra/a".parse().unwrap()))),
        ("fs.write", Some(Target::table("infra/a"))),
        ("fs.write", None),
    ] {
        assert!(!token.covers(capability, target.as_ref()), "{capability} {target:?}");
    }
    let plain =
        once(&key().mint(&TokenClaims { grants: vec![Grant::of("library.sync")], ..claims() }).unwrap())
            .unwrap();
    assert!(plain.covers("library.sync", None));
    assert!(!plain.covers("library.sync", Some(&path("a"))));
}

#[test]
fn every_changed_byte_and_every_other_key_is_seen() {
    let text = key().mint(&claims()).unwrap();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).unwrap();
        assert!(matches!(key().open(&forged), Err(TokenProblem::Invalid { .. })), "{at}");
    }
    let other = TokenKey::new(&[8; 32]).unwrap();
    assert_eq!(other.open(&text).unwrap_err().id(), "token.invalid");
    for text in
        ["", "tgp1.", "tgp1..", "tgp1.AAAA", "tgp2.AAAA.AAAA", &format!("tgp1.{}", "A".repeat(100_000))]
    {
        assert_eq!(key().open(text).unwrap_err().id(), "token.invalid");
    }
    assert!(TokenKey::new(&[1; 31]).is_err());
    assert_eq!(format!("{:?}", key()), "TokenKey(***)");
}

#[test]
fn a_link_cannot_be_taken_off_or_put_on_by_who_has_no_key() {
    let parent = key().mint(&claims()).unwrap();
    let narrow = TokenClaims { id: "t2".to_owned(), agent: "reviewer".parse().unwrap(), ..claims() };
    let child = key().attenuate(&parent, &narrow).unwrap();
    let part = |text: &str, at: usize| text.split('.').nth(at).unwrap().to_owned();
    let swapped = [
        format!("tgp1.{}.{}", part(&parent, 1), part(&child, 2)),
        format!("tgp1.{}.{}", part(&child, 1), part(&parent, 2)),
    ];
    for text in swapped {
        assert_eq!(key().open(&text).unwrap_err().id(), "token.invalid");
    }
    assert_eq!(key().open(&child).unwrap().ids().collect::<Vec<_>>(), ["t1", "t2"]);
}

#[test]
fn agent_session_and_time_are_checked_to_the_millisecond() {
    let session = SessionId::from_parts(1, 1);
    let check = |claims: &TokenClaims, agent: &str, session, now| {
        let agent: AgentName = agent.parse().unwrap();
        let uses = BTreeMap::new();
        let context = TokenContext { agent: &agent, session, now, cost: Spending::one_action(), uses: &uses };
        let checked = key().open(&key().mint(claims).unwrap()).unwrap().check(&context);
        checked.map_or_else(|problem| problem.id(), |_| "good")
    };
    let bound = TokenClaims { session: Some(session), ..claims() };
    assert_eq!(check(&claims(), "coder", None, NOW), "good");
    assert_eq!(check(&claims(), "ops", None, NOW), "token.agent");
    assert_eq!(check(&bound, "coder", Some(session), NOW), "good");
    assert_eq!(check(&bound, "coder", None, NOW), "token.agent");
    assert_eq!(check(&bound, "coder", Some(SessionId::from_parts(1, 2)), NOW), "token.agent");
    assert_eq!(check(&claims(), "coder", None, Timestamp(NOW.0 + 1)), "token.expired");
}

#[test]
fn a_budget_is_exact_and_its_last_action_consumes_the_nonce() {
    let text = key().mint(&claims()).unwrap();
    let used = |actions, bytes| TokenUse {
        spent: Spending { actions, bytes, ..Spending::default() },
        ..TokenUse::default()
    };
    let cost = |bytes| Spending { actions: 1, bytes, ..Spending::default() };
    let first = present(&text, &[("t1", used(0, 0))], cost(60)).unwrap();
    assert_eq!((first.consumptions()[0].nonce, first.consumptions()[0].cost), (None, cost(60)));
    let last = present(&text, &[("t1", used(1, 60))], cost(40)).unwrap();
    assert_eq!(last.consumptions()[0].nonce, Some(5));
    for (spent, cost) in [
        (used(1, 60), cost(41)),
        (used(2, 0), cost(0)),
        (used(0, 100), cost(1)),
        (used(u64::MAX, 0), cost(0)),
    ] {
        assert_eq!(present(&text, &[("t1", spent)], cost).unwrap_err().id(), "token.spent");
    }
    // A cost of nothing does not break a budget that is used up.
    assert!(present(&text, &[("t1", used(1, 100))], cost(0)).is_ok());
}

#[test]
fn a_consumed_nonce_and_every_earlier_one_is_a_replay() {
    let text = key().mint(&claims()).unwrap();
    let after = |last_nonce| {
        let used = TokenUse { last_nonce: Some(last_nonce), ..TokenUse::default() };
        present(&text, &[("t1", used)], Spending::one_action())
            .map_or_else(|problem| problem.id(), |_| "good")
    };
    assert_eq!([after(4), after(5), after(6)], ["good", "token.replayed", "token.replayed"]);
}

#[test]
fn what_is_handed_on_grants_lasts_and_spends_no_more() {
    let parent = key().mint(&claims()).unwrap();
    let narrow = TokenClaims { id: "t2".to_owned(), agent: "reviewer".parse().unwrap(), ..claims() };
    let wider = [
        TokenClaims { grants: vec![Grant::of("fs.write").on(TargetKind::Path, "**")], ..narrow.clone() },
        TokenClaims { grants: vec![Grant::of("fs.write")], ..narrow.clone() },
        TokenClaims { grants: vec![Grant::of("*").on(TargetKind::Path, "infra/**")], ..narrow.clone() },
        TokenClaims {
            grants: vec![Grant::of("fs.write").on(TargetKind::Tool, "infra/**")],
            ..narrow.clone()
        },
        TokenClaims { expires: Timestamp(NOW.0 + 2), ..narrow.clone() },
        TokenClaims { budget: Budget { actions: Some(3), ..narrow.budget }, ..narrow.clone() },
        TokenClaims { budget: Budget { bytes: None, ..narrow.budget }, ..narrow.clone() },
    ];
    for claims in wider {
        let refused = key().attenuate(&parent, &claims).unwrap_err();
        assert!(matches!(refused, MintError::Parent(TokenProblem::Widened { .. })), "{claims:?}");
        // Also one that was signed without looking is refused when it is presented.
        let signed = key().sign_unchecked(&[self::claims(), claims]);
        assert_eq!(once(&signed).unwrap_err().id(), "token.widened");
    }
    assert!(once(&key().attenuate(&parent, &narrow).unwrap()).is_ok());
}

#[test]
fn a_token_for_a_session_is_not_handed_on_out_of_it() {
    let (session, other) = (SessionId::from_parts(1, 1), SessionId::from_parts(1, 2));
    let bound = TokenClaims { session: Some(session), ..claims() };
    let parent = key().mint(&bound).unwrap();
    let narrow = TokenClaims { id: "t2".to_owned(), agent: "reviewer".parse().unwrap(), ..bound.clone() };
    for session in [None, Some(other)] {
        let child = TokenClaims { session, ..narrow.clone() };
        let refused = key().attenuate(&parent, &child).unwrap_err().to_string();
        assert!(refused.contains("outside the session"), "{refused}");
        // Also one that was signed without looking.
        let signed = key().sign_unchecked(&[bound.clone(), child]);
        assert_eq!(
            once(&signed).err().map_or("good", |problem| problem.id()),
            if session.is_none() { "token.widened" } else { "token.agent" }
        );
    }
    assert!(key().attenuate(&parent, &narrow).is_ok());
}

#[test]
fn a_child_spends_from_its_parent_and_dies_with_it() {
    let parent = key().mint(&claims()).unwrap();
    let narrow = TokenClaims { id: "t2".to_owned(), agent: "reviewer".parse().unwrap(), ..claims() };
    let child = key().attenuate(&parent, &narrow).unwrap();
    let one = Spending::one_action();
    let consumed = present(&child, &[], one).unwrap();
    assert_eq!(consumed.consumptions().iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
    let spent = TokenUse { spent: Spending { actions: 2, ..one }, ..TokenUse::default() };
    assert_eq!(present(&child, &[("t1", spent)], one).unwrap_err().id(), "token.spent");
    let revoked = TokenUse { revoked: true, ..TokenUse::default() };
    assert_eq!(present(&child, &[("t1", revoked)], one).unwrap_err().id(), "token.invalid");
}

#[test]
fn a_chain_has_an_end() {
    let mut text = key().mint(&claims()).unwrap();
    for number in 0..7 {
        text = key().attenuate(&text, &TokenClaims { id: format!("c{number}"), ..claims() }).unwrap();
    }
    assert!(once(&text).is_ok());
    assert!(matches!(key().attenuate(&text, &claims()), Err(MintError::TooMany { .. })));
    let many = TokenClaims { grants: vec![Grant::of("a"); 65], ..claims() };
    assert!(matches!(key().mint(&many), Err(MintError::TooMany { .. })));
    let bad = TokenClaims { grants: vec![Grant::of("a").on(TargetKind::Path, "/etc")], ..claims() };
    assert!(matches!(key().mint(&bad), Err(MintError::Glob { .. })));
    assert!(matches!(key().mint(&TokenClaims { id: String::new(), ..claims() }), Err(MintError::Id { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_token_has_one_encoding_and_reads_as_it_was_written(
        id in "[a-z]{1,64}", expires in any::<i64>(), nonce in any::<u64>(), actions in any::<Option<u64>>(),
        globs in prop::collection::vec("[a-z]{1,8}(/\\*\\*)?", 0..5),
    ) {
        let grants = vec![globs.iter().fold(Grant::of("fs.*"), |grant, glob| grant.on(TargetKind::Path, glob))];
        let budget = Budget { actions, ..Budget::default() };
        let written = TokenClaims { id, grants, budget, expires: Timestamp(expires), nonce, ..claims() };
        let text = key().mint(&written).unwrap();
        let opened = key().open(&text).unwrap();
        prop_assert_eq!(opened.chain(), std::slice::from_ref(&written));
        prop_assert_eq!(key().mint(&written).unwrap(), text);
    }

    #[test]
    fn no_text_makes_the_reader_fall(text in "tgp1\\.[A-Za-z0-9_-]{0,200}\\.[A-Za-z0-9_-]{0,60}") {
        prop_assert!(key().open(&text).is_err());
    }
}
