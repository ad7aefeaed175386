//! Snapshots on the screen.

use tgp_protocol::client::snapshots::{
    RestoreOutput, SnapshotDeletedOutput, SnapshotDiffOutput, SnapshotOutput, SnapshotShown, SnapshotsOutput,
};

use crate::branches::minutes;
use crate::page::{Page, Style};
use crate::table::{Cell, Side, Table};

/// The list, the newest first.
pub fn put_list(page: &mut Page, listed: &SnapshotsOutput) {
    if listed.snapshots.is_empty() {
        page.line("There is no snapshot yet.");
        return;
    }
    let columns = ["snapshot", "taken (UTC)", "holds", "why"];
    let mut table = Table::new(&columns.map(|column| (column, Side::Left)));
    for snapshot in &listed.snapshots {
        table.row(vec![
            Cell::new(Style::Accent, &snapshot.id),
            Cell::new(Style::Dim, &minutes(&snapshot.created)),
            Cell::plain(&holds(snapshot)),
            Cell::plain(&snapshot.reason),
        ]);
    }
    table.put(page);
}

fn holds(snapshot: &SnapshotShown) -> String {
    let parts = [snapshot.git.as_ref().map(|_| "files"), snapshot.database.as_ref().map(|_| "database")];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// One snapshot, and what it does not hold.
pub fn put_one(page: &mut Page, shown: &SnapshotOutput) {
    let snapshot = &shown.snapshot;
    page.put(Style::Accent, &snapshot.id).plain("  ").plain(&snapshot.reason).end();
    let mut line = |title: &str, text: &str| {
        page.put(Style::Dim, &format!("  {title:<9}")).plain(text).end();
    };
    line("taken", &minutes(&snapshot.created));
    line("trigger", &snapshot.trigger);
    if let Some(git) = &snapshot.git {
        let commit = git.commit.as_deref().unwrap_or("no commit");
        line("HEAD", &format!("{} at {commit}", git.branch.as_deref().unwrap_or("no branch")));
        line("files", &format!("{} not committed", git.uncommitted));
    }
    if let Some(database) = &snapshot.database {
        line("database", &format!("{} bytes, {}", database.size, database.path));
    }
    for left in &snapshot.left_out {
        page.put(Style::Careful, "  not in it ").plain(&format!("{}: {}", left.what, left.why)).end();
    }
}

/// What became of files and database since.
pub fn put_diff(page: &mut Page, diff: &SnapshotDiffOutput) {
    for file in &diff.files {
        let style = match file.how.as_str() {
            "added" => Style::Good,
            "deleted" => Style::Bad,
            _ => Style::Careful,
        };
        page.put(style, &format!("{:<8}", file.how)).plain(&file.path).end();
    }
    if diff.database_differs == Some(true) {
        page.put(Style::Careful, "changed ").plain("the database").end();
    }
    if diff.files.is_empty() && diff.database_differs != Some(true) {
        page.line("Nothing differs.");
    }
}

/// What a deletion would take away.
pub fn put_delete(page: &mut Page, planned: &SnapshotDeletedOutput) {
    let shown = &planned.snapshot;
    page.put(Style::Bold, &shown.id)
        .plain(&format!(" of {}: {}", minutes(&shown.created), shown.reason))
        .end();
    for action in &planned.needed_by {
        page.put(Style::Careful, &format!("the restore {action} is not taken back without it")).end();
    }
}

/// A snapshot that was deleted.
pub fn put_deleted(page: &mut Page, done: &SnapshotDeletedOutput) {
    page.put(Style::Bad, "deleted ").plain(&done.snapshot.id).end();
    if let Some(action) = &done.action {
        page.put(Style::Dim, &format!("noted as {action}; no undo brings it back")).end();
    }
}

/// What a restore did, or would do.
pub fn put_restore(page: &mut Page, done: &RestoreOutput) {
    let mut list = |style, title: &str, paths: &[String]| {
        for path in paths {
            page.put(style, &format!("{title:<9}")).plain(path).end();
        }
    };
    list(Style::Good, "written", &done.written);
    list(Style::Bad, "removed", &done.removed);
    list(Style::Dim, "stays", &done.unknown);
    list(Style::Careful, "left", &done.left_alone);
    for left in &done.left_out {
        page.put(Style::Careful, "not kept ").plain(&format!("{}: {}", left.what, left.why)).end();
    }
    if let Some(branch) = &done.branch {
        page.put(Style::Bold, "branch ").plain(branch).end();
    }
    if done.database {
        page.put(Style::Bold, "database ").plain("as it was then").end();
    }
    let changes =
        !done.written.is_empty() || !done.removed.is_empty() || done.database || done.branch.is_some();
    if !changes {
        page.line("Nothing differs.");
    }
    if let Some(action) = &done.action {
        page.put(Style::Dim, &format!("noted as {action}; `tgp undo {action}` takes it back")).end();
    }
}
