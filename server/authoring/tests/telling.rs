//! Hovers, lenses, hints, symbols.

use tgp_authoring::{DocumentKind, LensDoes, document_symbols, hints, hover, lenses, workspace_symbols};

use crate::library::{ADD, JOIN, Library, REPORT, SUM, at, inside};

#[test]
fn a_hover_tells_what_a_tool_does_takes_and_did() {
    let library = Library::new();
    let found = hover("tools/math/sum.ts", SUM, inside(SUM, "./add.ts"), &library).expect("a hover");
    assert_eq!(at(SUM, found.range), "./add.ts");
    for part in [
        "tools/math/add.ts",
        "Adds two numbers.",
        "`a: number`",
        "`b?: number`",
        "12 runs, 1 failed",
        "1.2 ms, 1,234,567 fuel",
    ] {
        assert!(found.text.contains(part), "{part}: {}", found.text);
    }
    let own = hover("tools/text/join.ts", JOIN, inside(JOIN, "export default"), &library).expect("a hover");
    assert!(own.text.contains("string[]") && own.text.contains("has not run"), "{}", own.text);
    assert_eq!(hover("tools/report.ts", REPORT, inside(REPORT, "const one"), &library), None);
}

#[test]
fn lenses_run_check_and_say_who_uses_a_tool() {
    let library = Library::new();
    let shown = lenses("tools/math/add.ts", ADD, &library);
    let titles: Vec<&str> = shown.iter().map(|lens| lens.title.as_str()).collect();
    assert_eq!(titles, ["Run", "Run again with the last arguments", "Check", "used by 2 tools"]);
    assert!(shown.iter().all(|lens| at(ADD, lens.range) == "export default"));
    assert!(matches!(&shown[3].does, LensDoes::ShowReferences { locations } if locations.len() == 2));
    let titles: Vec<String> =
        lenses("tools/report.ts", REPORT, &library).into_iter().map(|lens| lens.title).collect();
    assert_eq!(titles, ["Run", "Check", "used by no tool"]);
    assert!(lenses("tools/x.ts", "const half = (", &library).is_empty());
}

#[test]
fn a_hint_behind_the_default_export_says_what_the_last_run_cost() {
    let library = Library::new();
    let shown = hints("tools/math/add.ts", ADD, &library);
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].label.as_str(), shown[0].at.line), ("1.2 ms, 1,234,567 fuel", 1));
    assert!(hints("tools/report.ts", REPORT, &library).is_empty());
}

#[test]
fn a_tool_is_one_symbol_with_its_arguments() {
    let symbols = document_symbols(DocumentKind::Tool, "tools/math/add.ts", ADD, &Library::new());
    assert_eq!(symbols.len(), 1);
    let arguments: Vec<&str> = symbols[0].children.iter().map(|child| child.name.as_str()).collect();
    assert_eq!((symbols[0].name.as_str(), arguments), ("tools/math/add.ts", vec!["a", "b"]));
}

#[test]
fn tools_of_the_workspace_are_found_by_letters_in_their_order() {
    let library = Library::new();
    let found = |query: &str| {
        let found = workspace_symbols(query, &library);
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(found("math"), ["tools/math/add.ts", "tools/math/sum.ts"]);
    assert_eq!(found("msum"), ["tools/math/sum.ts"]);
    assert_eq!(found("").len(), 4);
    assert!(found("xyz").is_empty());
}

#[test]
fn what_an_agent_wrote_of_its_tool_is_shown_letter_by_letter() {
    let mut library = Library::new();
    let written = "/** Adds. [here](https://example.com) ![x](y) <img src=\"a\"> **b** `c` | d\n * # Head\n * - item a&amp;b https://e.org www.e.org */\n";
    let tool = ADD.replacen("/** Adds two numbers. */\n", written, 1);
    library.0.insert("tools/math/add.ts".to_owned(), tool);
    let found = hover("tools/math/sum.ts", SUM, inside(SUM, "./add.ts"), &library).expect("a hover");
    let line = found.text.lines().find(|line| line.starts_with("Adds")).expect("the description");
    for part in
        [r"\[here\]\(https&#58;//example\.com\)", r"\!\[x\]\(y\)", r"\<img", r"\*\*b\*\*", r"\`c\`", r"\| d"]
    {
        assert!(line.contains(part), "{part}: {}", found.text);
    }
    assert!(!found.text.contains("\n# ") && !found.text.contains("\n- item"), "{}", found.text);
    assert!(
        !found.text.contains("https://") && !found.text.contains("www."),
        "no bare address is made a link: {}",
        found.text
    );
}
