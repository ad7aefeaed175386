//! Random interleavings of three agents and a person: after each step every branch, `main` and the working tree hold what
//! a plain model says, and what is undone comes back byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;
use tgp_tests::remote::git;
use tgp_tests::{Era, Finished, Project, Session};

/// Interleavings tried, each of so many steps.
const SEEDS: [u64; 4] = [1, 20, 300, 4000];
const STEPS: usize = 60;
const AGENTS: [&str; 3] = ["anna", "bert", "cleo"];
const PATHS: [&str; 6] = ["a.txt", "b.txt", "dir/c.txt", "dir/d.txt", "dir/deep/e.txt", "f.txt"];

type Files = BTreeMap<String, String>;

/// Numbers that look random and come again with the same seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// A text like no other, so that nothing looks renamed.
    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..8 {
            writeln!(text, "{:016x}{:016x}", self.next(), self.next()).unwrap();
        }
        text
    }
}

/// What one action did: each file before and after.
#[derive(Clone)]
struct Done {
    action: String,
    before: Files,
    after: Files,
}

#[derive(Default, Clone)]
struct Branch {
    name: String,
    start: Files,
    files: Files,
    done: Vec<Done>,
}

struct World {
    project: Project,
    sessions: Vec<Session>,
    dice: Dice,
    main: Files,
    /// The branch each agent works on.
    open: Vec<Option<Branch>>,
    discarded: Vec<Branch>,
    merges: Vec<Done>,
    story: String,
}

/// What changed from one state to the other.
fn changed(from: &Files, to: &Files) -> Vec<String> {
    let all: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    all.into_iter().filter(|path| from.get(*path) != to.get(*path)).cloned().collect()
}

/// Three ways, file by file; none where both changed one file differently.
fn joined(base: &Files, ours: &Files, theirs: &Files) -> Option<Files> {
    let mut result = ours.clone();
    for path in changed(base, theirs) {
        if ours.get(&path) != base.get(&path) && ours.get(&path) != theirs.get(&path) {
            return None;
        }
        match theirs.get(&path) {
            Some(text) => result.insert(path, text.clone()),
            None => result.remove(&path),
        };
    }
    Some(result)
}

impl World {
    fn new(seed: u64) -> Self {
        let project = Project::untouched();
        let root = project.root();
        git(&root, &["init", "--quiet", "--initial-branch=main"]).succeeded();
        for (name, value) in [("user.name", "A Person"), ("user.email", "person@example.com")] {
            git(&root, &["config", name, value]).succeeded();
        }
        project.tgp(&["init"]).succeeded();
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut main = Files::new();
        for path in &PATHS[..4] {
            let text = dice.text();
            project.write(path, &text);
            main.insert((*path).to_owned(), text);
        }
        let mut add = vec!["add"];
        add.extend(&PATHS[..4]);
        git(&root, &add).succeeded();
        git(&root, &["commit", "--quiet", "-m", "begin"]).succeeded();
        for agent in AGENTS {
            project.write(
                &format!(".tgp/scopes/{agent}.yaml"),
                format!("version: 1\nagent: {agent}\npaths: {{ read: [\"**\"], write: [\"**\"] }}\ntasks: {{ open: true, undo: own }}\n"),
            );
        }
        let sessions = AGENTS
            .iter()
            .map(|agent| {
                let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
                session.connect(Era::Legacy);
                session
            })
            .collect();
        Self {
            project,
            sessions,
            dice,
            main,
            open: vec![None; AGENTS.len()],
            discarded: Vec::new(),
            merges: Vec::new(),
            story: String::new(),
        }
    }

    fn step(&mut self) {
        let agent = self.dice.below(AGENTS.len());
        match self.dice.below(20) {
            0..=8 => self.change(agent),
            9..=12 => self.undo(agent),
            13..=14 => self.merge(agent),
            15 => self.discard(agent),
            16 => self.restore(),
            17 => self.undo_merge(),
            _ => self.start(agent),
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.story, "{line}").unwrap();
    }

