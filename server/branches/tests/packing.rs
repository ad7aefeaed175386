//! Packing a task's objects when it ends.

use std::fmt::Write as _;

use crate::support::*;

fn loose(root: &std::path::Path) -> usize {
    let counted = git(root, &["count-objects"]);
    counted.split(' ').next().unwrap().parse().unwrap()
}

fn objects_of(root: &std::path::Path) -> String {
    let mut all: Vec<String> =
        git(root, &["rev-list", "--objects", "--all"]).lines().map(|line| line[..40].to_owned()).collect();
    all.sort();
    all.join("\n")
}

#[test]
fn hundreds_of_actions_become_one_pack_git_finds_sound() {
    let root = repository(&[("src/a.txt", "a\n"), ("src/b.txt", "b\n"), ("c.txt", "c\n")]);
    let theirs = loose(root.path());
    let before = Protected::of(root.path());
    let branches = open(root.path());
    let begun = task(&branches, "coder", "long");
    let mut text = String::new();
    for number in 0..120_u32 {
        writeln!(text, "line {number} {}", "x".repeat(number as usize % 7)).unwrap();
        let name = format!("src/deep/f{}.txt", number % 11);
        act(
            &branches,
            &begun.branch,
            u128::from(number) + 1,
            &[write("src/a.txt", &text), write(&name, &text)],
        );
    }
    act(&branches, &begun.branch, 500, &[write("big.bin", vec![0_u8; 3 << 20]), write("empty", "")]);
    let mut big = vec![0_u8; 3 << 20];
    big[1 << 20] = 1;
    act(&branches, &begun.branch, 501, &[write("big.bin", &big), delete("empty")]);
    let (all, tip) = (objects_of(root.path()), tree(root.path(), begun.branch.as_str()));
    assert!(loose(root.path()) > 400);
    let task = branches.task(&begun.branch).unwrap();
    let packed = branches.pack(&task).unwrap();
    assert_eq!(packed.packs.len(), 1);
    assert_eq!(loose(root.path()), theirs, "what was there before stays as it was");
    git(root.path(), &["verify-pack", packed.packs[0].with_extension("idx").to_str().unwrap()]);
    assert_sound(root.path());
    assert_eq!((objects_of(root.path()), tree(root.path(), begun.branch.as_str())), (all, tip));
    assert!(
        std::fs::metadata(&packed.packs[0]).unwrap().len() < 200_000,
        "versions are deltas of each other"
    );
    let fresh = open(root.path());
    assert_eq!(fresh.content(branches.tip(&begun.branch).unwrap(), &path("big.bin")).unwrap().unwrap(), big);
    branches.undo_to(&begun.branch, begun.tip, &message(600)).unwrap();
    assert_eq!(tree(root.path(), begun.branch.as_str()), tree(root.path(), "main"));
    assert_eq!(
        branches.pack(&branches.task(&begun.branch).unwrap()).unwrap().packs.len(),
        0,
        "a few loose ones stay"
    );
    before.assert_unchanged(root.path());
}

#[test]
fn killed_between_pack_and_removal_it_is_simply_done_again() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let begun = task(&branches, "coder", "killed");
    for number in 0..30_u128 {
        act(&branches, &begun.branch, number + 1, &[write("a.txt", format!("{number}\n"))]);
    }
    let objects = root.path().join(".git/objects");
    let copy = folder();
    let copied =
        std::process::Command::new("cp").arg("-a").arg(objects.join(".")).arg(copy.path()).status().unwrap();
    assert!(copied.success());
    let task = branches.task(&begun.branch).unwrap();
    let first = branches.pack(&task).unwrap();
    // The loose files are back, as if the process had died before it removed them; and a half-written pack lies there.
    let copied = std::process::Command::new("cp")
        .arg("-an")
        .arg(copy.path().join("."))
        .arg(&objects)
        .status()
        .unwrap();
    assert!(copied.success());
    std::fs::write(objects.join("pack/tmp_pack_tgp_1_x"), b"PACK half").unwrap();
    assert_sound(root.path());
    let again = open(root.path()).pack(&task).unwrap();
    assert_eq!(again.objects, first.objects);
    assert_eq!(again.packs, first.packs, "the same objects make the same pack");
    assert_sound(root.path());
    git(root.path(), &["gc", "--quiet", "--prune=now"]);
    assert_sound(root.path());
    assert_eq!(content(&open(root.path()), task.tip, "a.txt").unwrap(), "29\n");
}

#[test]
fn a_pack_is_made_while_another_agent_writes_and_git_collects() {
    let root = repository(&[("a.txt", "a\n")]);
    let branches = open(root.path());
    let (one, two) = (task(&branches, "one", "ends"), task(&branches, "two", "goes on"));
    for number in 0..60_u128 {
        act(&branches, &one.branch, number + 1, &[write(&format!("f{}", number % 5), format!("{number}\n"))]);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let own = open(root.path());
            for number in 0..60_u128 {
                act(
                    &own,
                    &two.branch,
                    number + 1,
                    &[write(&format!("f{}", number % 5), format!("{number}\n"))],
                );
            }
        });
        // Git's own program may find a ref moved beneath it and give up; it may leave nothing broken.
        scope.spawn(|| {
            let collected = try_git(root.path(), &["gc", "--quiet"]);
            let said = String::from_utf8_lossy(&collected.stderr);
            assert!(!said.contains("could not find pack"), "{said}");
        });
        scope.spawn(|| branches.pack(&branches.task(&one.branch).unwrap()).unwrap());
    });
    assert_sound(root.path());
    assert_eq!(tree(root.path(), one.branch.as_str()), tree(root.path(), two.branch.as_str()));
}
