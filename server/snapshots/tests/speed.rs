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
