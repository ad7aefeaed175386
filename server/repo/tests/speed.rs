//! What reading and writing cost at 10, 1,000 and 10,000 tools. Figures drift with the machine, so only the growth is
//! held; the figures are printed.

use std::path::Path;
use std::time::{Duration, Instant};

use tgp_repo::{Change, Library, Line};

use crate::support::{assert_clean, folder, library, message, path};

fn tool(at: usize) -> String {
    // A hundred tools a folder, folders in folders.
    format!("tools/area{}/group{}/tool{at}.ts", at / 1_000, at / 100)
}

fn filled(root: &Path, tools: usize) -> Library {
    let library = library(root);
    let content = "x".repeat(1_000);
    let changes: Vec<Change> = (0..tools)
        .map(|at| Change { path: path(&tool(at)), content: Some(format!("// {at}\n{content}").into_bytes()) })
        .collect();
    library.write(&Line::Trunk, &changes, &message(1), None).unwrap();
    library.flush().unwrap();
    library
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
    drop(filled(&root, tools));
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
    if tools <= 1_000 {
        assert_clean(&library);
    }
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
