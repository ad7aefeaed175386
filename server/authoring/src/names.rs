//! Tools that name each other: where a name leads, who names a tool, and a tool under another name.

use tgp_compiler::{Mention, MentionKind, imported_tool};

use crate::document::TOOL;
use crate::place::{Edit, Lines, Location, Position, Range};
use crate::tools::Tools;

/// What becomes of files when a tool gets another name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    /// The file before and after.
    pub file: (String, String),
    /// Edits by file, under its name before.
    pub edits: Vec<(String, Vec<Edit>)>,
}

/// The tool a mention in the file `from` means.
pub(crate) fn meant(mention: &Mention, from: &str, tools: &dyn Tools) -> Option<String> {
    match mention.kind {
        MentionKind::Import => imported_tool(&mention.text, from, tools),
        MentionKind::ExecTool => tools.stored(&mention.text).filter(|path| tools.tool(path).is_some()),
    }
}

/// The mention at a place of a text, and the tool it means.
pub(crate) fn mention_at(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<(Range, String)> {
    let lines = Lines::new(text);
    let byte = lines.byte(at);
    let mentions = tgp_compiler::mentions(text);
    let mention = mentions.found.iter().find(|found| (found.start..=found.end).contains(&byte))?;
    Some((lines.range(mention.start, mention.end), meant(mention, path, tools)?))
}

/// Where the tool named at a place is defined.
pub fn definition(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<Location> {
    let (_, tool) = mention_at(path, text, at, tools)?;
    let range = default_export(&tools.tool(&tool)?);
    Some(Location { path: tool, range })
}

/// The place a tool's default export stands at; the beginning where it has none.
pub(crate) fn default_export(text: &str) -> Range {
    let lines = Lines::new(text);
    let found = tgp_compiler::mentions(text).default_export;
    found.map(|(start, _)| lines.range(start, start + "export default".len())).unwrap_or_default()
}

/// The tool that is meant at a place: the one named there, or the document's own at its default export.
fn tool_at(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<String> {
    if let Some((_, tool)) = mention_at(path, text, at, tools) {
        return Some(tool);
    }
    let own = default_export(text);
    own.touches(&Range { start: at, end: at }).then(|| path.to_owned())
}

/// Everything that names the tool which is meant at a place.
pub fn references(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Vec<Location> {
    tool_at(path, text, at, tools).map(|tool| naming(&tool, tools)).unwrap_or_default()
}

/// Every place of the library that names a tool.
pub(crate) fn naming(tool: &str, tools: &dyn Tools) -> Vec<Location> {
    let mut found = Vec::new();
    for from in tools.paths() {
        let Some(mentions) = tools.mentions(&from) else { continue };
        let of_tool = |mention: &&Mention| {
            could_mean(mention, tool) && meant(mention, &from, tools).as_deref() == Some(tool)
        };
        let named: Vec<&Mention> = mentions.found.iter().filter(of_tool).collect();
        if named.is_empty() {
            continue;
        }
        let Some(text) = tools.tool(&from) else { continue };
        let lines = Lines::new(&text);
        found.extend(
            named.into_iter().map(|mention| Location {
                path: from.clone(),
                range: lines.range(mention.start, mention.end),
            }),
        );
    }
    found
}

/// Whether a mention ends in the tool's name; asked first, because it costs nothing.
fn could_mean(mention: &Mention, tool: &str) -> bool {
    let stem = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        file.trim_end_matches(".js").trim_end_matches(".ts").to_owned()
    };
    stem(&mention.text) == stem(tool)
}

/// Gives the tool that is meant at a place another path: the file moves, and everything that names it follows. The new
/// name is a path of the library (`tools/math/add.ts`), or a name in the same folder.
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
    if tools.tool(&target).is_some() {
        return Err(format!("there is a tool `{target}` already"));
    }
    let mut edits: Vec<(String, Vec<Edit>)> = Vec::new();
    for location in naming(&tool, tools) {
        let Some(text) = named_text(&location, tools) else { continue };
        let edit = Edit { range: location.range, text: spelled(&text, &location.path, &target, tools) };
        match edits.last_mut().filter(|(file, _)| *file == location.path) {
            Some((_, list)) => list.push(edit),
            None => edits.push((location.path, vec![edit])),
        }
    }
    own_imports(&tool, &target, tools, &mut edits);
    Ok(Some(Renamed { file: (tool, target), edits }))
}

fn named_text(location: &Location, tools: &dyn Tools) -> Option<String> {
    let text = tools.tool(&location.path)?;
    let lines = Lines::new(&text);
    text.get(lines.byte(location.range.start)..lines.byte(location.range.end)).map(str::to_owned)
}

/// What the tool itself imports by a relative path leads elsewhere from its new folder.
fn own_imports(tool: &str, target: &str, tools: &dyn Tools, edits: &mut Vec<(String, Vec<Edit>)>) {
    if folder(tool) == folder(target) {
        return;
    }
    let (Some(text), Some(mentions)) = (tools.tool(tool), tools.mentions(tool)) else { return };
    let lines = Lines::new(&text);
    let relative = |mention: &&Mention| mention.kind == MentionKind::Import && mention.text.starts_with('.');
    for mention in mentions.found.iter().filter(relative) {
        let Some(imported) = meant(mention, tool, tools).filter(|imported| imported != tool) else {
            continue;
        };
        let text = relative_path(target, &imported, has_suffix(&mention.text));
        let edit = Edit { range: lines.range(mention.start, mention.end), text };
        match edits.iter_mut().find(|(file, _)| file == tool) {
            Some((_, list)) => list.push(edit),
            None => edits.push((tool.to_owned(), vec![edit])),
        }
    }
}

fn new_path(tool: &str, new_name: &str) -> Result<String, String> {
    let name = new_name.trim();
    let name = if name.ends_with(TOOL) { name.to_owned() } else { format!("{name}.ts") };
    let path = if name.contains('/') { name } else { format!("{}/{name}", folder(tool)) };
    let parsed: tgp_model::RepoPath =
        path.parse().map_err(|problem| format!("`{path}` is no path: {problem}"))?;
    if parsed.components().next() != tool.split('/').next() {
        return Err(format!(
            "`{parsed}` lies outside the tools; name it `{}/...`",
            tool.split('/').next().unwrap_or("tools")
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
