//! Kinds and states of actions, by the names the timeline shows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them, in the order of the declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name in the timeline.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|item| item.as_str() == text).ok_or_else(|| UnknownName {
                    text: text.to_owned(),
                    known: Self::ALL.iter().map(|item| item.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

/// A text that names none of the known kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {known}")]
pub struct UnknownName {
    /// The text as it came in.
    pub text: String,
    /// The known names.
    pub known: String,
}

named!(
    /// What kind of thing an action did or would do.
    ActionType {
        /// A file came to be.
        FileCreate = "file_create",
        /// A file changed.
        FileModify = "file_modify",
        /// A file went.
        FileDelete = "file_delete",
        /// A file was read.
        FileRead = "file_read",
        /// Files were listed.
        FileList = "file_list",
        /// A tool was looked for.
        ToolFind = "tool_find",
        /// A tool was checked.
        ToolCheck = "tool_check",
        /// A tool ran.
        ToolRun = "tool_run",
        /// A statement read from the database.
        SqlRead = "sql_read",
        /// A statement changed the database.
        SqlWrite = "sql_write",
        /// A command of the operating system ran.
        CommandExecute = "command_execute",
        /// A call over the network.
        ApiCall = "api_call",
        /// Something was deployed.
        Deploy = "deploy",
        /// A message was sent.
        MessageSend = "message_send",
        /// A branch was opened.
        BranchCreate = "branch_create",
        /// A branch was handed in for review.
        BranchReady = "branch_ready",
        /// A branch was sent back to its agent.
        BranchReopen = "branch_reopen",
        /// A branch was merged.
        BranchMerge = "branch_merge",
        /// A branch was put away.
        BranchDiscard = "branch_discard",
        /// A branch that was put away was taken back.
        BranchRestore = "branch_restore",
        /// An agent saved a note.
        NoteSave = "note_save",
        /// A snapshot of the project was taken.
        SnapshotCreate = "snapshot_create",
        /// A snapshot of the project was restored.
        SnapshotRestore = "snapshot_restore",
        /// A snapshot of the project was deleted.
        SnapshotDelete = "snapshot_delete",
        /// The library was exchanged with its remote.
        LibrarySync = "library_sync",
        /// Other actions were taken back.
        Undo = "undo",
        /// An agent handed a narrower token to another.
        Delegate = "delegate",
        /// A list of actions as one.
        Sequence = "sequence",
        /// A person changed what decides about agents: trust, policy, scopes.
        PolicyChange = "policy_change",
    }
);

named!(
    /// How far an action came.
    ActionStatus {
        /// Noted, not ended.
        Pending = "pending",
        /// Done.
        Executed = "executed",
        /// Done, and taken back since.
        Undone = "undone",
        /// Tried, and nothing of it stayed.
        Failed = "failed",
        /// Not allowed.
        Denied = "denied",
        /// Its process ended before it did; nothing of it stayed.
        Abandoned = "abandoned",
    }
);

named!(
    /// How far an agent's branch is.
    BranchStatus {
        /// The agent works on it.
        Active = "active",
        /// The agent handed it in; a person decides.
        Ready = "ready",
        /// A person merged it.
        Merged = "merged",
        /// It was put away; it can be taken back for a time.
        Discarded = "discarded",
    }
);

named!(
    /// How far a question to a person is.
    ApprovalState {
        /// Nobody answered.
        Pending = "pending",
        /// Yes, and not used.
        Approved = "approved",
        /// No.
        Denied = "denied",
        /// Yes, and used up.
        Used = "used",
        /// Too late.
        Expired = "expired",
    }
);
