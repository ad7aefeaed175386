//! A proof that one action stands in the chain that ends with a known head. Whoever checks it needs no database, and
//! learns nothing about other actions: their rows stand in it as digests.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::error::AuditError;
use crate::link::{AuditHead, Hash, content_digest, further_back, link};
use crate::segment::columns;
use crate::table::{Begin, begin, hash_of, head};

/// All rows of `action`, each with the way from it to the head of now.
pub fn prove(connection: &Connection, action: &str) -> Result<Value, AuditError> {
    let snapshot = connection.unchecked_transaction()?;
    let begun = begin(&snapshot)?;
    let end = head(&snapshot)?;
    let seqs: Vec<i64> = snapshot
        .prepare("SELECT seq FROM audit WHERE action_id = ?1 AND seq > ?2 ORDER BY seq")?
        .query_map((action, begun.archived.seq.cast_signed()), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if seqs.is_empty() {
        return Err(AuditError::NoRow { action: action.to_owned() });
    }
    let rows: Vec<Value> = seqs
        .into_iter()
        .map(|seq| prove_row(&snapshot, begun, seq.cast_unsigned(), end))
        .collect::<Result<_, _>>()?;
    Ok(json!({ "format": "tgp audit proof 1", "action": action, "rows": rows, "head": end }))
}

fn prove_row(connection: &Connection, begun: Begin, seq: u64, end: AuditHead) -> Result<Value, AuditError> {
    if seq < begun.second_from {
        return Err(AuditError::BeforeProofs { seq, first: begun.second_from });
    }
    let row = step(connection, seq)?;
    let [at, kind, action, payload] = &row.columns;
    let mut path = Vec::new();
    let mut held = seq;
    for number in way(seq, end.seq) {
        let step = step(connection, number)?;
        // Where the hash held so far goes: null says here.
        let before = (held != number - 1).then(|| hex::encode(step.before));
        let back = (held != further_back(number)).then(|| hex::encode(step.back));
        path.push(
            json!({ "seq": number, "before": before, "back": back, "content": hex::encode(step.content) }),
        );
        held = number;
    }
    Ok(json!({
        "seq": seq, "at": at, "kind": kind, "action": action, "payload": payload,
        "before": hex::encode(row.before), "back": hex::encode(row.back), "path": path,
    }))
}

/// The shortest way up from one row to a later one: each row on it names the one before it on the way.
fn way(from: u64, to: u64) -> Vec<u64> {
    let mut rows = Vec::new();
    let mut number = to;
    while number > from {
        rows.push(number);
        number = if further_back(number) >= from { further_back(number) } else { number - 1 };
    }
    rows.reverse();
    rows
}

struct Step {
    columns: [String; 4],
    before: Hash,
    back: Hash,
    content: Hash,
}

/// Reads a row and makes sure that it fits itself, so that a proof is never made of damage.
fn step(connection: &Connection, seq: u64) -> Result<Step, AuditError> {
    let unproven = || AuditError::Unproven { seq };
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, kind, action_id, payload, prev_hash, hash FROM audit WHERE seq = ?1",
    )?;
    let mut rows = statement.query([seq.cast_signed()])?;
    let row = rows.next()?.ok_or_else(unproven)?;
    let texts = columns(row)?.ok_or_else(unproven)?;
    let [at, kind, action, payload] = texts;
    let before: Hash = row.get(5)?;
    let back = hash_of(connection, further_back(seq))?.ok_or_else(unproven)?;
    let content = content_digest(at, kind, action, payload);
    if link(seq, &before, &back, &content) != row.get::<_, Hash>(6)? {
        return Err(unproven());
    }
    Ok(Step { columns: texts.map(str::to_owned), before, back, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_short_and_each_row_names_the_one_before_it_on_the_way() {
        for (from, to) in [(1, 1), (1, 2), (3, 1_000), (777_777, 1_000_000), (1, 1_000_000), (5, 1_048_575)] {
            let rows = way(from, to);
            let mut held = from;
            for number in &rows {
                assert!(held == number - 1 || held == further_back(*number), "{held} -> {number}");
                held = *number;
            }
            assert_eq!(held, to);
            assert!(rows.len() <= 250, "{} rows from {from} to {to}", rows.len());
        }
    }
}
