//! Standard 7: no specific addresses, ids, dates or secrets in source code.

use oxc::ast::AstKind;
use oxc::ast::ast::VariableDeclarator;
use oxc::semantic::AstNode;
use oxc::span::{GetSpan, Span};
use oxc::syntax::keyword::is_reserved_keyword;
use tgp_model::config::LintLevel;

use super::lift::{Written, free, lift};
use super::sql::statements;
use crate::finding::Finding;
use crate::rule::{Check, Rule, Subject};

pub(crate) const NO_HARDCODED_VALUES: Check = Check {
    rule: Rule {
        id: "no-hardcoded-values",
        standard: 7,
        level: LintLevel::Error,
        summary: "E-mail addresses, ids, URLs, dates, IP addresses and keys come in as arguments.",
        bad: "/** Invites a person. */\nexport default (args: { name: string }) => ({ to: 'ann@shop.example.com', text: args.name });",
        good: "/** Invites a person. */\nexport default (args: { to: string; name: string }) => ({ to: args.to, text: args.name });",
    },
    look,
};

fn look(subject: &Subject<'_, '_>, findings: &mut Vec<Finding>) {
    // Values in SQL have a rule of their own.
    let mut statements: Vec<Span> = statements(subject).into_iter().map(GetSpan::span).collect();
    statements.sort_by_key(|sql| sql.start);
    let in_sql = |span: Span| {
        let after = statements.partition_point(|sql| sql.start <= span.start);
        after.checked_sub(1).and_then(|at| statements.get(at)).is_some_and(|sql| Subject::holds(sql, span))
    };
    for node in subject.nodes() {
        let (text, span) = match node.kind() {
            AstKind::StringLiteral(literal) => (literal.value.as_str(), literal.span),
            AstKind::TemplateElement(element) => (element.value.raw.as_str(), element.span),
            _ => continue,
        };
        let Some(what) = classify(text) else { continue };
        if subject.is_aside(node.id()) || in_sql(span) {
            continue;
        }
        let shown = if what == "a key or secret" { String::new() } else { format!(" `{}`", short(text)) };
        let finding = Finding::error("", format!("{what}{shown} is written into the tool"), span)
            .hint("Take it from the arguments.");
        findings.push(match mended(subject, node, span, what) {
            Some(changes) => finding.edit("Take it from the arguments", changes),
            None => finding,
        });
    }
}

/// The edit that takes a value from the arguments, where the value can be replaced by an expression.
fn mended(
    subject: &Subject<'_, '_>,
    node: &AstNode<'_>,
    span: Span,
    what: &str,
) -> Option<Vec<(Span, String)>> {
    let id = node.id();
    let (named, in_template) = match (node.kind(), subject.parent(id)) {
        // What a tag makes of a text is not known, and a part with escapes is another text than it looks like.
        (AstKind::TemplateElement(element), _) => {
            let tagged = subject.above(id).nth(1).is_some_and(|kind| {
                matches!(kind, AstKind::TaggedTemplateExpression(_) | AstKind::TSTemplateLiteralType(_))
            });
            if tagged || element.value.raw.contains('\\') || subject.text(span) != element.value.raw {
                return None;
            }
            (None, true)
        }
        (_, AstKind::VariableDeclarator(variable)) => (name_of(variable), false),
        (_, AstKind::ObjectProperty(property)) => {
            (property.key.static_name().map(|name| name.to_string()).filter(|name| is_name(name)), false)
        }
        _ => (None, false),
    };
    let name = named.unwrap_or_else(|| free(subject, usual_name(what)));
    lift(subject, &Written { node: id, span, name: &name, kind: "string", in_template })
}

/// Whether a text can stand as a name in the source.
fn is_name(text: &str) -> bool {
    let first = text.chars().next();
    !is_reserved_keyword(text)
        && first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What an argument is called that holds such a value.
fn usual_name(what: &str) -> &'static str {
    match what {
        "an e-mail address" => "email",
        "a URL" => "url",
        "an IP address" => "address",
        "a date" => "date",
        "a key or secret" => "key",
        _ => "id",
    }
}

