//! A grant as a person writes and reads it: `fs.write path:docs/** path:notes.md`.

use std::fmt;
use std::str::FromStr;

use tgp_capability::TargetKind;
use tgp_pattern::GlobProblem;

use crate::grant::Grant;

/// A text that is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantProblem {
    /// It says nothing.
    #[error("a grant names a capability, such as `fs.write path:docs/**`")]
    Empty,
    /// A word that belongs to no kind of target.
    #[error("`{word}` is no target; write KIND:GLOB, with {KINDS} as KIND")]
    Word {
        /// The word.
        word: String,
    },
    /// A glob of it is none.
    #[error("`{glob}` is not a glob: {why}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong.
        why: GlobProblem,
    },
}

/// The kinds a grant can name, as [`TargetKind::FIELDS`] has them.
const KINDS: &str = "path, command, host, table, branch, tool or to";

impl FromStr for Grant {
    type Err = GrantProblem;

    fn from_str(text: &str) -> Result<Self, GrantProblem> {
        let mut words = text.split_whitespace();
        let mut grant = Self::of(words.next().ok_or(GrantProblem::Empty)?);
        let mut open: Option<(TargetKind, String)> = None;
        for word in words {
            match kind_of(word) {
                Some((kind, glob)) => {
                    if let Some((kind, glob)) = open.replace((kind, glob.to_owned())) {
                        grant = grant.on(kind, &glob);
                    }
                }
                // A command line has spaces: `command:npm run *`.
                None => match &mut open {
                    Some((TargetKind::Command, glob)) => {
                        glob.push(' ');
                        glob.push_str(word);
                    }
                    _ => return Err(GrantProblem::Word { word: word.to_owned() }),
                },
            }
        }
        if let Some((kind, glob)) = open {
            grant = grant.on(kind, &glob);
        }
        match grant.compile() {
            Ok(_) => Ok(grant),
            Err((glob, why)) => Err(GrantProblem::Glob { glob, why }),
        }
    }
}

/// The kind and the glob of `path:docs/**`.
fn kind_of(word: &str) -> Option<(TargetKind, &str)> {
    let (name, glob) = word.split_once(':')?;
    let (_, kind) = TargetKind::FIELDS.into_iter().find(|(known, _)| *known == name)?;
    (!glob.is_empty()).then_some((kind, glob))
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.capability)?;
        for (kind, globs) in &self.targets {
            for glob in globs {
                write!(f, " {}:{glob}", kind.as_str())?;
            }
        }
        Ok(())
    }
}
