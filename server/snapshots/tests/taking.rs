//! Taking, listing, showing and comparing snapshots.

use tgp_snapshots::{CreateError, LeftOutWhy, Limits, Request, Shelf, SnapshotId};

use crate::support::*;

#[test]
fn a_snapshot_changes_nothing_and_survives_gc_with_prune_now() {
    let root = repository(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    put(root.path(), "a.txt", "staged\n");
    git(root.path(), &["add", "a.txt"]);
    put(root.path(), "a.txt", "changed\n");
    put(root.path(), "new.txt", "new\n");
    let taken = take(root.path(), "one");
    let head = git(root.path(), &["rev-parse", "HEAD"]);
    assert_eq!(
        (taken.about.branch.as_deref(), taken.about.commit.as_deref()),
        (Some("refs/heads/main"), Some(head.as_str()))
    );
    git(root.path(), &["commit", "--quiet", "--amend", "-am", "Rewritten"]);
    git(root.path(), &["reflog", "expire", "--expire=now", "--all"]);
    git(root.path(), &["gc", "--quiet", "--prune=now"]);
    assert_sound(root.path());
    let project = open(root.path());
    let shelf = Shelf::new(&project);
    let shown = shelf.show(&"one".parse().unwrap()).unwrap().unwrap();
    assert_eq!(shown, taken);
    assert_eq!(shelf.context(&shown).unwrap().unwrap(), b"{\"notes\":[]}");
    assert_eq!(git(root.path(), &["show", &format!("{}:index/a.txt", taken.commit)]), "staged");
    assert_eq!(git(root.path(), &["show", &format!("{}:disk/a.txt", taken.commit)]), "changed");
    assert_eq!(git(root.path(), &["show", &format!("{}:disk/new.txt", taken.commit)]), "new");
    assert_eq!(git(root.path(), &["show", &format!("{}:clean/b.txt", taken.commit)]), "b");
    assert_eq!(git(root.path(), &["cat-file", "-t", &head]), "commit", "HEAD's commit of then is kept");
}

#[test]
fn snapshots_are_listed_newest_first_and_let_go() {
    let root = repository(&[("a.txt", "a\n")]);
    for name in ["a", "bb", "ccc"] {
        take(root.path(), name);
    }
    let project = open(root.path());
    let shelf = Shelf::new(&project);
    let names = || shelf.list().unwrap().iter().map(|one| one.about.id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(), ["ccc", "bb", "a"]);
    let message = message();
    let request = Request {
        id: "bb".parse().unwrap(),
        reason: "",
        now: NOW,
        context: None,
        message: &message,
        limits: Limits::default(),
    };
    assert!(matches!(shelf.create(&request), Err(CreateError::Exists { .. })));
    git(root.path(), &["pack-refs", "--all"]);
    assert!(shelf.forget(&"bb".parse().unwrap()).unwrap());
    assert!(!shelf.forget(&"bb".parse().unwrap()).unwrap());
    assert_eq!(names(), ["ccc", "a"]);
    git(root.path(), &["update-ref", "refs/tgp/snapshots/strange", "HEAD"]);
    assert_eq!(names(), ["ccc", "a"], "one that is no snapshot costs only itself");
    for text in ["", "../x", "-x", "a/b", "x.lock", "a b"] {
        assert!(text.parse::<SnapshotId>().is_err(), "{text}");
    }
}

#[test]
fn what_is_left_out_is_listed() {
    let root = repository(&[("a.txt", "a\n"), (".gitignore", "*.log\n")]);
    put(root.path(), "big.bin", vec![1_u8; 3000]);
    put(root.path(), "a.txt", vec![b'x'; 3000]);
    put(root.path(), "one.txt", vec![1_u8; 900]);
    put(root.path(), "two.txt", vec![2_u8; 900]);
    put(root.path(), "noise.log", "ignored\n");
    put(root.path(), ".tgp/state/x", "x");
    put(root.path(), "nested/x", "x");
    git(&root.path().join("nested"), &["init", "--quiet"]);
    let taken = take_with(root.path(), "one", Limits { largest: 1000, most: 1000, ignored: false });
    let left: Vec<(String, LeftOutWhy)> =
        taken.about.left_out.iter().map(|left| (left.path.to_string(), left.why)).collect();
    let own = |text: &str| text.to_owned();
    assert_eq!(
        left,
        [
            (own(".tgp/state/x"), LeftOutWhy::Reserved),
            (own("a.txt"), LeftOutWhy::TooLarge),
            (own("big.bin"), LeftOutWhy::TooLarge),
            (own("nested"), LeftOutWhy::Nested),
            (own("two.txt"), LeftOutWhy::TooMuch),
        ]
    );
    let project = open(root.path());
    assert_eq!(Shelf::new(&project).show(&"one".parse().unwrap()).unwrap().unwrap().about, taken.about);
    let with = take_with(root.path(), "two", Limits { ignored: true, ..Limits::default() });
    assert_eq!(git(root.path(), &["show", &format!("{}:disk/noise.log", with.commit)]), "ignored");
}

#[test]
fn two_snapshots_and_now_are_compared() {
    let root = repository(&[("a.txt", "a\n"), ("b.txt", "b\n"), ("c.txt", "c\n")]);
    let first = take(root.path(), "first");
    put(root.path(), "a.txt", "A\n");
    std::fs::remove_file(root.path().join("b.txt")).unwrap();
    put(root.path(), "new.txt", "n\n");
    let second = take(root.path(), "second");
    put(root.path(), "new.txt", "N\n");
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "All"]);
    let project = open(root.path());
    let shelf = Shelf::new(&project);
    let names = |found: Vec<tgp_snapshots::Difference>| -> Vec<String> {
        let side = |leaf: Option<tgp_git::Leaf>| if leaf.is_some() { "+" } else { "-" };
        found.iter().map(|one| format!("{}{}{}", one.path, side(one.before), side(one.after))).collect()
    };
    assert_eq!(names(shelf.diff(&first, &second).unwrap()), ["a.txt++", "b.txt+-", "new.txt-+"]);
    assert_eq!(names(shelf.diff_now(&second, Limits::default()).unwrap()), ["new.txt++"]);
    assert_eq!(
        names(shelf.diff_now(&first, Limits::default()).unwrap()),
        ["a.txt++", "b.txt+-", "new.txt-+"]
    );
}

