//! What stands where in a rule file while it is written: by its indentation, because what is half written is no YAML.

/// One rule of a list of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleLines {
    pub(crate) id: String,
    pub(crate) effect: String,
    /// First and last line, from 0.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// The keys above a place, the outermost first, with what stands on its own line before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Keys of the maps around it.
    pub(crate) keys: Vec<String>,
    /// The key of the value that is being written, if it is a value.
    pub(crate) value_of: Option<String>,
    /// What is written already of the key or value.
    pub(crate) begun: String,
    /// Keys that stand beside it already.
    pub(crate) beside: Vec<String>,
}

/// Spaces before a line, with `- ` counted as spaces: a key of a list's entry stands as deep as the others of it.
fn indent(line: &str) -> usize {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let rest = &line[spaces..];
    match rest.strip_prefix("- ") {
        Some(after) => spaces + 2 + (after.len() - after.trim_start_matches(' ').len()),
        None => spaces,
    }
}

fn is_blank(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}

/// A line's key, without the dash before it.
fn key(line: &str) -> Option<&str> {
    let text = line.trim_start().trim_start_matches("- ").trim_start();
    let (key, _) = text.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

/// Where in the keys a line stands, written up to `before`.
pub(crate) fn place(lines_above: &[&str], before: &str, lines_below: &[&str]) -> Place {
    let own = indent(before);
    let starts_entry = before.trim_start().starts_with("- ");
    let written = before.trim_start().trim_start_matches("- ").trim_start();
    let (value_of, begun) = match written.split_once(':') {
        Some((key, value)) => (Some(key.trim().to_owned()), value.trim_start().to_owned()),
        None => (None, written.to_owned()),
    };
    let mut place = Place { value_of, begun, ..Place::default() };
    let mut depth = own;
    let mut in_own_map = !starts_entry;
    for line in lines_above.iter().rev().filter(|line| !is_blank(line)) {
        let at = indent(line);
        if in_own_map && at == own {
            place.beside.extend(key(line).map(str::to_owned));
            in_own_map = !line.trim_start().starts_with("- ");
        } else if at < depth {
            in_own_map = false;
            depth = at;
            place.keys.extend(key(line).map(str::to_owned));
        }
    }
    place.keys.reverse();
    for line in lines_below.iter().filter(|line| !is_blank(line)) {
        if indent(line) < own || line.trim_start().starts_with("- ") && indent(line) <= own {
            break;
        }
        if indent(line) == own {
            place.beside.extend(key(line).map(str::to_owned));
        }
    }
    place
}

/// The rules of a file: entries of a list that begin with `id`.
pub(crate) fn rules(text: &str) -> Vec<RuleLines> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some(id) = line.trim_start().strip_prefix("- id:") else { continue };
        let depth = line.len() - line.trim_start().len();
        let deeper = |line: &&&str| is_blank(line) || line.len() - line.trim_start().len() > depth;
        let mut count = lines[first + 1..].iter().take_while(deeper).count();
        while count > 0 && is_blank(lines[first + count]) {
            count -= 1;
        }
        let body = &lines[first + 1..=first + count];
        let effect = body.iter().find_map(|line| line.trim().strip_prefix("effect:"));
        found.push(RuleLines {
            id: plain(id),
            effect: effect.map(plain).unwrap_or_default(),
            first: u32::try_from(first).unwrap_or(u32::MAX),
            last: u32::try_from(first + count).unwrap_or(u32::MAX),
        });
    }
    found
}

/// A value without quotes and comment.
fn plain(text: &str) -> String {
    let text = text.split(" #").next().unwrap_or(text).trim();
    text.trim_matches(['"', '\'']).to_owned()
}
