//! Agents' branches in a user's repository, beside the git program, its worktrees, the filesystem reference server and
//! ripgrep.

use std::fmt::Write as _;
use std::process::Command;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use tgp_tests::remote::git;
use tgp_tests::{Editor, Era, Finished, Session};

use crate::checkout::{Checkout, NEEDLE, content, path};
use crate::measure::{Aim, Figure, Row, Unit, microseconds, side_by_side, times};
use crate::peer;

/// Files a branch changes that is compared and merged.
const CHANGED: usize = 50;
/// Agents at work at once.
const AGENTS: usize = 8;

impl Checkout {
    /// Runs of a peer whose every run takes seconds in a large repository.
    fn few(&self, small: usize, large: usize) -> usize {
        if self.size > 10_000 { large } else { small }
    }

    /// A worktree of the peers' repository; the first of them are made while making one is measured.
    fn worktree(&self, number: usize) -> String {
        self.beside(&format!("worktree{number}"))
    }
}

/// Every row of one size.
pub(crate) fn measure(checkout: &Checkout, effort: f64) -> Vec<Row> {
    let mut ours = session(checkout, "coder");
    let mut rows = vec![
        open(checkout, &mut ours, effort),
        write(checkout, &mut ours, effort),
        undo(checkout, &mut ours, effort),
        search(checkout, &mut ours, effort),
    ];
    rows.extend(compare(checkout, &mut ours, effort));
    ours.stop();
    rows.extend(merge(checkout, effort));
    rows.push(together(checkout, effort));
    rows
}

fn session(checkout: &Checkout, agent: &str) -> Session {
    let mut session = Session::start(&mut checkout.project.command(&["mcp", "--agent", agent]));
    session.connect(Era::Legacy);
    session
}

fn call(session: &mut Session, tool: &str, arguments: Value) -> Value {
    session.call(tool, arguments).done().clone()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("`{name}` is a text: {answer:#}"))
}

/// Opens a task, and gives its branch.
fn start(session: &mut Session, description: &str) -> String {
    text(&call(session, "start_task", json!({ "description": description })), "branch").to_owned()
}

fn change(session: &mut Session, number: usize, version: usize) -> Value {
    call(session, "write_file", json!({ "path": path(number), "content": content(number, version) }))
}

fn row(
    checkout: &Checkout,
    what: &'static str,
    peer_name: &'static str,
    figures: (Figure, Figure),
    aim: Aim,
) -> Row {
    let (ours, peer) = figures;
    Row { what, peer_name, size: Some(checkout.size), unit: Unit::Time, ours, peer, aim }
}

fn open(checkout: &Checkout, ours: &mut Session, effort: f64) -> Row {
    let folder = checkout.peers();
    let figures = side_by_side(
        // Not fewer than the agents who work in them later, with the one that is not measured.
        (times(50, effort), checkout.few(10, AGENTS - 1)),
        |n| drop(start(ours, &format!("Open number {n}"))),
        |n| {
            let (place, branch) = (checkout.worktree(n), format!("worktree{n}"));
            git(&folder, &["worktree", "add", "--quiet", "-b", &branch, &place]).succeeded();
        },
    );
    row(checkout, "open an agent's branch", "`git worktree add`", figures, Aim::AtMost(10e3))
}

fn write(checkout: &Checkout, ours: &mut Session, effort: f64) -> Row {
    let folder = checkout.peers();
    let mut files = peer::connect(&mut peer::filesystem(&folder));
    start(ours, "Write notes");
    let inside = |name: String| folder.join(name).to_str().unwrap().to_owned();
    let figures = side_by_side(
        (times(500, effort), times(500, effort)),
        |n| drop(change(ours, n % 900, n + 1)),
        |n| {
            let written = json!({ "path": inside(format!("n{n}.rs")), "content": content(n, 1) });
            drop(call(&mut files, "write_file", written));
        },
    );
    files.stop();
    let peer = "filesystem reference server (Node), no history";
    row(checkout, "write 1 KiB with its commit, over stdio", peer, figures, Aim::Ahead(1.0))
}

