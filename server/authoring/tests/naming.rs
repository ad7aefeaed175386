//! Definitions, references, renames.

use std::collections::BTreeMap;

use tgp_authoring::{Edit, Lines, Range, definition, moved, prepare_rename, references, rename};

use crate::library::{ADD, Library, REPORT, at, inside};

#[test]
fn an_import_leads_to_the_tool_in_each_of_its_spellings() {
    let library = Library::new();
    let leads = |piece: &str| {
        let found = definition("tools/report.ts", REPORT, inside(REPORT, piece), &library).expect("a tool");
        assert_eq!(at(library.text(&found.path), found.range), "export default");
        found.path
    };
    assert_eq!(leads("./math/sum"), "tools/math/sum.ts");
    assert_eq!(leads("/lib/text/join.ts"), "tools/text/join.ts");
    assert_eq!(leads("tools/math/add.ts"), "tools/math/add.ts");
    assert_eq!(definition("tools/report.ts", REPORT, inside(REPORT, "args: {"), &library), None);
}

#[test]
fn who_names_a_tool_is_found_from_its_default_export_and_from_each_naming() {
    let library = Library::new();
    let add = library.text("tools/math/add.ts");
    let from_own = references("tools/math/add.ts", add, inside(add, "export default"), &library);
    let named: Vec<(&str, &str)> = from_own
        .iter()
        .map(|found| (found.path.as_str(), at(library.text(&found.path), found.range)))
        .collect();
    assert_eq!(named, [("tools/math/sum.ts", "./add.ts"), ("tools/report.ts", "tools/math/add.ts")]);
    let from_other = references("tools/report.ts", REPORT, inside(REPORT, "tools/math/add.ts"), &library);
    assert_eq!(from_other, from_own);
}

#[test]
fn a_tool_of_the_same_name_in_another_folder_is_another_tool() {
    let mut library = Library::new();
    library.0.insert("tools/text/add.ts".to_owned(), "export default () => 1;\n".to_owned());
    let text = library.text("tools/text/add.ts");
    assert!(references("tools/text/add.ts", text, inside(text, "export default"), &library).is_empty());
}

/// A library after edits.
fn edited(library: &Library, edits: Vec<(String, Vec<Edit>)>) -> Library {
    let mut after = Library(library.0.clone());
    for (file, mut edits) in edits {
        let text = after.0.get_mut(&file).expect("a file");
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.range));
        for edit in edits {
            let lines = Lines::new(text);
            let bytes = lines.byte(edit.range.start)..lines.byte(edit.range.end);
            text.replace_range(bytes, &edit.text);
        }
    }
    after
}

/// Moves files and folders as an editor does, with the edits first; gives the library after it.
fn after_moves(library: &Library, moves: &[(&str, &str)]) -> Library {
    let moves: Vec<(String, String)> =
        moves.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    let files = edited(library, moved(&moves, library)).0.into_iter().map(|(path, text)| {
        let to =
            moves.iter().find_map(|(from, to)| Some(format!("{to}{}", path.strip_prefix(from.as_str())?)));
        (to.unwrap_or(path), text)
    });
    Library(files.collect::<BTreeMap<_, _>>())
}

/// Applies a rename, and gives the library after it.
fn renamed(library: &Library, path: &str, name: &str) -> Result<Library, String> {
    let text = library.text(path);
    let done = rename(path, text, inside(text, "export default"), name, library)?.expect("a rename");
    let mut after = edited(library, done.edits);
    let (before, target) = done.file;
    let moved = after.0.remove(&before).expect("the tool");
    after.0.insert(target, moved);
    Ok(after)
}

/// What a whole library says of itself, each naming with the tool it leads to.
fn leads(library: &Library) -> Vec<String> {
    let mut all = Vec::new();
    for (path, text) in &library.0 {
        for mention in tgp_compiler::mentions(text).found {
            let place = Lines::new(text).position(mention.start);
            let found = definition(path, text, place, library).map(|found| found.path);
            all.push(format!("{path}: {} -> {}", mention.text, found.as_deref().unwrap_or("nothing")));
        }
    }
    all
}

