//! A process killed before each call that changes a file while it works on a branch: the branch is in the old state or
//! the new one, the timeline says which, and Git finds the repository whole.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

use super::{LINES, actions, branch, number, start};
use crate::crash::{MOST, PARTS, PATIENCE, copy_folder, killer};

const AFTER: &str = "after\n";

/// For the world before, after and now: how many actions of each kind have to be executed; none for a third state.
type States<'s> = &'s dyn Fn(&[String], &[String], &[String]) -> Option<Vec<usize>>;

/// A project in a repository with a task on it, and a copy to begin from again and again.
struct Stage {
    project: Project,
    copy: PathBuf,
    branch: String,
    /// The number of the write that was done before.
    written: String,
}

impl Stage {
    fn new() -> Self {
        let project =
            Project::in_git(&[("src/lines.txt", LINES), ("src/dir/a.ts", "a\n"), ("src/dir/b.ts", "b\n")]);
        let mut coder = project.session();
        let branch = start(&mut coder, "under fire");
        let written = number(&coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1)));
        coder.stop();
        let copy = project.above().join("copy");
        for part in PARTS {
            copy_folder(&project.above().join(part), &copy.join(part));
        }
        Self { project, copy, branch, written }
    }

    fn reset(&self) {
        for part in PARTS {
            let place = self.project.above().join(part);
            fs::remove_dir_all(&place).unwrap();
            copy_folder(&self.copy.join(part), &place);
        }
    }

    /// Sends the request to a process that dies before its `number`th call. Whether it was answered.
    fn dies_at(&self, number: usize, takes_up: bool, tool: &str, arguments: &Value) -> bool {
        let armed = self.project.above().join("armed");
        let _ = fs::remove_file(&armed);
        let mut command = self.project.command(&["mcp"]);
        command.env("LD_PRELOAD", killer()).env("CRASH_ARMED", &armed);
        let mut session = Session::start(&mut command);
        session.connect(Era::Legacy);
        if takes_up {
            session.call("start_task", json!({ "branch": self.branch })).done();
        }
        fs::write(armed.with_extension("new"), number.to_string()).unwrap();
        fs::rename(armed.with_extension("new"), &armed).unwrap();
        session.ask_call(tool, arguments);
        let answer = session.next_message(PATIENCE);
        if let Some(answer) = &answer {
            assert_ne!(answer["result"]["isError"], json!(true), "{answer:#}");
        }
        fs::remove_file(&armed).unwrap();
        session.kill();
        answer.is_some()
    }

    /// The trees of all agents' branches.
    fn world(&self) -> Vec<String> {
        let tree = |name: &String| self.project.git(&["rev-parse", &format!("{name}^{{tree}}")]);
        let mut trees: Vec<String> = self.project.agent_branches().iter().map(tree).collect();
        trees.sort();
        trees
    }

    /// Kills at each call in turn. `states` gives for a world how many actions of each kind have to be executed.
    fn kill_everywhere(
        &self,
        takes_up: bool,
        (tool, arguments): (&str, &Value),
        kinds: &[&str],
        states: States<'_>,
    ) {
        let old = self.world();
        self.reset();
        assert!(self.dies_at(MOST, takes_up, tool, arguments), "{tool} makes more calls than that");
        actions(&self.project);
        let new = self.world();
        assert_ne!(old, new, "the request changes something");
        let (mut stayed, mut changed) = (0, 0);
        for number in 1..=MOST {
            self.reset();
            let known = actions(&self.project).len();
            let answered = self.dies_at(number, takes_up, tool, arguments);
            let at = format!("killed before call {number}");
            let all = actions(&self.project); // The first look afterwards puts right what the process left.
            let world = self.world();
            let wanted =
                states(&old, &new, &world).unwrap_or_else(|| panic!("{at}: a third state: {world:?}"));
            let fresh = &all[known + usize::from(takes_up)..];
            assert!(fresh.iter().all(|row| row["status"] != "pending"), "{at}: {fresh:#?}");
            let done = kinds.iter().map(|kind| {
                fresh.iter().filter(|row| row["type"] == **kind && row["status"] == "executed").count()
            });
            assert_eq!(done.collect::<Vec<_>>(), wanted, "{at}: the timeline says\n{fresh:#?}");
            assert!(!answered || world == new, "{at}: what was answered is there");
            assert_eq!(self.project.tgp(&["audit", "verify"]).code, Some(0), "{at}");
            self.project.git(&["fsck", "--strict", "--no-dangling"]);
            assert_eq!(self.project.git(&["status", "--porcelain"]), "", "{at}");
            if world == old {
                stayed += 1;
            } else {
                changed += 1;
            }
            if answered {
                assert!(stayed > 3 && changed > 0, "it was killed too seldom: {stayed} {changed}");
                return;
            }
        }
        panic!("{tool} was never answered");
    }
}

