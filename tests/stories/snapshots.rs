//! Snapshots: what is kept, what comes back, and the way back from that.

use std::fs;

use serde_json::{Value, json};
use tgp_tests::Project;
use tgp_tests::remote::git;

use crate::branches::{
    IndexHolder, LINES, assert_sound, branch, commit, done, exists, paths, persons, refused, repository,
    repository_with, said,
};

mod deleting;
mod killed;
mod restoring;
mod taking;

/// A project in a repository with a database.
fn shop() -> Project {
    let project = repository_with(
        "database: 'sqlite:shop.db', fs: { allowedDirs: ['out'] }, approvals: { wait: 0 },",
        &[("a.txt", LINES), ("b.txt", "b\n"), (".gitignore", "*.log\nshop.db*\n.tgp/\n")],
    );
    project
        .database()
        .execute_batch(
            "CREATE TABLE stock (item TEXT, left_over INTEGER); INSERT INTO stock VALUES ('cup', 10)",
        )
        .unwrap();
    project
}

fn left_over(project: &Project) -> i64 {
    project.database().query_row("SELECT left_over FROM stock", [], |row| row.get(0)).unwrap()
}

fn set(project: &Project, number: i64) {
    project.database().execute("UPDATE stock SET left_over = ?1", [number]).unwrap();
}

fn take(project: &Project) -> String {
    done(project, &["snapshot", "create", "before"])["snapshot"]["id"].as_str().unwrap().to_owned()
}

fn triggers(project: &Project) -> Vec<String> {
    let listed = done(project, &["snapshot", "list"]);
    let all = listed["snapshots"].as_array().unwrap();
    all.iter().map(|one| one["trigger"].as_str().unwrap().to_owned()).collect()
}
