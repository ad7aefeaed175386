//! Findings of the compiler, with their place and the lines around it.

use serde_json::Value;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::Finding;

use crate::page::{Page, Style, one_line};

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
    put_rules(page, details);
    // The innermost frame stands in the message already.
    for frame in list(details, "stack").iter().skip(1).filter_map(Value::as_str) {
        page.put(Style::Dim, &format!("  {frame}")).end();
    }
    put_logs(page, list(details, "logs"));
    put_files(page, list(details, "files"));
}

/// The files a refusal is about, each with what stands against it.
fn put_files(page: &mut Page, files: &[Value]) {
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    for file in files {
        let Some(path) = text(file, "path") else { continue };
        let Some(why) = text(file, "why").or_else(|| text(file, "kind")) else { continue };
        page.plain("  ").put(Style::Bold, &one_line(&path)).plain(": ").plain(&one_line(&why)).end();
    }
}

/// The rules a refusal rests on, one in a line, and the one that comes nearest to allowing it.
fn put_rules(page: &mut Page, details: &Value) {
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = |of: &Value| {
        let number = |name: &str| of.get(name).and_then(Value::as_u64).unwrap_or_default();
        let file = text(of, "file");
        if file.is_empty() {
            String::new()
        } else {
            format!(" ({file}:{}:{})", number("line"), number("column"))
        }
    };
    // Findings of the standards have rules too; those that decide have an effect.
    for rule in list(details, "rules").iter().filter(|rule| rule.get("effect").is_some()) {
        page.plain("  rule ").put(Style::Bold, &text(rule, "id")).put(Style::Dim, &place(rule));
        let reason = text(rule, "reason");
        page.plain(if reason.is_empty() { "" } else { ": " }).plain(&reason).end();
    }
    if let Some(nearest) = details.get("nearest").filter(|nearest| nearest.get("id").is_some()) {
        page.plain("  nearest to allowing it: ").put(Style::Bold, &text(nearest, "id"));
        page.put(Style::Dim, &place(nearest)).end();
    }
    let version = text(details, "version");
    if details.get("decision").is_some() && !version.is_empty() {
        page.put(Style::Dim, &format!("  policy version {version}")).end();
    }
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
