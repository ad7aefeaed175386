//! Patches against what people and agents write.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tgp_patch::{ApplyPatchError, FileHunks, LineKind, ParsePatchError, apply, hunks, parse, words};

fn text(old: &[u8], new: &[u8]) -> Vec<tgp_patch::Hunk> {
    match hunks(old, new, 3) {
        FileHunks::Text(hunks) => hunks,
        FileHunks::Binary => panic!("binary"),
    }
}

fn round_trip(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut patch = b"--- a/x\n+++ b/x\n".to_vec();
    let hunks = text(old, new);
    if hunks.is_empty() {
        return old.to_vec();
    }
    patch.extend(tgp_patch::render::render(&hunks));
    let files = parse(&patch).unwrap();
    assert_eq!(files.len(), 1);
    apply(old, &files[0].hunks).unwrap()
}

#[test]
fn a_patch_leads_from_one_content_to_the_other() {
    let old = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
    for new in [
        &b"a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nK\nl\n"[..],
        b"",
        b"a\nb\n",
        b"x",
        b"a\r\nb\r\n",
        b"0\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl",
    ] {
        assert_eq!(round_trip(old, new), new);
        assert_eq!(round_trip(new, old), old);
    }
}

#[test]
fn numbers_that_are_off_are_forgiven_where_the_lines_stand_once() {
    let patch = b"--- a/x\n+++ b/x\n@@ -40,2 +40,2 @@\n two\n-three\n+3\n";
    assert_eq!(apply(b"one\ntwo\nthree\n", &parse(patch).unwrap()[0].hunks).unwrap(), b"one\ntwo\n3\n");
    let twice = b"two\nthree\nx\ntwo\nthree\n";
    assert!(matches!(
        apply(twice, &parse(patch).unwrap()[0].hunks),
        Err(ApplyPatchError::Ambiguous { hunk: 1, line: 40, places }) if places == [1, 4]
    ));
}

#[test]
fn a_hunk_that_does_not_fit_says_which_and_where() {
    let patch = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+1\n@@ -3 +3 @@\n-three\n+3\n";
    let error = apply(b"one\ntwo\nTHREE\r\n", &parse(patch).unwrap()[0].hunks).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hunk 2 does not fit: from line 3 on `three` was expected and `THREE\\r` is there"
    );
}

#[test]
fn several_files_renames_modes_and_quoted_names_are_read() {
    let patch = b"Here is the change:\n\
diff --git a/old.rs b/new.rs\nsimilarity index 90%\nrename from old.rs\nrename to new.rs\n--- a/old.rs\n+++ b/new.rs\n@@ -1 +1 @@\n-a\n+b\n\
diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n\
diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
diff --git \"a/caf\\303\\251\" \"b/caf\\303\\251\"\nnew file mode 100755\n--- /dev/null\n+++ \"b/caf\\303\\251\"\n@@ -0,0 +1 @@\n+y\n\\ No newline at end of file\n";
    let files = parse(patch).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|file| {
            let text =
                |name: &Option<Vec<u8>>| name.as_ref().map(|name| String::from_utf8(name.clone()).unwrap());
            (text(&file.old), text(&file.new), file.executable, file.hunks.len())
        })
        .collect();
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(
        names,
        [
            (own("old.rs"), own("new.rs"), None, 1),
            (own("run.sh"), own("run.sh"), Some(true), 0),
            (own("gone"), None, None, 1),
            (None, own("caf\u{e9}"), Some(true), 1),
        ]
    );
    assert_eq!(apply(b"", &files[3].hunks).unwrap(), b"y");
}