    fn start(&mut self, agent: usize) {
        let opened = self.sessions[agent].call("start_task", json!({ "description": "work" })).done().clone();
        let name = opened["branch"].as_str().unwrap().to_owned();
        self.tell(&format!("{} starts {name}", AGENTS[agent]));
        // A branch the agent turned from stays; the person discards it at once, to come back to it later perhaps.
        if let Some(old) = self.open[agent].take() {
            self.person(&["branch", "discard", &old.name, "--yes"]).succeeded();
            self.discarded.push(old);
        }
        let files = self.main.clone();
        self.open[agent] = Some(Branch { name, start: files.clone(), files, done: Vec::new() });
    }

    fn person(&self, arguments: &[&str]) -> Finished {
        self.project.tgp(arguments)
    }

    fn change(&mut self, agent: usize) {
        if self.open[agent].is_none() {
            self.start(agent);
        }
        let path = PATHS[self.dice.below(PATHS.len())].to_owned();
        let kind = self.dice.below(4);
        let text = self.dice.text();
        let other = PATHS[self.dice.below(PATHS.len())].to_owned();
        let branch = self.open[agent].clone().unwrap();
        let (tool, arguments, mut after) = match kind {
            0 if branch.files.contains_key(&path) => {
                let mut after = branch.files.clone();
                after.remove(&path);
                ("delete_file", json!({ "path": path }), after)
            }
            1 if branch.files.contains_key(&path) && !branch.files.contains_key(&other) => {
                let mut after = branch.files.clone();
                let moved = after.remove(&path).unwrap();
                after.insert(other.clone(), moved);
                ("move_file", json!({ "from": path, "to": other }), after)
            }
            _ => {
                let mut after = branch.files.clone();
                after.insert(path.clone(), text.clone());
                ("write_file", json!({ "path": path, "content": text }), after)
            }
        };
        let answer = self.sessions[agent].call(tool, arguments).done().clone();
        let action = answer["action"].as_str().unwrap().to_owned();
        self.tell(&format!("{} {tool} {path} ({action})", AGENTS[agent]));
        let touched = changed(&branch.files, &after);
        let only = |files: &Files| -> Files {
            files
                .iter()
                .filter(|(path, _)| touched.contains(path))
                .map(|(path, text)| (path.clone(), text.clone()))
                .collect()
        };
        let done = Done { action, before: only(&branch.files), after: only(&after) };
        let branch = self.open[agent].as_mut().unwrap();
        std::mem::swap(&mut branch.files, &mut after);
        branch.done.push(done);
    }

    fn undo(&mut self, agent: usize) {
        let Some(branch) = self.open[agent].clone().filter(|branch| !branch.done.is_empty()) else { return };
        let place = self.dice.below(branch.done.len());
        let done = branch.done[place].clone();
        let (since, back) =
            (with(&branch.files, &done.after, &done.before), with(&branch.files, &done.before, &done.after));
        let undone = joined(&since, &branch.files, &back);
        let answer = self.sessions[agent].call("undo_action", json!({ "action": done.action }));
        self.tell(&format!("{} undoes {}: {}", AGENTS[agent], done.action, answer.is_error()));
        match undone {
            Some(files) if !answer.is_error() => {
                let branch = self.open[agent].as_mut().unwrap();
                branch.files = files;
                branch.done.remove(place);
            }
            Some(_) => {
                panic!("an undo that contradicts nothing was refused: {:#}\n{}", answer.raw, self.story)
            }
            None => assert!(answer.is_error(), "an undo overwrote what came later\n{}", self.story),
        }
    }

    fn merge(&mut self, agent: usize) {
        let Some(branch) = self.open[agent].clone() else { return };
        let merged = joined(&branch.start, &self.main, &branch.files);
        let finished = self.person(&["branch", "merge", &branch.name, "--yes", "--json"]);
        self.tell(&format!("the person merges {}: {:?} {}", branch.name, finished.code, finished.both()));
        match merged {
            Some(files) if changed(&branch.start, &branch.files).is_empty() || files == self.main => {
                // Nothing to merge: whatever is answered, nothing may change.
                if finished.code == Some(0) {
                    self.open[agent] = None;
                }
            }
            Some(files) => {
                assert_eq!(finished.code, Some(0), "a merge without a conflict was refused\n{}", self.story);
                let action = finished.json()["action"].as_str().unwrap().to_owned();
                self.merges.push(Done { action, before: self.main.clone(), after: files.clone() });
                self.main = files;
                self.open[agent] = None;
            }
            None => assert_ne!(finished.code, Some(0), "a merge overwrote a change\n{}", self.story),
        }
    }