fn old_or_new(old: &[String], new: &[String], now: &[String]) -> Option<Vec<usize>> {
    match now {
        now if now == old => Some(vec![0]),
        now if now == new => Some(vec![1]),
        _ => None,
    }
}

#[test]
fn a_write_on_a_branch_killed_anywhere_is_old_or_new() {
    let write = json!({ "path": "src/lines.txt", "content": AFTER });
    Stage::new().kill_everywhere(true, ("write_file", &write), &["file_modify"], &old_or_new);
}

#[test]
fn the_move_of_a_folder_killed_anywhere_is_old_or_new() {
    let to = json!({ "from": "src/dir", "to": "src/there" });
    Stage::new().kill_everywhere(true, ("move_file", &to), &["file_modify"], &old_or_new);
}

#[test]
fn the_undo_of_a_write_on_a_branch_killed_anywhere_is_old_or_new() {
    let stage = Stage::new();
    let undo = json!({ "action": stage.written });
    stage.kill_everywhere(false, ("undo_action", &undo), &["undo"], &old_or_new);
}

#[test]
fn a_write_that_opens_a_task_killed_anywhere_is_nothing_or_a_task_or_both() {
    let write = json!({ "path": "src/lines.txt", "content": AFTER });
    let states = |old: &[String], new: &[String], now: &[String]| match now {
        now if now == old => Some(vec![0, 0]),
        now if now == new => Some(vec![1, 1]),
        now if now.len() == old.len() + 1 => Some(vec![1, 0]),
        _ => None,
    };
    let kinds = ["branch_create", "file_modify"];
    Stage::new().kill_everywhere(false, ("write_file", &write), &kinds, &states);
}

#[test]
fn an_answered_write_that_a_power_loss_took_is_made_again() {
    let project = Project::in_git(&[("src/lines.txt", LINES), ("src/dir/a.ts", "a\n")]);
    let mut coder = project.session();
    let name = start(&mut coder, "power");
    let begun = project.git(&["rev-parse", &name]);
    coder.write("src/lines.txt", AFTER);
    coder.call("move_file", json!({ "from": "src/dir", "to": "src/there" })).done();
    coder.call("delete_file", json!({ "path": "src/lines.txt" })).done();
    let tree = project.git(&["rev-parse", &format!("{name}^{{tree}}")]);
    coder.kill();
    // The machine lost its power: the ref is as it was, and the process was of another boot.
    project.git(&["update-ref", &format!("refs/heads/{name}"), &begun]);
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state.execute_batch("UPDATE agent_actions SET lock_id = 'GONE-anotherboot'").unwrap();
    drop(state);
    // The private ref and the branch itself may be gone as well.
    project.git(&["update-ref", "-d", &format!("refs/heads/{name}")]);
    project.git(&["update-ref", "-d", &format!("refs/tgp/starts/{name}")]);
    let protected = project.protect();
    actions(&project);
    assert_eq!(project.git(&["rev-parse", &format!("{name}^{{tree}}")]), tree);
    assert_eq!(project.git(&["rev-parse", &format!("refs/tgp/starts/{name}")]), begun);
    let subjects = project.git(&["log", "--format=%s", &format!("main..{name}")]);
    assert_eq!(subjects.lines().count(), 3, "{subjects}");
    actions(&project);
    assert_eq!(project.git(&["log", "--format=%s", &format!("main..{name}")]), subjects, "made again once");
    protected.holds();
    let mut coder = project.session();
    assert_eq!(branch(&coder.call("start_task", json!({ "branch": name }))), name);
    coder.stop();
}

