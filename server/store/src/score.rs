//! How well a tool fits a query, as a number from 0 to 1 that means the same in every library.

use crate::stem::stem;
use crate::terms;

/// A tool whose name and description cover the whole query scores at least this; the door then says "reuse this one".
pub(crate) const COVERED: f64 = 0.85;
/// The most a tool that covers only a part can score.
const PARTIAL: f64 = 0.80;
/// What a word is worth that stands only in the schema or the path.
const ELSEWHERE: f64 = 0.6;
/// How much of the room above `COVERED` is used; 1 itself is left to exact matches.
const ABOVE: f64 = 0.14;

/// A query, split once.
pub(crate) struct Query {
    /// The words in order, for an exact match.
    spelled: Vec<String>,
    /// Words that count, for the index.
    pub(crate) words: Vec<String>,
    stems: Vec<String>,
    /// The whole text, in case it is a path.
    pub(crate) path: String,
}

impl Query {
    pub(crate) fn new(text: &str) -> Self {
        let words = terms::query_words(text);
        Self {
            spelled: terms::words(text),
            stems: words.iter().map(|word| stem(word)).collect(),
            words,
            path: text.trim().to_owned(),
        }
    }

    /// An expression for the index that any of the words (or all of them) satisfies. Each word is quoted, so
    /// nothing the user writes is syntax.
    pub(crate) fn expression(&self, operator: &str) -> String {
        let quoted: Vec<String> = self.words.iter().map(|word| format!("\"{word}\"")).collect();
        quoted.join(operator)
    }
}

/// The score of one tool. `closeness` (0 to 1) is how well the index ranks it among the others found; it decides
/// only between tools that cover as much of the query.
pub(crate) fn score(query: &Query, path: &str, description: &str, schema_text: &str, closeness: f64) -> f64 {
    let name = terms::name_of(path);
    if query.path == path || query.spelled == terms::words(name) || query.spelled == terms::words(description) {
        return if query.spelled.is_empty() { 0.0 } else { 1.0 };
    }
    let mut saying = terms::stems(name);
    saying.extend(terms::stems(description));
    let mut elsewhere = terms::stems(schema_text);
    elsewhere.extend(terms::stems(path));
    let count = query.stems.len();
    if count == 0 {
        return 0.0;
    }
    let said = query.stems.iter().filter(|word| saying.contains(*word)).count();
    let mentioned =
        query.stems.iter().filter(|word| !saying.contains(*word) && elsewhere.contains(*word)).count();
    if said + mentioned == 0 {
        return 0.0;
    }
    // A tool that says little besides what was asked for is closer than one that says much else.
    let focus = ratio(said, saying.len());
    let fine = (focus + closeness.clamp(0.0, 1.0)) / 2.0;
    if said == count {
        return COVERED + ABOVE * fine;
    }
    let coverage = (ratio(said, count)) + ELSEWHERE * ratio(mentioned, count);
    // The fine part stays below the smallest step of the coverage, so that covering more never scores lower.
    let step = PARTIAL * (1.0 - ELSEWHERE).min(ELSEWHERE) / number(count);
    (PARTIAL * coverage + 0.9 * step * fine).min(COVERED - 0.01)
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
