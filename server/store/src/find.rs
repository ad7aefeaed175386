//! Finds tools by what they do: the index proposes, the score decides.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use crate::score::{Query, score};
use crate::tables::tools::{self, Candidate, ToolHit};
use crate::terms;

/// Most words of a query the index is asked for.
const MOST_QUERY_WORDS: usize = 32;
/// How many tools that hold all words, and any word, are scored.
const MOST_COMPLETE: u32 = 100;
const MOST_PARTIAL: u32 = 300;

/// The best `limit` tools for a query in ordinary words.
pub(crate) fn find(connection: &Connection, query: &str, limit: u32) -> rusqlite::Result<Vec<ToolHit>> {
    let mut query = Query::new(query);
    query.words.truncate(MOST_QUERY_WORDS);
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    let mut add = |candidates: Vec<Candidate>| {
        for candidate in candidates {
            found.entry(candidate.path.clone()).or_insert(candidate);
        }
    };
    add(tools::by_path(connection, &query.path)?.into_iter().collect());
    if !query.words.is_empty() {
        add(tools::matching(connection, &query.expression(" OR "), MOST_PARTIAL)?);
        if query.words.len() > 1 {
            add(tools::matching(connection, &query.expression(" AND "), MOST_COMPLETE)?);
        }
    }
    let best = found.values().map(|candidate| candidate.rank).fold(0.0_f64, f64::min);
    let mut hits: Vec<ToolHit> = found
        .into_values()
        .map(|candidate| {
            let closeness = if best < 0.0 { candidate.rank / best } else { 0.0 };
            let schema: Value = serde_json::from_str(&candidate.schema).unwrap_or(Value::Null);
            let text = terms::schema_text(&schema);
            let score = score(&query, &candidate.path, &candidate.description, &text, closeness);
            ToolHit {
                path: candidate.path,
                description: candidate.description,
                schema,
                score,
                runs: candidate.runs,
            }
        })
        .filter(|hit| hit.score > 0.0)
        .collect();
    // Equal scores: what was used more, then the path, so that the same question has the same answer.
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.runs.cmp(&a.runs)).then_with(|| a.path.cmp(&b.path)));
    hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(hits)
}
