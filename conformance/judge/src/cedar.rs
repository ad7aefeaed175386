//! The peer: cedar-policy with the same rules.

use std::fmt::Write;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

/// Rules and requests, prepared.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    /// `half` rules that allow and as many that deny, and one request for each path.
    pub(crate) fn new(half: usize, paths: &[String]) -> Self {
        let mut text = String::new();
        for number in 0..half {
            writeln!(
                text,
                "permit(principal == Agent::\"coder\", action == Action::\"write\", resource) when \
                 {{ context.path like \"src/module_{number}/*\" && context.bytes <= 1048576 }};"
            )
            .unwrap();
            writeln!(
                text,
                "forbid(principal, action == Action::\"write\", resource) when \
                 {{ context.path like \"vendor_{number}/*.lock\" }};"
            )
            .unwrap();
        }
        Self {
            authorizer: Authorizer::new(),
            policies: text.parse().unwrap(),
            entities: Entities::empty(),
            requests: paths.iter().map(|path| request(path)).collect(),
        }
    }

    /// One decision.
    pub(crate) fn decide(&self, number: usize) -> Decision {
        let response = self.authorizer.is_authorized(&self.requests[number], &self.policies, &self.entities);
        response.decision()
    }
}

fn request(path: &str) -> Request {
    let pairs = [
        ("path".to_owned(), RestrictedExpression::new_string(path.to_owned())),
        ("bytes".to_owned(), RestrictedExpression::new_long(4_096)),
    ];
    let context = Context::from_pairs(pairs).unwrap();
    let entity = |kind: &str, id: &str| {
        EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>().unwrap(), EntityId::new(id))
    };
    Request::new(
        entity("Agent", "coder"),
        entity("Action", "write"),
        entity("Resource", "file"),
        context,
        None,
    )
    .unwrap()
}
