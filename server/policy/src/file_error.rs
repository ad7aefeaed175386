//! What is wrong with a policy file, a scope or a case file, always with its line and column.

use serde::Serialize;
use tgp_capability::QuantityProblem;

use tgp_pattern::GlobProblem;

/// A place in a file; both begin at 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A file that is refused, whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}", line = place.line, column = place.column)]
pub struct FileError {
    /// The file, as the caller names it.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub problem: FileProblem,
}

/// A problem and its place, before it is known in which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) place: Place,
    pub(crate) problem: FileProblem,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// No YAML.
    #[error("this is not YAML: {why}")]
    Syntax {
        /// What the parser says.
        why: String,
    },
    /// Too long, too deep, too many values.
    #[error("the file has more than {most} {what}")]
    TooMuch {
        /// The bound.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// `&a`, `*a`, `!tag`, a second document.
    #[error("{what} are not used here{hint}")]
    Forbidden {
        /// What was found.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The same key twice.
    #[error("`{key}` stands here a second time")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A field nobody knows.
    #[error("unknown field `{field}`; there are {known}")]
    UnknownField {
        /// The field.
        field: String,
        /// What it could have been.
        known: String,
    },
    /// A field that has to be there.
    #[error("the field `{field}` is missing")]
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// A text where a list has to be, or the like.
    #[error("this has to be {expected}, and is {found}")]
    WrongType {
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A word that is not one of a few.
    #[error("`{value}` is not one of {known}")]
    UnknownValue {
        /// The word.
        value: String,
        /// What it could have been.
        known: &'static str,
    },
    /// An empty list or map that would match nothing, or everything, unseen.
    #[error("this is empty, so {consequence}")]
    Empty {
        /// What would follow.
        consequence: &'static str,
    },
    /// `allow` in a policy file.
    #[error(
        "a policy file cannot allow, only deny and require_approval; what an agent may do stands in its scope"
    )]
    AllowInPolicy,
    /// An identifier that cannot be one.
    #[error("`{id}` cannot be an id: letters, digits, `.`, `_` and `-`, at most 64")]
    BadId {
        /// The id.
        id: String,
    },
    /// An identifier twice in one file.
    #[error("the id `{id}` stands already in line {first}")]
    DuplicateId {
        /// The id.
        id: String,
        /// Where it stood first.
        first: usize,
    },
    /// An identifier that only tgp itself may give.
    #[error("the id `{id}` begins with `{prefix}`, which is kept for tgp itself")]
    ReservedId {
        /// The id.
        id: String,
        /// The prefix.
        prefix: &'static str,
    },
    /// A bad glob.
    #[error("`{glob}` is not a glob: {why}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong.
        why: GlobProblem,
    },
    /// A comparison that cannot be read.
    #[error("`{text}` is not a comparison such as `> 10` or `<= 1MiB`: {why}")]
    Comparison {
        /// The text.
        text: String,
        /// What is wrong.
        why: QuantityProblem,
    },
    /// No operator.
    #[error("`{text}` does not begin with `>`, `>=`, `<`, `<=`, `=` or `!=`")]
    Operator {
        /// The text.
        text: String,
    },
    /// A unit is missing or another one.
    #[error("`{attribute}` is counted in {expected}: {hint}")]
    Unit {
        /// The attribute.
        attribute: String,
        /// Its unit.
        expected: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Fields about two kinds of targets: no target is both.
    #[error(
        "`{first}` and `{second}` are about different kinds of targets, so this never matches; write two rules"
    )]
    TwoKinds {
        /// One field.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An example that comes out otherwise.
    #[error("the example fails: the rule `{rule}` {says} match it")]
    Example {
        /// The rule.
        rule: String,
        /// `does` or `does not`.
        says: &'static str,
    },
    /// A value of another crate that cannot be read.
    #[error("{why}")]
    Value {
        /// What is wrong.
        why: String,
    },
}

impl FileProblem {
    /// At a place.
    pub(crate) fn at(self, place: Place) -> Located {
        Located { place, problem: self }
    }
}

impl Located {
    /// In a file.
    pub(crate) fn in_file(self, file: &str) -> FileError {
        FileError { file: file.to_owned(), place: self.place, problem: self.problem }
    }
}