#[test]
fn a_renamed_tool_is_named_anew_everywhere_in_the_manner_it_was_named() {
    let after = renamed(&Library::new(), "tools/math/add.ts", "plus").unwrap();
    let expected = [
        "tools/math/sum.ts: ./plus.ts -> tools/math/plus.ts",
        "tools/report.ts: ./math/sum -> tools/math/sum.ts",
        "tools/report.ts: /lib/text/join.ts -> tools/text/join.ts",
        "tools/report.ts: tools/math/plus.ts -> tools/math/plus.ts",
    ];
    assert_eq!(leads(&after), expected);
}

#[test]
fn a_tool_that_moves_takes_its_own_imports_with_it() {
    let after = renamed(&Library::new(), "tools/math/sum.ts", "tools/numbers/list/total.ts").unwrap();
    let expected = [
        "tools/numbers/list/total.ts: ../../math/add.ts -> tools/math/add.ts",
        "tools/report.ts: ./numbers/list/total -> tools/numbers/list/total.ts",
        "tools/report.ts: /lib/text/join.ts -> tools/text/join.ts",
        "tools/report.ts: tools/math/add.ts -> tools/math/add.ts",
    ];
    assert_eq!(leads(&after), expected);
}

#[test]
fn a_name_that_is_taken_or_leads_out_is_refused() {
    let library = Library::new();
    assert!(renamed(&library, "tools/math/add.ts", "sum").err().unwrap().contains("already"));
    assert!(renamed(&library, "tools/math/add.ts", "policy/add.ts").err().unwrap().contains("outside"));
    assert!(renamed(&library, "tools/math/add.ts", "tools/../../x").err().unwrap().contains("no path"));
    let text = library.text("tools/math/add.ts");
    assert_eq!(rename("tools/math/add.ts", text, inside(text, "return"), "x", &library), Ok(None));
}

#[test]
fn an_odd_name_is_refused_with_why() {
    let library = Library::new();
    for (name, why) in [
        ("", "names no file"),
        ("  ", "names no file"),
        ("tools/math/", "names no file"),
        ("it's", "cannot stand in an import"),
        ("a`b", "cannot stand in an import"),
        ("price$", "cannot stand in an import"),
        ("math\\plus", "no path"),
        (".ts", "hidden"),
        (".hidden", "hidden"),
        ("tools/.git/plus", "hidden"),
        ("plus.d.ts", "only declares"),
        ("/etc/plus", "no path"),
        ("plus\u{7}", "no path"),
        ("SUM", "`tools/math/sum.ts` already"),
        ("plus.js", "would mean another file"),
        ("plus.ts.ts", "would mean another file"),
        ("plus.", "would mean another file"),
        ("plus\u{202e}", "cannot stand in an import"),
    ] {
        let refused = renamed(&library, "tools/math/add.ts", name).err().expect(name);
        assert!(refused.contains(why), "{name}: {refused}");
    }
    let mut library = Library::new();
    library.0.insert("tools/math/plus.ts/deep.ts".to_owned(), ADD.to_owned());
    assert!(renamed(&library, "tools/math/add.ts", "plus").err().unwrap().contains("is a folder"));
    // Only the case of its letters changes: the name is the tool's own.
    assert!(renamed(&library, "tools/math/add.ts", "Add").unwrap().0.contains_key("tools/math/Add.ts"));
}

#[test]
fn what_can_be_renamed_is_told_with_its_name_before_a_new_one_is_asked_for() {
    let library = Library::new();
    let told = |path: &str, piece: &str| {
        let text = library.text(path);
        let (range, name) = prepare_rename(path, text, inside(text, piece), &library)?;
        Some((at(text, range).to_owned(), name))
    };
    let own = Some(("export default".to_owned(), "add".to_owned()));
    assert_eq!(told("tools/math/add.ts", "export default"), own);
    let named = Some(("./math/sum".to_owned(), "sum".to_owned()));
    assert_eq!(told("tools/report.ts", "./math/sum"), named);
    assert_eq!(told("tools/math/add.ts", "return"), None);
}