#[test]
fn a_bare_repository_refuses_and_an_empty_one_is_kept() {
    let bare = folder();
    git(bare.path(), &["init", "--quiet", "--bare"]);
    let project = open(bare.path());
    let message = message();
    let request = Request {
        id: "x".parse().unwrap(),
        reason: "",
        now: NOW,
        context: None,
        message: &message,
        limits: Limits::default(),
    };
    assert!(matches!(Shelf::new(&project).create(&request), Err(CreateError::Bare { .. })));
    let root = folder();
    git(root.path(), &["init", "--quiet"]);
    put(root.path(), "draft.txt", "draft\n");
    let taken = take(root.path(), "empty");
    assert_eq!(taken.about.commit, None);
    assert_sound(root.path());
}

#[test]
fn conflicts_split_indexes_sparse_files_and_filters_are_kept_as_they_stand() {
    let root = repository(&[
        ("a.txt", "a\n"),
        ("in/x", "x\n"),
        ("out/y", "y\n"),
        ("f.dat", "f\n"),
        (".gitattributes", "*.dat filter=evil\n"),
    ]);
    git(root.path(), &["branch", "other"]);
    put(root.path(), "a.txt", "ours\n");
    git(root.path(), &["commit", "--quiet", "-am", "Ours"]);
    git(root.path(), &["checkout", "--quiet", "other"]);
    put(root.path(), "a.txt", "theirs\n");
    git(root.path(), &["commit", "--quiet", "-am", "Theirs"]);
    assert!(!try_git(root.path(), &["merge", "main"]).status.success());
    git(root.path(), &["update-index", "--split-index"]);
    let mark = root.path().join(".git/ran");
    git(root.path(), &["config", "filter.evil.clean", &format!("touch {}; cat", mark.display())]);
    put(root.path(), "f.dat", "raw bytes\n");
    let taken = take(root.path(), "one");
    assert!(!mark.exists());
    assert_eq!(git(root.path(), &["show", &format!("{}:disk/f.dat", taken.commit)]), "raw bytes");
    assert!(git(root.path(), &["show", &format!("{}:disk/a.txt", taken.commit)]).contains("<<<<<<<"));
    assert_eq!(
        git(root.path(), &["ls-tree", "--name-only", &format!("{}:stages", taken.commit)]).lines().count(),
        3
    );
    git(root.path(), &["reset", "--quiet", "--hard", "main"]);
    git(root.path(), &["sparse-checkout", "set", "--cone", "in"]);
    let sparse = take(root.path(), "two");
    git(root.path(), &["sparse-checkout", "disable"]);
    put(root.path(), "in/x", "changed since\n");
    let restored =
        restore(root.path(), &sparse, &tgp_snapshots::Options { index: true, ..Default::default() }).unwrap();
    assert_eq!((restored.written, restored.removed), (vec![path("in/x")], Vec::new()));
    assert_eq!(std::fs::read_to_string(root.path().join("out/y")).unwrap(), "y\n");
    assert_sound(root.path());
}

