//! A snapshot of many files looks at each of them and stores what changed. The figures are shown with `--nocapture`.

use std::time::Instant;

use crate::support::*;

#[test]
fn a_snapshot_of_many_unchanged_files_stores_a_few_objects() {
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    for number in 0..20_000 {
        put(
            root.path(),
            &format!("d{}/e{}/f{number}.txt", number % 40, number % 13),
            format!("file {number}\n"),
        );
    }
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "Many"]);
    git(root.path(), &["gc", "--quiet"]);
    let loose = |root: &std::path::Path| {
        git(root, &["count-objects"]).split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let before = loose(root.path());
    put(root.path(), "d1/e1/f1.txt", "changed\n");
    let begun = Instant::now();
    let project = open(root.path());
    let message = message();
    let request = tgp_snapshots::Request {
        id: "many".parse().unwrap(),
        reason: "speed",
        now: NOW,
        context: None,
        message: &message,
        limits: tgp_snapshots::Limits::default(),
    };
    tgp_snapshots::Shelf::new(&project).create(&request).unwrap();
    println!("20,000 files: a snapshot in {:?}", begun.elapsed());
    assert!(loose(root.path()) - before < 20);
}

#[test]
fn a_restore_of_many_files_waits_for_the_disk_once() {
    const FILES: usize = 2_000;
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    put(root.path(), ".gitattributes", "*.txt text\n");
    for number in 0..FILES {
        put(root.path(), &format!("d{}/f{number}.txt", number % 20), format!("file {number}\n"));
    }
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "Many"]);
    let taken = take(root.path(), "many");
    let change = || {
        for number in 0..FILES {
            put(root.path(), &format!("d{}/f{number}.txt", number % 20), format!("other {number}\n"));
        }
    };
    change();
    // The plain git program writes as many files in the same run: a restore that syncs each takes a hundred times that.
    let begun = Instant::now();
    git(root.path(), &["checkout", "--quiet", "--", "."]);
    let gits = begun.elapsed();
    change();
    let begun = Instant::now();
    let options = tgp_snapshots::Options { index: true, ..Default::default() };
    let restored = restore(root.path(), &taken, &options).unwrap();
    let ours = begun.elapsed();
    println!("{FILES} files: git checkout {gits:?}, a restore {ours:?}");
    assert_eq!(restored.written.len(), FILES);
    assert!(ours < gits * 20 + std::time::Duration::from_secs(2), "git {gits:?}, ours {ours:?}");
}
