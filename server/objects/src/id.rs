//! Names of commits and file contents, as Git gives them.

use std::fmt;
use std::str::FromStr;

/// A text that is no object name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of a Git object (40 hexadecimal digits)")]
pub struct ObjectNameProblem {
    /// The text as it came in.
    pub text: String,
}

macro_rules! object_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(#[doc = "As gix has it."] pub gix::ObjectId);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ObjectNameProblem;
            fn from_str(text: &str) -> Result<Self, ObjectNameProblem> {
                gix::ObjectId::from_hex(text.as_bytes())
                    .map(Self)
                    .map_err(|_| ObjectNameProblem { text: text.to_owned() })
            }
        }
    };
}

object_name!(
    /// Name of a commit.
    CommitId
);
object_name!(
    /// Name of a file's content: equal exactly when the bytes are equal.
    BlobId
);

impl BlobId {
    /// The name Git gives to these bytes.
    pub fn of(content: &[u8]) -> Option<Self> {
        hash(gix::objs::Kind::Blob, content).map(Self)
    }
}

/// The name Git gives to an object.
pub fn hash(kind: gix::objs::Kind, content: &[u8]) -> Option<gix::ObjectId> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, content).ok()
}
