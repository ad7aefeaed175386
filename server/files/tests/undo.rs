//! Files that were written come back as they were, or stay as they are and say why.

use std::io::BufRead as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tgp_files::{
    FileChange, FileConflict, FileKind, FileLanded, ImageKind, PreImageError, PreImages, ProjectFiles,
    UndoStep,
};

use crate::support::{folder, path};

/// Every path with its kind and mode bits, and its content.
type Tree = Vec<(String, u32, Vec<u8>)>;

/// A project, its files, and the store beside it.
struct World {
    _folder: tempfile::TempDir,
    root: PathBuf,
    files: ProjectFiles,
    store: PreImages,
}

impl World {
    fn new() -> Self {
        let folder = folder();
        let (root, store) = (folder.path().join("project"), folder.path().join("state/pre-images"));
        std::fs::create_dir(&root).unwrap();
        let files = ProjectFiles::open(&root, &[".".to_owned()]).unwrap();
        Self { root, files, store: PreImages::open(&store, 256 << 20).unwrap(), _folder: folder }
    }

    /// An action writes a file.
    fn write(&self, at: &str, content: impl AsRef<[u8]>) -> FileChange {
        let recording = self.store.begin().unwrap();
        let staged = self.files.stage(&path(at), content.as_ref()).unwrap();
        let change = recording.replaced(&self.files, &staged).unwrap();
        self.files.commit(staged).unwrap();
        // As it lies in stored state.
        let stored = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<FileChange>(&stored).unwrap(), change);
        change
    }

    /// An action deletes a file.
    fn delete(&self, at: &str) -> FileChange {
        let recording = self.store.begin().unwrap();
        let removal = self.files.stage_removal(&path(at)).unwrap();
        let change = recording.removed(&self.files, &removal).unwrap();
        self.files.commit_removal(removal).unwrap();
        change
    }

    fn step(&self, change: &FileChange) -> UndoStep {
        self.files.stage_undo(change, &self.store.begin().unwrap()).unwrap()
    }

    /// Undoes, and gives the undo's own change.
    fn undo(&self, change: &FileChange) -> FileChange {
        match self.step(change) {
            UndoStep::Ready(staged) => {
                let own = staged.change().clone();
                self.files.commit_undo(*staged).unwrap();
                own
            }
            other => panic!("{other:?}"),
        }
    }

    fn conflict(&self, change: &FileChange) -> FileConflict {
        match self.step(change) {
            UndoStep::Conflict(conflict) => conflict,
            other => panic!("{other:?}"),
        }
    }

    fn put(&self, at: &str, content: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.root.join(at).parent().unwrap()).unwrap();
        std::fs::write(self.root.join(at), content).unwrap();
    }

    fn read(&self, at: &str) -> Vec<u8> {
        std::fs::read(self.root.join(at)).unwrap()
    }

    /// Everything below the root: kind, mode bits and content.
    fn tree(&self) -> Tree {
        fn walk(root: &Path, folder: &Path, tree: &mut Tree) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                let content = if metadata.is_symlink() {
                    path.read_link().unwrap().to_str().unwrap().as_bytes().to_owned()
                } else if metadata.is_file() {
                    std::fs::read(&path).unwrap()
                } else {
                    walk(root, &path, tree);
                    Vec::new()
                };
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                tree.push((name, metadata.mode(), content));
            }
        }
        let mut tree = Vec::new();
        walk(&self.root, &self.root, &mut tree);
        tree.sort();
        tree
    }
}

#[test]
fn a_file_that_was_replaced_and_one_that_was_made_come_back() {
    let world = World::new();
    world.put("a.txt", "old\n");
    let before = world.tree();
    let changes = [world.write("a.txt", "new\n"), world.write("b/c/d.txt", "made\n")];
    let after = world.tree();
    assert_eq!(changes[1].made, [path("b"), path("b/c")]);
    assert!(changes.iter().all(FileChange::is_reversible));
    let own: Vec<FileChange> = changes.iter().rev().map(|change| world.undo(change)).collect();
    assert_eq!(world.tree(), before, "folders that were made are gone too");
    for change in own.iter().rev() {
        world.undo(change);
    }
    assert_eq!(world.tree(), after, "an undo undone is equal byte for byte");
}