pub(super) fn name_of(variable: &VariableDeclarator<'_>) -> Option<String> {
    variable.id.get_identifier_name().map(|name| name.to_string())
}

fn short(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    if start.len() < text.len() { format!("{start}...") } else { start }
}

/// What a text is that should not stand in source code; none for ordinary text.
pub(super) fn classify(text: &str) -> Option<&'static str> {
    let trimmed = text.trim();
    if is_secret(trimmed) {
        return Some("a key or secret");
    }
    if trimmed.split(|c: char| c.is_whitespace() || "<>()'\",;".contains(c)).any(is_email) {
        return Some("an e-mail address");
    }
    if is_url(trimmed) {
        return Some("a URL");
    }
    if trimmed.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(is_uuid) {
        return Some("a UUID");
    }
    if is_ip(trimmed) {
        return Some("an IP address");
    }
    if is_date(trimmed) {
        return Some("a date");
    }
    is_id(trimmed).then_some("an id")
}

fn is_email(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else { return false };
    let Some((host, top)) = domain.trim_end_matches('.').rsplit_once('.') else { return false };
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    plain(local, "._%+-")
        && plain(host, ".-")
        && top.len() >= 2
        && top.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_url(text: &str) -> bool {
    let found = ["https://", "http://", "wss://", "ws://", "ftp://"]
        .iter()
        .find_map(|scheme| text.split_once(scheme));
    let Some((_, rest)) = found else { return false };
    let host = rest.split(['/', '?', '#', ' ']).next().unwrap_or("");
    // Namespaces look like addresses and are none.
    host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !["www.w3.org", "json-schema.org", "schema.org"].contains(&host)
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12]
}

fn is_ip(text: &str) -> bool {
    let host = text.split(':').next().unwrap_or("");
    let parts: Vec<&str> = host.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok()) && host != "0.0.0.0"
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |pattern: &[u8]| {
        bytes.len() >= pattern.len()
            && pattern.iter().zip(bytes).all(|(p, b)| if *p == b'0' { b.is_ascii_digit() } else { p == b })
    };
    (shape(b"0000-00-00") && matches!(bytes.get(10), None | Some(b'T' | b' ')))
        || (shape(b"00/00/0000") && bytes.len() == 10)
}

fn is_secret(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "sk_live_",
        "sk_test_",
        "pk_live_",
        "rk_live_",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "npm_",
        "-----BEGIN ",
        "AKIA",
        "AIza",
        "whsec_",
    ];
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    let long = text.len() >= 16 && !text.contains(' ');
    if text.starts_with("-----BEGIN ") || (long && BEGINNINGS.iter().any(|begin| text.starts_with(begin))) {
        return true;
    }
    let token = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.".contains(&b));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    // An alphabet is as long as a key and has an order that no key has; a path has slashes between words.
    let ordered = ["abcdef", "ABCDEF", "012345"].iter().any(|run| text.contains(run));
    token
        && digits >= 6
        && letters >= 6
        && !ordered
        && !is_uuid(text)
        && text.matches(['/', '.', '-', '_']).count() <= 4
}

/// `cus_8fk2Ld93`, `ORD-2024117`, `1002345`.
fn is_id(text: &str) -> bool {
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let first = text.bytes().next();
    if text.len() >= 5 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.bytes().any(|b| Some(b) != first) && !"0123456789".contains(text);
    }
    let Some((kind, rest)) = text.split_once(['_', '-']) else { return false };
    (2..=10).contains(&kind.len())
        && kind.bytes().all(|b| b.is_ascii_alphabetic())
        && rest.len() >= 5
        && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        && digits(rest) >= 3
}

/// Where a literal stands, for rules that point at one part of a text.
pub(super) fn part(literal: Span, offset: usize, length: usize) -> Span {
    let small = |n: usize| u32::try_from(n).unwrap_or(0);
    let start = literal.start.saturating_add(small(offset));
    Span::new(start.min(literal.end), start.saturating_add(small(length)).min(literal.end))
}
