//! The library as it stands in a person's editor: open documents first, then what lies edited on the disk, then what is
//! committed.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tgp_authoring::{
    Advice, Completion, Describe, DocumentKind, LastRun, Lines, Position, RuleSettings, Tools, advice,
};
use tgp_compiler::{CheckReport, Mentions, ReadSource};
use tgp_files::ProjectFiles;
use tgp_forge::{Forge, config};
use tgp_model::mount::{Location, Mount};
use tgp_model::{ActionType, RepoPath, Timestamp};
use tgp_policy::JudgeSettings;
use tgp_repo::WorkingCopy;
use tgp_store::{ActionFilter, Store};

use crate::tool_library::ToolLibrary;
use crate::tool_source::ToolSource;

/// Among how many runs of any tool the last one of a tool is looked for.
const RUNS_LOOKED_AT: u32 = 500;
/// A file that changed less than this ago, in milliseconds, may change again without another time on it.
const SETTLED_MS: i128 = 1_000;
/// Folders below folders that are looked into for tools.
const DEEPEST: usize = 32;

/// The texts that are open in an editor, by their path in the library.
pub trait Documents {
    /// The text of an open document.
    fn text(&self, path: &str) -> Option<Arc<str>>;
    /// The paths of all.
    fn paths(&self) -> Vec<String>;
}

/// No editor: only what is saved.
pub struct Saved;

impl Documents for Saved {
    fn text(&self, _: &str) -> Option<Arc<str>> {
        None
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What was read of each tool, by the state of its file then.
#[derive(Default)]
pub struct Known(Mutex<HashMap<String, (Stamp, Arc<Mentions>)>>);

type Stamp = (SystemTime, u64);

/// The library with what is open in an editor.
pub struct Workspace<'a> {
    /// What is committed, and the working tree.
    pub library: &'a ToolLibrary,
    /// The project's files, for packages.
    pub files: &'a ProjectFiles,
    /// Compiler and rules.
    pub forge: &'a Forge,
    /// How tools ran.
    pub store: &'a Store,
    /// How agents know the tools.
    pub mount: &'a Mount,
    /// What rule files are read with.
    pub rules: &'a JudgeSettings,
    /// What is open.
    pub documents: &'a dyn Documents,
    /// Now.
    pub now: Timestamp,
    /// What was read before.
    pub known: &'a Known,
}

impl Workspace<'_> {
    /// Findings of a document of the library, as it stands in the editor.
    pub fn diagnose(&self, kind: DocumentKind, path: &str, text: &str) -> Vec<Advice> {
        match kind {
            DocumentKind::Tool => tgp_authoring::diagnose_tool(path, text, self),
            DocumentKind::Config => self.diagnose_config(text),
            DocumentKind::Policy | DocumentKind::Scope => {
                let Ok(registry) = JudgeSettings::registry() else { return Vec::new() };
                let settings = RuleSettings { registry: &registry, scopes: &self.rules.scopes };
                tgp_authoring::diagnose_rules(kind, path, text, settings)
            }
        }
    }

    /// What may be meant with what was begun at a place.
    pub fn complete(&self, kind: DocumentKind, path: &str, text: &str, at: Position) -> Vec<Completion> {
        let Ok(registry) = JudgeSettings::registry() else { return Vec::new() };
        let settings = RuleSettings { registry: &registry, scopes: &self.rules.scopes };
        tgp_authoring::complete(kind, path, text, at, self, settings)
    }

    /// The configuration is evaluated with no environment: what it makes of a variable is not looked at.
    fn diagnose_config(&self, text: &str) -> Vec<Advice> {
        let lines = Lines::new(text);
        let sandbox = match self.forge.sandbox() {
            Ok(sandbox) => sandbox,
            Err(refusal) => {
                tracing::warn!(message = refusal.message, "the configuration is not looked at");
                return Vec::new();
            }
        };
        let found = config::findings(text, &sandbox);
        found.iter().map(|diagnostic| advice(diagnostic, &lines)).collect()
    }

