//! A symbol: something a file declares under a name.

use std::fmt;
use std::ops::Range;

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A function of its own.
    Function,
    /// A function of a class, trait or type.
    Method,
    /// A class.
    Class,
    /// A struct or record.
    Struct,
    /// An enum.
    Enum,
    /// A union.
    Union,
    /// An interface or trait.
    Interface,
    /// An implementation block.
    Implementation,
    /// A name for a type.
    Type,
    /// A module or namespace.
    Module,
    /// A constant.
    Constant,
    /// A variable.
    Variable,
    /// A field of a class.
    Field,
    /// A macro.
    Macro,
    /// A key of a document.
    Key,
    /// A heading of a document.
    Heading,
}

impl fmt::Display for SymbolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Union => "union",
            Self::Interface => "interface",
            Self::Implementation => "implementation",
            Self::Type => "type",
            Self::Module => "module",
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Macro => "macro",
            Self::Key => "key",
            Self::Heading => "heading",
        })
    }
}

/// A symbol of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Its first line, counted from 1.
    pub first_line: usize,
    /// Its last line.
    pub last_line: usize,
    /// The symbol it lies in, as a place in the outline; always an earlier one.
    pub parent: Option<usize>,
    /// Its bytes in the content.
    pub bytes: Range<usize>,
}
