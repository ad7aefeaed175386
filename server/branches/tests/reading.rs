//! Reading, listing and searching a branch.

use tgp_branches::ignore::Selection;
use tgp_branches::read::{Found, Part};
use tgp_branches::search::{Query, SearchError};
use tgp_model::CancelToken;

use crate::support::*;

fn query(pattern: &str) -> Query {
    Query {
        pattern: pattern.to_owned(),
        plain: false,
        ignore_case: false,
        selection: Selection::default(),
        limit: 100,
        per_file: 100,
    }
}

#[test]
fn files_are_read_by_lines_and_bytes_and_what_is_no_file_is_named() {
    let inner = repository(&[("x", "x")]);
    let root = repository(&[("lines.txt", "one\ntwo\nthree\nfour"), ("empty", ""), ("d/e", "e\n")]);
    git(root.path(), &["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib"]);
    std::os::unix::fs::symlink("d/e", root.path().join("link")).unwrap();
    put(root.path(), "nul.bin", b"\0\x01\x02\x03");
    put(root.path(), "lfs.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "More"]);
    let branches = open(root.path());
    let tip = task(&branches, "coder", "read").tip;
    let read = |name: &str, part, most| branches.read(tip, &path(name), part, most).unwrap();
    let file = |name: &str, part, most| match read(name, part, most) {
        Found::File(file) => file,
        other => panic!("{other:?}"),
    };
    let two = file("lines.txt", Part::Lines { from: 2, count: 2 }, 1000);
    assert_eq!(
        (two.bytes.as_slice(), two.lines, two.next),
        (&b"two\nthree\n"[..], Some(4), Some(Part::Lines { from: 4, count: 2 }))
    );
    let short = file("lines.txt", Part::Lines { from: 1, count: 100 }, 9);
    assert_eq!(
        (short.bytes.as_slice(), short.next),
        (&b"one\ntwo\n"[..], Some(Part::Lines { from: 3, count: 100 }))
    );
    let cut = file("lines.txt", Part::Lines { from: 3, count: 1 }, 2);
    assert_eq!((cut.bytes.as_slice(), cut.next), (&b"th"[..], Some(Part::Bytes { from: 10 })));
    let last = file("lines.txt", Part::Bytes { from: 10 }, 1000);
    assert_eq!((last.bytes.as_slice(), last.next), (&b"ree\nfour"[..], None));
    assert_eq!(file("lines.txt", Part::Lines { from: 99, count: 1 }, 10).bytes, b"");
    assert_eq!(file("empty", Part::Lines { from: 1, count: 1 }, 10).lines, Some(0));
    let binary = file("nul.bin", Part::Lines { from: 1, count: 1 }, 3);
    assert!(binary.binary);
    assert_eq!((binary.bytes.as_slice(), binary.next), (&b"\0\x01\x02"[..], Some(Part::Bytes { from: 3 })));
    let pointer = file("lfs.bin", Part::Lines { from: 1, count: 9 }, 1000).pointer.unwrap();
    assert_eq!((pointer.oid.as_str(), pointer.size), ("4d7a", 12345));
    assert_eq!(read("d", Part::Bytes { from: 0 }, 1), Found::Folder);
    assert_eq!(read("link", Part::Bytes { from: 0 }, 1), Found::Symlink { target: b"d/e".to_vec() });
    assert!(matches!(read("lib", Part::Bytes { from: 0 }, 1), Found::Submodule { .. }));
    let through = branches.read(tip, &path("link/x"), Part::Bytes { from: 0 }, 1).unwrap_err();
    assert_eq!(through.to_string(), "there is no file `link/x`");
}

#[test]
fn listing_takes_globs_and_leaves_out_what_the_tree_ignores() {
    let root = repository(&[
        ("a.rs", ""),
        ("src/b.rs", ""),
        ("src/c.ts", ""),
        ("src/gen/d.rs", ""),
        ("dist/e.js", ""),
    ]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "list");
    act(
        &branches,
        &begun.branch,
        1,
        &[write(".gitignore", "/dist/\n"), write("src/.gitignore", "gen\n"), write("new.rs", "")],
    );
    let tip = branches.tip(&begun.branch).unwrap();
    let list = |folder: &str, globs: &[&str], ignored: bool| -> Vec<String> {
        let selection = Selection {
            folder: if folder.is_empty() { tgp_branches::GitPath::root() } else { path(folder) },
            globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
            ignored,
        };
        let listing = branches.list(tip, &selection, 0, 100).unwrap();
        listing.files.iter().map(|file| file.path.to_string()).collect()
    };
    assert_eq!(list("", &["*.rs"], false), ["a.rs", "new.rs", "src/b.rs"]);
    assert_eq!(list("", &["*.rs"], true), ["a.rs", "new.rs", "src/b.rs", "src/gen/d.rs"]);
    assert_eq!(list("src", &[], false), ["src/.gitignore", "src/b.rs", "src/c.ts"]);
    assert_eq!(list("", &["src/*", "!*.ts"], false), ["src/.gitignore", "src/b.rs"]);
    assert_eq!(list("", &["{src,dist}/**"], true).len(), 5);
    assert_eq!(list("nowhere", &[], true), Vec::<String>::new());
    let page = branches.list(tip, &Selection { ignored: true, ..Selection::default() }, 2, 2).unwrap();
    assert_eq!((page.files.len(), page.more), (2, 4));
    let bad = Selection { globs: vec!["a{".to_owned()], ..Selection::default() };
    assert!(branches.list(tip, &bad, 0, 1).unwrap_err().to_string().starts_with("`a{` is not a glob"));
}

#[test]
fn a_search_finds_lines_in_order_and_says_when_there_are_more() {
    let root = repository(&[
        ("a.txt", "one\nTwo\nthree two\n"),
        ("b/c.txt", "two\r\n"),
        ("ignored/x", "two\n"),
        (".gitignore", "ignored/\n"),
    ]);
    put(root.path(), "bin", b"\0two\n");
    git(root.path(), &["add", "--all", "--force"]);
    git(root.path(), &["commit", "--quiet", "-m", "More"]);
    let branches = open(root.path());
    let tip = task(&branches, "coder", "search").tip;
    let cancel = CancelToken::new();
    let found = |query: &Query| -> Vec<String> {
        let matches = branches.search(tip, query, &cancel).unwrap();
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        matches.lines.iter().map(|line| format!("{}:{}:{}", line.path, line.line, text(&line.text))).collect()
    };
    assert_eq!(found(&query("^t?wo|two")), ["a.txt:3:three two", "b/c.txt:1:two"]);
    assert_eq!(found(&Query { ignore_case: true, ..query("TWO") }).len(), 3);
    assert_eq!(found(&Query { plain: true, ..query("^t") }), Vec::<String>::new());
    let everywhere = Selection { ignored: true, ..Selection::default() };
    assert_eq!(found(&Query { selection: everywhere, ..query("two") }).len(), 3);
    let one = branches.search(tip, &Query { limit: 1, ..query("two") }, &cancel).unwrap();
    assert_eq!((one.lines.len(), one.more), (1, true));
    let first = branches.search(tip, &Query { per_file: 1, ..query("o") }, &cancel).unwrap();
    assert!(first.more);
    let error = branches.search(tip, &query("("), &cancel).unwrap_err();
    assert!(matches!(error, SearchError::Pattern { .. }), "{error}");
    let error = branches.search(tip, &query("(a{1000}){1000}"), &cancel).unwrap_err();
    assert!(matches!(error, SearchError::Pattern { .. }), "{error}");
    cancel.cancel();
    assert!(matches!(branches.search(tip, &query("x"), &cancel), Err(SearchError::Cancelled)));
}

#[test]
fn a_search_through_many_files_gives_the_first_ones_however_many_threads_run() {
    let files: Vec<(String, String)> =
        (0..5000).map(|n| (format!("d{}/f{n:05}", n % 7), format!("needle {n}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let root = repository(&files);
    let branches = open(root.path());
    let tip = task(&branches, "coder", "search").tip;
    let matches = branches.search(tip, &Query { limit: 50, ..query("needle") }, &CancelToken::new()).unwrap();
    let first = git(root.path(), &["ls-files"]);
    let first: Vec<&str> = first.lines().take(50).collect();
    assert_eq!(matches.lines.iter().map(|line| line.path.to_string()).collect::<Vec<_>>(), first);
    assert!(matches.more);
}

#[test]
fn a_search_finds_the_same_lines_however_git_stores_the_files() {
    // Alike enough that a pack stores most of them as changes of others.
    let text = |n: usize| {
        let lines: Vec<String> =
            (0..20).map(|line| format!("line {line} of file {n} is like all others\n")).collect();
        let lines = lines.concat();
        let needle = if n % 300 == 7 { "needle\n" } else { "" };
        format!("{lines}{needle}the end of {n}\n")
    };
    let files: Vec<(String, String)> = (0..1500).map(|n| (format!("d{}/f{n:05}", n % 11), text(n))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let root = repository(&files);
    let search = |pattern: &str, limit| {
        let branches = open(root.path());
        let head = branches.project().head().unwrap().commit().unwrap();
        let query = Query { limit, ..query(pattern) };
        let found = branches.search(tgp_branches::CommitId(head), &query, &CancelToken::new()).unwrap();
        let name = |line: &tgp_branches::search::Match| format!("{}:{}", line.path, line.line);
        (found.lines.iter().map(name).collect::<Vec<_>>(), found.more)
    };
    let look = || [search("needle", 100), search("needle", 3), search("^the end", 700), search("no such", 9)];
    let loose = look();
    let sizes = [(5, false), (3, true), (700, true), (0, false)];
    assert_eq!(loose.each_ref().map(|(lines, more)| (lines.len(), *more)), sizes);
    assert_eq!(loose[1].0, loose[0].0[..3]);
    git(root.path(), &["repack", "-adq", "--depth=50"]);
    assert_eq!(look(), loose);
    // A second pack that names its bases in full, loose files beside it, and an index that is none.
    put(root.path(), "d3/late", text(7).as_bytes());
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "More"]);
    let late = look();
    assert_eq!(late[0].0.len(), 6);
    git(root.path(), &["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    std::fs::write(root.path().join(".git/objects/pack/pack-0000.idx"), "no index").unwrap();
    assert_eq!(look(), late);
}

#[test]
fn a_search_does_not_pass_over_a_file_that_is_gone_or_damaged() {
    let root = repository(&[("a", "needle a\n"), ("b", "needle b\n")]);
    let branches = open(root.path());
    let tip = task(&branches, "coder", "search").tip;
    let id = git(root.path(), &["rev-parse", "HEAD:b"]);
    let object = root.path().join(".git/objects").join(&id.trim()[..2]).join(&id.trim()[2..]);
    let bytes = std::fs::read(&object).unwrap();
    std::fs::remove_file(&object).unwrap();
    for damaged in [None, Some(&bytes[..bytes.len() / 2])] {
        if let Some(part) = damaged {
            std::fs::write(&object, part).unwrap();
        }
        let error = branches.search(tip, &query("needle"), &CancelToken::new()).unwrap_err();
        assert!(error.to_string().contains(id.trim()), "{error}");
    }
}