    /// What lies edited in the working tree.
    fn edited(&self, path: &str) -> Option<Arc<str>> {
        let stored: RepoPath = path.parse().ok()?;
        match self.library.library.working_copy(&stored).ok()? {
            WorkingCopy::Edited(content) => String::from_utf8(content).ok().map(Arc::from),
            WorkingCopy::Same | WorkingCopy::Deleted | WorkingCopy::NotAFile => None,
        }
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        let about = self.library.library.folder().join(path).symlink_metadata().ok()?;
        let changed = about.modified().ok()?;
        let before = changed.duration_since(UNIX_EPOCH).ok()?.as_millis();
        let settled = i128::from(self.now.0) > before.cast_signed() + SETTLED_MS;
        (about.is_file() && settled).then_some((changed, about.len()))
    }
}

impl ReadSource for Workspace<'_> {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        let committed = || ToolSource::new(self.library, self.files).tool(path);
        self.documents.text(path).or_else(|| self.edited(path)).or_else(committed)
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        ToolSource::new(self.library, self.files).package_file(path)
    }
}

impl Tools for Workspace<'_> {
    fn check(&self, path: &str, text: &str) -> CheckReport {
        self.forge.check(path, text, self)
    }

    fn paths(&self) -> Vec<String> {
        let mut paths: BTreeSet<String> = self.documents.paths().into_iter().collect();
        if let Ok(entries) = self.library.library.entries(self.mount.stored()) {
            paths.extend(entries.into_iter().map(|(path, _)| path.to_string()));
        }
        if let Ok(waiting) = self.library.in_review() {
            paths.extend(waiting.into_keys().map(|path| path.to_string()));
        }
        let stored = self.mount.stored().as_str();
        add_files(&self.library.library.folder().join(stored), stored, 0, &mut paths);
        paths.retain(|path| DocumentKind::of_library_file(path) == Some(DocumentKind::Tool));
        paths.into_iter().collect()
    }

    fn mentions(&self, path: &str) -> Option<Arc<Mentions>> {
        if let Some(text) = self.documents.text(path) {
            return Some(Arc::new(tgp_compiler::mentions(&text)));
        }
        let stamp = self.stamp(path);
        let mut known = self.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(stamp), Some((before, mentions))) = (stamp, known.get(path))
            && *before == stamp
        {
            return Some(Arc::clone(mentions));
        }
        let mentions = Arc::new(tgp_compiler::mentions(&self.tool(path)?));
        if let Some(stamp) = stamp {
            known.insert(path.to_owned(), (stamp, Arc::clone(&mentions)));
        }
        Some(mentions)
    }

    fn shown(&self, path: &str) -> String {
        let shown = path.parse().ok().and_then(|stored| self.mount.show(&stored));
        shown.map_or_else(|| path.to_owned(), |shown| shown.to_string())
    }

    fn stored(&self, shown: &str) -> Option<String> {
        match self.mount.locate(&shown.parse().ok()?) {
            Location::Library(stored) => Some(stored.to_string()),
            Location::Project(_) => None,
        }
    }

    fn describe(&self, path: &str) -> Option<Describe> {
        if self.documents.text(path).is_none()
            && let Ok(Some((description, schema))) = self.store.indexed_tool(path)
        {
            return Some(Describe { description, schema });
        }
        let report = self.check(path, &self.tool(path)?);
        Some(Describe { description: report.description, schema: report.schema.unwrap_or_default() })
    }

    fn last_run(&self, path: &str) -> LastRun {
        let Ok(usage) = self.store.usage(path) else { return LastRun::default() };
        let mut run = LastRun {
            runs: usage.runs,
            failures: usage.failures,
            at: usage.last_run_at,
            ..LastRun::default()
        };
        if run.runs == 0 {
            return run;
        }
        let shown = self.shown(path);
        let filter = ActionFilter {
            kind: Some(ActionType::ToolRun),
            limit: RUNS_LOOKED_AT,
            ..ActionFilter::default()
        };
        let rows = self.store.actions(&filter).unwrap_or_default();
        if let Some(row) = rows.into_iter().find(|row| row.tool.as_deref() == Some(shown.as_str())) {
            run.duration_ms = row.duration_ms;
            run.fuel = row.fuel;
            run.args = row.details.get("args").cloned();
            run.error_code = row.error_code;
        }
        run
    }
}

/// The files below a folder, links left out.
fn add_files(folder: &Path, shown: &str, depth: usize, paths: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        let path = format!("{shown}/{name}");
        if kind.is_dir() && depth < DEEPEST {
            add_files(&entry.path(), &path, depth + 1, paths);
        } else if kind.is_file() {
            paths.insert(path);
        }
    }
}
