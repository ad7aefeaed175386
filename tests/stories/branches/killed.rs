//! `tgp branch merge`, its undo, and `tgp branch discard`, killed before each call that changes a file. What is there after the
//! next start is the old state or the new one, in refs, index, files and timeline alike.

use std::path::PathBuf;

use super::*;
use crate::crash::{copy_folder, killer};

/// More calls than any of these commands makes.
const MOST: usize = 900;
/// Every so many calls one is killed; the whole would take long.
const STEP: usize = 3;

/// A project, a copy of it to begin from again and again, and what is done to it.
struct Stage {
    project: Project,
    copy: PathBuf,
}

const PARTS: [&str; 2] = ["project", "state"];

impl Stage {
    fn new(project: Project) -> Self {
        let copy = project.above().join("copy");
        for part in PARTS {
            copy_folder(&project.above().join(part), &copy.join(part));
        }
        Self { project, copy }
    }

    fn reset(&self) {
        for part in PARTS {
            let place = self.project.above().join(part);
            fs::remove_dir_all(&place).unwrap();
            copy_folder(&self.copy.join(part), &place);
        }
    }

    /// Runs a command that dies before its `number`th call. Whether it came to its end.
    fn dies_at(&self, number: usize, arguments: &[&str]) -> bool {
        let armed = self.project.above().join("armed");
        fs::write(&armed, number.to_string()).unwrap();
        let mut command = self.project.command(arguments);
        command.env("LD_PRELOAD", killer()).env("CRASH_ARMED", &armed);
        let ended = Finished::run(&mut command);
        fs::remove_file(&armed).unwrap();
        assert!(matches!(ended.code, None | Some(0)), "killed before call {number}: {}", ended.both());
        ended.code == Some(0)
    }

    /// Branches, files and what git says of them.
    fn world(&self) -> String {
        let project = &self.project;
        let refs = said(project, &["for-each-ref", "--format=%(refname)", "refs/heads"]);
        let tree = tree(project, "main");
        let status = said(project, &["status", "--porcelain"]);
        let files: Vec<String> = ["a.txt", "gone.txt", "dir/new.txt", "mine.txt"]
            .iter()
            .map(|file| fs::read_to_string(project.path(file)).unwrap_or_default())
            .collect();
        format!("{refs:?} {tree} {status:?} {files:?}")
    }

    fn actions(&self, kind: &str) -> Vec<Value> {
        let log = self.project.json(&["timeline", "--limit", "1000"]);
        let rows = log["actions"].as_array().unwrap().clone();
        rows.into_iter().filter(|row| row["type"] == kind).collect()
    }

    fn kill_everywhere(&self, kind: &str, arguments: &[&str]) {
        let known = self.actions(kind).len();
        let old = self.world();
        assert!(self.dies_at(MOST * 10, arguments), "it makes fewer calls than that");
        let new = self.world();
        assert_ne!(old, new, "it changes something");
        let mut seen = (0, 0);
        for number in (1..MOST).step_by(STEP) {
            self.reset();
            let ended = self.dies_at(number, arguments);
            let actions = self.actions(kind); // The first look afterwards puts right what the process left.
            let at = format!("killed before call {number}");
            let world = self.world();
            assert!(
                world == old || world == new,
                "{at}: a third state\n old {old}\n new {new}\n now {world}\n{actions:#?}"
            );
            assert!(actions.iter().all(|row| row["status"] != "pending"), "{at}: {actions:#?}");
            let executed = actions.iter().filter(|row| row["status"] == "executed").count();
            assert_eq!(executed, known + usize::from(world == new), "{at}: {actions:#?}");
            assert!(!exists(&self.project.path(".git/index.lock")), "{at}");
            let verified = self.project.tgp(&["audit", "verify"]);
            assert_eq!(verified.code, Some(0), "{at}: {}", verified.both());
            if world == old {
                seen.0 += 1;
            } else {
                seen.1 += 1;
            }
            if ended {
                assert!(seen.0 > 3 && seen.1 > 0, "it was killed too seldom: {seen:?}");
                assert_sound(&self.project);
                return;
            }
        }
        panic!("it never ended");
    }
}

fn project() -> Project {
    let project = repository(&[("a.txt", LINES), ("gone.txt", "g\n"), ("mine.txt", "m\n")]);
    branch(
        &project,
        "coder/one-1",
        &[&[("a.txt", Some("A\n")), ("gone.txt", None), ("dir/new.txt", Some("n\n"))]],
    );
    project.write("mine.txt", "not committed\n");
    project
}

#[test]
fn a_merge_killed_anywhere_is_old_or_new() {
    Stage::new(project()).kill_everywhere("branch_merge", &["branch", "merge", "one", "--yes"]);
}

#[test]
fn the_undo_of_a_merge_killed_anywhere_is_old_or_new() {
    let project = project();
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    Stage::new(project).kill_everywhere("undo", &["undo", merged["action"].as_str().unwrap()]);
}

#[test]
fn a_discard_killed_anywhere_is_old_or_new() {
    Stage::new(project()).kill_everywhere("branch_discard", &["branch", "discard", "one", "--yes"]);
}
