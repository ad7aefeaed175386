//! Which syntax of which language declares a symbol, and of what kind.

use tree_sitter::Node;

use crate::language::Language;
use crate::names;
use crate::symbol::SymbolKind::{
    self, Class, Constant, Enum, Field, Function, Heading, Implementation, Interface, Key, Macro, Method,
    Module, Struct, Type, Union, Variable,
};

/// Keys of documents that lie deeper in each other are data, not outline.
const DEEPEST_KEY: usize = 4;

/// What a node stands in: nothing, something that makes functions its methods, or something else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inside {
    /// The kind of the nearest symbol around it.
    pub(crate) kind: Option<SymbolKind>,
    /// How many symbols lie around it.
    pub(crate) depth: usize,
}

impl Inside {
    fn is_type(self) -> bool {
        matches!(self.kind, Some(Class | Struct | Enum | Union | Interface | Implementation))
    }

    fn function(self) -> SymbolKind {
        if self.is_type() { Method } else { Function }
    }

    /// Variables of functions are no symbols.
    fn is_outer(self) -> bool {
        !matches!(self.kind, Some(Function | Method))
    }
}

/// The symbol a node declares.
pub(crate) fn symbol(
    language: Language,
    node: Node<'_>,
    inside: Inside,
    content: &[u8],
) -> Option<(SymbolKind, String)> {
    let kind = node.kind();
    let named = |found: Option<SymbolKind>| {
        found.and_then(|found| Some((found, names::field(node, "name", content)?)))
    };
    match language {
        Language::Rust if kind == "impl_item" => {
            Some((Implementation, names::implementation(node, content)?))
        }
        Language::Rust => named(rust(kind, inside)),
        Language::TypeScript | Language::Tsx | Language::JavaScript => script(node, inside, content),
        Language::Python => python(node, inside, content),
        Language::Go if kind == "method_declaration" => Some((Method, names::method_of_go(node, content)?)),
        Language::Go => named(go(node, inside)),
        Language::Java if kind == "field_declaration" => {
            Some((Field, names::field(node.child_by_field_name("declarator")?, "name", content)?))
        }
        Language::Java => named(java(kind)),
        Language::C | Language::Cpp => c(node, inside, content),
        Language::Json | Language::Yaml => {
            let pair =
                matches!(kind, "pair" | "block_mapping_pair" | "flow_pair") && inside.depth < DEEPEST_KEY;
            pair.then(|| names::key(node, content)).flatten().map(|name| (Key, name))
        }
        Language::Markdown if kind == "section" => Some((Heading, names::heading(node, content)?)),
        Language::Markdown => None,
    }
}

fn rust(kind: &str, inside: Inside) -> Option<SymbolKind> {
    Some(match kind {
        "function_item" | "function_signature_item" => inside.function(),
        "struct_item" => Struct,
        "enum_item" => Enum,
        "union_item" => Union,
        "trait_item" => Interface,
        "mod_item" => Module,
        "const_item" if inside.is_outer() => Constant,
        "static_item" if inside.is_outer() => Variable,
        "type_item" | "associated_type" => Type,
        "macro_definition" => Macro,
        _ => return None,
    })
}

