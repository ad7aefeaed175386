//! Three agents and a person do things in any order; what must hold, holds after each.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tgp_branches::discard::{Done, Kept};
use tgp_branches::integrate::{How, IntegrateError};
use tgp_branches::undo::UndoBranchError;
use tgp_branches::{Branches, Change, Task};

use crate::support::*;

const AGENTS: [&str; 3] = ["one", "two", "three"];

#[derive(Debug, Clone)]
enum Deed {
    Write { agent: usize, file: usize, text: u8 },
    Delete { agent: usize, file: usize },
    Rename { agent: usize, from: usize, to: usize },
    UndoAndRedo { agent: usize, back: usize },
    UndoOne { agent: usize, back: usize },
    UndoAll { agent: usize },
    Merge { agent: usize, squash: bool },
    DiscardAndTakeBack { agent: usize },
    Pack { agent: usize },
    Collect,
    Person { file: usize, text: u8 },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let agent = 0..AGENTS.len();
    let file = 0..6_usize;
    let deed = prop_oneof![
        8 => (agent.clone(), file.clone(), any::<u8>()).prop_map(|(agent, file, text)| Deed::Write { agent, file, text }),
        2 => (agent.clone(), file.clone()).prop_map(|(agent, file)| Deed::Delete { agent, file }),
        2 => (agent.clone(), file.clone(), file.clone()).prop_map(|(agent, from, to)| Deed::Rename { agent, from, to }),
        2 => (agent.clone(), 0..6_usize).prop_map(|(agent, back)| Deed::UndoAndRedo { agent, back }),
        2 => (agent.clone(), 0..6_usize).prop_map(|(agent, back)| Deed::UndoOne { agent, back }),
        1 => agent.clone().prop_map(|agent| Deed::UndoAll { agent }),
        1 => (agent.clone(), any::<bool>()).prop_map(|(agent, squash)| Deed::Merge { agent, squash }),
        1 => agent.clone().prop_map(|agent| Deed::DiscardAndTakeBack { agent }),
        1 => agent.prop_map(|agent| Deed::Pack { agent }),
        1 => Just(Deed::Collect),
        1 => (file, any::<u8>()).prop_map(|(file, text)| Deed::Person { file, text }),
    ];
    prop::collection::vec(deed, 5..25)
}

fn name(file: usize) -> String {
    ["a.txt", "b.txt", "dir/c.txt", "dir/d.txt", "dir/sub/e.txt", "f"][file].to_owned()
}

fn text(base: &str, number: u8) -> String {
    let mut lines: Vec<String> = (0..20).map(|line| format!("{base} {line}")).collect();
    lines[usize::from(number) % 20] = format!("changed {number}");
    lines.join(if number.is_multiple_of(3) { "\r\n" } else { "\n" })
}

struct World {
    root: tempfile::TempDir,
    branches: Branches,
    tasks: Vec<Task>,
    number: u128,
    trees: BTreeMap<usize, String>,
}

