//! The properties of a configuration with their places, so that a wrong one is reported where it stands.

use oxc::ast::ast::Program;
use tgp_standards::Places;

/// A property of the object a configuration exports, or an element of an array in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Property {
    /// Names from the outside in; elements of an array are counted from 0.
    pub path: Vec<String>,
    /// Line of its name, from 1.
    pub line: u32,
    /// Column, from 1, in UTF-16 units.
    pub column: u32,
    /// Whether its value is a string written there, and not one that is computed.
    pub is_text: bool,
}

pub(crate) fn find(program: &Program<'_>, source: &str) -> Vec<Property> {
    let places = Places::new(source);
    tgp_standards::properties::properties(program)
        .into_iter()
        .map(|found| {
            let (line, column) = places.at(found.span.start);
            Property { path: found.path, line, column, is_text: found.is_text }
        })
        .collect()
}
