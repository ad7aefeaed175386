//! Tools that name each other: where a name leads, and who names a tool.

use tgp_compiler::{Mention, MentionKind, imported_tool};

use crate::place::{Lines, Location, Position, Range};
use crate::tools::Tools;

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
pub(crate) fn tool_at(path: &str, text: &str, at: Position, tools: &dyn Tools) -> Option<String> {
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
    stem(&mention.text) == stem(tool)
}

/// The last part of a path, without what files end in.
pub(crate) fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.trim_end_matches(".js").trim_end_matches(".ts")
}
