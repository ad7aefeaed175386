//! The line of `tgp doctor` about the user's repository.

use tgp_branches::Branches;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::project::{Health, HealthCheck};

use crate::refusal::from_fault;

/// Looks at the repository agents' branches lie in.
pub fn examine(opened: Result<Option<&Branches>, Refusal>) -> HealthCheck {
    let looked = opened.and_then(|branches| {
        branches.map(|branches| branches.tasks().map_err(|fault| from_fault(&fault))).transpose()
    });
    let (health, message, hint) = match looked {
        Ok(Some(tasks)) if tasks.is_empty() => (Health::Ok, "holds no agents' branches".to_owned(), None),
        Ok(Some(tasks)) if tasks.len() == 1 => (Health::Ok, "holds one agent's branch".to_owned(), None),
        Ok(Some(tasks)) => (Health::Ok, format!("holds {} agents' branches", tasks.len()), None),
        Ok(None) => (
            Health::Warn,
            "the project is not the top of a Git repository; agents read its files and write allowed folders only"
                .to_owned(),
            Some("run `git init` there, and agents work on branches of their own".to_owned()),
        ),
        Err(refusal) => (Health::Fail, refusal.message, refusal.hint),
    };
    HealthCheck { name: "repository".to_owned(), health, message, hint }
}