    fn undo_merge(&mut self) {
        if self.merges.is_empty() {
            return;
        }
        let place = self.dice.below(self.merges.len());
        let done = self.merges[place].clone();
        let reverted = joined(&done.after, &self.main, &done.before);
        let finished = self.person(&["undo", &done.action]);
        self.tell(&format!(
            "the person undoes the merge {}: {:?} {}",
            done.action,
            finished.code,
            finished.both()
        ));
        match reverted {
            Some(files) => {
                if finished.code == Some(0) {
                    self.main = files;
                    self.merges.remove(place);
                } else {
                    assert_eq!(
                        files, self.main,
                        "a revert that contradicts nothing was refused\n{}",
                        self.story
                    );
                }
            }
            None => assert_ne!(finished.code, Some(0), "a revert overwrote a change\n{}", self.story),
        }
    }

    fn discard(&mut self, agent: usize) {
        let Some(branch) = self.open[agent].take() else { return };
        self.tell(&format!("the person discards {}", branch.name));
        self.person(&["branch", "discard", &branch.name, "--yes"]).succeeded();
        self.discarded.push(branch);
    }

    fn restore(&mut self) {
        let Some(branch) = self.discarded.pop() else { return };
        let agent =
            AGENTS.iter().position(|agent| branch.name.starts_with(&format!("agent/{agent}/"))).unwrap();
        if self.open[agent].is_some() {
            self.discarded.push(branch);
            return;
        }
        self.tell(&format!("the person restores {}", branch.name));
        self.person(&["branch", "restore", &branch.name]).succeeded();
        self.sessions[agent].call("start_task", json!({ "branch": branch.name })).done();
        self.open[agent] = Some(branch);
    }

    /// Everything is as the model says, asked of plain Git.
    fn check(&self) {
        let root = self.project.root();
        for branch in self.open.iter().flatten() {
            assert_eq!(tree_of(&root, &branch.name), branch.files, "{}\n{}", branch.name, self.story);
        }
        assert_eq!(tree_of(&root, "main"), self.main, "main\n{}", self.story);
        for path in PATHS {
            let there = std::fs::read_to_string(root.join(path)).ok();
            assert_eq!(there.as_ref(), self.main.get(path), "{path} in the working tree\n{}", self.story);
        }
        let status =
            git(&root, &["status", "--porcelain", "--untracked-files=no"]).succeeded().stdout.clone();
        assert_eq!(status, "", "{}", self.story);
        for branch in &self.discarded {
            let found =
                git(&root, &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{}", branch.name)]);
            assert_ne!(found.code, Some(0), "{} is there still\n{}", branch.name, self.story);
        }
    }
}

/// `files` with what `gone` names replaced by `there`.
fn with(files: &Files, there: &Files, gone: &Files) -> Files {
    let mut result = files.clone();
    result.retain(|path, _| !gone.contains_key(path) || there.contains_key(path));
    result.extend(there.iter().map(|(path, text)| (path.clone(), text.clone())));
    result
}

fn tree_of(root: &std::path::Path, name: &str) -> Files {
    let listed = git(root, &["ls-tree", "-r", "--name-only", name]).succeeded().stdout.clone();
    listed
        .lines()
        .filter(|path| PATHS.contains(path))
        .map(|path| {
            let shown = git(root, &["show", &format!("{name}:{path}")]).succeeded().stdout.clone();
            (path.to_owned(), shown)
        })
        .collect()
}

#[test]
fn three_agents_and_a_person_in_any_order_keep_every_state_right() {
    std::thread::scope(|scope| {
        for seed in SEEDS {
            scope.spawn(move || {
                let mut world = World::new(seed);
                for _ in 0..STEPS {
                    world.step();
                    world.check();
                }
                for session in std::mem::take(&mut world.sessions) {
                    session.stop();
                }
                let whole = git(&world.project.root(), &["fsck", "--full", "--strict"]);
                assert_eq!(whole.code, Some(0), "{}\n{}", whole.both(), world.story);
            });
        }
    });
}
