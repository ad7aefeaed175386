//! Deleting a snapshot: all it held goes, nothing else does, and nobody but a person can.

use super::*;

fn refs(project: &Project) -> String {
    said(project, &["for-each-ref", "--format=%(refname)", "refs/tgp/snapshots"])
}

#[test]
fn a_deleted_snapshot_is_gone_with_its_refs_row_and_database_and_no_undo_brings_it_back() {
    let project = shop();
    let (gone, stays) = (take(&project), take(&project));
    let copy = |id: &str| project.path(&format!(".tgp/state/snapshots/{id}.db"));
    assert!(copy(&gone).is_file() && refs(&project).contains(&gone));
    let (before, theirs) = (persons(&project), refs(&project));
    let asked = project.tgp(&["snapshot", "delete", &gone]);
    assert_ne!(asked.code, Some(0), "nobody was asked: {}", asked.both());
    assert_eq!(refs(&project), theirs);
    let deleted = done(&project, &["snapshot", "delete", &gone[gone.len() - 6..], "--yes"]);
    assert_eq!(deleted["snapshot"]["id"], gone.as_str());
    let listed = done(&project, &["snapshot", "list"]);
    let ids: Vec<&str> =
        listed["snapshots"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [stays.as_str()]);
    assert!(!refs(&project).contains(&gone) && refs(&project).contains(&stays));
    assert!(!copy(&gone).exists() && copy(&stays).is_file());
    assert!(persons(&project) == before, "nothing of the person's changed");
    let row = &project.json(&["timeline", "--limit", "1"])["actions"][0];
    assert_eq!((&row["type"], &row["status"]), (&json!("snapshot_delete"), &json!("executed")));
    let refusal = refused(&project, &["undo", deleted["action"].as_str().unwrap()]);
    assert_eq!(refusal["code"], "undo.impossible", "{refusal:#}");
    assert!(refusal["message"].as_str().unwrap().contains("cannot be brought back"), "{refusal:#}");
    assert_eq!(refused(&project, &["snapshot", "delete", &gone, "--yes"])["code"], "snapshot.missing");
    done(&project, &["snapshot", "restore", &stays, "--yes"]);
    assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0));
    assert_sound(&project);
}

#[test]
fn a_person_reads_which_restores_need_the_snapshot_and_those_then_say_that_it_is_gone() {
    let project = shop();
    let id = take(&project);
    set(&project, 3);
    let restored = done(&project, &["snapshot", "restore", &id, "--yes"]);
    let (action, before) = (restored["action"].as_str().unwrap(), restored["before"].as_str().unwrap());
    let ended = project.tgp(&["snapshot", "delete", before, "--yes"]);
    ended.succeeded();
    assert!(
        ended.both().contains(&format!("the restore {action} is not taken back without it")),
        "{}",
        ended.both()
    );
    let refusal = refused(&project, &["undo", action]);
    assert_eq!(refusal["code"], "snapshot.missing", "{refusal:#}");
    assert_eq!(left_over(&project), 10, "nothing was changed");
}

#[test]
fn a_deletion_killed_in_the_middle_is_whole_after_the_next_start() {
    let project = shop();
    let id = take(&project);
    let armed = project.above().join("armed");
    let mut seen = (0, 0);
    for number in (1..400).step_by(2) {
        fs::write(&armed, number.to_string()).unwrap();
        let mut command = project.command(&["snapshot", "delete", &id, "--yes"]);
        command.env("LD_PRELOAD", crate::crash::killer()).env("CRASH_ARMED", &armed);
        let ended = tgp_tests::Finished::run(&mut command);
        fs::remove_file(&armed).unwrap();
        let listed = done(&project, &["snapshot", "list"]);
        let there = !listed["snapshots"].as_array().unwrap().is_empty();
        let copy = exists(&project.path(&format!(".tgp/state/snapshots/{id}.db")));
        assert_eq!((refs(&project).contains(&id), copy), (there, there), "killed before call {number}");
        let log = project.json(&["timeline", "--limit", "1000"]);
        let rows = log["actions"].as_array().unwrap();
        let done = rows.iter().filter(|row| row["type"] == "snapshot_delete" && row["status"] == "executed");
        assert_eq!(done.count(), usize::from(!there), "killed before call {number}");
        seen = if there { (seen.0 + 1, seen.1) } else { (seen.0, seen.1 + 1) };
        if !there {
            assert!(seen.0 > 3 && ended.code.is_none(), "it was killed in the middle: {seen:?}");
            assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0));
            return;
        }
    }
    panic!("it was never deleted");
}