#[test]
fn a_merge_that_is_going_on_and_work_in_a_submodule_are_said_to_be_left_out() {
    let inner = repository(&[("lib.txt", "lib\n")]);
    let root = repository(&[("a.txt", "a\n")]);
    let from = inner.path().display().to_string();
    git(root.path(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "clean"]);
    git(root.path(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "worked"]);
    git(root.path(), &["commit", "--quiet", "-m", "Submodules"]);
    git(root.path(), &["branch", "other"]);
    put(root.path(), "a.txt", "ours\n");
    git(root.path(), &["commit", "--quiet", "-am", "Ours"]);
    git(root.path(), &["checkout", "--quiet", "other"]);
    put(root.path(), "a.txt", "theirs\n");
    git(root.path(), &["commit", "--quiet", "-am", "Theirs"]);
    assert!(!try_git(root.path(), &["merge", "main"]).status.success());
    put(root.path(), "worked/lib.txt", "work\n");
    let taken = take(root.path(), "one");
    let left: Vec<_> = taken.about.left_out.iter().map(|left| (left.path.to_string(), left.why)).collect();
    assert_eq!(
        left,
        [(".git/MERGE_HEAD".to_owned(), LeftOutWhy::Begun), ("worked".to_owned(), LeftOutWhy::Submodule)]
    );
    git(root.path(), &["merge", "--abort"]);
    restore(root.path(), &taken, &tgp_snapshots::Options { index: true, ..Default::default() }).unwrap();
    assert_eq!(std::fs::read_to_string(root.path().join("worked/lib.txt")).unwrap(), "work\n");
    assert!(status(root.path()).contains("u UU"), "{}", status(root.path()));
}

#[test]
fn the_index_is_kept_as_git_would_write_it_whatever_of_its_cached_trees_still_holds() {
    let files: Vec<String> = (0..60).map(|n| format!("d{}/e{}/f{n}.txt", n % 6, n % 3)).collect();
    let pairs: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "x\n")).collect();
    let root = repository(&pairs);
    let kept = |name: &str| {
        let taken = take(root.path(), name);
        git(root.path(), &["rev-parse", &format!("{}:index", taken.commit)])
    };
    let stage = |script: &[&[&str]]| script.iter().for_each(|words| drop(git(root.path(), words)));
    // Git notes all trees when it writes them, and takes away those above whatever is staged afterwards.
    stage(&[&["write-tree"]]);
    assert_eq!(kept("nothing"), git(root.path(), &["write-tree"]));
    put(root.path(), "d1/e1/f1.txt", "staged\n");
    put(root.path(), "d2/new.txt", "new\n");
    put(root.path(), "d2.txt", "sorts before what is in the folder\n");
    std::fs::remove_dir_all(root.path().join("d3")).unwrap();
    std::fs::remove_dir_all(root.path().join("d4")).unwrap();
    put(root.path(), "d4", "a file in place of a folder\n");
    stage(&[&["add", "--all"]]);
    let some = kept("some");
    assert_eq!(some, git(root.path(), &["write-tree"]));
    assert_eq!(kept("all-noted"), some, "now the trees of the index are noted, and are not the commit's");
    stage(&[&["reset", "--quiet", "--mixed", "HEAD"], &["rm", "--quiet", "-r", "--cached", "d0"]]);
    assert_eq!(kept("gone"), git(root.path(), &["write-tree"]));
    stage(&[&["reset", "--quiet", "--hard", "HEAD"]]);
    put(root.path(), "d5/soon.txt", "soon\n");
    stage(&[&["add", "--intent-to-add", "d5/soon.txt"]]);
    assert_eq!(kept("soon"), git(root.path(), &["write-tree"]));
}

#[test]
fn among_many_files_every_kind_of_change_is_found_as_git_finds_it() {
    let files: Vec<String> = (0..6_000).map(|n| format!("d{}/e{}/f{n}.txt", n % 40, n % 7)).collect();
    let pairs: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "the same length\n")).collect();
    let root = repository(&pairs);
    let at = |n: usize| root.path().join(&files[n]);
    for n in (0..6_000).step_by(617) {
        put(root.path(), &files[n], "the same_length\n");
        std::fs::remove_file(at(n + 1)).unwrap();
        executable(root.path(), &files[n + 2]);
        std::fs::remove_file(at(n + 3)).unwrap();
        std::os::unix::fs::symlink("elsewhere", at(n + 3)).unwrap();
        // Touched, and the same.
        put(root.path(), &files[n + 4], "the same length\n");
    }
    // A folder that is a symlink by now holds none of the repository's files, whatever it leads to.
    std::fs::rename(root.path().join("d5"), root.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("moved", root.path().join("d5")).unwrap();
    let scan = open(root.path())
        .scan(tgp_git::scan::ScanOptions { untracked: false, ignored: false, largest: 1 << 20 })
        .unwrap();
    let found: Vec<String> = scan.tracked.iter().map(|file| file.path.to_string()).collect();
    let told = git(root.path(), &["diff", "--name-only"]);
    assert_eq!(found, told.lines().collect::<Vec<_>>());
    assert!(found.len() > 150, "{}", found.len());
}

