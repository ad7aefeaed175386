//! The line of `tgp doctor` about the user's repository.

use tgp_branches::Branches;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::project::{Health, HealthCheck};

use crate::refusal::from_fault;

/// Looks at the repository agents' branches lie in.
pub fn examine(opened: Result<Option<&Branches>, Refusal>) -> HealthCheck {
    let looked = opened.and_then(|branches| {
        let Some(branches) = branches else { return Ok(None) };
        let tasks = branches.tasks().map_err(|fault| from_fault(&fault))?;
        let damaged: Vec<String> = tasks
            .iter()
            .filter_map(|task| Some(format!("`{}`: {}", task.branch, branches.damage(task)?)))
            .collect();
        Ok(Some((tasks.len(), damaged)))
    });
    let (health, message, hint) = match looked {
        Ok(Some((_, damaged))) if !damaged.is_empty() => (
            Health::Fail,
            damaged.join("; "),
            Some(
                "look with `git fsck` and `git reflog`; bring the objects back from another clone, or remove the branch with \
                 `git update-ref -d refs/heads/NAME`"
                    .to_owned(),
            ),
        ),
        Ok(Some((0, _))) => (Health::Ok, "holds no agents' branches".to_owned(), None),
        Ok(Some((1, _))) => (Health::Ok, "holds one agent's branch".to_owned(), None),
        Ok(Some((count, _))) => (Health::Ok, format!("holds {count} agents' branches"), None),
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
