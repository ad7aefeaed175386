//! The words of a text as a search sees them: split at case and punctuation, lower case, common words left out.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stem::stem;

/// Words that say nothing about what a tool does.
const COMMON: &[&str] = &[
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "does", "for",
    "from", "get", "given", "gives", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "like", "me", "my", "need", "of", "on", "or", "our", "out", "please", "should", "so", "some", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "tool", "tools",
    "ts", "up", "us", "use", "uses", "using", "want", "was", "we", "what", "when", "where", "which", "who",
    "will", "with", "would", "you", "your",
];

/// Most words of one text that count; a query or description longer than that is cut.
const MOST_WORDS: usize = 2_000;

/// The words in order, in lower case: `fixOhioTypo`, `fix-ohio_typo` and `Fix Ohio typo` are the same three.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        if !character.is_alphanumeric() || begins_word(before, character, next_is_lower) {
            finish(&mut word, &mut words);
        }
        word.extend(character.to_lowercase().filter(|lower| lower.is_alphanumeric()));
        before = Some(character);
        if words.len() >= MOST_WORDS {
            return words;
        }
    }
    finish(&mut word, &mut words);
    words
}

/// `fooBar` and `HTTPServer` hold two words each.
fn begins_word(before: Option<char>, character: char, next_is_lower: bool) -> bool {
    let Some(before) = before else { return false };
    character.is_uppercase()
        && (before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && next_is_lower))
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// The stems of the words that count in these texts, once each, with a space between.
pub(crate) fn stems(texts: &[&str]) -> String {
    let stems: BTreeSet<String> = texts
        .iter()
        .flat_map(|text| words(text))
        .filter(|word| !COMMON.contains(&word.as_str()))
        .map(|word| stem(&word))
        .collect();
    stems.into_iter().collect::<Vec<_>>().join(" ")
}

/// The words of a query that count; all of them when it has only common ones.
pub(crate) fn query_words(query: &str) -> Vec<String> {
    let all = words(query);
    let mut seen = BTreeSet::new();
    let mut counting: Vec<String> =
        all.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
    if counting.is_empty() {
        counting = all;
    }
    counting.retain(|word| seen.insert(stem(word)));
    counting
}

/// The name of a tool: its file name without the ending.
pub(crate) fn name_of(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.rsplit_once('.').map_or(file, |(name, _)| name)
}

/// What a JSON Schema says in words: the names of fields and their descriptions.
pub(crate) fn schema_text(schema: &Value) -> String {
    let mut text = String::new();
    collect(schema, &mut text, 0);
    text
}

/// Schemas nest as deep as a tool's types; what lies deeper than this is not searched.
const DEEPEST: usize = 16;

fn collect(schema: &Value, text: &mut String, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("properties", Value::Object(fields)) => {
                        for (name, field) in fields {
                            text.push_str(name);
                            text.push(' ');
                            collect(field, text, depth + 1);
                        }
                    }
                    ("description" | "title", Value::String(words)) => {
                        text.push_str(words);
                        text.push(' ');
                    }
                    (_, Value::Object(_) | Value::Array(_)) => collect(value, text, depth + 1),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, text, depth + 1)),
        _ => {}
    }
}
