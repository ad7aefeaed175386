//! Questions to a person on the screen.

use tgp_protocol::client::approvals::{ApprovalShown, ApprovalsOutput};

use crate::page::{Page, Style};
use crate::table::{Cell, Side, Table};

/// All questions: the open ones whole, the others in a table.
pub fn put_all(page: &mut Page, listed: &ApprovalsOutput) {
    if listed.approvals.is_empty() {
        page.line("Nobody waits for you.");
        return;
    }
    let (open, answered): (Vec<_>, Vec<_>) =
        listed.approvals.iter().partition(|question| question.state == "pending");
    for question in open {
        put_one(page, question);
        page.put(Style::Dim, &format!("tgp approve {0}   tgp deny {0}", question.ticket)).end();
        page.line("");
    }
    if answered.is_empty() {
        return;
    }
    let columns = ["asked (UTC)", "agent", "state", "what", "by", "ticket"];
    let mut table = Table::new(&columns.map(|column| (column, Side::Left)));
    for question in answered {
        let by = question.by.clone().unwrap_or_default();
        table.row(vec![
            Cell::new(Style::Dim, question.asked.get(..19).unwrap_or_default()),
            Cell::plain(&question.agent),
            Cell::new(style(&question.state), &question.state),
            Cell::plain(question.preview.lines().next().unwrap_or(&question.capability)),
            Cell::plain(&by),
            Cell::new(Style::Dim, &question.ticket),
        ]);
    }
    table.put(page);
}

fn style(state: &str) -> Style {
    match state {
        "approved" | "used" => Style::Good,
        "denied" => Style::Bad,
        "pending" => Style::Careful,
        _ => Style::Dim,
    }
}

/// Who asks for what.
pub fn put_head(page: &mut Page, question: &ApprovalShown) {
    page.put(Style::Bold, &question.agent).plain(" asks for ").put(Style::Accent, &question.capability);
    page.plain(", risk ").put(Style::Careful, &question.risk).plain(", ");
    page.put(style(&question.state), &question.state).end();
}

/// One question with what would happen.
pub fn put_one(page: &mut Page, question: &ApprovalShown) {
    put_head(page, question);
    for why in question.why.lines() {
        page.put(Style::Dim, "  asked by ").plain(why).end();
    }
    for line in question.preview.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => Style::Good,
            Some(b'-') => Style::Bad,
            _ => Style::Plain,
        };
        page.plain("  ").put(style, line).end();
    }
    if let (Some(by), Some(door)) = (&question.by, &question.door) {
        let reason = question.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        page.put(Style::Dim, &format!("  answered by {by} ({door}){reason}")).end();
    }
    page.put(Style::Dim, &format!("  ticket {}, open until {}", question.ticket, question.expires)).end();
}
