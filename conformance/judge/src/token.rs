//! A token read, checked and asked about one target, beside biscuit-auth doing the same.

use std::collections::BTreeMap;

use biscuit_auth::builder::AuthorizerBuilder;
use biscuit_auth::builder_ext::AuthorizerExt;
use biscuit_auth::{Biscuit, KeyPair};
use serde_json::Value;
use tgp_model::{AgentName, Timestamp};
use tgp_policy::{Budget, Grant, Spending, Target, TargetKind, TokenClaims, TokenContext, TokenKey};

use crate::figure::row;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A delegated token (two links) with three grants.
pub(crate) fn measure(effort: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let runs = ((20_000.0 * effort) as usize).max(200);
    let agent: AgentName = "reviewer".parse().unwrap();
    let key = TokenKey::new(&[7; 32]).unwrap();
    let text = ours(&key, &agent);
    let target = Target::path(&"src/deep/file.rs".parse().unwrap());
    let uses = BTreeMap::new();
    let context =
        TokenContext { agent: &agent, session: None, now: NOW, cost: Spending::one_action(), uses: &uses };
    let (root, data) = peer();
    row(
        "token, read, checked and asked",
        "biscuit-auth 6",
        None,
        (runs, runs / 10),
        |_| {
            let token = key.open(&text).unwrap().check(&context).unwrap();
            assert!(token.covers("fs.write", Some(&target)));
        },
        |_| {
            let token = Biscuit::from(&data, root.public()).unwrap();
            let authorizer = AuthorizerBuilder::new()
                .fact("resource(\"file1\")")
                .unwrap()
                .fact("operation(\"read\")")
                .unwrap()
                .allow_all();
            authorizer.build(&token).unwrap().authorize().unwrap();
        },
    )
}

fn ours(key: &TokenKey, agent: &AgentName) -> String {
    let claims = |id: &str, agent: &AgentName| TokenClaims {
        id: id.to_owned(),
        agent: agent.clone(),
        session: None,
        grants: vec![
            Grant::of("fs.read").on(TargetKind::Path, "**"),
            Grant::of("fs.write").on(TargetKind::Path, "src/**"),
            Grant::of("sql.read").on(TargetKind::Table, "*"),
        ],
        budget: Budget { actions: Some(10), ..Budget::default() },
        expires: Timestamp(NOW.0 + 60_000),
        nonce: 1,
    };
    let parent = key.mint(&claims("a", &AgentName::default())).unwrap();
    key.attenuate(&parent, &claims("b", agent)).unwrap()
}

/// Two blocks: three rights, and the check a delegation adds.
fn peer() -> (KeyPair, Vec<u8>) {
    let root = KeyPair::new();
    let first = Biscuit::builder()
        .fact("right(\"file1\", \"read\")")
        .unwrap()
        .fact("right(\"file2\", \"read\")")
        .unwrap()
        .fact("right(\"file1\", \"write\")")
        .unwrap()
        .build(&root)
        .unwrap();
    let block = biscuit_auth::builder::BlockBuilder::new()
        .check("check if resource($file), operation($operation), right($file, $operation)")
        .unwrap();
    let token = first.append(block).unwrap();
    (root, token.to_vec().unwrap())
}
