//! A restore killed before calls that change a file: the next start makes it whole, or nothing began.

use super::*;
use crate::crash::{copy_folder, killer};
use tgp_tests::Finished;

/// More calls than a restore makes.
const MOST: usize = 2_000;
/// Every so many calls one is killed.
const STEP: usize = 7;

fn world(project: &Project) -> String {
    let files: Vec<String> = ["a.txt", "b.txt", "u/v.txt", "w.txt"]
        .iter()
        .map(|file| fs::read_to_string(project.path(file)).unwrap_or_default())
        .collect();
    let head = said(project, &["rev-parse", "HEAD"]);
    format!("{files:?} {head} {:?} {}", said(project, &["status", "--porcelain"]), left_over(project))
}

#[test]
fn a_restore_killed_anywhere_is_old_or_new_after_the_next_start() {
    let project = shop();
    project.write("a.txt", "edited\n");
    project.write("u/v.txt", "u\n");
    project.write("w.txt", "w\n");
    let id = take(&project);
    project.write("a.txt", "destroyed\n");
    fs::remove_dir_all(project.path("u")).unwrap();
    said(&project, &["add", "a.txt"]);
    said(&project, &["commit", "--quiet", "-m", "Destroyed"]);
    set(&project, 0);
    let copy = project.above().join("copy");
    for part in ["project", "state"] {
        copy_folder(&project.above().join(part), &copy.join(part));
    }
    let reset = || {
        for part in ["project", "state"] {
            let place = project.above().join(part);
            fs::remove_dir_all(&place).unwrap();
            copy_folder(&copy.join(part), &place);
        }
    };
    let dies_at = |number: usize| {
        let armed = project.above().join("armed");
        fs::write(&armed, number.to_string()).unwrap();
        let mut command = project.command(&["snapshot", "restore", &id, "--yes"]);
        command.env("LD_PRELOAD", killer()).env("CRASH_ARMED", &armed);
        let ended = Finished::run(&mut command);
        fs::remove_file(&armed).unwrap();
        assert!(matches!(ended.code, None | Some(0)), "killed before call {number}: {}", ended.both());
        ended.code == Some(0)
    };
    let old = world(&project);
    assert!(dies_at(MOST * 10));
    let new = world(&project);
    assert_ne!(old, new);
    let mut seen = (0, 0);
    for number in (1..MOST).step_by(STEP) {
        reset();
        let ended = dies_at(number);
        let log = project.tgp(&["timeline", "--limit", "1000", "--json"]);
        assert_eq!(log.code, Some(0), "killed before call {number}: {}", log.both());
        let log: Value = log.json();
        let now = world(&project);
        let at = format!("killed before call {number}");
        assert!(now == old || now == new, "{at}: a third state\n old {old}\n new {new}\n now {now}\n{log:#}");
        assert!(!exists(&project.path(".git/index.lock")), "{at}: no git program is locked out");
        let rows = log["actions"].as_array().unwrap();
        let of = |status: &str| {
            rows.iter().filter(|row| row["type"] == "snapshot_restore" && row["status"] == status).count()
        };
        assert_eq!((of("pending"), of("executed")), (0, usize::from(now == new)), "{at}: {log:#}");
        if now == old {
            seen.0 += 1;
        } else {
            seen.1 += 1;
        }
        if ended {
            assert!(seen.0 > 3 && seen.1 > 0, "it was killed too seldom: {seen:?}");
            assert_sound(&project);
            return;
        }
    }
    panic!("it never ended");
}
