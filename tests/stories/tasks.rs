//! Agents work on branches of the person's repository, and nothing of the person's is touched.

mod changing;
mod crash;
mod finishing;
mod searching;
mod surroundings;
mod together;
mod undoing;
mod views;

use serde_json::{Value, json};
use tgp_tests::{Answer, Era, Project, Session};

pub(crate) const MAIN: &str = "export function main(): number {\n  return 1;\n}\n";
pub(crate) const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

/// A repository as a person has it: committed files, an edit that is not, and a file Git does not know.
pub(crate) fn shop() -> Project {
    let project = Project::in_git(&[
        ("src/main.ts", MAIN),
        ("src/lines.txt", LINES),
        ("src/other/deep.ts", "export const deep = 1;\n"),
        ("package.json", "{ \"name\": \"shop\" }\n"),
        ("README.md", "# Shop\n"),
        ("secrets/key.pem", "PRIVATE needle\n"),
        (".env", "TOKEN=needle\n"),
    ]);
    project.write("src/main.ts", MAIN.replace('1', "99"));
    project.write("src/new.ts", "export const fresh = true;\n");
    project
}

pub(crate) fn session_of(project: &Project, agent: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
    session.connect(Era::Legacy);
    session
}

pub(crate) fn number(answer: &Answer) -> String {
    answer.done()["action"].as_str().unwrap().to_owned()
}

pub(crate) fn branch(answer: &Answer) -> String {
    answer.done()["branch"].as_str().unwrap().to_owned()
}

pub(crate) fn start(session: &mut Session, description: &str) -> String {
    branch(&session.call("start_task", json!({ "description": description })))
}

pub(crate) fn read(session: &mut Session, path: &str) -> Answer {
    session.call("read_file", json!({ "path": path }))
}

pub(crate) fn text(session: &mut Session, path: &str) -> String {
    read(session, path).done()["content"].as_str().unwrap().to_owned()
}

pub(crate) fn files(session: &mut Session, dir: &str) -> Vec<String> {
    let listed = session.call("list_files", json!({ "dir": dir })).done().clone();
    listed["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect()
}

pub(crate) fn actions(project: &Project) -> Vec<Value> {
    project.json(&["timeline", "--limit", "1000"])["actions"].as_array().unwrap().clone()
}

/// The tree a branch names.
pub(crate) fn tree(project: &Project, branch: &str) -> String {
    project.git(&["rev-parse", &format!("{branch}^{{tree}}")])
}

/// Git's own program finds the repository whole.
pub(crate) fn is_whole(project: &Project) {
    project.git(&["fsck", "--strict", "--no-dangling"]);
}
