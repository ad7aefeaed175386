//! What reading and writing cost at 10, 1,000 and 10,000 tools. Figures drift with the machine, so only the growth is
//! held; the figures are printed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tgp_repo::{Change, Library, Line};

use crate::support::{assert_clean, folder, git, library, message, path};

fn tool(at: usize) -> String {
    // A hundred tools a folder, folders in folders.
    format!("tools/area{}/group{}/tool{at}.ts", at / 1_000, at / 100)
}

/// A library that was pulled: packed by git, checked out by git.
fn filled(root: &Path, tools: usize) {
    drop(library(root));
    let mut stream =
        "commit refs/heads/main\ncommitter Person <person@localhost> 1790000000 +0000\ndata 4\nfill\n"
            .to_owned();
    stream.push_str("from refs/heads/main^0\n");
    for at in 0..tools {
        let content = format!("// {at}\n{}", "x".repeat(1_000));
        write!(stream, "M 100644 inline {}\ndata {}\n{content}\n", tool(at), content.len()).unwrap();
    }
    let mut import = std::process::Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(root)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut import.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    git(root, &["reset", "--quiet", "--hard"]);
}

fn median(mut work: impl FnMut(usize), rounds: usize) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|at| {
            let begun = Instant::now();
            work(at);
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[rounds / 2]
}

#[derive(Debug)]
#[expect(dead_code, reason = "printed, all of them")]
struct Figures {
    open: Duration,
    write: Duration,
    head: Duration,
    read: Duration,
    blob: Duration,
    list: Duration,
    index: Duration,
    flush: Duration,
}

fn measure(tools: usize) -> Figures {
    let folder = folder();
    let root = folder.path().join(".tgp");
    filled(&root, tools);
    let begun = Instant::now();
    let library = Library::open(&root, &tgp_repo::LibrarySettings::default()).unwrap();
    let open = begun.elapsed();
    let content = "y".repeat(1_024);
    let write = median(
        |at| {
            let changes = [Change {
                path: path(&tool(at * 7 % tools)),
                content: Some(format!("{content}{at}").into_bytes()),
            }];
            let prepared = library.prepare(&Line::Trunk, &changes, &message(at as u128), None).unwrap();
            library.publish(prepared).unwrap();
        },
        101,
    );
    let index = median(
        |at| {
            let changes =
                [Change { path: path(&tool(at)), content: Some(format!("{at}{content}").into_bytes()) }];
            let prepared = library.prepare(&Line::Trunk, &changes, &message(at as u128), None).unwrap();
            library.publish(prepared).unwrap();
            library.update_index().unwrap();
        },
        9,
    );
    let flush = median(
        |at| {
            let changes =
                [Change { path: path(&tool(at)), content: Some(format!("{at} {content}").into_bytes()) }];
            let prepared = library.prepare(&Line::Trunk, &changes, &message(at as u128), None).unwrap();
            library.publish(prepared).unwrap();
            library.flush().unwrap();
        },
        9,
    );
    let head = median(|_| assert!(library.head().unwrap().is_some()), 101);
    let read = median(|at| assert!(library.read(&path(&tool(at * 31 % tools))).unwrap().is_some()), 101);
    let blob = median(|at| assert!(library.blob(&path(&tool(at * 31 % tools))).unwrap().is_some()), 101);
    let list = median(|_| assert_eq!(library.list(&path("tools")).unwrap().len(), tools), 11);
    assert_clean(&library);
    Figures { open, write, head, read, blob, list, index, flush }
}

#[test]
fn a_write_costs_the_same_in_a_small_and_a_large_library() {
    let figures = [10, 1_000, 10_000].map(|tools| (tools, measure(tools)));
    for (tools, figures) in &figures {
        println!("{tools:>6} tools: {figures:?}");
    }
    let [(_, small), _, (_, large)] = figures;
    assert!(large.write < small.write * 4 + Duration::from_millis(2), "{:?} {:?}", small.write, large.write);
    assert!(large.read < small.read * 4 + Duration::from_millis(1), "{:?} {:?}", small.read, large.read);
    assert!(large.head < small.head * 4 + Duration::from_millis(1), "{:?} {:?}", small.head, large.head);
}
