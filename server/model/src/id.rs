//! Identifiers: ULIDs, so that they sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

/// What is wrong with the text of an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an identifier of 26 characters (ULID)")]
pub struct IdProblem {
    /// The text as it came in.
    pub text: String,
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// Makes an identifier from the time in milliseconds since 1970 and 80 bits of randomness,
            /// both given by the caller.
            pub fn from_parts(milliseconds: u64, random: u128) -> Self {
                Self(Ulid::from_parts(milliseconds, random))
            }

            /// The time in it, in milliseconds since 1970.
            pub fn milliseconds(self) -> u64 {
                self.0.timestamp_ms()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdProblem;
            fn from_str(text: &str) -> Result<Self, IdProblem> {
                Ulid::from_string(text).map(Self).map_err(|_| IdProblem { text: text.to_owned() })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdProblem;
            fn try_from(text: String) -> Result<Self, IdProblem> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

ulid_id!(
    /// Number of one action in the timeline; also the trailer `Tgp-Action` of its commit.
    ActionId
);
ulid_id!(
    /// Number of one session: everything one connected client does until it disconnects.
    SessionId
);
ulid_id!(
    /// Number of a question to a person, the ticket an agent asks about.
    ApprovalId
);
ulid_id!(
    /// Number of a capability token.
    TokenId
);
