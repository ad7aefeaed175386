//! What an import specifier means: another tool, the standard library, or a file of an allowed package.

mod package;

use std::collections::HashMap;
use std::sync::Arc;

use oxc::span::SPAN;
use serde_json::Value;
use tgp_model::RepoPath;

use crate::front::Resolution;
use crate::settings::{ReadSource, Settings, SourceKind};
use tgp_standards::Finding;

/// The standard library; it lives in the sandbox's snapshot and is never part of a bundle.
pub(crate) const STD: &str = "@tgp/std";
/// What a configuration imports `defineTGPConfig` from; built in.
pub(crate) const CORE: &str = "@tgp/core";
/// Before the name of every module of a package.
pub(crate) const NPM: &str = "npm:";

/// Texts that were asked for, so that each is read once a bundle.
pub(crate) struct Texts<'f> {
    files: &'f dyn ReadSource,
    known: HashMap<String, Option<Arc<str>>>,
    manifests: HashMap<String, Option<Arc<Value>>>,
}

impl<'f> Texts<'f> {
    pub(crate) fn new(files: &'f dyn ReadSource) -> Self {
        Self { files, known: HashMap::new(), manifests: HashMap::new() }
    }

    /// Puts a text in front of what the caller would give.
    pub(crate) fn overlay(&mut self, path: &str, text: Arc<str>) {
        self.known.insert(path.to_owned(), Some(text));
    }

    /// The text of a module by its canonical name.
    pub(crate) fn module(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let text = match name.strip_prefix(NPM) {
            Some(path) => self.files.package_file(path),
            None => self.files.tool(name),
        };
        self.known.insert(name.to_owned(), text.clone());
        text
    }
}

/// Says what `specifier` means in the module `from`.
pub(crate) fn resolve(
    specifier: &str,
    from: &str,
    kind: SourceKind,
    texts: &mut Texts<'_>,
    settings: &Settings,
) -> Result<Resolution, Finding> {
    let name = match kind {
        SourceKind::Package => package::resolve(specifier, from, texts)?,
        SourceKind::Config if specifier == CORE => CORE.to_owned(),
        SourceKind::Config => return Err(forbidden(specifier, &[CORE.to_owned()])),
        SourceKind::Std if is_std(specifier) || specifier.starts_with("./") => std_name(specifier, from),
        SourceKind::Std => return Err(forbidden(specifier, &[STD.to_owned()])),
        SourceKind::Tool => tool(specifier, from, texts, settings)?,
    };
    Ok(Resolution { name })
}

fn tool(specifier: &str, from: &str, texts: &mut Texts<'_>, settings: &Settings) -> Result<String, Finding> {
    if is_std(specifier) {
        return Ok(specifier.to_owned());
    }
    if let Some(path) = tool_path(specifier, from) {
        return path.and_then(|path| find_tool(specifier, &path, texts));
    }
    if !settings.allowed_imports.iter().any(|allowed| covers(allowed, specifier)) {
        let mut allowed = vec![STD.to_owned()];
        allowed.extend(settings.allowed_imports.iter().filter(|entry| entry.as_str() != STD).cloned());
        return Err(forbidden(specifier, &allowed));
    }
    package::resolve(specifier, "", texts)
}

/// Where a specifier of a tool leads in the library, its extension still open; none for a package's.
pub(crate) fn tool_path(specifier: &str, from: &str) -> Option<Result<String, Finding>> {
    if let Some(below) = specifier.strip_prefix("/lib/") {
        return Some(Ok(format!("tools/{below}")));
    }
    specifier.starts_with('.').then(|| {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = folder.parse::<RepoPath>().and_then(|folder| folder.join(specifier));
        let path = path.map_err(|problem| missing(specifier, &problem.to_string()))?;
        let top = from.split('/').next().unwrap_or("");
        if path.components().next() != Some(top) {
            return Err(missing(specifier, &format!("it leads out of `{top}/`")));
        }
        Ok(path.to_string())
    })
}

/// The file a path without or with extension means.
pub(crate) fn find_tool(specifier: &str, path: &str, texts: &mut Texts<'_>) -> Result<String, Finding> {
    let bare = path.strip_suffix(".js").unwrap_or(path);
    let candidates = if path.strip_suffix(".ts").is_some() {
        vec![path.to_owned()]
    } else {
        vec![format!("{bare}.ts"), format!("{path}.ts")]
    };
    let found = candidates.iter().find(|candidate| texts.module(candidate).is_some());
    found.cloned().ok_or_else(|| missing(specifier, &format!("there is no `{}`", candidates[0])))
}

/// Whether an entry of `allowedImports` allows a specifier: the package and everything below it.
fn covers(allowed: &str, specifier: &str) -> bool {
    specifier == allowed || specifier.strip_prefix(allowed).is_some_and(|rest| rest.starts_with('/'))
}

fn is_std(specifier: &str) -> bool {
    covers(STD, specifier)
}

fn std_name(specifier: &str, from: &str) -> String {
    match specifier.strip_prefix("./") {
        Some(rest) => format!(
            "{}/{}",
            from.rsplit_once('/').map_or(STD, |(folder, _)| folder),
            rest.trim_end_matches(".ts")
        ),
        None => specifier.to_owned(),
    }
}

fn forbidden(specifier: &str, allowed: &[String]) -> Finding {
    let list = allowed.join(", ");
    Finding::error(
        "compile.forbidden_import",
        format!("Import of '{specifier}' is not allowed; allowed are: {list}"),
        SPAN,
    )
    .hint("Import other tools by relative path, `@tgp/std`, or what `allowedImports` lists.")
}

pub(crate) fn missing(specifier: &str, why: &str) -> Finding {
    Finding::error("compile.forbidden_import", format!("'{specifier}' cannot be imported: {why}"), SPAN)
}
