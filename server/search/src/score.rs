//! How well a tool fits a query, as a number from 0 to 1 that means the same in every library.

use crate::stem::stem;
use crate::terms;
use crate::tools::Candidate;

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
    /// Splits a text; only its first `most` words that count are looked for.
    pub(crate) fn new(text: &str, most: usize) -> Self {
        let mut words = terms::query_words(text);
        words.truncate(most);
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
pub(crate) fn score(query: &Query, tool: &Candidate, closeness: f64) -> f64 {
    if query.spelled.is_empty() {
        return 0.0;
    }
    let says: Vec<&str> = tool.says.split(' ').filter(|stem| !stem.is_empty()).collect();
    let is_said = |word: &String| says.binary_search(&word.as_str()).is_ok();
    let count = query.stems.len();
    let said = query.stems.iter().filter(|word| is_said(word)).count();
    if is_exact(query, tool) {
        return 1.0;
    }
    let mentioned = if said == count {
        0
    } else {
        let elsewhere: Vec<&str> = tool.mentions.split(' ').collect();
        query
            .stems
            .iter()
            .filter(|word| !is_said(word) && elsewhere.binary_search(&word.as_str()).is_ok())
            .count()
    };
    if said + mentioned == 0 {
        return 0.0;
    }
    // A tool that says little besides what was asked for is closer than one that says much else.
    let focus = ratio(said, says.len());
    let fine = f64::midpoint(focus, closeness.clamp(0.0, 1.0));
    if said == count {
        return COVERED + ABOVE * fine;
    }
    let coverage = ratio(said, count) + ELSEWHERE * ratio(mentioned, count);
    // The fine part stays below the smallest step of the coverage, so that covering more never scores lower.
    let step = PARTIAL * (1.0 - ELSEWHERE).min(ELSEWHERE) / number(count);
    (PARTIAL * coverage + 0.9 * step * fine).min(COVERED - 0.01)
}

/// Whether the query is the tool's path, its name or its whole description.
fn is_exact(query: &Query, tool: &Candidate) -> bool {
    query.path == tool.path
        || query.spelled == terms::words(terms::name_of(&tool.path))
        || (query.path.len() >= tool.description.len() / 2
            && query.spelled == terms::words(&tool.description))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
