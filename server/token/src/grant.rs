//! What a token grants: a capability, and globs for the targets of each kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tgp_capability::{Target, TargetKind};
use tgp_pattern::{GlobProblem, Pattern, Spelling, TextKind, cut};

/// A capability (a glob, such as `fs.*`) on targets. A kind without globs is not granted; without any kind it grants
/// requests that have no targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// Glob of capabilities.
    pub capability: String,
    /// Globs of targets by their kind.
    pub targets: BTreeMap<TargetKind, Vec<String>>,
}

/// A grant, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompiledGrant {
    capability: Pattern,
    targets: BTreeMap<TargetKind, Vec<Pattern>>,
}

impl Grant {
    /// A capability without targets.
    pub fn of(capability: &str) -> Self {
        Self { capability: capability.to_owned(), targets: BTreeMap::new() }
    }

    /// The same, on targets that match a glob.
    #[must_use]
    pub fn on(mut self, kind: TargetKind, glob: &str) -> Self {
        self.targets.entry(kind).or_default().push(glob.to_owned());
        self
    }

    /// Whether it is about a capability, on whatever target.
    pub fn names(&self, capability: &str) -> bool {
        self.compile().is_ok_and(|compiled| compiled.capability.matches(&[capability]))
    }

    pub(crate) fn compile(&self) -> Result<CompiledGrant, (String, GlobProblem)> {
        let compile = |glob: &String, kind| {
            Pattern::parse(glob, kind, Spelling::Exact).map_err(|problem| (glob.clone(), problem))
        };
        let mut targets = BTreeMap::new();
        for (kind, globs) in &self.targets {
            let patterns = globs.iter().map(|glob| compile(glob, text_kind(*kind)));
            targets.insert(*kind, patterns.collect::<Result<_, _>>()?);
        }
        Ok(CompiledGrant { capability: compile(&self.capability, TextKind::Plain)?, targets })
    }

    /// Whether this equals `parent` or is listed under it: nothing it covers is outside of what `parent` covers. What
    /// cannot be seen from the text counts as wider.
    pub(crate) fn is_under(&self, parent: &Self) -> bool {
        let globs_are_under = |(kind, globs): (&TargetKind, &Vec<String>)| {
            let of_parent = parent.targets.get(kind).map(Vec::as_slice).unwrap_or_default();
            let kind = text_kind(*kind);
            globs.iter().all(|glob| of_parent.iter().any(|wide| glob_is_under(glob, wide, kind)))
        };
        glob_is_under(&self.capability, &parent.capability, TextKind::Plain)
            // Without kinds a grant is for requests without targets, which one with kinds does not cover.
            && self.targets.is_empty() == parent.targets.is_empty()
            && self.targets.iter().all(globs_are_under)
    }
}

impl CompiledGrant {
    pub(crate) fn covers(&self, capability: &str, target: Option<&Target>) -> bool {
        let on_target = || match target {
            None => self.targets.is_empty(),
            Some(target) => {
                let parts = cut(target.value(), text_kind(target.kind()));
                let patterns = self.targets.get(&target.kind()).map(Vec::as_slice).unwrap_or_default();
                patterns.iter().any(|pattern| pattern.matches(&parts))
            }
        };
        self.capability.matches(&[capability]) && on_target()
    }
}

/// Whether everything `narrow` matches is matched by `wide`, as far as that can be seen.
fn glob_is_under(narrow: &str, wide: &str, kind: TextKind) -> bool {
    if narrow == wide {
        return true;
    }
    if is_literal(narrow) {
        let wide = Pattern::parse(wide, kind, Spelling::Exact);
        return wide.is_ok_and(|wide| wide.matches(&cut(narrow, kind)));
    }
    match kind {
        TextKind::Folders if wide == "**" => true,
        TextKind::Folders => folder_of(wide).is_some_and(|folder| narrow.starts_with(&format!("{folder}/"))),
        TextKind::Host if wide == "*" => true,
        TextKind::Host => wide
            .strip_prefix('*')
            .is_some_and(|below| is_literal(below) && below.starts_with('.') && narrow.ends_with(below)),
        TextKind::Command | TextKind::Plain => {
            wide.strip_suffix('*').is_some_and(|begin| is_literal(begin) && narrow.starts_with(begin))
        }
    }
}

/// The folder `src` of `src/**`.
fn folder_of(glob: &str) -> Option<&str> {
    glob.strip_suffix("/**").filter(|folder| is_literal(folder))
}

/// How targets of a kind are cut for matching.
pub fn text_kind(kind: TargetKind) -> TextKind {
    match kind {
        TargetKind::Path | TargetKind::Tool | TargetKind::Branch => TextKind::Folders,
        TargetKind::Host => TextKind::Host,
        TargetKind::Command => TextKind::Command,
        TargetKind::Sql | TargetKind::Table | TargetKind::Agent => TextKind::Plain,
    }
}

fn is_literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}
