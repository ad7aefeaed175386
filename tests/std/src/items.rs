//! The exported items of one TypeScript module, found line by line.

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `export function`.
    Function,
    /// `export class`.
    Class,
    /// `export const`.
    Constant,
    /// `export type`: nothing at run time.
    Type,
}

/// One exported item with its doc comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The declaration as it stands there, without the body.
    pub signature: String,
    /// The text of the comment; empty where there is none.
    pub text: String,
    /// The examples of the comment.
    pub examples: Vec<Example>,
}

/// One line below `@example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The expression.
    pub expression: String,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What an example says becomes of its expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// `// => value`, an expression again.
    Value(String),
    /// `// throws Name: message`.
    Throws(String),
    /// Neither; the line is no example that could be true.
    Unclear,
}

/// The comment at the head of a module: what it is for.
pub fn topic_text(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Every exported item, in order.
pub fn items(source: &str) -> Vec<Item> {
    let lines: Vec<&str> = source.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| line.starts_with("export "));
    starts.filter_map(|(at, _)| item(&lines, at)).collect()
}

fn item(lines: &[&str], at: usize) -> Option<Item> {
    let rest = lines.get(at)?.strip_prefix("export ")?;
    let (word, named) = rest.split_once(' ')?;
    let kind = match word {
        "function" => Kind::Function,
        "class" => Kind::Class,
        "const" => Kind::Constant,
        "type" => Kind::Type,
        _ => return None,
    };
    let end = named.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(named.len());
    let comment = comment_before(lines.get(..at)?);
    let (text, examples) = split_comment(&comment);
    Some(Item {
        kind,
        name: named.get(..end)?.to_owned(),
        signature: signature(kind, lines.get(at..)?),
        text,
        examples,
    })
}

/// The lines of the doc comment that ends just above, without its stars.
fn comment_before(above: &[&str]) -> Vec<String> {
    let Some(last) = above.last().filter(|line| line.ends_with("*/")) else { return Vec::new() };
    if let Some(one) = last.strip_prefix("/** ") {
        return vec![one.trim_end_matches("*/").trim().to_owned()];
    }
    let inside = above.iter().rev().skip(1).take_while(|line| **line != "/**");
    let mut lines: Vec<String> =
        inside.map(|line| line.strip_prefix(" *").unwrap_or(line).trim().to_owned()).collect();
    lines.reverse();
    lines
}

fn split_comment(lines: &[String]) -> (String, Vec<Example>) {
    let mut parts = lines.split(|line| line == "@example");
    let text = parts.next().unwrap_or_default().join(" ");
    let examples = parts.flatten().filter(|line| !line.is_empty()).map(|line| example(line)).collect();
    (text, examples)
}

fn example(line: &str) -> Example {
    let Some((expression, said)) = line.rsplit_once(" // ") else {
        return Example { expression: line.to_owned(), outcome: Outcome::Unclear };
    };
    let outcome = match (said.strip_prefix("=> "), said.strip_prefix("throws ")) {
        (Some(value), _) => Outcome::Value(value.to_owned()),
        (_, Some(error)) => Outcome::Throws(error.to_owned()),
        _ => Outcome::Unclear,
    };
    Example { expression: expression.to_owned(), outcome }
}

fn signature(kind: Kind, lines: &[&str]) -> String {
    let first = lines.first().copied().unwrap_or_default();
    let kept: Vec<&str> = match kind {
        Kind::Constant => return first.split(" = ").next().unwrap_or(first).to_owned(),
        Kind::Class => return first.trim_end_matches('{').trim_end().to_owned(),
        Kind::Function => up_to(lines, |line| line.ends_with('{')),
        Kind::Type => up_to(lines, |line| line.ends_with(';') && !line.starts_with(' ')),
    };
    let text = kept.join("\n");
    text.trim_end_matches('{').trim_end_matches(';').trim_end().to_owned()
}

/// The lines up to and with the first that fits.
fn up_to<'a>(lines: &[&'a str], fits: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let end = lines.iter().position(|line| fits(line)).map_or(lines.len(), |at| at + 1);
    lines.iter().take(end).copied().collect()
}
