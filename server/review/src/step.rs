//! What an action of a review does, as steps: noted before they are done, recognised afterwards, taken back in reverse.

use serde::{Deserialize, Serialize};
use tgp_model::UndoPart;
use tgp_protocol::client::{ErrorCode, Refusal};

/// Why a branch is put away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Away {
    Discarded,
    Merged,
}

/// One thing that is done. Stored with the action: a new field gets a default, so that older ones stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// A person's branch moves from one commit to another, and checkouts follow.
    Move { target: String, from: Option<String>, to: String },
    /// A branch is put away.
    PutAway { branch: String, tip: String, why: Away, status: String, commit: Option<String> },
    /// A branch that was put away comes back.
    TakeBack { branch: String, tip: String, why: Away, status: String },
    /// A branch gets another status and the person's note.
    Status { branch: String, from: String, to: String, note_before: Option<String>, note: Option<String> },
    /// A snapshot is deleted.
    Forget { snapshot: String },
    /// A snapshot is restored. `before` is the snapshot of how things were.
    Restore {
        snapshot: String,
        before: String,
        tree: bool,
        database: bool,
        #[serde(default)]
        delete: bool,
        /// Files this restore may remove although its snapshot did not know them, with the bytes they must have.
        #[serde(default)]
        remove: Vec<(String, String)>,
        /// The only files it may touch; none means all.
        #[serde(default)]
        only: Option<Vec<String>>,
        /// Folders it may remove where they are empty.
        #[serde(default)]
        folders: Vec<String>,
    },
}

impl Step {
    fn target(&self) -> &str {
        match self {
            Self::Move { target, .. } => target,
            Self::PutAway { branch, .. } | Self::TakeBack { branch, .. } | Self::Status { branch, .. } => {
                branch
            }
            Self::Restore { snapshot, .. } | Self::Forget { snapshot } => snapshot,
        }
    }

    /// As it is kept with its action.
    pub(crate) fn part(&self) -> Result<UndoPart, Refusal> {
        let step = serde_json::to_string(self)
            .map_err(|error| Refusal::new(ErrorCode::Internal, format!("a step cannot be kept: {error}")))?;
        Ok(UndoPart::Review { target: self.target().to_owned(), step })
    }

    /// The steps among what is kept with an action, in their order.
    pub(crate) fn all_of(parts: &[UndoPart]) -> Result<Vec<Self>, Refusal> {
        let read = |text: &String| {
            serde_json::from_str(text).map_err(|error| {
                let message = format!("what was kept to take it back cannot be read: {error}");
                Refusal::new(ErrorCode::UndoImpossible, message)
            })
        };
        let texts = parts.iter().filter_map(|part| match part {
            UndoPart::Review { step, .. } => Some(step),
            _ => None,
        });
        texts.map(read).collect()
    }
}
