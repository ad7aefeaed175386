//! Doc comments: what a tool is for, and what its parameters mean.

use oxc::ast::ast::Program;
use oxc::span::Span;

use super::start_of;

/// Longest description that is kept, in characters; it is shown to agents with every lookup.
const LONGEST: usize = 1_000;

/// What the comments of a source say.
pub(crate) struct Documentation {
    description: String,
    /// `@param name text` of the tool's own comment.
    parameters: Vec<(String, String)>,
    /// Doc comments by the byte of what they stand before.
    attached: Vec<(u32, String)>,
}

impl Documentation {
    /// Reads the comments; `callee` is the function whose comment describes the tool.
    pub(crate) fn of_tool(program: &Program<'_>, callee: Option<Span>) -> Self {
        let mut attached: Vec<(u32, String)> = Vec::new();
        let mut plain = None;
        for comment in &program.comments {
            let text = comment.content_span().source_text(program.source_text);
            if comment.is_jsdoc() {
                attached.push((comment.attached_to, clean(text)));
            } else if plain.is_none()
                && comment.is_line()
                && comment.is_leading()
                && comment.span.start < first(program)
            {
                plain = Some(text.trim().trim_start_matches('/').trim().to_owned());
            }
        }
        let own = program.body.iter().find(|statement| {
            let start = start_of(statement);
            callee.is_some_and(|callee| {
                start <= callee.start && callee.end <= oxc::span::GetSpan::span(*statement).end
            })
        });
        let find =
            |at: u32| attached.iter().rev().find(|(start, _)| *start == at).map(|(_, text)| text.clone());
        let text = own
            .and_then(|statement| find(start_of(statement)))
            .or_else(|| callee.and_then(|callee| find(callee.start)))
            .or_else(|| {
                attached.first().filter(|(at, _)| *at <= first(program)).map(|(_, text)| text.clone())
            })
            .or(plain)
            .unwrap_or_default();
        let (description, parameters) = split(&text);
        Self { description, parameters, attached }
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// The text of `@param name`, also of `@param args.name`.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(known, _)| known == name || known.rsplit_once('.').is_some_and(|(_, last)| last == name));
        found.map(|(_, text)| text.as_str())
    }

    /// The comment that stands before the node at this byte.
    pub(crate) fn before(&self, byte: u32) -> Option<String> {
        let text = self.attached.iter().rev().find(|(at, _)| *at == byte).map(|(_, text)| split(text).0);
        text.filter(|text| !text.is_empty())
    }
}

fn first(program: &Program<'_>) -> u32 {
    program.body.first().map_or(program.span.end, start_of)
}

/// The text of a comment without its stars.
fn clean(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().trim_start_matches('*').trim());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The description before the first tag (or of `@description`), and the parameters.
fn split(text: &str) -> (String, Vec<(String, String)>) {
    let mut description = String::new();
    let mut parameters: Vec<(String, String)> = Vec::new();
    let mut tag = "";
    for line in text.lines() {
        let (starts, rest) = match line.strip_prefix('@') {
            Some(rest) => {
                let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                tag = name;
                (true, rest)
            }
            None => (false, line),
        };
        match tag {
            "" | "description" => push(&mut description, rest),
            "param" | "arg" | "argument" if starts => parameters.extend(parameter(rest)),
            "param" | "arg" | "argument" => {
                if let Some((_, text)) = parameters.last_mut() {
                    push(text, rest);
                }
            }
            _ => {}
        }
    }
    (description.chars().take(LONGEST).collect(), parameters)
}

fn push(text: &mut String, line: &str) {
    let line = line.trim();
    if !line.is_empty() && !text.is_empty() {
        text.push(' ');
    }
    text.push_str(line);
}

/// `{type} [name=default] - text`.
fn parameter(rest: &str) -> Option<(String, String)> {
    let rest = rest.trim();
    let rest = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}').map_or(inner, |(_, after)| after).trim(),
        None => rest,
    };
    let (name, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    let text = text.trim().trim_start_matches('-').trim();
    (!name.is_empty()).then(|| (name.to_owned(), text.to_owned()))
}
