//! Branches for review: `feat/<tool>`, and nothing that could be taken for anything else.

use std::fmt;
use std::str::FromStr;

use gix::bstr::ByteSlice as _;
use sha2::{Digest as _, Sha256};
use tgp_model::RepoPath;

/// Longest readable part, in bytes.
const LONGEST: usize = 120;
/// Digits of the hash; agents that look for two paths that share it win one branch for two of their own files.
const HASH: usize = 12;

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
    /// The branch of a file: `tools/reports/churn.ts` gives `feat/reports.churn`. One level only, because Git cannot
    /// keep `feat/a` and `feat/a/b` at once. No two files share one: where the readable name does not give the path
    /// back, a part of the path's hash follows, after an `@` that readable names do not have.
    pub fn for_tool(path: &RepoPath) -> Self {
        let text = path.as_str();
        let plain = text.strip_prefix("tools/").and_then(|text| text.strip_suffix(".ts"));
        let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        if let Some(plain) = plain.filter(|plain| plain.len() <= LONGEST && plain.chars().all(usual))
            && let Ok(name) = format!("feat/{}", plain.replace('/', ".")).parse()
        {
            return name;
        }
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        let readable = readable(text);
        let end = readable.floor_char_boundary(LONGEST);
        let readable = readable.get(..end).unwrap_or_default().trim_matches(['.', '-']);
        Self(format!("feat/{readable}@{}", hash.get(..HASH).unwrap_or(&hash)))
    }

    /// The name earlier versions gave, which several files may share; none where they gave none.
    pub(crate) fn as_before(path: &RepoPath) -> Option<Self> {
        format!("feat/{}", readable(path.as_str())).parse().ok()
    }

    /// The name, with `feat/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A path without what every tool's path has, in characters a ref may have.
fn readable(path: &str) -> String {
    let text = path.strip_prefix("tools/").unwrap_or(path);
    let text = text.strip_suffix(".ts").unwrap_or(text);
    let fit = |c| match c {
        '/' => '.',
        c if char::is_alphanumeric(c) || matches!(c, '-' | '_' | '.') => c,
        _ => '_',
    };
    let name: String = text.chars().map(fit).collect();
    name.trim_matches('.').replace("..", "._")
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
        let name = |path: &str| BranchName::for_tool(&path.parse().unwrap()).to_string();
        assert_eq!(name("tools/reports/churn.ts"), "feat/reports.churn");
        assert_eq!(name("tools/churnRate_2-b.ts"), "feat/churnRate_2-b");
        assert!(name("tools/a b~^:?*[.ts").starts_with("feat/a_b______@"));
        assert!(name("tools/.hidden.ts").starts_with("feat/hidden@"));
        assert!(name("tools/x.lock.ts").starts_with("feat/x.lock@"));
    }

    #[test]
    fn no_two_paths_share_a_branch_and_every_path_has_one() {
        let long = format!("tools/{}.ts", ["ab\u{e9}"; 60].join("/"));
        let longer = format!("tools/{}.ts", ["ab\u{e9}"; 61].join("/"));
        let paths = [
            "tools/math/add.ts",
            "tools/math.add.ts",
            "tools/a b.ts",
            "tools/a_b.ts",
            "tools/.hidden.ts",
            "tools/hidden.ts",
            "tools/x.lock.ts",
            "tools/x.ts",
            "tools/-x.ts",
            "tools/--x.ts",
            "tools/x/.ts",
            "tools/x/..a.ts",
            "tools/x",
            "x.ts",
            "tools/@.ts",
            "tools/\u{e9}.ts",
            "tools/HEAD.ts",
            "tools/a/.lock.ts",
            "policy/x.ts",
            "tools/.ts",
            "tools/x.ts/inner.ts",
            &long,
            &longer,
        ];
        let mut known = std::collections::BTreeMap::new();
        for path in paths {
            let name = BranchName::for_tool(&path.parse().unwrap());
            assert_eq!(name.as_str().parse().as_ref(), Ok(&name), "{path}");
            assert_eq!(known.insert(name.clone(), path), None, "{name} {path}");
        }
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
