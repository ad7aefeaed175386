//! Typed reading of YAML values; what does not fit is refused at its place.

use super::{Content, Key, Node};
use crate::file_error::{FileProblem, Located, Place};

/// The fields of a map while it is read: each is taken once, and what is left over is unknown.
pub(crate) struct Fields<'a> {
    place: Place,
    known: &'static [&'static str],
    entries: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// The value of a field, where it stands.
    pub(crate) fn get(&self, field: &'static str) -> Option<&'a Node> {
        debug_assert!(self.known.contains(&field), "`{field}` is not in the list of known fields");
        self.entries.iter().find(|(key, _)| key.name == field).map(|(_, value)| value)
    }

    /// The value of a field that has to be there.
    pub(crate) fn need(&self, field: &'static str) -> Result<&'a Node, Located> {
        self.get(field).ok_or_else(|| FileProblem::MissingField { field }.at(self.place))
    }

    /// Where the map begins.
    pub(crate) fn place(&self) -> Place {
        self.place
    }
}

impl Node {
    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar { .. } if self.is_null() => "nothing",
            Content::Scalar { .. } => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    fn wrong(&self, expected: &'static str) -> Located {
        FileProblem::WrongType { expected, found: self.kind() }.at(self.place)
    }

    /// Whether nothing stands there.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// A text; numbers and words without quotes are texts too.
    pub(crate) fn text(&self) -> Result<&str, Located> {
        match &self.content {
            Content::Scalar { text, .. } if !self.is_null() => Ok(text),
            _ => Err(self.wrong("a text")),
        }
    }

    /// A whole number without quotes.
    pub(crate) fn whole(&self) -> Result<i64, Located> {
        match &self.content {
            Content::Scalar { text, plain: true } => text.parse().map_err(|_| self.wrong("a whole number")),
            _ => Err(self.wrong("a whole number")),
        }
    }

    /// `true` or `false` without quotes.
    pub(crate) fn flag(&self) -> Result<bool, Located> {
        match &self.content {
            Content::Scalar { text, plain: true } if text == "true" => Ok(true),
            Content::Scalar { text, plain: true } if text == "false" => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A list.
    pub(crate) fn list(&self) -> Result<&[Node], Located> {
        match &self.content {
            Content::List(items) => Ok(items),
            _ => Err(self.wrong("a list")),
        }
    }

    /// A list, or one value that stands for a list of one.
    pub(crate) fn one_or_more(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// A map, in its order.
    pub(crate) fn map(&self) -> Result<&[(Key, Node)], Located> {
        match &self.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(self.wrong("a map")),
        }
    }

    /// A map that has no other fields than these.
    pub(crate) fn fields(&self, known: &'static [&'static str]) -> Result<Fields<'_>, Located> {
        let entries = self.map()?;
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                let field = key.name.clone();
                return Err(FileProblem::UnknownField { field, known: known.join(", ") }.at(key.place));
            }
        }
        Ok(Fields { place: self.place, known, entries })
    }
}
