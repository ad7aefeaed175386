//! Branches for review: `feat/<tool>`, and nothing that could be taken for anything else.

use std::fmt;
use std::str::FromStr;

use gix::bstr::ByteSlice as _;
use tgp_model::RepoPath;

/// Name of a branch for review, beginning with `feat/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchName(String);

/// A text that is no name of a branch for review.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of a branch for review: {why}")]
pub struct BranchNameProblem {
    /// The text as it came in.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl BranchName {
    /// The branch of a tool: `tools/reports/churn.ts` gives `feat/reports.churn`. One level only, because Git cannot
    /// keep `feat/a` and `feat/a/b` at once.
    pub fn for_tool(path: &RepoPath) -> Result<Self, BranchNameProblem> {
        let text = path.as_str();
        let text = text.strip_prefix("tools/").unwrap_or(text);
        let text = text.strip_suffix(".ts").unwrap_or(text);
        let name: String = text
            .chars()
            .map(|c| match c {
                '/' => '.',
                c if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') => c,
                _ => '_',
            })
            .collect();
        format!("feat/{}", name.trim_matches('.').replace("..", "._")).parse()
    }

    /// The name, with `feat/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BranchName {
    type Err = BranchNameProblem;

    fn from_str(text: &str) -> Result<Self, BranchNameProblem> {
        let problem = |why: &str| BranchNameProblem { text: text.to_owned(), why: why.to_owned() };
        let rest = text.strip_prefix("feat/").ok_or_else(|| problem("it does not begin with `feat/`"))?;
        if rest.is_empty() || rest.contains('/') || rest.starts_with('-') {
            return Err(problem("after `feat/` comes one name without `/`, not beginning with `-`"));
        }
        if rest.len() > 200 {
            return Err(problem("it is longer than 200 bytes"));
        }
        check_ref_name(&format!("refs/heads/{text}")).map_err(|why| problem(&why))?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Git's own rules for ref names, and no part that begins with `-`.
pub(crate) fn check_ref_name(name: &str) -> Result<(), String> {
    gix::validate::reference::name(name.as_bytes().as_bstr()).map_err(|error| error.to_string())?;
    if name.split('/').any(|part| part.starts_with('-')) {
        return Err("a part begins with `-`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_gives_a_branch_name() {
        let name = |path: &str| BranchName::for_tool(&path.parse().unwrap()).map(|name| name.to_string());
        assert_eq!(name("tools/reports/churn.ts").as_deref(), Ok("feat/reports.churn"));
        assert_eq!(name("tools/a b~^:?*[.ts").as_deref(), Ok("feat/a_b______"));
        assert_eq!(name("tools/.hidden.ts").as_deref(), Ok("feat/hidden"));
        assert!(name("tools/x.lock.ts").is_err());
    }

    #[test]
    fn hostile_names_are_refused() {
        for text in [
            "main",
            "-x",
            "feat/",
            "feat/-x",
            "feat/a/b",
            "feat/../main",
            "feat/a..b",
            "feat/a.lock",
            "feat/a b",
            "feat/@{",
            "feat/a:b",
            "feat/a\n",
            "feat/a\0",
            "refs/heads/main",
            "feat/.a",
            "feat/~",
            "feat/^",
            "feat/*",
        ] {
            assert!(text.parse::<BranchName>().is_err(), "{text}");
        }
    }
}