#[test]
fn bad_patches_are_refused_with_their_line() {
    let refused = |patch: &[u8]| parse(patch).unwrap_err().to_string();
    assert_eq!(parse(b"hello"), Err(ParsePatchError::Empty));
    assert!(
        refused(b"--- a/x\n+++ b/x\n@@ nonsense @@\n").starts_with("line 3 of the patch: no hunk header")
    );
    assert!(refused(b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n").contains("ends before it has the lines"));
    assert!(refused(b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n?x\n").contains("begins with a space"));
    assert!(
        refused(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n a\n+b\n")
            .contains("line 5 of the patch: the hunk has more lines")
    );
    assert!(refused(b"diff --git a/x b/x\nGIT binary patch\nliteral 0\n").contains("`x` is binary"));
    assert!(refused(b"@@ -1 +1 @@\n").contains("before any file"));
    assert!(refused(b"--- a/x\n+++ b/x\n@@ -4294967295,99 +99999999999 @@\n").contains("no hunk header"));
}

#[test]
fn words_within_a_line_are_told_apart() {
    let found = words(b"let total = price * 2;", b"let sum = price * 3;");
    let of = |kinds: [LineKind; 2]| -> Vec<u8> {
        found.iter().filter(|word| kinds.contains(&word.kind)).flat_map(|word| word.text.clone()).collect()
    };
    assert_eq!(of([LineKind::Context, LineKind::Removed]), b"let total = price * 2;");
    assert_eq!(of([LineKind::Context, LineKind::Added]), b"let sum = price * 3;");
    assert!(found.iter().any(|word| word.kind == LineKind::Removed && word.text == b"total"));
}

#[test]
fn a_nul_byte_makes_a_content_binary() {
    assert_eq!(hunks(b"a\0b", b"a", 3), FileHunks::Binary);
}

proptest! {
    #[test]
    fn every_diff_applies_to_what_it_was_made_from(
        old in prop::collection::vec("[ab\r]{0,2}", 0..12),
        new in prop::collection::vec("[ab\r]{0,2}", 0..12),
        endings in any::<(bool, bool)>(),
    ) {
        let join = |lines: &[String], ending: bool| {
            let mut text = lines.join("\n");
            if ending && !text.is_empty() { text.push('\n'); }
            text.into_bytes()
        };
        let (old, new) = (join(&old, endings.0), join(&new, endings.1));
        prop_assert_eq!(round_trip(&old, &new), new.clone());
        let found = words(&old, &new);
        let side = |not: LineKind| -> Vec<u8> { found.iter().filter(|word| word.kind != not).flat_map(|word| word.text.clone()).collect() };
        prop_assert_eq!(side(LineKind::Added), old);
        prop_assert_eq!(side(LineKind::Removed), new);
    }

    #[test]
    fn no_patch_makes_the_reader_fall(patch in prop::collection::vec(any::<u8>(), 0..300), lead in any::<bool>()) {
        let mut bytes = if lead { b"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n".to_vec() } else { Vec::new() };
        bytes.extend(patch);
        if let Ok(files) = parse(&bytes) {
            for file in files { let _ = apply(b"a\nb\n", &file.hunks); }
        }
    }
}

#[test]
fn a_patch_never_makes_a_file_of_what_is_none() {
    let of = |mode: &str| {
        let patch = format!(
            "diff --git a/x b/x\nnew file mode {mode}\nindex 0000000..1111111\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
        );
        parse(patch.as_bytes())
    };
    for (mode, said) in [("120000", "symlinks"), ("160000", "submodules"), ("040000", "neither")] {
        let error = of(mode).unwrap_err();
        assert!(matches!(error, ParsePatchError::Line { line: 2, .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    assert_eq!(of("100755").unwrap()[0].executable, Some(true));
    assert_eq!(of("100644").unwrap()[0].executable, Some(false));
    let typechange = b"diff --git a/x b/x\nold mode 100644\nnew mode 120000\n";
    assert!(parse(typechange).unwrap_err().to_string().contains("symlinks"));
}

#[test]
fn a_copy_is_refused_and_never_taken_for_a_move() {
    let patch = b"diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n";
    let error = parse(patch).unwrap_err();
    assert!(matches!(error, ParsePatchError::Line { line: 3, .. }), "{error}");
    assert!(error.to_string().contains("`copy from x`"), "{error}");
}
