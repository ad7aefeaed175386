//! The reference page of the standard library.

use std::fmt::Write;

use crate::items::{Item, Kind, Outcome, items, topic_text};

const HEAD: &str = "# The standard library of tools

Generated from the doc comments in `wasm-guest/std`; `cargo xtask docs` writes it again. Every example is run inside the
sandbox by a test.

Import everything from `@tgp/std`, or one topic from its own module:

```ts
import { formatPipes } from \"@tgp/std/csv\";
```

It is pure TypeScript: no host, no clock, no state. What a function is given it never changes. A wrong type is a
`TypeError` and a value out of bounds a `RangeError`, both with the name of the argument.
";

/// The page for these modules: canonical name and TypeScript of each, in the order of the page.
pub fn page(modules: &[(&str, &str)]) -> String {
    let mut page = HEAD.to_owned();
    for (name, source) in modules.iter().filter(|(name, _)| *name != "@tgp/std") {
        let _ = write!(page, "\n## {name}\n\n{}\n", topic_text(source));
        let (types, others): (Vec<Item>, Vec<Item>) =
            items(source).into_iter().partition(|item| item.kind == Kind::Type);
        for item in &others {
            section(&mut page, item);
        }
        if !types.is_empty() {
            let _ = write!(page, "\n### Types of {name}\n\n```ts\n");
            for item in &types {
                let _ =
                    writeln!(page, "/** {} */\n{}", item.text, item.signature.trim_start_matches("export "));
            }
            page.push_str("```\n");
        }
    }
    page
}

fn section(page: &mut String, item: &Item) {
    let signature = item.signature.trim_start_matches("export ");
    let _ = write!(page, "\n### {}\n\n{}\n\n```ts\n{signature}\n", item.name, item.text);
    if !item.examples.is_empty() {
        page.push('\n');
    }
    for example in &item.examples {
        let said = match &example.outcome {
            Outcome::Value(value) => format!(" // => {value}"),
            Outcome::Throws(error) => format!(" // throws {error}"),
            Outcome::Unclear => String::new(),
        };
        let _ = writeln!(page, "{}{said}", example.expression);
    }
    page.push_str("```\n");
}
