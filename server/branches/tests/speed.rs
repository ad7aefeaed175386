//! Cost follows the change, not the tree. The figures are shown with `--nocapture`; the stops are wide, so that a busy
//! machine does not fail, and far from what any walk over the whole tree would cost.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use tgp_branches::ignore::Selection;
use tgp_branches::integrate::How;
use tgp_branches::search::Query;
use tgp_model::CancelToken;

use crate::support::*;

/// A repository of many files, made by `git fast-import` without a checkout.
fn large(files: usize) -> tempfile::TempDir {
    let root = folder();
    git(root.path(), &["init", "--quiet", "--bare"]);
    let mut stream =
        String::from("commit refs/heads/main\ncommitter P <p@localhost> 1700000000 +0000\ndata 0\n");
    for number in 0..files {
        let text = format!("fn f{number}() {{ let value = {number}; }}\n// one line\n// two lines\n");
        let name = format!("d{:02}/e{:02}/f{number}.rs", number % 50, number / 50 % 40);
        write!(stream, "M 644 inline {name}\ndata {}\n{text}\n", text.len()).unwrap();
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(root.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    root
}

/// What something took: on the wall, and of this thread's processor, which a busy machine does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    processor: Duration,
    wall: Duration,
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

fn cost(what: &mut dyn FnMut()) -> Cost {
    let (wall, begun) = (Instant::now(), processor());
    what();
    Cost { processor: processor().saturating_sub(begun), wall: wall.elapsed() }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort();
    costs[costs.len() / 2]
}

#[test]
fn opening_writing_and_undoing_cost_the_same_in_ten_files_and_in_a_hundred_thousand() {
    for files in [1_000, 100_000] {
        let root = large(files);
        let branches = open(root.path());
        let timed =
            |what: &mut dyn FnMut(u128)| median((0..15).map(|number| cost(&mut || what(number))).collect());
        let opening = timed(&mut |number| drop(task(&branches, "coder", &format!("open {number}"))));
        let begun = task(&branches, "coder", "work");
        let writing = timed(&mut |number| {
            act(
                &branches,
                &begun.branch,
                number + 1,
                &[write(&format!("d07/e03/new{number}.rs"), "fn new() {}\n")],
            );
        });
        let log = branches.log(&begun.branch, 100).unwrap();
        let undoing = timed(&mut |number| {
            let commit = log[usize::try_from(number).unwrap()].commit;
            branches.undo(&begun.branch, &[commit], &message(number + 100)).unwrap();
        });
        for number in 0..50 {
            let name = format!("d{number:02}/e00/f{number}.rs");
            act(
                &branches,
                &begun.branch,
                number + 200,
                &[write(&name, format!("fn changed{number}() {{}}\n"))],
            );
        }
        let merging = timed(&mut |_| {
            drop(branches.prepare_merge(&begun.branch, "refs/heads/main", How::Merge).unwrap());
        });
        let (tip, last) = (branches.tip(&begun.branch).unwrap(), begun.branch.clone());
        let diffing = timed(&mut |_| {
            let diffs = branches.diff(begun.start, tip).unwrap();
            assert_eq!(
                branches.patch_of(&diffs).unwrap().windows(11).filter(|w| w == b"diff --git ").count(),
                50
            );
        });
        println!(
            "{files} files: open {opening:?}, write {writing:?}, undo {undoing:?}, merge of 50 {merging:?}, diff of 50 {diffing:?}"
        );
        let stop = Duration::from_millis(20);
        for taken in [opening, writing, undoing, merging, diffing] {
            assert!(taken.processor < stop, "{taken:?}");
        }
        let query = Query {
            pattern: "value = 99[0-9]{2};".to_owned(),
            plain: false,
            ignore_case: false,
            selection: Selection::default(),
            limit: 1000,
            per_file: 10,
        };
        let begun = Instant::now();
        let found = branches.search(tip, &query, &CancelToken::new()).unwrap();
        println!(
            "{files} files: search {:?}, {} of {} files",
            begun.elapsed(),
            found.lines.len(),
            found.searched
        );
        assert_eq!(found.searched, files);
        act(
            &branches,
            &last,
            900,
            &[write(".gitignore", "target/\n*.log\n"), write("d03/.gitignore", "*.tmp\n")],
        );
        let begun = Instant::now();
        let found = branches.search(branches.tip(&last).unwrap(), &query, &CancelToken::new()).unwrap();
        println!(
            "{files} files: search with ignore files {:?}, {} found",
            begun.elapsed(),
            found.lines.len()
        );
    }
}
