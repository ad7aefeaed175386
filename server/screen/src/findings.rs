//! Findings of the compiler, with their place and the lines around it.

use serde_json::Value;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::Finding;

use crate::page::{Page, Style};

/// `error[compile.syntax]: ...` with the frame under it.
pub fn put_finding(page: &mut Page, finding: &Finding, is_error: bool) {
    let (style, word) = if is_error { (Style::Bad, "error") } else { (Style::Careful, "warning") };
    page.put(style, word).put(Style::Dim, &format!("[{}]", finding.code));
    page.plain(": ").put(Style::Bold, &finding.message).end();
    page.put(Style::Accent, "  --> ");
    page.plain(&format!("{}:{}:{}", finding.path, finding.line, finding.column)).end();
    put_block(page, &finding.frame);
    if let Some(hint) = &finding.hint {
        page.put(Style::Accent, "hint").plain(": ").plain(hint).end();
    }
}

/// What a refusal carries besides its message: findings, the tool's stack and logs.
pub fn put_details(page: &mut Page, refusal: &Refusal) {
    let Some(details) = &refusal.details else { return };
    for (key, is_error) in [("errors", true), ("diagnostics", true), ("warnings", false)] {
        for finding in list(details, key) {
            if let Ok(finding) = serde_json::from_value::<Finding>(finding.clone()) {
                put_finding(page, &finding, is_error);
            }
        }
    }
    // The innermost frame stands in the message already.
    for frame in list(details, "stack").iter().skip(1).filter_map(Value::as_str) {
        page.put(Style::Dim, &format!("  {frame}")).end();
    }
    put_logs(page, list(details, "logs"));
}

/// Lines a tool logged.
pub fn put_logs(page: &mut Page, logs: &[Value]) {
    for line in logs {
        let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        put_log(page, text("level"), text("text"));
    }
}

/// One line a tool logged.
pub fn put_log(page: &mut Page, level: &str, text: &str) {
    let style = match level {
        "error" => Style::Bad,
        "warn" => Style::Careful,
        _ => Style::Dim,
    };
    page.put(style, level).plain(": ").plain(text).end();
}

fn put_block(page: &mut Page, text: &str) {
    for line in text.lines() {
        page.plain("  ").plain(line).end();
    }
}

fn list<'a>(details: &'a Value, key: &str) -> &'a [Value] {
    details.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
