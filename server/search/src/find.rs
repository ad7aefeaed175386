//! Finds tools by what they do: the index proposes, the score decides.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::score::{Query, score};
use crate::tool_usage;
use crate::tools::{self, Candidate, ToolHit};

/// Most words of a query the index is asked for.
const MOST_QUERY_WORDS: usize = 32;
/// How many tools that hold all words, and any word, are scored.
const MOST_COMPLETE: u32 = 100;
const MOST_PARTIAL: u32 = 300;

/// The best `limit` tools for a query in ordinary words.
pub fn find(connection: &Connection, query: &str, limit: u32) -> rusqlite::Result<Vec<ToolHit>> {
    let query = Query::new(query, MOST_QUERY_WORDS);
    let found = candidates(connection, &query)?;
    let best = found.values().map(|candidate| candidate.rank).fold(0.0_f64, f64::min);
    let mut scored: Vec<(f64, u64, Candidate)> = Vec::new();
    for candidate in found.into_values() {
        let closeness = if best < 0.0 { candidate.rank / best } else { 0.0 };
        let score = score(&query, &candidate, closeness);
        if score > 0.0 {
            let runs = tool_usage::read(connection, &candidate.path)?.runs;
            scored.push((score, runs, candidate));
        }
    }
    // Equal scores: what was used more, then the path, so that the same question has the same answer.
    scored.sort_by(|(a, a_runs, a_tool), (b, b_runs, b_tool)| {
        b.total_cmp(a).then(b_runs.cmp(a_runs)).then_with(|| a_tool.path.cmp(&b_tool.path))
    });
    scored.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    scored
        .into_iter()
        .map(|(score, runs, tool)| {
            let schema = tools::schema(connection, tool.id)?;
            Ok(ToolHit { path: tool.path, description: tool.description, schema, score, runs })
        })
        .collect()
}

fn candidates(connection: &Connection, query: &Query) -> rusqlite::Result<BTreeMap<String, Candidate>> {
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    let mut add = |candidates: Vec<Candidate>| {
        for candidate in candidates {
            found.entry(candidate.path.clone()).or_insert(candidate);
        }
    };
    if !query.words.is_empty() {
        add(tools::matching(connection, &query.expression(" OR "), MOST_PARTIAL)?);
        if query.words.len() > 1 {
            add(tools::matching(connection, &query.expression(" AND "), MOST_COMPLETE)?);
        }
    }
    add(tools::by_path(connection, &query.path)?.into_iter().collect());
    Ok(found)
}