#[test]
fn files_that_move_together_are_named_anew_where_they_lie_then() {
    let after = after_moves(&Library::new(), &[("tools/math", "tools/numbers/basic")]);
    let expected = [
        "tools/numbers/basic/sum.ts: ./add.ts -> tools/numbers/basic/add.ts",
        "tools/report.ts: ./numbers/basic/sum -> tools/numbers/basic/sum.ts",
        "tools/report.ts: /lib/text/join.ts -> tools/text/join.ts",
        "tools/report.ts: tools/numbers/basic/add.ts -> tools/numbers/basic/add.ts",
    ];
    assert_eq!(leads(&after), expected);
    let moves = [("tools/report.ts", "tools/text/report.ts"), ("tools/math/sum.ts", "tools/math/total.ts")];
    let expected = [
        "tools/math/total.ts: ./add.ts -> tools/math/add.ts",
        "tools/text/report.ts: ../math/total -> tools/math/total.ts",
        "tools/text/report.ts: /lib/text/join.ts -> tools/text/join.ts",
        "tools/text/report.ts: tools/math/add.ts -> tools/math/add.ts",
    ];
    assert_eq!(leads(&after_moves(&Library::new(), &moves)), expected);
}

#[test]
fn what_leaves_the_tools_or_was_none_edits_nothing() {
    let library = Library::new();
    let edits = |from: &str, to: &str| moved(&[(from.to_owned(), to.to_owned())], &library);
    assert_eq!(edits("tools/math/add.ts", "policy/add.ts"), []);
    assert_eq!(edits("tools/math/add.ts", "tools/math/add.txt"), []);
    assert_eq!(edits("tools/mat", "tools/other"), [], "part of a name is no folder");
    for odd in ["tools/it's", "tools/a\"b", "tools/a`b"] {
        assert_eq!(edits("tools/math", odd), [], "no import can name what lies in {odd}");
    }
    assert_eq!(edits("tools/math/add.ts", "tools/math/plus.ts.ts"), []);
    assert_eq!(edits("policy/rules.yaml", "policy/more.yaml"), []);
}

#[test]
fn a_tool_of_the_same_name_elsewhere_is_named_as_before() {
    let mut library = Library::new();
    library.0.insert("tools/add.ts".to_owned(), ADD.to_owned());
    let other = "import add from './add.js';\nexport default () => add({ a: 1, b: 2 });\n";
    library.0.insert("tools/other.ts".to_owned(), other.to_owned());
    let edited = moved(&[("tools/math/add.ts".to_owned(), "tools/math/plus.ts".to_owned())], &library);
    assert!(edited.iter().all(|(file, _)| file != "tools/other.ts"), "{edited:?}");
}

#[test]
fn places_count_utf_16_units_over_every_line_break() {
    let text = "a\r\nb😀c\rd\n";
    let lines = Lines::new(text);
    assert_eq!(lines.count(), 4);
    let places: Vec<(u32, u32)> = [0, 1, 3, 4, 8, 9, 10]
        .into_iter()
        .map(|byte| lines.position(byte))
        .map(|at| (at.line, at.character))
        .collect();
    assert_eq!(places, [(0, 0), (0, 1), (1, 0), (1, 1), (1, 3), (1, 4), (2, 0)]);
    for byte in [0, 1, 3, 4, 8, 9, 10] {
        assert_eq!(lines.byte(lines.position(byte)), byte);
    }
    assert_eq!(lines.line(1), "b😀c");
    assert_eq!(lines.whole(1), Range { start: lines.position(3), end: lines.position(9) });
}