#[test]
fn every_kind_of_content_comes_back_byte_for_byte() {
    for content in [
        b"line\r\nline\r\n".as_slice(),
        b"a\0b\0",
        b"no final newline",
        b"",
        b"\xff\xfe not UTF-8 \x80",
        b"\n\n\n",
        b"\xef\xbb\xbfwith a mark",
    ] {
        let world = World::new();
        world.put("x", content);
        let before = world.tree();
        let change = world.write("x", "written by an agent\n");
        let own = world.undo(&change);
        assert_eq!(world.tree(), before);
        world.undo(&own);
        assert_eq!(world.read("x"), b"written by an agent\n");
        let made = world.write("y", content);
        world.undo(&made);
        assert!(!world.root.join("y").exists());
    }
}

#[test]
fn mode_bits_come_back_and_a_mode_changed_since_stays() {
    let world = World::new();
    world.put("run.sh", "old\n");
    let mode = |mode| {
        std::fs::set_permissions(world.root.join("run.sh"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o750);
    let before = world.tree();
    let change = world.write("run.sh", "new\n");
    let own = world.undo(&change);
    assert_eq!(world.tree(), before);
    world.undo(&own);
    mode(0o600);
    world.undo(&change);
    assert_eq!(world.read("run.sh"), b"old\n");
    let kept = world.root.join("run.sh").metadata().unwrap().permissions().mode();
    assert_eq!(kept & 0o777, 0o600, "the person's own change of the mode");
}

#[test]
fn a_deleted_file_and_a_deleted_symlink_come_back() {
    let world = World::new();
    world.put("d/x", "content");
    symlink("x", world.root.join("d/link")).unwrap();
    symlink("/nowhere/at all", world.root.join("d/broken")).unwrap();
    let before = world.tree();
    let changes = [world.delete("d/link"), world.delete("d/x"), world.delete("d/broken")];
    assert_eq!(changes[0].before.as_ref().unwrap().kind, ImageKind::Symlink);
    let after = world.tree();
    let own: Vec<FileChange> = changes.iter().map(|change| world.undo(change)).collect();
    assert_eq!(world.tree(), before);
    for change in &own {
        world.undo(change);
    }
    assert_eq!(world.tree(), after);
}

#[test]
fn a_file_a_person_edited_elsewhere_is_merged_and_says_so() {
    let world = World::new();
    let lines = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n{last}\n");
    world.put("x", lines("1", "7"));
    let change = world.write("x", lines("agent", "7"));
    world.put("x", lines("agent", "person"));
    let UndoStep::Ready(staged) = world.step(&change) else { panic!() };
    assert!(staged.is_merged());
    let own = staged.change().clone();
    world.files.commit_undo(*staged).unwrap();
    assert_eq!(world.read("x"), lines("1", "person").as_bytes());
    world.undo(&own);
    assert_eq!(world.read("x"), lines("agent", "person").as_bytes());
}

#[test]
fn a_file_a_person_edited_at_the_same_place_is_left_and_named() {
    let world = World::new();
    world.put("x", "one\n");
    world.put("y", b"\0old");
    let changes = [world.write("x", "agent\n"), world.write("y", b"\0agent"), world.write("z", "made\n")];
    world.put("x", "person\n");
    world.put("y", b"\0person");
    world.put("z", "made\nand more\n");
    let after = world.tree();
    for change in &changes {
        let FileConflict::Changed { found: Some(found) } = world.conflict(change) else { panic!() };
        assert_eq!(found.size, world.root.join(change.path.as_str()).metadata().unwrap().len());
    }
    assert_eq!(world.tree(), after);
    std::fs::remove_file(world.root.join("x")).unwrap();
    assert_eq!(world.conflict(&changes[0]), FileConflict::Changed { found: None });
}

#[test]
fn what_a_person_made_in_a_folder_of_the_action_survives() {
    let world = World::new();
    let change = world.write("new/deep/x", "agent");
    world.put("new/mine", "person");
    world.undo(&change);
    assert_eq!(world.read("new/mine"), b"person");
    assert!(!world.root.join("new/deep").exists(), "an empty folder of the action goes");
}

#[test]
fn a_folder_that_was_there_before_stays_also_when_it_is_empty() {
    let world = World::new();
    std::fs::create_dir_all(world.root.join("empty/inner")).unwrap();
    let before = world.tree();
    let change = world.write("empty/inner/x", "agent");
    assert_eq!(change.made, []);
    world.undo(&change);
    assert_eq!(world.tree(), before);
}

#[test]
fn two_agents_interleaved_one_undone() {
    let world = World::new();
    world.put("shared", "1\n2\n3\n4\n5\n6\n7\n8\n");
    let one = [world.write("shared", "one\n2\n3\n4\n5\n6\n7\n8\n"), world.write("of/one", "1")];
    let two = [world.write("shared", "one\n2\n3\n4\n5\n6\n7\ntwo\n"), world.write("of/two", "2")];
    for change in one.iter().rev() {
        world.undo(change);
    }
    assert_eq!(world.read("shared"), b"1\n2\n3\n4\n5\n6\n7\ntwo\n");
    assert_eq!(world.read("of/two"), b"2");
    assert!(!world.root.join("of/one").exists());
    world.undo(&two[1]);
    assert!(world.root.join("of").exists(), "the first agent made it, and it was not empty then");
}

#[test]
fn an_undo_that_was_done_already_is_nothing() {
    let world = World::new();
    world.put("x", "old");
    let change = world.write("x", "new");
    world.undo(&change);
    assert!(matches!(world.step(&change), UndoStep::Nothing));
    world.put("x", "new");
    assert_eq!(world.files.landed(&change).unwrap(), FileLanded::Yes);
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let world = World::new();
    world.put("x", "old");
    let changes = [world.write("x", "new"), world.write("a/b", "made")];
    std::fs::remove_file(world.root.join("a/b")).unwrap();
    std::fs::remove_dir(world.root.join("a")).unwrap();
    let removed = FileChange { before: changes[0].before.clone(), after: None, ..changes[1].clone() };
    let after = world.tree();
    drop((world.step(&changes[0]), world.step(&removed)));
    assert_eq!(world.tree(), after);
}

#[test]
fn a_parent_swapped_for_a_symlink_is_refused() {
    let world = World::new();
    let outside = folder();
    std::fs::write(outside.path().join("x"), "new").unwrap();
    world.put("d/x", "old");
    let change = world.write("d/x", "new");
    let made = world.write("d/made", "new");
    std::fs::rename(world.root.join("d"), world.root.join("away")).unwrap();
    symlink(outside.path(), world.root.join("d")).unwrap();
    assert_eq!(world.conflict(&change), FileConflict::WayChanged);
    assert_eq!(world.conflict(&made), FileConflict::WayChanged);
    std::fs::remove_file(world.root.join("d")).unwrap();
    symlink("away", world.root.join("d")).unwrap();
    assert_eq!(world.conflict(&change), FileConflict::WayChanged, "also when it leads to the very folder");
    assert_eq!(std::fs::read(outside.path().join("x")).unwrap(), b"new");
}

#[test]
fn a_parent_swapped_between_look_and_commit_is_refused() {
    let world = World::new();
    let outside = folder();
    std::fs::write(outside.path().join("made"), "new").unwrap();
    world.put("d/x", "old");
    let changes = [world.write("d/x", "new"), world.write("d/made", "new")];
    let staged: Vec<_> = changes
        .iter()
        .map(|change| match world.step(change) {
            UndoStep::Ready(staged) => staged,
            other => panic!("{other:?}"),
        })
        .collect();
    std::fs::rename(world.root.join("d"), world.root.join("away")).unwrap();
    symlink(outside.path(), world.root.join("d")).unwrap();
    for staged in staged {
        assert!(world.files.commit_undo(*staged).is_err());
    }
    assert_eq!(world.read("away/x"), b"new");
    assert!(outside.path().join("made").exists() && world.root.join("away/made").exists());
}

#[test]
fn a_file_changed_between_look_and_commit_is_left() {
    let world = World::new();
    world.put("x", "old");
    let changes = [world.write("x", "new"), world.write("y", "made")];
    for change in &changes {
        let UndoStep::Ready(staged) = world.step(change) else { panic!() };
        world.put(change.path.as_str(), "a person, meanwhile");
        assert!(world.files.commit_undo(*staged).is_err());
        assert_eq!(world.read(change.path.as_str()), b"a person, meanwhile");
    }
    assert_eq!(world.tree().len(), 2, "no temporary file stays");
}

#[test]
fn something_else_at_the_path_is_left_and_named() {
    let world = World::new();
    world.put("x", "old");
    let change = world.write("x", "new");
    std::fs::remove_file(world.root.join("x")).unwrap();
    std::fs::create_dir(world.root.join("x")).unwrap();
    assert_eq!(world.conflict(&change), FileConflict::Kind { kind: FileKind::Folder });
    std::fs::remove_dir(world.root.join("x")).unwrap();
    world.put("elsewhere", "new");
    symlink("elsewhere", world.root.join("x")).unwrap();
    assert!(
        matches!(world.conflict(&change), FileConflict::Changed { found: Some(found) } if found.kind == ImageKind::Symlink)
    );
    assert_eq!(world.read("elsewhere"), b"new", "a symlink is not followed to another file");
}

#[test]
fn a_path_in_stored_state_that_leads_outside_is_refused() {
    let world = World::new();
    world.put("x", "old");
    let change = world.write("x", "new");
    let stored = serde_json::to_string(&change).unwrap();
    for evil in ["../x", "/etc/passwd", "a/../../x"] {
        let forged = stored.replace("\"path\":\"x\"", &format!("\"path\":\"{evil}\""));
        assert!(serde_json::from_str::<FileChange>(&forged).is_err(), "{evil}");
    }
    let elsewhere = FileChange { root: Some("/etc".to_owned()), ..change.clone() };
    assert_eq!(world.conflict(&elsewhere), FileConflict::NotAllowed);
    for evil in ["../../../etc/passwd", "lock", "", "../lock", &"0".repeat(64), &"Z".repeat(64)] {
        let mut forged = change.clone();
        forged.before.as_mut().unwrap().hash = evil.to_owned();
        assert_eq!(world.conflict(&forged), FileConflict::NotKept, "{evil}");
    }
    let outside = folder();
    let narrow = ProjectFiles::open(&world.root, &["allowed".to_owned()]).unwrap();
    let step = narrow.stage_undo(&change, &world.store.begin().unwrap()).unwrap();
    assert!(matches!(step, UndoStep::Conflict(FileConflict::NotAllowed)), "{step:?}");
    symlink(outside.path(), world.root.join("out")).unwrap();
    let forged = FileChange { path: path("out/x"), ..change };
    assert_eq!(world.conflict(&forged), FileConflict::WayChanged);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn folders_in_stored_state_that_somebody_else_made_stay() {
    let world = World::new();
    let mut change = world.write("new/x", "agent");
    world.put("mine/keep", "person");
    std::fs::create_dir(world.root.join("empty")).unwrap();
    change.made = vec![path("mine"), path("new")];
    world.undo(&change);
    assert_eq!(world.read("mine/keep"), b"person");
    assert!(world.root.join("empty").exists());
}

#[test]
fn host_folders_are_undone_where_they_still_can_be_reached() {
    let (world, host) = (World::new(), folder());
    std::fs::write(host.path().join("x"), "old").unwrap();
    let host_path = host.path().canonicalize().unwrap();
    let allowed = [host_path.to_str().unwrap().to_owned()];
    let files = ProjectFiles::open(&world.root, &allowed).unwrap();
    let recording = world.store.begin().unwrap();
    let place = files.place(host_path.join("x").to_str().unwrap()).unwrap();
    let staged = files.stage(&place, b"new").unwrap();
    let change = recording.replaced(&files, &staged).unwrap();
    files.commit(staged).unwrap();
    assert_eq!(change.root.as_deref(), host_path.to_str());
    assert_eq!(world.conflict(&change), FileConflict::NotAllowed, "not in the list any more");
    // In another order, and beside another one: the root counts, not its number.
    let other = folder();
    let more = [other.path().to_str().unwrap().to_owned(), allowed[0].clone()];
    let files = ProjectFiles::open(&world.root, &more).unwrap();
    let UndoStep::Ready(staged) = files.stage_undo(&change, &recording).unwrap() else { panic!() };
    files.commit_undo(*staged).unwrap();
    assert_eq!(std::fs::read(host.path().join("x")).unwrap(), b"old");
}

#[test]
fn a_damaged_or_lost_pre_image_is_named_and_nothing_is_written() {
    let world = World::new();
    world.put("x", "old");
    let change = world.write("x", "new");
    let kept = world.root.join("../state/pre-images").join(&change.before.as_ref().unwrap().hash);
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&kept, "odd").unwrap();
    assert_eq!(world.conflict(&change), FileConflict::NotKept);
    std::fs::remove_file(&kept).unwrap();
    assert_eq!(world.conflict(&change), FileConflict::NotKept);
    assert_eq!(world.read("x"), b"new");
    assert_eq!(world.tree().len(), 1);
}

#[test]
fn a_huge_file_is_kept_in_pieces_and_one_over_the_limit_says_so_before() {
    let world = World::new();
    let huge: Vec<u8> = (0..=250_u8).cycle().take(100 << 20).collect();
    world.put("huge", &huge);
    let change = world.write("huge", "small");
    assert!(change.is_reversible());
    world.undo(&change);
    assert!(world.read("huge") == huge);
    let file = std::fs::File::create(world.root.join("sparse")).unwrap();
    file.set_len(1 << 30).unwrap();
    let recording = world.store.begin().unwrap();
    let staged = world.files.stage(&path("sparse"), b"small").unwrap();
    let change = recording.replaced(&world.files, &staged).unwrap();
    assert!(!change.is_reversible(), "known before the write is committed");
    drop(staged);
    assert_eq!(world.root.join("sparse").metadata().unwrap().len(), 1 << 30);
    let staged = world.files.stage(&path("sparse"), b"small").unwrap();
    world.files.commit(staged).unwrap();
    assert_eq!(world.conflict(&change), FileConflict::NotKept);
}

#[test]
fn a_file_changed_while_it_is_recorded_is_not_replaced() {
    let world = World::new();
    world.put("x", "old");
    let recording = world.store.begin().unwrap();
    let staged = world.files.stage(&path("x"), b"new").unwrap();
    world.put("x", "changed meanwhile");
    assert!(matches!(recording.replaced(&world.files, &staged), Err(PreImageError::File(_))));
    drop(staged);
    assert_eq!(world.read("x"), b"changed meanwhile");
}

#[test]
fn whether_a_write_landed_is_told_by_its_hash() {
    let world = World::new();
    world.put("x", "old");
    let recording = world.store.begin().unwrap();
    let staged = world.files.stage(&path("x"), b"new").unwrap();
    let change = recording.replaced(&world.files, &staged).unwrap();
    assert_eq!(world.files.landed(&change).unwrap(), FileLanded::No);
    world.files.commit(staged).unwrap();
    assert_eq!(world.files.landed(&change).unwrap(), FileLanded::Yes);
    world.put("x", "person");
    assert_eq!(world.files.landed(&change).unwrap(), FileLanded::Ambiguous);
    let made = world.write("y", "made");
    assert_eq!(world.files.landed(&made).unwrap(), FileLanded::Yes);
    world.undo(&made);
    assert_eq!(world.files.landed(&made).unwrap(), FileLanded::No);
}

#[test]
fn the_store_keeps_one_content_once_is_private_and_is_pruned_by_its_owner() {
    let world = World::new();
    world.put("x", "same content");
    world.put("y", "same content");
    let changes = [world.write("x", "1"), world.write("y", "2")];
    let state = world.root.join("../state/pre-images");
    assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(world.store.size().unwrap(), u64::try_from("same content".len() + 2).unwrap());
    std::fs::write(state.join(".tgp-tmp-left"), "by a dead process").unwrap();
    let recording = world.store.begin().unwrap();
    assert_eq!(world.store.prune(&|_| false).unwrap(), None, "not while an action is recorded");
    drop(recording);
    let wanted = changes[0].before.as_ref().unwrap().hash.clone();
    let pruned = world.store.prune(&|hash| hash == wanted).unwrap().unwrap();
    assert_eq!(pruned.files, 3);
    assert_eq!(world.store.size().unwrap(), 12);
    assert_eq!(world.store.read(changes[0].before.as_ref().unwrap(), 100).unwrap(), b"same content");
    world.undo(&changes[0]);
    assert_eq!(world.read("x"), b"same content");
}

#[test]
fn eight_threads_keep_the_same_contents_at_once() {
    let world = World::new();
    let store = world.root.join("../state/pre-images");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (root, store) = (&world.root, &store);
            scope.spawn(move || {
                let files = ProjectFiles::open(root, &[".".to_owned()]).unwrap();
                let store = PreImages::open(store, 1 << 20).unwrap();
                for round in 0..10 {
                    let at = format!("{thread}/x");
                    std::fs::create_dir_all(root.join(thread.to_string())).unwrap();
                    std::fs::write(root.join(&at), format!("round {round}")).unwrap();
                    let recording = store.begin().unwrap();
                    let staged = files.stage(&path(&at), b"agent").unwrap();
                    let change = recording.replaced(&files, &staged).unwrap();
                    files.commit(staged).unwrap();
                    let UndoStep::Ready(undo) = files.stage_undo(&change, &recording).unwrap() else {
                        panic!()
                    };
                    files.commit_undo(*undo).unwrap();
                    assert_eq!(std::fs::read_to_string(root.join(&at)).unwrap(), format!("round {round}"));
                }
            });
        }
    });
}

