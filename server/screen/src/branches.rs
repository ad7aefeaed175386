//! Agents' branches on the screen: the list, one of them, what it changes, what a merge did.

use tgp_protocol::client::branches::{
    BranchAction, BranchDiffOutput, BranchOutput, BranchShown, BranchesOutput, ChangedFile, DiffBy,
    MergeOutput,
};

use crate::hunks;
use crate::page::{Page, Style, one_line};
use crate::table::{Cell, Side, Table};

/// The list, those that wait for a person first.
pub fn put_list(page: &mut Page, listed: &BranchesOutput) {
    if let Some(why) = &listed.project_missing {
        page.put(Style::Careful, "note: ").plain(why).end();
    }
    if listed.branches.is_empty() {
        page.line("No branch is open.");
        return;
    }
    let mut table = Table::new(&[
        ("branch", Side::Left),
        ("status", Side::Left),
        ("files", Side::Right),
        ("+", Side::Right),
        ("-", Side::Right),
        ("changed (UTC)", Side::Left),
        ("task", Side::Left),
    ]);
    for branch in &listed.branches {
        let changed = branch.updated.as_deref().or(branch.created.as_deref()).unwrap_or_default();
        let note = branch.note.as_ref().map(|note| format!(" (sent back: {note})")).unwrap_or_default();
        table.row(vec![
            Cell::new(Style::Bold, &branch.name),
            Cell::new(style(&branch.status), &branch.status),
            Cell::plain(&branch.files_changed.to_string()),
            Cell::new(Style::Good, &branch.added.to_string()),
            Cell::new(Style::Bad, &branch.removed.to_string()),
            Cell::new(Style::Dim, &minutes(changed)),
            Cell::plain(&format!("{}{note}", branch.task)),
        ]);
    }
    table.put(page);
}

fn style(status: &str) -> Style {
    match status {
        "ready" => Style::Accent,
        "merged" => Style::Good,
        "discarded" => Style::Bad,
        _ => Style::Plain,
    }
}

/// `2026-11-21 08:59` of ISO 8601.
pub(crate) fn minutes(iso: &str) -> String {
    iso.get(..16).unwrap_or(iso).replace('T', " ")
}

/// One branch with its commits and files.
pub fn put_branch(page: &mut Page, shown: &BranchOutput) {
    put_head(page, &shown.branch);
    if !shown.actions.is_empty() {
        page.line("");
    }
    for action in &shown.actions {
        put_action(page, action);
    }
    if !shown.files.is_empty() {
        page.line("");
        put_files(page, &shown.files);
    }
}

/// What is known of a branch, a line each.
pub fn put_head(page: &mut Page, branch: &BranchShown) {
    page.put(Style::Bold, &branch.name).plain("  ").put(style(&branch.status), &branch.status).end();
    let mut line = |title: &str, text: &str| {
        // Lines of an agent's stand under their title, so that none looks like one of ours.
        for (at, text) in text.lines().enumerate() {
            let title = if at == 0 { title } else { "" };
            page.put(Style::Dim, &format!("  {title:<9}")).plain(&one_line(text)).end();
        }
    };
    line("task", &branch.task);
    line("agent", &branch.agent);
    line("summary", branch.summary.as_deref().unwrap_or_default());
    line("checks", &branch.checks.join(", "));
    line("risk", branch.risk.as_deref().unwrap_or_default());
    line("note", branch.note.as_deref().unwrap_or_default());
    line("opened", &branch.created.as_deref().map(minutes).unwrap_or_default());
    line("changed", &branch.updated.as_deref().map(minutes).unwrap_or_default());
    line("merged as", branch.merge_commit.as_deref().unwrap_or_default());
    line("until", &branch.kept_until.as_deref().map(minutes).unwrap_or_default());
}

fn put_action(page: &mut Page, action: &BranchAction) {
    let number = action.action.as_deref().unwrap_or("(a person's commit)");
    page.put(Style::Accent, number).plain(" ").plain(&one_line(&action.description)).end();
}

/// Files with how much changes in them.
pub fn put_files(page: &mut Page, files: &[ChangedFile]) {
    let mut table =
        Table::new(&[("file", Side::Left), ("how", Side::Left), ("+", Side::Right), ("-", Side::Right)]);
    for file in files {
        let (added, removed) = if file.binary {
            ("binary".to_owned(), String::new())
        } else {
            (file.added.to_string(), file.removed.to_string())
        };
        table.row(vec![
            Cell::new(Style::Bold, &named(file)),
            Cell::plain(&file.how),
            Cell::new(Style::Good, &added),
            Cell::new(Style::Bad, &removed),
        ]);
    }
    table.put(page);
}

fn named(file: &ChangedFile) -> String {
    let from = file.renamed_from.as_ref().map(|from| format!("{from} -> ")).unwrap_or_default();
    let mode = file.mode.as_ref().map(|mode| format!(" ({mode})")).unwrap_or_default();
    format!("{from}{}{mode}", file.path)
}

/// What a branch changes.
pub fn put_diff(page: &mut Page, diff: &BranchDiffOutput) {
    if diff.files.is_empty() {
        page.line("It changes nothing.");
    }
    match diff.by {
        DiffBy::File => diff.files.iter().for_each(|file| put_file(page, file)),
        DiffBy::Symbol => diff.files.iter().for_each(|file| put_symbols(page, file)),
        DiffBy::Action => {
            for action in &diff.actions {
                put_action(page, action);
                action.files.iter().for_each(|file| put_file(page, file));
                page.line("");
            }
        }
    }
    if diff.cut {
        page.put(
            Style::Careful,
            "There is more than is shown here; `git diff` of the two commits has all of it.",
        )
        .end();
    }
}

fn put_file(page: &mut Page, file: &ChangedFile) {
    page.put(Style::Bold, &named(file)).plain("  ").put(Style::Dim, &file.how);
    if file.binary {
        page.put(Style::Dim, ", no text").end();
        return;
    }
    page.put(Style::Good, &format!("  +{}", file.added))
        .put(Style::Bad, &format!(" -{}", file.removed))
        .end();
    file.hunks.iter().for_each(|hunk| hunks::put(page, hunk));
}

fn put_symbols(page: &mut Page, file: &ChangedFile) {
    page.put(Style::Bold, &named(file)).plain("  ").put(Style::Dim, &file.how).end();
    for symbol in &file.symbols {
        let style = match symbol.change.as_str() {
            "added" => Style::Good,
            "removed" => Style::Bad,
            _ => Style::Careful,
        };
        page.plain("  ").plain(&symbol.kind).plain(" ").put(Style::Accent, &symbol.name).plain(" ");
        page.put(style, &symbol.change);
        let from = symbol.renamed_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        page.plain(&from).put(Style::Dim, &format!("  line {}", symbol.lines[0])).end();
    }
    if file.symbols.is_empty() {
        page.put(Style::Dim, "  no symbol that is known here").end();
    }
}

/// What a merge did, or would do.
pub fn put_merge(page: &mut Page, done: &MergeOutput) {
    put_files(page, &done.files);
    let Some(action) = &done.action else {
        page.plain("This would go into ").put(Style::Bold, &done.into).plain(".").end();
        return;
    };
    page.put(Style::Good, "Merged").plain(" into ").put(Style::Bold, &done.into);
    page.plain(&done.commit.as_ref().map(|commit| format!(" as {commit}")).unwrap_or_default()).end();
    for folder in &done.followed {
        page.put(Style::Dim, &format!("  the checkout at {folder} followed")).end();
    }
    page.put(Style::Dim, &format!("  `tgp undo {action}` takes it back")).end();
}