impl World {
    fn new() -> Self {
        let files: Vec<(String, String)> = (0..4).map(|file| (name(file), text("base", 0))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let root = repository(&files);
        put(root.path(), "draft.txt", "uncommitted\n");
        let branches = open(root.path());
        let tasks = AGENTS.iter().map(|agent| task(&branches, agent, "random")).collect();
        Self { root, branches, tasks, number: 0, trees: BTreeMap::new() }
    }

    fn next(&mut self, agent: usize) -> tgp_branches::CommitMessage {
        self.number += 1;
        message_of(AGENTS[agent], self.number)
    }

    fn tree(&self, agent: usize) -> String {
        tree(self.root.path(), self.tasks[agent].branch.as_str())
    }

    fn change(&mut self, agent: usize, changes: &[Change]) {
        let words = self.next(agent);
        let branch = &self.tasks[agent].branch;
        let tip = self.branches.tip(branch).unwrap();
        // What does not fit (a file that is not there) is refused and changes nothing.
        if self.branches.apply(branch, tip, changes, &words).is_err() {
            assert_eq!(self.branches.tip(branch).unwrap(), tip);
        }
    }

    fn undo_one(&mut self, agent: usize, back: usize, redo: bool) {
        let branch = self.tasks[agent].branch.clone();
        let log = self.branches.log(&branch, 100).unwrap();
        let Some(commit) = log.get(back) else { return };
        let before = self.tree(agent);
        let words = self.next(agent);
        match self.branches.undo(&branch, &[commit.commit], &words) {
            Ok(undone) if redo => {
                let words = self.next(agent);
                self.branches.undo(&branch, &[undone.commit], &words).unwrap();
                assert_eq!(self.tree(agent), before, "an undo undone is byte-equal");
            }
            Ok(_) if back == 0 => {
                let parent = tree(self.root.path(), &commit.parents[0].to_string());
                assert_eq!(self.tree(agent), parent, "the last action undone is the state before it");
            }
            Ok(_) => {}
            Err(UndoBranchError::Nothing | UndoBranchError::Conflict { .. }) => {
                assert_eq!(self.tree(agent), before);
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn undo_all(&mut self, agent: usize) {
        let (branch, start) = (self.tasks[agent].branch.clone(), self.tasks[agent].start.unwrap());
        let words = self.next(agent);
        match self.branches.undo_to(&branch, start, &words) {
            Ok(_) | Err(UndoBranchError::Nothing) => {}
            Err(other) => panic!("{other}"),
        }
        assert_eq!(
            self.tree(agent),
            tree(self.root.path(), &start.to_string()),
            "a session undone is its start"
        );
    }

    fn merge(&mut self, agent: usize, squash: bool) {
        let how = if squash { How::Squash } else { How::Merge };
        let before = Protected::of(self.root.path());
        match self.branches.prepare_merge(&self.tasks[agent].branch, "refs/heads/main", how) {
            Ok(merge) => {
                let words = self.next(agent);
                self.branches.publish(&merge, &words, NOW).unwrap();
                assert_eq!(git(self.root.path(), &["status", "--porcelain"]), "?? draft.txt");
            }
            Err(IntegrateError::Nothing { .. } | IntegrateError::Conflict { .. }) => {
                before.assert_unchanged(self.root.path());
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn do_it(&mut self, deed: &Deed) {
        match *deed {
            Deed::Write { agent, file, text: number } => {
                self.change(agent, &[write(&name(file), text(AGENTS[agent], number))]);
            }
            Deed::Delete { agent, file } => self.change(agent, &[delete(&name(file))]),
            Deed::Rename { agent, from, to } => self.change(agent, &[rename(&name(from), &name(to))]),
            Deed::UndoAndRedo { agent, back } => self.undo_one(agent, back, true),
            Deed::UndoOne { agent, back } => self.undo_one(agent, back, false),
            Deed::UndoAll { agent } => self.undo_all(agent),
            Deed::Merge { agent, squash } => self.merge(agent, squash),
            Deed::DiscardAndTakeBack { agent } => {
                let before = self.tree(agent);
                let kept: Kept =
                    self.branches.put_away(&self.tasks[agent].branch, Done::Discarded, NOW).unwrap();
                git(self.root.path(), &["pack-refs", "--all"]);
                self.branches.take_back(&kept).unwrap();
                assert_eq!(self.tree(agent), before);
            }
            Deed::Pack { agent } => {
                let task = self.branches.task(&self.tasks[agent].branch).unwrap();
                self.branches.pack(&task).unwrap();
            }
            Deed::Collect => drop(git(self.root.path(), &["gc", "--quiet", "--prune=now"])),
            Deed::Person { file, text: number } => {
                put(self.root.path(), &name(file), text("person", number));
                git(self.root.path(), &["add", "--", &name(file)]);
                git(self.root.path(), &["commit", "--quiet", "--allow-empty", "-m", "Person"]);
            }
        }
    }

    /// Nobody else's branch moved, and the person's draft is the same bytes.
    fn check(&mut self, deed: &Deed) {
        let mine = match *deed {
            Deed::Write { agent, .. }
            | Deed::Delete { agent, .. }
            | Deed::Rename { agent, .. }
            | Deed::UndoAndRedo { agent, .. }
            | Deed::UndoOne { agent, .. }
            | Deed::UndoAll { agent } => Some(agent),
            _ => None,
        };
        for agent in 0..AGENTS.len() {
            let now = self.tree(agent);
            if Some(agent) != mine {
                assert_eq!(self.trees.get(&agent).unwrap_or(&now), &now, "{deed:?} moved another's branch");
            }
            self.trees.insert(agent, now);
        }
        assert_eq!(std::fs::read(self.root.path().join("draft.txt")).unwrap(), b"uncommitted\n");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn interleaved_deeds_of_three_agents_and_a_person_keep_all_that_must_hold(deeds in deeds()) {
        let mut world = World::new();
        for deed in &deeds {
            world.do_it(deed);
            world.check(deed);
        }
        assert_sound(world.root.path());
        for agent in 0..AGENTS.len() {
            world.undo_all(agent);
        }
    }
}
