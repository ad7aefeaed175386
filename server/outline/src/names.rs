//! Where the name of a declaration stands in its syntax.

use tree_sitter::Node;

/// Longest name that is shown.
const LONGEST_NAME: usize = 200;
/// Declarators of C that lie in each other at most.
const DEEPEST_DECLARATOR: usize = 32;

/// The text of a node on one line, cut.
pub(crate) fn text(node: Node<'_>, content: &[u8]) -> String {
    let bytes = content.get(node.byte_range()).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes.get(..LONGEST_NAME * 4).unwrap_or(bytes)).into_owned();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_NAME).collect()
}

pub(crate) fn field(node: Node<'_>, name: &str, content: &[u8]) -> Option<String> {
    node.child_by_field_name(name).map(|node| text(node, content)).filter(|text| !text.is_empty())
}

/// The name in a declarator of C or C++: `*(*f)(int)` is `f`.
pub(crate) fn declarator(node: Node<'_>, content: &[u8]) -> Option<String> {
    let mut here = node.child_by_field_name("declarator")?;
    for _ in 0..DEEPEST_DECLARATOR {
        match here.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name"
            | "operator_cast"
            | "template_function" => return Some(text(here, content)),
            _ => {}
        }
        let inner = here.child_by_field_name("declarator").or_else(|| {
            let mut cursor = here.walk();
            here.named_children(&mut cursor).find(|child| {
                child.kind().ends_with("declarator")
                    || child.kind().ends_with("identifier")
                    || child.kind().ends_with("_name")
            })
        });
        here = inner?;
    }
    None
}

/// Whether a declarator of C or C++ declares a function.
pub(crate) fn declares_function(node: Node<'_>) -> bool {
    let mut here = node.child_by_field_name("declarator");
    for _ in 0..DEEPEST_DECLARATOR {
        match here {
            Some(found) if found.kind() == "function_declarator" => return true,
            Some(found) => here = found.child_by_field_name("declarator"),
            None => return false,
        }
    }
    false
}

/// `impl Type` or `impl Trait for Type`.
pub(crate) fn implementation(node: Node<'_>, content: &[u8]) -> Option<String> {
    let of = field(node, "type", content)?;
    Some(match field(node, "trait", content) {
        Some(what) => format!("{what} for {of}"),
        None => of,
    })
}

/// A method of Go with the type it belongs to: `Server.Start`.
pub(crate) fn method_of_go(node: Node<'_>, content: &[u8]) -> Option<String> {
    let name = field(node, "name", content)?;
    let receiver = field(node, "receiver", content).unwrap_or_default();
    let inner = receiver.trim_matches(['(', ')']);
    let of = inner.rsplit(' ').next().unwrap_or_default().trim_start_matches('*');
    let of = of.split('[').next().unwrap_or_default();
    Some(if of.is_empty() { name } else { format!("{of}.{name}") })
}

/// A key of JSON or YAML without its quotes.
pub(crate) fn key(node: Node<'_>, content: &[u8]) -> Option<String> {
    field(node, "key", content).map(|key| key.trim_matches(['"', '\'']).to_owned())
}

/// The heading a section of Markdown begins with.
pub(crate) fn heading(node: Node<'_>, content: &[u8]) -> Option<String> {
    let first = node.named_child(0)?;
    let heading = matches!(first.kind(), "atx_heading" | "setext_heading").then_some(first)?;
    let found = heading.child_by_field_name("heading_content").map(|inner| text(inner, content));
    found
        .filter(|text| !text.is_empty())
        .or_else(|| Some(text(heading, content).trim_matches(['#', ' ', '=']).to_owned()))
}