#[test]
fn a_few_paths_are_looked_at_with_what_stands_above_and_beneath_them() {
    let root = repository(&[("a.txt", "a\n"), ("d/e/one.txt", "1\n"), ("d/two.txt", "2\n"), ("dd/x", "x\n")]);
    for file in ["a.txt", "d/e/one.txt", "d/two.txt", "dd/x"] {
        put(root.path(), file, "changed\n");
    }
    let project = open(root.path());
    let found = |asked: &[&str]| {
        let paths: Vec<tgp_git::GitPath> = asked.iter().map(|text| path(text)).collect();
        let scan = project.scan_at(&paths.iter().collect::<Vec<_>>(), 1 << 20).unwrap();
        scan.tracked.iter().map(|file| file.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["a.txt"]), ["a.txt"]);
    assert_eq!(found(&["d"]), ["d/e/one.txt", "d/two.txt"], "what goes where a file comes");
    assert_eq!(found(&["a.txt/new.txt"]), ["a.txt"], "what goes where a folder comes");
    assert_eq!(found(&["d/e/one.txt", "dd/x", "none"]), ["d/e/one.txt", "dd/x"]);
    assert!(found(&[]).is_empty());
}

#[test]
fn a_snapshot_keeps_the_index_it_looked_at_whatever_is_staged_meanwhile() {
    let root = repository(&[("a.txt", "a\n"), ("d/b.txt", "b\n")]);
    let project = open(root.path());
    let (message, mut taken) = (message(), Vec::new());
    std::thread::scope(|scope| {
        let staging = scope.spawn(|| {
            for n in 0..60 {
                put(root.path(), "a.txt", format!("{n}\n"));
                put(root.path(), &format!("new{}.txt", n % 7), format!("new {n}\n"));
                git(root.path(), &["add", "--all"]);
            }
        });
        while !staging.is_finished() {
            let request = Request {
                id: format!("s{}", taken.len()).parse().unwrap(),
                reason: "a test",
                now: NOW,
                context: None,
                message: &message,
                limits: Limits::default(),
            };
            taken.push(Shelf::new(&project).create(&request).unwrap());
        }
    });
    assert!(taken.len() > 3, "{}", taken.len());
    let index = root.path().join(".git/of-snapshot");
    let script =
        "git cat-file blob $1:index.bin > .git/of-snapshot && GIT_INDEX_FILE=.git/of-snapshot git write-tree";
    for one in taken {
        let shell = std::process::Command::new("sh")
            .current_dir(root.path())
            .args(["-c", script, "sh", &one.commit.to_string()])
            .output()
            .unwrap();
        let tree = git(root.path(), &["rev-parse", &format!("{}:index", one.commit)]);
        assert_eq!(String::from_utf8(shell.stdout).unwrap().trim(), tree.trim());
        std::fs::remove_file(&index).unwrap();
    }
    assert_sound(root.path());
}

#[test]
fn the_index_is_read_anew_whatever_git_did_to_it() {
    let root = repository(&[("a.txt", "0\n"), ("b.txt", "b\n")]);
    let project = open(root.path());
    let options = tgp_git::scan::ScanOptions { untracked: false, ignored: false, largest: 1 << 20 };
    // Two letters each time: neither size nor, in a coarse clock, time says that it is another.
    for n in 10..60 {
        put(root.path(), "a.txt", format!("{n}"));
        git(root.path(), &["add", "a.txt"]);
        let scan = project.scan(options).unwrap();
        let entry = scan.index.entry_by_path("a.txt".into()).unwrap();
        assert_eq!(entry.id.to_string(), git(root.path(), &["hash-object", "a.txt"]).trim());
        assert!(scan.tracked.is_empty());
        put(root.path(), "b.txt", format!("{n}\n"));
        assert_eq!(project.scan(options).unwrap().tracked.len(), 1, "the files are looked at each time");
        git(root.path(), &["checkout", "--quiet", "b.txt"]);
    }
    std::fs::remove_file(root.path().join(".git/index")).unwrap();
    assert!(project.scan(options).unwrap().index.entries().is_empty());
}
