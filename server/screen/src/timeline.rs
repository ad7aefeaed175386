//! Actions on the screen: the timeline, and what an undo brings back.

use tgp_model::Timestamp;
use tgp_protocol::client::project::ListActionsOutput;
use tgp_protocol::client::undo::UndoOutput;

use crate::page::{Page, Style, one_line};
use crate::table::{Cell, Side, Table};
use crate::{diff, time};

/// The timeline.
pub fn put_actions(page: &mut Page, listed: &ListActionsOutput) {
    if listed.actions.is_empty() {
        page.line("Nothing was done yet.");
        return;
    }
    let mut table = Table::new(&[
        ("when (UTC)", Side::Left),
        ("agent", Side::Left),
        ("type", Side::Left),
        ("status", Side::Left),
        ("ms", Side::Right),
        ("action", Side::Left),
        ("what", Side::Left),
        ("session", Side::Left),
    ]);
    for action in &listed.actions {
        let style = match action.status.as_str() {
            "executed" => Style::Good,
            "failed" | "denied" => Style::Bad,
            _ => Style::Careful,
        };
        let mut what = match &action.code {
            Some(code) => format!("{} ({code})", action.description),
            None => action.description.clone(),
        };
        if let Some(source) = &action.rebuilt_from {
            what = format!("{what} [rebuilt from {source}]");
        }
        table.row(vec![
            Cell::new(Style::Dim, &time::show(Timestamp(action.at))),
            Cell::plain(&action.agent),
            Cell::plain(&action.action_type),
            Cell::new(style, &action.status),
            Cell::plain(&action.duration_ms.map_or_else(String::new, |ms| format!("{ms:.1}"))),
            Cell::new(Style::Dim, &action.id),
            Cell::plain(&what),
            Cell::new(Style::Dim, &action.session),
        ]);
    }
    table.put(page);
    if listed.more {
        page.put(Style::Dim, "(older ones are left out; `--limit N` shows more)").end();
    }
}

/// What an undo did, or would do.
pub fn put_undo(page: &mut Page, done: &UndoOutput) {
    let verb = match (done.again, done.dry_run) {
        (false, false) => "taken back",
        (false, true) => "would be taken back",
        (true, false) => "made again",
        (true, true) => "would be made again",
    };
    for action in &done.undone {
        // What is made again is what the undo that goes away had taken back.
        let what = action.description.strip_prefix("Took back: ").filter(|_| done.again);
        page.put(Style::Accent, &action.action)
            .plain(" ")
            .plain(&one_line(what.unwrap_or(&action.description)));
        page.put(Style::Good, &format!("  {verb}")).end();
    }
    for one in &done.compensated {
        let verb = if one.run.is_some() { "made up for by " } else { "would be made up for by " };
        page.put(Style::Accent, &one.action).plain(" ").plain(verb).put(Style::Bold, &one.by);
        page.plain(&one.run.as_ref().map_or_else(String::new, |run| format!(" as {run}"))).end();
    }
    for file in &done.files {
        page.put(Style::Bold, &file.path).plain(" ").plain(&file.how).end();
        if let (before, after @ Some(_)) | (before @ Some(_), after) = (&file.before, &file.after) {
            diff::put(page, before.as_deref().unwrap_or(""), after.as_deref().unwrap_or(""));
        }
    }
    if done.rows_restored > 0 {
        let rows = if done.rows_restored == 1 { "row" } else { "rows" };
        page.plain(&format!("{} {rows} of the database", done.rows_restored)).end();
        for row in &done.rows {
            put_row(page, row);
        }
    }
    for row in &done.rows_left {
        page.put(Style::Careful, "left: ").plain(&format!("{} {}: {}", row.table, row.key, row.why)).end();
    }
    for action in &done.left {
        page.put(Style::Careful, "left: ").plain(&action.why).end();
    }
    if let Some(action) = &done.action {
        let back = if done.again {
            format!("`tgp undo {action}` takes it back")
        } else {
            "`tgp redo` makes it again".to_owned()
        };
        page.put(Style::Dim, &format!("noted as {action}; {back}")).end();
    }
}

fn put_row(page: &mut Page, row: &tgp_protocol::client::undo::UndoneRow) {
    let text = |values: &[serde_json::Value]| {
        let named: Vec<String> =
            row.columns.iter().zip(values).map(|(name, value)| format!("{name}={value}")).collect();
        named.join(" ")
    };
    if let Some(values) = &row.before {
        page.put(Style::Bad, &format!("  - {}: {}", row.table, text(values))).end();
    }
    if let Some(values) = &row.after {
        page.put(Style::Good, &format!("  + {}: {}", row.table, text(values))).end();
    }
}