fn script(node: Node<'_>, inside: Inside, content: &[u8]) -> Option<(SymbolKind, String)> {
    let name = || names::field(node, "name", content);
    let value_is_function = || {
        node.child_by_field_name("value").is_some_and(|value| {
            matches!(value.kind(), "arrow_function" | "function_expression" | "generator_function")
        })
    };
    let kind = match node.kind() {
        "function_declaration" | "generator_function_declaration" | "function_signature" => Function,
        "class_declaration" | "abstract_class_declaration" => Class,
        "method_definition" | "method_signature" | "abstract_method_signature" if inside.is_type() => Method,
        "interface_declaration" => Interface,
        "type_alias_declaration" => Type,
        "enum_declaration" => Enum,
        "internal_module" | "module" => Module,
        "variable_declarator" if value_is_function() => Function,
        "variable_declarator" if inside.is_outer() && !inside.is_type() => {
            let plain = node.child_by_field_name("name").is_some_and(|name| name.kind() == "identifier");
            let block = node.parent().and_then(|parent| parent.parent());
            let top = block.is_some_and(|block| {
                matches!(block.kind(), "program" | "export_statement")
                    || block
                        .parent()
                        .is_some_and(|above| matches!(above.kind(), "internal_module" | "module"))
            });
            let constant = node.parent().is_some_and(|parent| {
                parent.child_by_field_name("kind").is_some_and(|word| word.kind() == "const")
            });
            if !plain || !top {
                return None;
            }
            if constant { Constant } else { Variable }
        }
        "public_field_definition" | "field_definition" => {
            let found =
                names::field(node, "name", content).or_else(|| names::field(node, "property", content))?;
            return Some((if value_is_function() { Method } else { Field }, found));
        }
        _ => return None,
    };
    Some((kind, name()?))
}

fn python(node: Node<'_>, inside: Inside, content: &[u8]) -> Option<(SymbolKind, String)> {
    let name = || names::field(node, "name", content);
    match node.kind() {
        "function_definition" => Some((inside.function(), name()?)),
        "class_definition" => Some((Class, name()?)),
        "type_alias_statement" => Some((Type, names::field(node, "left", content)?)),
        "assignment" if inside.is_outer() => {
            let left = node.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
            let name = names::text(left, content);
            let constant = name.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_');
            let kind = if inside.is_type() {
                Field
            } else if constant {
                Constant
            } else {
                Variable
            };
            Some((kind, name))
        }
        _ => None,
    }
}

fn go(node: Node<'_>, inside: Inside) -> Option<SymbolKind> {
    Some(match node.kind() {
        "function_declaration" => Function,
        "type_spec" => match node.child_by_field_name("type").map(|of| of.kind()) {
            Some("struct_type") => Struct,
            Some("interface_type") => Interface,
            _ => Type,
        },
        "type_alias" => Type,
        "method_elem" | "method_spec" => Method,
        "const_spec" if inside.is_outer() => Constant,
        "var_spec" if inside.is_outer() => Variable,
        _ => return None,
    })
}

fn java(kind: &str) -> Option<SymbolKind> {
    Some(match kind {
        "class_declaration" => Class,
        "interface_declaration" | "annotation_type_declaration" => Interface,
        "enum_declaration" => Enum,
        "record_declaration" => Struct,
        "method_declaration" | "constructor_declaration" | "compact_constructor_declaration" => Method,
        _ => return None,
    })
}

fn c(node: Node<'_>, inside: Inside, content: &[u8]) -> Option<(SymbolKind, String)> {
    let name = || names::field(node, "name", content);
    let has_body = node.child_by_field_name("body").is_some();
    let declared = || names::declarator(node, content);
    match node.kind() {
        "function_definition" => {
            let name = declared()?;
            let kind = if name.contains("::") { Method } else { inside.function() };
            Some((kind, name))
        }
        "class_specifier" if has_body => Some((Class, name()?)),
        "struct_specifier" if has_body => Some((Struct, name()?)),
        "union_specifier" if has_body => Some((Union, name()?)),
        "enum_specifier" if has_body => Some((Enum, name()?)),
        "namespace_definition" => Some((Module, name()?)),
        "preproc_def" | "preproc_function_def" => Some((Macro, name()?)),
        "type_definition" => Some((Type, declared()?)),
        "alias_declaration" | "concept_definition" => Some((Type, name()?)),
        "declaration" | "field_declaration" if names::declares_function(node) => {
            Some((inside.function(), declared()?))
        }
        "declaration" if inside.is_outer() => Some((Variable, declared()?)),
        "field_declaration" => Some((Field, declared()?)),
        _ => None,
    }
}