#[test]
fn what_a_garbage_collection_took_beside_a_process_that_died_is_made_again() {
    let project = Project::in_git(&[("src/lines.txt", LINES), ("src/dir/a.ts", "a\n")]);
    let mut coder = project.session();
    let name = start(&mut coder, "lost");
    coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1));
    coder.call("move_file", json!({ "from": "src/dir/a.ts", "to": "src/dir/b.ts" })).done();
    coder.write("src/new/deep.ts", "export const deep = 1;\n");
    coder.kill();
    let tip = project.git(&["rev-parse", &name]);
    let made = project.git(&["rev-list", "--objects", &format!("main..{name}")]);
    for line in made.lines() {
        let id = line.split(' ').next().unwrap();
        fs::remove_file(project.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    }
    project.tgp(&["branch", "list"]).succeeded();
    assert_eq!(project.git(&["rev-parse", &name]), tip);
    project.git(&["fsck", "--full", "--strict", "--no-dangling"]);
    assert_eq!(project.on_branch(&name, "src/new/deep.ts"), Some("export const deep = 1;\n".to_owned()));
    assert_eq!(project.on_branch(&name, "src/dir/b.ts"), Some("a\n".to_owned()));
    let mut coder = project.session();
    coder.call("start_task", json!({ "branch": name })).done();
    coder.write("src/more.ts", "1\n");
    coder.stop();
}

#[test]
fn an_answered_undo_that_a_power_loss_took_is_made_again_and_what_it_took_back_stays_taken_back() {
    for (writes_survived, undoes) in [(false, 0), (true, 1)] {
        let project = Project::in_git(&[("src/lines.txt", LINES)]);
        let mut coder = project.session();
        let name = start(&mut coder, "power");
        let begun = project.git(&["rev-parse", &name]);
        let made = number(&coder.call("write_file", json!({ "path": "src/new.ts", "content": "new\n" })));
        let changed = number(&coder.call("write_file", json!({ "path": "src/lines.txt", "content": AFTER })));
        let written = project.git(&["rev-parse", &name]);
        coder.call("undo_action", json!({ "action": made })).done();
        let undo = number(&coder.call("undo_action", json!({ "action": changed })));
        coder.call("undo_action", json!({ "action": undo })).done();
        let tree = project.git(&["rev-parse", &format!("{name}^{{tree}}")]);
        coder.kill();
        let survived = if writes_survived { &written } else { &begun };
        project.git(&["update-ref", &format!("refs/heads/{name}"), survived]);
        let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
        state.execute_batch("UPDATE agent_actions SET lock_id = 'GONE-anotherboot'").unwrap();
        actions(&project);
        assert_eq!(project.git(&["rev-parse", &format!("{name}^{{tree}}")]), tree);
        assert_eq!(project.on_branch(&name, "src/lines.txt"), Some(AFTER.to_owned()));
        assert_eq!(project.on_branch(&name, "src/new.ts"), None);
        let log = project.git(&["log", "--format=%B", &format!("main..{name}")]);
        assert_eq!(log.matches("Tgp-Undoes: ").count(), undoes, "{log}");
        let kept: u32 = state.query_row("SELECT count(*) FROM intent_content", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 0, "all of it is safe now");
        actions(&project);
        assert_eq!(project.git(&["log", "--format=%B", &format!("main..{name}")]), log, "made again once");
        let mut coder = project.session();
        coder.call("start_task", json!({ "branch": name })).done();
        coder.call("undo_action", json!({ "action": made })).refused();
        coder.stop();
    }
}

#[test]
fn an_undo_whose_objects_a_garbage_collection_took_beside_a_dying_process_is_the_same_commit_again() {
    let project = Project::in_git(&[("src/lines.txt", LINES)]);
    let mut coder = project.session();
    let name = start(&mut coder, "lost");
    coder.write("src/deep/new.ts", "new\n");
    let changed = coder.call("write_file", json!({ "path": "src/lines.txt", "content": AFTER }));
    coder.call("undo_action", json!({ "action": number(&changed) })).done();
    coder.kill();
    let tip = project.git(&["rev-parse", &name]);
    let made = project.git(&["rev-list", "--objects", &format!("{name}~1..{name}")]);
    for line in made.lines() {
        let id = line.split(' ').next().unwrap();
        let _ = fs::remove_file(project.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..])));
    }
    project.tgp(&["branch", "list"]).succeeded();
    assert_eq!(project.git(&["rev-parse", &name]), tip);
    project.git(&["fsck", "--full", "--strict", "--no-dangling"]);
    assert_eq!(project.on_branch(&name, "src/lines.txt"), Some(LINES.to_owned()));
}
