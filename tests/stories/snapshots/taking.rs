//! When snapshots are taken, and what they hold.

use super::*;

#[test]
fn taking_a_snapshot_changes_nothing_of_a_person_s_and_holds_what_is_not_committed() {
    let project = shop();
    project.write("a.txt", "edited\n");
    project.write("b.txt", "staged\n");
    said(&project, &["add", "b.txt"]);
    project.write("new.txt", "untracked\n");
    project.write("x.log", "ignored\n");
    said(&project, &["stash", "list"]);
    let before = persons(&project);
    let taken = done(&project, &["snapshot", "create", "before the upgrade"]);
    assert!(persons(&project) == before, "nothing of the person\'s changed");
    let shown = &taken["snapshot"];
    assert_eq!((&shown["trigger"], &shown["reason"]), (&json!("manual"), &json!("before the upgrade")));
    assert_eq!(shown["git"]["branch"], "main");
    assert_eq!(shown["git"]["commit"], said(&project, &["rev-parse", "HEAD"]));
    assert_eq!(shown["git"]["uncommitted"], 3);
    assert!(shown["database"]["size"].as_u64().unwrap() > 0);
    assert!(taken["context"]["policy_version"].is_string(), "{taken:#}");
    let id = shown["id"].as_str().unwrap();
    assert_eq!(done(&project, &["snapshot", "show", &id[20..]])["snapshot"]["id"], id);
    assert_eq!(done(&project, &["snapshot", "diff", id])["files"], json!([]));
    project.write("a.txt", "later\n");
    fs::remove_file(project.path("new.txt")).unwrap();
    project.write("more.txt", "m\n");
    set(&project, 5);
    let differs = done(&project, &["snapshot", "diff", id]);
    assert_eq!(paths(&differs["files"]), ["a.txt", "more.txt", "new.txt"]);
    assert_eq!(differs["database_differs"], true);
    assert_sound(&project);
}