fn undo(checkout: &Checkout, ours: &mut Session, effort: f64) -> Row {
    let (runs, peer_runs) = (times(60, effort), checkout.few(10, 5));
    start(ours, "Write and take back");
    let most = 2 * (runs + 20);
    let mut actions: Vec<String> =
        (0..most).map(|n| text(&change(ours, n % 900, n + 7_000), "action").to_owned()).collect();
    let place = std::path::PathBuf::from(checkout.worktree(0));
    for n in 0..2 * peer_runs {
        std::fs::write(place.join(path(n)), content(n, 9)).expect("the file can be written");
        git(&place, &["commit", "--quiet", "--all", "-m", "a change"]).succeeded();
    }
    let figures = side_by_side(
        (runs, peer_runs),
        |_| drop(call(ours, "undo_action", json!({ "action": actions.pop().expect("enough were made") }))),
        |_| drop(git(&place, &["revert", "--no-edit", "HEAD"])),
    );
    row(checkout, "undo one action", "`git revert` in a worktree", figures, Aim::AtMost(20e3))
}

fn search(checkout: &Checkout, ours: &mut Session, effort: f64) -> Row {
    let folder = checkout.peers();
    start(ours, "Look for needles");
    let figures = side_by_side(
        (times(40, effort), times(40, effort)),
        |_| {
            let found = call(ours, "search", json!({ "pattern": NEEDLE }));
            assert!(found["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{found:#}");
        },
        |_| {
            let found = Finished::run(Command::new("rg").current_dir(&folder).args(["-n", NEEDLE, "src"]));
            assert!(found.succeeded().stdout.contains("needle_0"));
        },
    );
    row(checkout, "search a regular expression", "ripgrep on a checkout", figures, Aim::Ahead(0.5))
}

/// A branch that changes files from `first` on.
fn branch_of(ours: &mut Session, first: usize) -> String {
    let branch = start(ours, &format!("Change files from {first}"));
    (first..first + CHANGED).for_each(|number| drop(change(ours, number, first + 1)));
    branch
}

/// The same for git, committed as one; made without a checkout, which takes seconds in a large repository.
fn git_branch_of(checkout: &Checkout, first: usize) -> String {
    let (branch, folder) = (format!("from{first}"), checkout.peers());
    let mut list = String::new();
    for number in first..first + CHANGED {
        let file = folder.join(".git/next");
        std::fs::write(&file, content(number, first + 1)).expect("the file can be written");
        let blob = git(&folder, &["hash-object", "-w", ".git/next"]).succeeded().stdout.trim().to_owned();
        writeln!(list, "100644 {blob}\t{}", path(number)).unwrap();
    }
    std::fs::write(folder.join(".git/list"), list).expect("the list can be written");
    let script = format!(
        "export GIT_INDEX_FILE=.git/other; git read-tree main && git update-index --index-info < .git/list && \
         git update-ref refs/heads/{branch} $(git commit-tree -p main -m 'a change' $(git write-tree))"
    );
    Finished::run(Command::new("sh").current_dir(&folder).args(["-c", &script])).succeeded();
    branch
}

/// What an editor asks, in a process that is there already; a program of its own starts, opens the project and ends.
fn editor(checkout: &Checkout) -> Editor {
    let mut editor = Editor::start(&mut checkout.project.command(&["lsp"]));
    editor.connect(&checkout.project.root(), &json!({ "approvals": true }));
    editor
}

fn compare(checkout: &Checkout, ours: &mut Session, effort: f64) -> [Row; 2] {
    let branch = branch_of(ours, 0);
    let theirs = git_branch_of(checkout, 0);
    let folder = checkout.peers();
    let mut editor = editor(checkout);
    let peer = |_| _ = git(&folder, &["diff", "-M", &format!("main...{theirs}")]).succeeded();
    let alone = side_by_side(
        (times(30, effort), times(30, effort)),
        |_| _ = checkout.project.tgp(&["branch", "diff", &branch, "--json"]).succeeded(),
        peer,
    );
    let asked = side_by_side(
        (times(30, effort), times(30, effort)),
        |_| _ = editor.done("tgp/branches/diff", json!({ "branch": branch })),
        peer,
    );
    editor.stop();
    let aim = Aim::Ahead(1.0);
    [
        row(checkout, "diff of a branch of 50 files, a program's start and all", "`git diff`", alone, aim),
        row(checkout, "diff of a branch of 50 files, in an editor", "`git diff`", asked, aim),
    ]
}

fn merge(checkout: &Checkout, effort: f64) -> [Row; 2] {
    let runs = times(18, effort).min(checkout.few(18, 8));
    let mut ours = session(checkout, "coder");
    let each: Vec<usize> = (1..=runs).map(|n| n * CHANGED).filter(|first| first + CHANGED < 1_000).collect();
    let branches: Vec<(String, String)> =
        each.iter().map(|first| (branch_of(&mut ours, *first), git_branch_of(checkout, *first))).collect();
    ours.stop();
    let folder = checkout.peers();
    let mut editor = editor(checkout);
    let (mut alone, mut asked, mut of_peer) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (branch, other)) in branches.iter().enumerate() {
        let seen = editor.done("tgp/branches/show", json!({ "branch": branch }));
        let begun = Instant::now();
        if n % 2 == 0 {
            checkout.project.tgp(&["branch", "merge", branch, "--yes"]).succeeded();
            alone.push(microseconds(begun.elapsed()));
        } else {
            let agreed = json!({ "branch": branch, "tip": seen["branch"]["tip"] });
            editor.done("tgp/branches/merge", agreed);
            asked.push(microseconds(begun.elapsed()));
        }
        let begun = Instant::now();
        git(&folder, &["merge", "--quiet", "--no-ff", "--no-edit", other]).succeeded();
        of_peer.push(microseconds(begun.elapsed()));
    }
    editor.stop();
    let (peer, name, aim) = (Figure::of(of_peer), "`git merge --no-ff`", Aim::Ahead(1.0));
    [
        row(
            checkout,
            "merge of a branch of 50 files, a program's start and all",
            name,
            (Figure::of(alone), peer),
            aim,
        ),
        row(checkout, "merge of a branch of 50 files, in an editor", name, (Figure::of(asked), peer), aim),
    ]
}

