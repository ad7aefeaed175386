//! Minting a token, and handing on a narrower one.

use crate::check::widened;
use crate::encoding::{self, MOST_GRANTS, MOST_LINKS};
use crate::token::{TokenClaims, TokenKey, TokenProblem};
use tgp_pattern::GlobProblem;

/// Longest name of a token, in bytes.
const LONGEST_ID: usize = 64;

/// Why a token was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// A glob of a grant is none.
    #[error("`{glob}` is not a glob: {why}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong.
        why: GlobProblem,
    },
    /// No id, or one that is too long.
    #[error("`{id}` cannot be the id of a token: 1 to {LONGEST_ID} bytes")]
    Id {
        /// The id.
        id: String,
    },
    /// Too many grants, globs or links.
    #[error("a token has at most {most} {what}")]
    TooMany {
        /// The bound.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// The token to be handed on is none, or less than what is asked for.
    #[error(transparent)]
    Parent(#[from] TokenProblem),
}

impl TokenKey {
    /// Mints a token. Only a person's own command leads here.
    pub fn mint(&self, claims: &TokenClaims) -> Result<String, MintError> {
        validate(claims)?;
        Ok(encoding::write(self, std::slice::from_ref(claims)))
    }

    /// Hands on a part of a token. Refused where it would be more than the parent grants, lasts or may spend.
    ///
    /// Whether the parent is still good for use (its time, its budget) is checked when either is presented.
    pub fn attenuate(&self, parent: &str, claims: &TokenClaims) -> Result<String, MintError> {
        validate(claims)?;
        let invalid = |why| TokenProblem::Invalid { why };
        let mut chain = encoding::read(self, parent).map_err(invalid)?;
        if let Some(what) = chain.last().and_then(|last| widened(last, claims)) {
            return Err(TokenProblem::Widened { what }.into());
        }
        if chain.len() == MOST_LINKS {
            return Err(MintError::TooMany { most: MOST_LINKS, what: "links" });
        }
        chain.push(claims.clone());
        Ok(encoding::write(self, &chain))
    }

    /// Signs a chain as it is, also one that widens: what is presented has to be checked, whoever made it.
    pub fn sign_unchecked(&self, chain: &[TokenClaims]) -> String {
        encoding::write(self, chain)
    }
}

fn validate(claims: &TokenClaims) -> Result<(), MintError> {
    if !(1..=LONGEST_ID).contains(&claims.id.len()) {
        return Err(MintError::Id { id: claims.id.clone() });
    }
    if claims.grants.len() > MOST_GRANTS {
        return Err(MintError::TooMany { most: MOST_GRANTS, what: "grants" });
    }
    for grant in &claims.grants {
        if grant.targets.values().any(|globs| globs.len() > MOST_GRANTS) {
            return Err(MintError::TooMany { most: MOST_GRANTS, what: "globs of one kind" });
        }
        grant.compile().map_err(|(glob, why)| MintError::Glob { glob, why })?;
    }
    Ok(())
}
