//! A person who works in the checkout while a merge moves it: what they do comes whole before it, whole after it, or
//! fails; nothing of theirs and nothing of the agent's is taken back without a word.

use super::*;

/// A `git` that is the person's for a moment before it is git: it tries to stage and to commit right when tgp has let git
/// move the checkout, and notes what came of it.
fn meddling(project: &Project) -> (String, std::path::PathBuf) {
    let path = std::env::var("PATH").unwrap();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    let (bin, notes) = (project.above().join("bin"), project.above().join("notes"));
    fs::create_dir_all(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *read-tree*) (\n\
         unset GIT_INDEX_FILE\n\
         for words in 'add theirs.txt' 'commit -m Theirs' 'commit -am Theirs' 'commit -m Theirs theirs.txt'; do\n\
         {git} $words >/dev/null; echo \"code $?\"; done; {git} rev-parse main\n\
         ) >> {notes} 2>&1 ;; esac\nexec {git} \"$@\"\n",
        git = real.display(),
        notes = notes.display()
    );
    fs::write(bin.join("git"), script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(bin.join("git"), mode).unwrap();
    (format!("{}:{path}", bin.display()), notes)
}

#[test]
fn a_commit_tried_while_a_merge_moves_the_checkout_fails_on_the_lock_and_takes_nothing_back() {
    let project = repository(&[("a.txt", LINES), ("theirs.txt", "t\n")]);
    branch(&project, "coder/one-1", &[&[("a.txt", Some("A\n")), ("new.txt", Some("n\n"))]]);
    branch(&project, "coder/two-2", &[&[("two.txt", Some("2\n"))]]);
    branch(&project, "coder/three-3", &[&[("three.txt", Some("3\n"))], &[("four.txt", Some("4\n"))]]);
    project.write("theirs.txt", "staged\n");
    git(&project.root(), &["add", "theirs.txt"]).succeeded();
    project.write("theirs.txt", "edited\n");
    let (path, notes) = meddling(&project);
    let run = |arguments: &[&str]| {
        let before = said(&project, &["rev-parse", "main"]);
        let _ = fs::remove_file(&notes);
        let ended = Finished::run(project.command(arguments).env("PATH", &path));
        ended.succeeded();
        let told = fs::read_to_string(&notes).unwrap();
        assert_eq!(told.matches("code 128").count(), 4, "{told}");
        assert_eq!(told.matches("index.lock': File exists").count(), 4, "{told}");
        assert_eq!(told.lines().last().unwrap(), before, "the branch moves last");
        assert_eq!(said(&project, &["status", "--porcelain"]), "MM theirs.txt");
        assert_eq!(said(&project, &["show", ":theirs.txt"]), "staged");
        ended
    };
    let merged = run(&["branch", "merge", "one", "--yes", "--json"]).json();
    assert_eq!((project.read("a.txt"), project.read("new.txt")), ("A\n".to_owned(), "n\n".to_owned()));
    run(&["branch", "merge", "two", "--squash", "--yes"]);
    run(&["branch", "merge", "three", "--action", &action(1), "--yes"]);
    assert!(exists(&project.path("four.txt")) && !exists(&project.path("three.txt")));
    run(&["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(project.read("a.txt"), LINES);
    // The same commit a moment later brings the person's change alone.
    git(&project.root(), &["commit", "--quiet", "-m", "Theirs"]).succeeded();
    assert_eq!(said(&project, &["show", "--name-status", "--format=", "main"]), "M\ttheirs.txt");
    assert!(
        !exists(&project.path(".git/tgp/lock-index.next")) && !exists(&project.path(".git/tgp/lock-index"))
    );
    assert_sound(&project);
}

#[test]
fn of_a_person_who_commits_all_the_time_and_merges_at_once_nothing_is_lost_and_nothing_taken_back() {
    const MANY: usize = 6;
    let project = &repository(&[("a.txt", "a\n")]);
    let names: Vec<String> = (0..MANY)
        .map(|number| {
            branch(project, &format!("coder/task-{number}"), &[&[(&format!("f{number}.txt"), Some("x\n"))]])
        })
        .collect();
    let over = std::sync::atomic::AtomicBool::new(false);
    let commits = std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let mut commits = 0;
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                let name = format!("p{commits}.txt");
                project.write(&name, "p\n");
                let tried = |arguments: &[&str]| git(&project.root(), arguments).code == Some(0);
                // `git commit` reads the index before it locks it, and writes what it read although HEAD moved meanwhile:
                // it fails then, and whoever tries again has to begin from HEAD. That is so beside any git program.
                while !(tried(&["add", &name]) && tried(&["commit", "--quiet", "-m", &name])) {
                    while !tried(&["reset", "--quiet"]) {}
                }
                commits += 1;
            }
            commits
        });
        for name in &names {
            loop {
                let ended = project.tgp(&["branch", "merge", name, "--yes", "--json"]);
                match ended.json()["error"]["code"].as_str() {
                    None => break,
                    Some("branch.moved" | "merge.blocked") => {}
                    Some(other) => panic!("{other}: {}", ended.both()),
                }
            }
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        person.join().unwrap()
    });
    let all = said(project, &["log", "--no-merges", "--format=%h %cn %ct", "--name-status", "main"]);
    let taken_back = all.lines().any(|line| line.starts_with('D'));
    assert!(!taken_back, "a commit took a merge back: {all}\n{}", said(project, &["reflog", "main"]));
    let theirs = (0..commits).map(|number| format!("p{number}.txt"));
    for file in theirs.chain((0..MANY).map(|number| format!("f{number}.txt"))) {
        said(project, &["cat-file", "-e", &format!("main:{file}")]);
    }
    assert_eq!(said(project, &["status", "--porcelain"]), "");
    assert_sound(project);
}