/// How long one write takes while eight do it at once.
fn together(checkout: &Checkout, effort: f64) -> Row {
    let runs = times(50, effort).min(100);
    let ours = thread::scope(|scope| {
        let agents: Vec<_> = (0..AGENTS)
            .map(|agent| {
                scope.spawn(move || {
                    let mut ours = session(checkout, "coder");
                    start(&mut ours, &format!("Agent {agent}"));
                    let samples: Vec<f64> = (0..runs)
                        .map(|n| {
                            let begun = Instant::now();
                            change(&mut ours, agent * 100 + n, n + 2);
                            microseconds(begun.elapsed())
                        })
                        .collect();
                    ours.stop();
                    samples
                })
            })
            .collect();
        agents.into_iter().flat_map(|agent| agent.join().expect("the agent works")).collect()
    });
    let places: Vec<String> = (0..AGENTS).map(|agent| checkout.worktree(agent)).collect();
    let peer_runs = runs.min(checkout.few(10, 3));
    let peer = thread::scope(|scope| {
        let agents: Vec<_> = places
            .iter()
            .enumerate()
            .map(|(agent, place)| {
                scope.spawn(move || {
                    let place = std::path::Path::new(place);
                    let work = |n: usize| {
                        let begun = Instant::now();
                        let file = path(agent * 100 + n);
                        // Another version than any before, or there is nothing to commit.
                        std::fs::write(place.join(&file), content(n, n + 70_000))
                            .expect("the file can be written");
                        git(place, &["add", &file]).succeeded();
                        git(place, &["commit", "--quiet", "-m", "a change"]).succeeded();
                        microseconds(begun.elapsed())
                    };
                    (0..peer_runs).map(work).collect::<Vec<f64>>()
                })
            })
            .collect();
        agents.into_iter().flat_map(|agent| agent.join().expect("the agent works")).collect()
    });
    let figures = (Figure::of(ours), Figure::of(peer));
    let peer = "eight worktrees, `git add` and `git commit`";
    row(checkout, "one write of eight agents at once", peer, figures, Aim::Ahead(1.0))
}
