//! The examples in the doc comments are true, and every function has one.

use std::fmt::Write;

use serde_json::Value;
use tgp_std_tests::{Item, Kind, Outcome, items};
use tgp_wasm_guest::STD_SOURCES;

use crate::guest::{Sources, all_ok, run};

fn quoted(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A tool that runs every example of a module as a test.
fn suite_of(module: &str, items: &[Item]) -> String {
    let names: Vec<&str> =
        items.iter().filter(|item| item.kind != Kind::Type).map(|item| item.name.as_str()).collect();
    let mut tool = format!(
        "import {{ equal, fails, run }} from \"./expect\";\nimport {{ {} }} from \"{module}\";\nexport default () => run({{\n",
        names.join(", ")
    );
    for (at, example) in items.iter().flat_map(|item| &item.examples).enumerate() {
        let (title, body) = match &example.outcome {
            Outcome::Value(value) => (
                format!("{at}: {} => {value}", example.expression),
                format!("equal({}, {value})", example.expression),
            ),
            Outcome::Throws(error) => (
                format!("{at}: {} throws {error}", example.expression),
                format!("fails(() => {}, {})", example.expression, quoted(error)),
            ),
            Outcome::Unclear => panic!("{module}: `{}` does not say what it gives", example.expression),
        };
        let _ = writeln!(tool, "  {}: () => {{ {body}; }},", quoted(&title));
    }
    tool.push_str("});\n");
    tool
}

#[test]
fn every_example_in_a_doc_comment_is_true_inside_the_guest() {
    let mut count = 0;
    for (module, source) in STD_SOURCES.iter().filter(|(name, _)| *name != "@tgp/std") {
        let mut sources = Sources::tests();
        let path = format!("tools/std/examples_{}.ts", module.replace(['@', '/'], "_"));
        sources.0.insert(path.clone(), suite_of(module, &items(source)));
        count += all_ok(&path, &run(&path, &sources));
    }
    println!("{count} examples");
    assert!(count > 100, "the examples are found: {count}");
}

#[test]
fn everything_exported_is_explained_and_every_function_has_an_example() {
    for (module, source) in STD_SOURCES {
        for item in items(source) {
            assert!(
                item.text.ends_with('.'),
                "{module}: `{}` has no comment that ends a sentence",
                item.name
            );
            let needs_one = item.kind == Kind::Function;
            assert!(!needs_one || !item.examples.is_empty(), "{module}: `{}` has no example", item.name);
        }
    }
}

#[test]
fn the_index_gives_everything_that_the_topics_give() {
    let mut expected: Vec<String> = STD_SOURCES
        .iter()
        .flat_map(|(_, source)| items(source))
        .filter(|item| item.kind != Kind::Type)
        .map(|item| item.name)
        .collect();
    expected.sort();
    let mut sources = Sources::tests();
    let text = "import * as std from \"@tgp/std\";\nexport default () => Object.keys(std).toSorted();\n";
    sources.0.insert("tools/std/index.ts".to_owned(), text.to_owned());
    let names: Vec<String> = serde_json::from_value(run("tools/std/index.ts", &sources)).unwrap();
    assert_eq!(names, expected);
}