#[test]
fn what_is_left_out_is_listed() {
    let project = repository(&[("a.txt", "a\n")]);
    let large = fs::File::create(project.path("large.bin")).unwrap();
    large.set_len((50 << 20) + 1).unwrap();
    fs::create_dir(project.path("inner")).unwrap();
    git(&project.path("inner"), &["init", "--quiet"]).succeeded();
    project.write("inner/x.txt", "x\n");
    let taken = done(&project, &["snapshot", "create"]);
    let left: Vec<&str> = taken["snapshot"]["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["inner", "large.bin"]);
    let shown = project.tgp(&["snapshot", "show", taken["snapshot"]["id"].as_str().unwrap()]);
    assert!(shown.succeeded().stdout.contains("large.bin: it is larger than 50 MiB"), "{}", shown.stdout);
}

#[test]
fn before_a_merge_its_undo_and_an_action_that_was_allowed_one_is_taken() {
    let project = shop();
    branch(&project, "coder/one-1", &[&[("c.txt", Some("c\n"))]]);
    let merged = done(&project, &["branch", "merge", "one", "--yes"]);
    assert_eq!(triggers(&project), ["before_merge"]);
    done(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(triggers(&project), ["before_merge", "before_merge"]);
    project.write(
        ".tgp/policy/asks.yaml",
        "version: 1\nrules:\n  - id: ask-stock\n    effect: require_approval\n    reason: It is counted.\n    \
         match: { operation: [write], table: [stock] }\n",
    );
    let mut session = tgp_tests::Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(tgp_tests::Era::Legacy);
    let sql = json!({ "sql": "UPDATE stock SET left_over = 1" });
    let asked = session.call("exec_sql", sql.clone()).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{asked:?}");
    assert_eq!(triggers(&project).len(), 2, "a question is no reason");
    let questions = done(&project, &["approvals"]);
    let ticket = questions["approvals"][0]["ticket"].as_str().unwrap();
    assert_eq!(project.at_a_terminal(&["approve", ticket], "y").code, Some(0));
    session.call("exec_sql", sql).done();
    assert_eq!(left_over(&project), 1);
    session.stop();
    let listed = done(&project, &["snapshot", "list"]);
    let newest = &listed["snapshots"][0];
    assert_eq!(newest["trigger"], "before_action");
    done(&project, &["snapshot", "restore", newest["id"].as_str().unwrap(), "--only", "database", "--yes"]);
    assert_eq!(left_over(&project), 10, "it is from before the action");
}

#[test]
fn without_a_repository_the_database_alone_is_kept_and_the_rest_says_so() {
    let project = Project::with_database(
        "CREATE TABLE stock (item TEXT, left_over INTEGER); INSERT INTO stock VALUES ('cup', 10)",
    );
    let taken = done(&project, &["snapshot", "create"]);
    let shown = &taken["snapshot"];
    assert!(shown.get("git").is_none() && shown["database"]["size"].as_u64().unwrap() > 0);
    assert_eq!(shown["left_out"][0]["what"], "working tree");
    set(&project, 3);
    let id = shown["id"].as_str().unwrap();
    let lacks = refused(&project, &["snapshot", "restore", id, "--only", "tree", "--yes"]);
    assert_eq!(lacks["code"], "snapshot.missing");
    let restored = done(&project, &["snapshot", "restore", id, "--yes"]);
    assert_eq!(left_over(&project), 10);
    done(&project, &["undo", restored["action"].as_str().unwrap()]);
    assert_eq!(left_over(&project), 3);
    let nothing = Project::new();
    assert_eq!(refused(&nothing, &["snapshot", "create"])["code"], "repository.unusable");
}

#[test]
fn a_plain_push_sends_no_snapshot() {
    let project = shop();
    take(&project);
    let remote = project.above().join("remote.git");
    git(project.above(), &["init", "--quiet", "--bare", remote.to_str().unwrap()]).succeeded();
    said(&project, &["remote", "add", "origin", remote.to_str().unwrap()]);
    said(&project, &["push", "--quiet", "--all", "origin"]);
    assert_eq!(git(&remote, &["for-each-ref", "refs/tgp"]).stdout, "");
    // What the guide says instead of `--mirror`.
    let name = branch(&project, "coder/one-1", &[&[("c.txt", Some("c\n"))]]);
    said(&project, &["tag", "v1"]);
    said(&project, &["config", "remote.origin.push", "+refs/heads/*:refs/heads/*"]);
    said(&project, &["config", "--add", "remote.origin.push", "+refs/tags/*:refs/tags/*"]);
    said(&project, &["config", "--add", "remote.origin.push", "^refs/heads/agent/*"]);
    said(&project, &["push", "--quiet", "--prune", "origin"]);
    assert_eq!(
        git(&remote, &["for-each-ref", "--format=%(refname)"]).stdout,
        "refs/heads/main\nrefs/tags/v1\n",
        "{name}"
    );
}

#[test]
fn a_task_that_begins_has_its_snapshot_and_the_task_need_not_wait_for_it() {
    let project = shop();
    project.write("a.txt", "edited\n");
    let mut session = tgp_tests::Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(tgp_tests::Era::Legacy);
    let opened = session.call("start_task", json!({ "description": "Add a login" })).done().clone();
    session.call("write_file", json!({ "path": "src/login.txt", "content": "login\n" })).done();
    session.call("finish_task", json!({ "summary": "Added it" })).done();
    // A merge waits until it is taken, whichever process takes it.
    let merged = done(&project, &["branch", "merge", "add-a-login", "--yes"]);
    assert_eq!(merged["branch"], opened["branch"]);
    session.stop();
    assert_eq!(triggers(&project), ["before_merge", "agent_start"]);
    let listed = done(&project, &["snapshot", "list"]);
    let begun = &listed["snapshots"][1];
    assert_eq!((&begun["action"], &begun["reason"]), (&opened["action"], &json!("Task: Add a login")));
    assert_eq!((&begun["git"]["branch"], &begun["git"]["uncommitted"]), (&json!("main"), &json!(1)));
    assert!(begun["database"]["size"].as_u64().unwrap() > 0, "{begun:#}");
    assert_eq!(begun.get("left_out"), None);
}

#[test]
fn of_tasks_that_begin_together_each_has_a_snapshot_that_was_begun_after_it() {
    let project = shop();
    let mut session = tgp_tests::Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(tgp_tests::Era::Legacy);
    let begun: Vec<Value> = (0..10)
        .map(|number| {
            // A person works on meanwhile: what stood there before a task began is not what it began with.
            project.write("a.txt", format!("{number}\n"));
            set(&project, number);
            let opened = session.call("start_task", json!({ "description": format!("Task {number}") }));
            opened.done()["action"].clone()
        })
        .collect();
    session.stop();
    let listed = done(&project, &["snapshot", "list"]);
    let all = listed["snapshots"].as_array().unwrap();
    assert_eq!(all.len(), 10);
    let mut held = Vec::new();
    for (number, action) in begun.iter().enumerate() {
        let own: Vec<&Value> = all.iter().filter(|one| one["action"] == *action).collect();
        let [own] = own.as_slice() else { panic!("{number}: {listed:#}") };
        assert_eq!(own["reason"], format!("Task: Task {number}"));
        assert_eq!(own.get("left_out"), None, "{own:#}");
        let id = own["id"].as_str().unwrap();
        let kept = git(&project.root(), &["show", &format!("refs/tgp/snapshots/{id}:disk/a.txt")]);
        let text = kept.succeeded().stdout.clone();
        assert!(text.trim().parse::<usize>().unwrap() >= number, "{own:#}");
        let copy = project.path(&format!(".tgp/{}", own["database"]["path"].as_str().unwrap()));
        let rows = rusqlite::Connection::open(copy).unwrap();
        let left: i64 = rows.query_row("SELECT left_over FROM stock", [], |row| row.get(0)).unwrap();
        assert!(usize::try_from(left).unwrap() >= number, "{number}: {left}");
        held.push((id.to_owned(), text, left));
    }
    // Each comes back by itself, whether others were taken with it or not.
    for (id, text, left) in &held {
        project.write("a.txt", "changed since\n");
        set(&project, 100);
        done(&project, &["snapshot", "restore", id, "--yes"]);
        assert_eq!((project.read("a.txt"), left_over(&project)), (text.clone(), *left));
    }
    assert_sound(&project);
}