/// Run with a limit on the size of files, which the kernel enforces as it does a full disk, also against root.
#[test]
fn a_disk_that_is_full_half_way_leaves_each_file_old_or_new() {
    let Some(root) = std::env::var_os("TGP_TEST_FOLDER") else {
        let world = World::new();
        world.put("small", "old");
        world.put("large", vec![7; 1 << 20]);
        let changes = vec![world.write("small", "new"), world.write("large", "new")];
        std::fs::write(world.root.join("../changes"), serde_json::to_string(&changes).unwrap()).unwrap();
        let output = crate::support::with_small_files(
            "undo::a_disk_that_is_full_half_way_leaves_each_file_old_or_new",
            &[("TGP_TEST_FOLDER", world.root.to_str().unwrap())],
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!((world.read("small"), world.read("large")), (b"old".to_vec(), b"new".to_vec()));
        assert_eq!(world.tree().len(), 2, "no temporary file stays");
        world.undo(&changes[1]);
        assert_eq!(world.read("large"), vec![7; 1 << 20]);
        return;
    };
    let root = PathBuf::from(root);
    let files = ProjectFiles::open(&root, &[".".to_owned()]).unwrap();
    let store = PreImages::open(&root.join("../state/pre-images"), 256 << 20).unwrap();
    let recording = store.begin().unwrap();
    let changes: Vec<FileChange> =
        serde_json::from_str(&std::fs::read_to_string(root.join("../changes")).unwrap()).unwrap();
    let UndoStep::Ready(small) = files.stage_undo(&changes[0], &recording).unwrap() else { panic!() };
    files.commit_undo(*small).unwrap();
    assert!(files.stage_undo(&changes[1], &recording).is_err());
}

#[test]
fn an_undo_killed_before_its_commit_leaves_the_file_and_can_be_done_again() {
    if let Some(root) = std::env::var_os("TGP_TEST_KILLED") {
        let root = PathBuf::from(root);
        let files = ProjectFiles::open(&root, &[".".to_owned()]).unwrap();
        let store = PreImages::open(&root.join("../state/pre-images"), 256 << 20).unwrap();
        let text = std::fs::read_to_string(root.join("../changes")).unwrap();
        let changes: Vec<FileChange> = serde_json::from_str(&text).unwrap();
        let recording = store.begin().unwrap();
        let staged: Vec<_> =
            changes.iter().map(|change| files.stage_undo(change, &recording).unwrap()).collect();
        println!("ready");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        drop(staged);
        return;
    }
    let world = World::new();
    world.put("x", "old");
    let changes = vec![world.write("x", "new"), world.write("made/y", "new")];
    std::fs::write(world.root.join("../changes"), serde_json::to_string(&changes).unwrap()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "undo::an_undo_killed_before_its_commit_leaves_the_file_and_can_be_done_again"])
        .args(["--nocapture", "--test-threads=1"])
        .env("TGP_TEST_KILLED", &world.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.as_mut().unwrap());
    assert!(output.lines().map_while(Result::ok).any(|line| line.contains("ready")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((world.read("x"), world.read("made/y")), (b"new".to_vec(), b"new".to_vec()));
    for change in changes.iter().rev() {
        world.undo(change);
    }
    assert_eq!(world.tree().len(), 1);
    assert_eq!(world.read("x"), b"old");
}

#[derive(Debug, Clone)]
enum Deed {
    Write(&'static str, Vec<u8>),
    Delete(&'static str),
}

fn deed() -> impl proptest::strategy::Strategy<Value = Deed> {
    use proptest::prelude::*;
    let place = || prop::sample::select(vec!["a", "b", "f/a", "f/g/a", "f/g/b", "h/i/j/k"]);
    prop_oneof![
        4 => (place(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(at, content)| Deed::Write(at, content)),
        2 => (place(), "[ab\r\n]{0,12}").prop_map(|(at, text)| Deed::Write(at, text.into_bytes())),
        2 => place().prop_map(Deed::Delete),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 40, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn any_session_undone_in_reverse_is_where_it_began(
        first in proptest::collection::vec(deed(), 0..6),
        session in proptest::collection::vec(deed(), 1..12),
    ) {
        let world = World::new();
        let all = |deeds: &[Deed]| -> Vec<(FileChange, Tree)> {
            let mut done = Vec::new();
            for deed in deeds {
                let before = world.tree();
                match deed {
                    Deed::Write(at, content) => done.push((world.write(at, content), before)),
                    Deed::Delete(at) if world.root.join(at).exists() => done.push((world.delete(at), before)),
                    Deed::Delete(_) => {}
                }
            }
            done
        };
        all(&first);
        let done = all(&session);
        let end = world.tree();
        let mut own = Vec::new();
        for (change, before) in done.iter().rev() {
            match world.step(change) {
                // Writing what is there already is no change.
                UndoStep::Nothing => {}
                UndoStep::Ready(staged) => {
                    proptest::prop_assert!(!staged.is_merged());
                    own.push(staged.change().clone());
                    world.files.commit_undo(*staged).unwrap();
                }
                UndoStep::Conflict(conflict) => panic!("{change:?}: {conflict:?}"),
            }
            proptest::prop_assert_eq!(&world.tree(), before);
        }
        for change in own.iter().rev() {
            world.undo(change);
        }
        proptest::prop_assert_eq!(world.tree(), end);
    }
}
