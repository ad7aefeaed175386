//! Branches put away, taken back, sent back; names as people write them.

use serde_json::json;

use super::*;

#[test]
fn a_discarded_branch_comes_back_byte_for_byte_and_discard_and_restore_can_be_undone() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))], &[("c.txt", Some("c\n"))]]);
    let tip = said(&project, &["rev-parse", &name]);
    let before = persons(&project);
    let discarded = done(&project, &["branch", "discard", "one", "--yes"]);
    assert_eq!(discarded["branch"]["status"], "discarded");
    assert!(discarded["branch"]["kept_until"].is_string());
    assert_eq!(said(&project, &["branch", "--list", "agent/*"]), "");
    assert_eq!(done(&project, &["branch", "list"])["branches"], json!([]));
    let restored = done(&project, &["branch", "restore", "one"]);
    assert_eq!(
        (said(&project, &["rev-parse", &name]), restored["branch"]["tip"].as_str()),
        (tip.clone(), Some(tip.as_str()))
    );
    done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert_eq!(done(&project, &["branch", "list", "--all"])["branches"][0]["status"], "discarded");
    done(&project, &["redo"]);
    let again = done(&project, &["branch", "discard", "one", "--yes"]);
    done(&project, &["undo", again["action"].as_str().unwrap()]);
    assert_eq!(said(&project, &["rev-parse", &name]), tip);
    assert!(persons(&project) == before, "none of it is the person's");
    let shown = done(&project, &["branch", "show", "one"]);
    assert_eq!(shown["actions"].as_array().unwrap().len(), 2);
    assert_sound(&project);
}

#[test]
fn after_thirty_days_a_discarded_branch_is_gone_and_not_a_second_before() {
    let project = repository(&[("a.txt", "a\n")]);
    for name in ["coder/old-1", "coder/young-1"] {
        branch(&project, name, &[&[("b.txt", Some("b\n"))]]);
    }
    done(&project, &["branch", "discard", "old", "--yes"]);
    done(&project, &["branch", "discard", "young", "--yes"]);
    let now: i64 = said(&project, &["log", "-1", "--format=%ct", "main"]).parse().unwrap();
    for line in
        said(&project, &["for-each-ref", "--format=%(refname) %(objectname)", "refs/tgp/discarded"]).lines()
    {
        let (name, commit) = line.split_once(' ').unwrap();
        let branch = name.split_once("/agent/").unwrap().1;
        let days = if branch.contains("old") { 31 } else { 29 };
        let when = now - days * 24 * 60 * 60;
        said(&project, &["update-ref", &format!("refs/tgp/discarded/{when}/agent/{branch}"), commit]);
        said(&project, &["update-ref", "-d", name]);
    }
    let all = done(&project, &["branch", "list", "--all"]);
    let names: Vec<&str> =
        all["branches"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["agent/coder/young-1"]);
    assert_eq!(refused(&project, &["branch", "restore", "old"])["code"], "branch.missing");
    assert_eq!(said(&project, &["for-each-ref", "refs/tgp/starts/agent/coder/old-1"]), "");
    done(&project, &["branch", "restore", "young"]);
}

#[test]
fn a_branch_a_person_has_checked_out_is_not_put_away() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    said(&project, &["checkout", "--quiet", &name]);
    let before = persons(&project);
    assert_eq!(refused(&project, &["branch", "discard", "one", "--yes"])["code"], "branch.checked_out");
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "arguments.invalid", "an agent's branch is no target: {refusal:#}");
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    done(&project, &["branch", "merge", "one", "--into", "main", "--yes"]);
    assert_eq!(
        said(&project, &["rev-parse", "HEAD"]),
        said(&project, &["rev-parse", &name]),
        "HEAD's branch stays"
    );
}

#[test]
fn a_name_may_be_shortened_to_what_fits_one_branch_only() {
    let project = repository(&[("a.txt", "a\n")]);
    for name in ["coder/add-login-1", "coder/add-logout-1", "ops/deploy-1"] {
        branch(&project, name, &[&[("b.txt", Some("b\n"))]]);
    }
    for (text, whole) in [
        ("deploy", "agent/ops/deploy-1"),
        ("ops/", "agent/ops/deploy-1"),
        ("login", "agent/coder/add-login-1"),
        ("agent/coder/add-logout-1", "agent/coder/add-logout-1"),
        ("refs/heads/agent/coder/add-logout-1", "agent/coder/add-logout-1"),
    ] {
        assert_eq!(done(&project, &["branch", "show", text])["branch"]["name"], whole, "{text}");
    }
    let refusal = refused(&project, &["branch", "show", "add-lo"]);
    assert_eq!(refusal["code"], "arguments.invalid");
    assert_eq!(
        refusal["details"]["branches"],
        json!(["agent/coder/add-login-1", "agent/coder/add-logout-1"])
    );
    for wrong in ["nothing", "main", "--help-me", "\u{1b}[2K", ""] {
        let ended = project.tgp(&["--json", "branch", "show", "--", wrong]);
        assert_eq!(ended.json()["error"]["code"], "branch.missing", "{wrong:?}: {}", ended.both());
    }
}

#[test]
fn one_that_was_put_away_says_how_it_comes_back() {
    let project = repository(&[("a.txt", "a\n")]);
    branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    done(&project, &["branch", "discard", "one", "--yes"]);
    let refusal = refused(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refusal["code"], "branch.closed");
    assert!(refusal["hint"].as_str().unwrap().contains("tgp branch restore"));
    done(&project, &["branch", "restore", "one"]);
    assert_eq!(refused(&project, &["branch", "restore", "one"])["code"], "arguments.invalid");
    done(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(refused(&project, &["branch", "restore", "one"])["code"], "branch.closed");
    assert_eq!(refused(&project, &["branch", "discard", "one", "--yes"])["code"], "branch.closed");
}

#[test]
fn a_branch_moved_or_removed_by_hand_is_shown_as_it_is() {
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/one-1", &[&[("b.txt", Some("b\n"))]]);
    said(&project, &["update-ref", "-d", &format!("refs/tgp/starts/{name}")]);
    let shown = done(&project, &["branch", "diff", "one"]);
    assert_eq!(paths(&shown["files"]), ["b.txt"], "where it parted from HEAD stands for where it began");
    said(&project, &["branch", "-D", &name]);
    assert_eq!(refused(&project, &["branch", "show", "one"])["code"], "branch.missing");
    assert_eq!(done(&project, &["branch", "list", "--all"])["branches"], json!([]));
}
