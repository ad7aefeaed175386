//! Merges of any two sides agree with the git program: the same tree where it merges, a conflict where it does not.

use proptest::prelude::*;
use tgp_branches::Joined;
use tgp_branches::join::join;

use crate::support::*;

#[derive(Debug, Clone)]
enum Edit {
    Line { file: usize, line: usize, text: u8 },
    Delete { file: usize },
    Rename { from: usize, to: usize },
    Make { file: usize, text: u8 },
    Executable { file: usize },
}

const NAMES: [&str; 8] =
    ["a.txt", "b.txt", "dir/c.txt", "dir/d.txt", "new.txt", "dir/new.txt", "a.txt/inner", "other/e.txt"];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => (0..4_usize, 0..30_usize, any::<u8>()).prop_map(|(file, line, text)| Edit::Line { file, line, text }),
        1 => (0..4_usize).prop_map(|file| Edit::Delete { file }),
        1 => (0..4_usize, 4..8_usize).prop_map(|(from, to)| Edit::Rename { from, to }),
        1 => (4..8_usize, any::<u8>()).prop_map(|(file, text)| Edit::Make { file, text }),
        1 => (0..4_usize).prop_map(|file| Edit::Executable { file }),
    ];
    prop::collection::vec(edit, 1..5)
}

fn do_edits(root: &std::path::Path, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Line { file, line, text } => {
                let Ok(before) = std::fs::read_to_string(root.join(NAMES[*file])) else { continue };
                let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
                let at = *line % lines.len().max(1);
                lines[at] = format!("changed {text}");
                put(root, NAMES[*file], lines.join("\n") + "\n");
            }
            Edit::Delete { file } => drop(std::fs::remove_file(root.join(NAMES[*file]))),
            Edit::Rename { from, to } => {
                let (from, to) = (root.join(NAMES[*from]), root.join(NAMES[*to]));
                if from.is_file() && !to.exists() && std::fs::create_dir_all(to.parent().unwrap()).is_ok() {
                    std::fs::rename(from, to).unwrap();
                }
            }
            Edit::Make { file, text } => {
                let path = root.join(NAMES[*file]);
                if !path.exists() && std::fs::create_dir_all(path.parent().unwrap()).is_ok() {
                    std::fs::write(path, format!("made {text}\nwith {file}\n")).unwrap();
                }
            }
            Edit::Executable { file } => {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                let _ = std::fs::set_permissions(root.join(NAMES[*file]), mode);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_two_sides_did_the_merge_is_git_s(ours in edits(), theirs in edits()) {
        let texts: Vec<String> = (0..4).map(|file| (0..30).map(|line| format!("{file} {line}\n")).collect::<Vec<_>>().concat()).collect();
        let files: Vec<(&str, &str)> = NAMES.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        let root = repository(&files);
        git(root.path(), &["branch", "theirs"]);
        for (branch, edits) in [("main", &ours), ("theirs", &theirs)] {
            git(root.path(), &["checkout", "--quiet", branch]);
            do_edits(root.path(), edits);
            git(root.path(), &["add", "--all"]);
            git(root.path(), &["commit", "--quiet", "--allow-empty", "-m", branch]);
        }
        let branches = open(root.path());
        let at = |revision: &str| branches.leaf(git(root.path(), &["rev-parse", revision]).parse().unwrap(), &tgp_branches::GitPath::root()).unwrap().unwrap().id;
        let base = git(root.path(), &["merge-base", "main", "theirs"]);
        let joined = join(branches.project(), at(&base), at("main"), at("theirs")).unwrap();
        let output = try_git(root.path(), &["-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "main", "theirs"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match joined {
            Joined::Tree(tree) => {
                prop_assert!(output.status.success(), "git finds a conflict: {said}");
                prop_assert_eq!(tree.to_string(), said.trim());
            }
            Joined::Conflicts(conflicts) => {
                prop_assert!(!output.status.success(), "git merges what we refuse: {conflicts:?}");
                prop_assert!(!conflicts.is_empty());
            }
        }
    }
}

#[test]
fn a_file_put_into_a_folder_the_other_side_renamed_stays_where_it_was_put() {
    let lines = |name: &str| format!("{name}\n").repeat(30);
    let root = repository(&[("dir/c.txt", &lines("c")), ("dir/d.txt", &lines("d"))]);
    git(root.path(), &["branch", "theirs"]);
    std::fs::create_dir(root.path().join("other")).unwrap();
    git(root.path(), &["rm", "--quiet", "dir/c.txt"]);
    git(root.path(), &["mv", "dir/d.txt", "other/e.txt"]);
    git(root.path(), &["commit", "--quiet", "-m", "main"]);
    git(root.path(), &["checkout", "--quiet", "theirs"]);
    put(root.path(), "dir/new.txt", "new\n");
    git(root.path(), &["add", "--all"]);
    git(root.path(), &["commit", "--quiet", "-m", "theirs"]);
    let branches = open(root.path());
    let at = |revision: &str| {
        branches.project().commit(git(root.path(), &["rev-parse", revision]).parse().unwrap()).unwrap().tree
    };
    for (ours, theirs) in [("main", "theirs"), ("theirs", "main")] {
        let joined = join(branches.project(), at("main~1"), at(ours), at(theirs)).unwrap();
        let Joined::Tree(tree) = joined else { panic!("{joined:?}") };
        assert_eq!(
            git(root.path(), &["ls-tree", "-r", "--name-only", &tree.to_string()]),
            "dir/new.txt\nother/e.txt"
        );
    }
}
