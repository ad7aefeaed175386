//! What a terminal and a log are shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::io::Write;

use tgp_protocol::client::branches::{BranchAction, BranchOutput, BranchShown};
use tgp_screen::page::{Page, Style};
use tgp_screen::table::{Cell, Side, Table};
use tgp_screen::{Discreet, branches};

#[test]
fn a_log_line_loses_every_token_and_nothing_else() {
    let mut written = Vec::new();
    let mut log = Discreet::new(&mut written);
    log.write_all(b"a \"tgp1.YWJj-_.c2ln\" b tgp1.x, c\n").unwrap();
    log.write_all(b"plain\xff\n").unwrap();
    assert_eq!(written, b"a \"[token]\" b [token], c\nplain\xff\n");
}

#[test]
fn what_would_move_the_cursor_is_written_out() {
    let mut page = Page::new(true);
    page.put(Style::Plain, "a\u{1b}[2Kb\u{202e}c").end();
    assert_eq!(page.into_text(), "a\\u{1b}[2Kb\\u{202e}c\n");
}

#[test]
fn columns_are_aligned_by_the_width_characters_have() {
    let mut table = Table::new(&[("name", Side::Left), ("n", Side::Right)]);
    table.row(vec![Cell::plain("漢字"), Cell::plain("1")]);
    table.row(vec![Cell::plain("abcde"), Cell::plain("10")]);
    let mut page = Page::new(false);
    table.put(&mut page);
    assert_eq!(page.into_text(), "name    n\n漢字    1\nabcde  10\n");
}

#[test]
fn what_an_agent_says_of_its_branch_forges_no_line() {
    let branch = BranchShown {
        name: "agent/coder/x-1".to_owned(),
        status: "ready".to_owned(),
        summary: Some("done\n  risk     none\u{1b}[2J\r\nlast".to_owned()),
        ..BranchShown::default()
    };
    let action = BranchAction {
        action: Some("01A".to_owned()),
        commit: "c".to_owned(),
        description: "Wrote `a`\n01B Merged by a person".to_owned(),
        undoes: Vec::new(),
        files: Vec::new(),
    };
    let mut page = Page::new(false);
    branches::put_branch(&mut page, &BranchOutput { branch, actions: vec![action], files: Vec::new() });
    let text = page.into_text();
    assert_eq!(
        text,
        "agent/coder/x-1  ready\n  summary  done\n             risk     none\\u{1b}[2J\n           last\n\n01A Wrote `a`\\n01B Merged by a person\n"
    );
}
