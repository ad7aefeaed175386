//! Tools under other names: the file moves, and everything that names it follows.

use std::collections::{BTreeMap, BTreeSet};

use tgp_compiler::{Mention, MentionKind};

use crate::document::{DocumentKind, TOOL};
use crate::names::{default_export, meant, mention_at, stem, tool_at};
use crate::place::{Edit, Lines, Position, Range};
use crate::tools::Tools;

/// Characters that end the text of an import, or begin something else in it.
const IN_NO_IMPORT: [char; 5] = ['\'', '"', '`', '$', '\\'];
/// Characters that turn the direction of what is read after them, so that a name looks like another.
const DIRECTIONS: [char; 11] = [
    '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// What becomes of files when a tool gets another name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    /// The file before and after.
    pub file: (String, String),
    /// Edits by file, under its name before.
    pub edits: Vec<(String, Vec<Edit>)>,
}

/// The place that would be renamed, and the name that stands for it; none where no tool is meant.
pub fn prepare_rename(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<(Range, String)> {
    let (range, tool) = match mention_at(path, text, at, tools) {
        Some(named) => named,
        None => (default_export(text), tool_at(path, text, at, tools)?),
    };
    let name = tool.rsplit('/').next().unwrap_or(&tool);
    Some((range, name.trim_end_matches(TOOL).to_owned()))
}

/// Gives the tool that is meant at a place another path: the file moves, and everything that names it follows. The new
/// name is a path of the library (`tools/math/add.ts`), or a name in the same folder. Refused, with why, where the
/// library does not take the name.
pub fn rename(
    path: &str,
    text: &str,
    at: Position,
    new_name: &str,
    tools: &dyn Tools,
) -> Result<Option<Renamed>, String> {
    let Some(tool) = tool_at(path, text, at, tools) else { return Ok(None) };
    let target = new_path(&tool, new_name)?;
    if target == tool {
        return Ok(None);
    }
    check_free(&tool, &target, tools)?;
    let moves = BTreeMap::from([(tool.clone(), target.clone())]);
    Ok(Some(Renamed { edits: follow(&moves, tools), file: (tool, target) }))
}

/// What has to be edited when files or folders of the library move, by file under its name before. Files that are no
/// tools before and after, or that no import could name where they go, are left alone.
pub fn moved(moves: &[(String, String)], tools: &dyn Tools) -> Vec<(String, Vec<Edit>)> {
    let is_tool = |path: &str| DocumentKind::of_library_file(path) == Some(DocumentKind::Tool);
    let mut files = BTreeMap::new();
    for path in tools.paths() {
        let target = moves.iter().find_map(|(from, to)| {
            let below = path.strip_prefix(from.as_str())?;
            (below.is_empty() || below.starts_with('/')).then(|| format!("{to}{below}"))
        });
        let can_be_named = |target: &String| *target != path && is_tool(target) && check_name(target).is_ok();
        if let Some(target) = target.filter(can_be_named) {
            files.insert(path, target);
        }
    }
    if files.is_empty() { Vec::new() } else { follow(&files, tools) }
}

/// Edits of everything that names a tool which moves, and of what those tools import by a relative path.
fn follow(moves: &BTreeMap<String, String>, tools: &dyn Tools) -> Vec<(String, Vec<Edit>)> {
    let stems: BTreeSet<&str> = moves.keys().map(|path| stem(path)).collect();
    let mut all = Vec::new();
    for from in tools.paths() {
        let home = moves.get(&from);
        let Some(mentions) = tools.mentions(&from) else { continue };
        // Asked before anything is resolved, because it costs nothing.
        let touched = |mention: &&Mention| {
            stems.contains(stem(&mention.text)) || (home.is_some() && is_relative(mention))
        };
        let touched: Vec<&Mention> = mentions.found.iter().filter(touched).collect();
        if touched.is_empty() {
            continue;
        }
        let Some(text) = tools.tool(&from) else { continue };
        let lines = Lines::new(&text);
        let edits = touched.into_iter().filter_map(|mention| {
            let tool = meant(mention, &from, tools)?;
            let target = moves.get(&tool);
            // What neither moves nor is named from a file that moves stays as it is spelled.
            if target.is_none() && (home.is_none() || !is_relative(mention)) {
                return None;
            }
            let text = spelled(&mention.text, home.unwrap_or(&from), target.unwrap_or(&tool), tools);
            let range = lines.range(mention.start, mention.end);
            (text != mention.text).then_some(Edit { range, text })
        });
        let edits: Vec<Edit> = edits.collect();
        if !edits.is_empty() {
            all.push((from, edits));
        }
    }
    all
}

fn is_relative(mention: &Mention) -> bool {
    mention.kind == MentionKind::Import && mention.text.starts_with('.')
}

/// Refuses a path that something has already. Two names that differ in their letters' case alone are one file to some
/// systems.
fn check_free(tool: &str, target: &str, tools: &dyn Tools) -> Result<(), String> {
    let inside = format!("{}/", target.to_lowercase());
    for path in tools.paths().into_iter().filter(|path| path != tool) {
        let lower = path.to_lowercase();
        if lower == target.to_lowercase() {
            return Err(format!("there is a tool `{path}` already"));
        }
        if lower.starts_with(&inside) {
            return Err(format!("`{target}` is a folder, with `{path}` in it"));
        }
    }
    Ok(())
}

/// Refuses a path that an import cannot name, or that would be taken for another one.
fn check_name(path: &str) -> Result<(), String> {
    let is_odd = |c: &char| IN_NO_IMPORT.contains(c) || c.is_control() || DIRECTIONS.contains(c);
    if let Some(odd) = path.chars().find(is_odd) {
        return Err(format!(
            "`{}` holds `{}`, which cannot stand in an import",
            path.escape_debug(),
            odd.escape_debug()
        ));
    }
    let name = path.strip_suffix(TOOL).unwrap_or(path);
    if let Some(end) = [".ts", ".js", "."].into_iter().find(|end| name.ends_with(end)) {
        return Err(format!(
            "`{path}` ends in `{end}` before `{TOOL}`, and an import of it would mean another file"
        ));
    }
    Ok(())
}

fn new_path(tool: &str, new_name: &str) -> Result<String, String> {
    let name = new_name.trim();
    if name.is_empty() || name.ends_with('/') {
        return Err(format!("`{new_name}` names no file; a tool has a name such as `add`"));
    }
    let name = if name.ends_with(TOOL) { name.to_owned() } else { format!("{name}.ts") };
    let path = if name.contains('/') { name } else { format!("{}/{name}", folder(tool)) };
    let parsed: tgp_model::RepoPath =
        path.parse().map_err(|problem| format!("`{path}` is no path: {problem}"))?;
    check_name(parsed.as_str())?;
    let root = tool.split('/').next().unwrap_or("tools");
    if parsed.components().next() != Some(root) {
        return Err(format!("`{parsed}` lies outside the tools; name it `{root}/...`"));
    }
    if parsed.components().any(|part| part.starts_with('.')) {
        return Err(format!("`{parsed}` is hidden: a name that begins with a dot is no tool's"));
    }
    if DocumentKind::of_library_file(parsed.as_str()) != Some(DocumentKind::Tool) {
        return Err(format!(
            "`{parsed}` only declares types; a tool's name ends in `.ts` and not in `.d.ts`"
        ));
    }
    Ok(parsed.to_string())
}

/// The new path in the manner of the old text: relative, below `/lib/`, or as agents know it; with suffix or without.
fn spelled(old: &str, from: &str, target: &str, tools: &dyn Tools) -> String {
    if old.starts_with('.') {
        return relative_path(from, target, has_suffix(old));
    }
    let path = if old.starts_with("/lib/") {
        format!("/lib/{}", target.split_once('/').map_or(target, |(_, below)| below))
    } else {
        tools.shown(target)
    };
    if has_suffix(old) { path } else { path.trim_end_matches(".ts").to_owned() }
}

fn has_suffix(text: &str) -> bool {
    text.ends_with(TOOL)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The way from one file to another, as an import spells it.
pub(crate) fn relative_path(from: &str, to: &str, suffix: bool) -> String {
    let from: Vec<&str> = folder(from).split('/').filter(|part| !part.is_empty()).collect();
    let to_parts: Vec<&str> = to.split('/').collect();
    let shared = from.iter().zip(&to_parts).take_while(|(one, other)| one == other).count();
    let up = from.len() - shared;
    let mut path = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    path.push_str(&to_parts[shared..].join("/"));
    if suffix { path } else { path.trim_end_matches(".ts").to_owned() }
}
