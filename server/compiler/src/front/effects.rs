//! What a tool declares to do to the world (`export const effects`): a literal, graded by the caller.

use oxc::ast::ast::{Expression, Program};
use oxc::span::Span;
use serde_json::Value;
use tgp_standards::Finding;
use tgp_standards::literal;
use tgp_standards::properties::properties_of;

use crate::schema;
use crate::settings::Settings;

const CODE: &str = "compile.effects";

/// The declared effects; a declaration that cannot be read or graded is an error at its place.
pub(super) fn declared(
    program: &Program<'_>,
    path: &str,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Option<Value> {
    let (init, span) = schema::exported(program, "effects")?;
    let Some(value) = literal::evaluate(program, init) else {
        let message = "`effects` has to be a literal: it is read without running the tool";
        findings.push(Finding::error(CODE, message, span).hint("Write the list out, as JSON would have it."));
        return None;
    };
    if let Some(fault) = settings.grade_effects.and_then(|grade| grade(path, &value)) {
        let message = format!("`effects{}`: {}", fault.place, fault.why);
        findings.push(Finding::error(CODE, message, place_of(init, span, &fault.place)));
    }
    Some(value)
}

/// Where a JSON pointer leads, or the last part of it that stands there.
fn place_of(init: &Expression<'_>, span: Span, pointer: &str) -> Span {
    let wanted: Vec<&str> = pointer.split('/').skip(1).collect();
    let known = properties_of(init);
    let on_the_way = known.iter().filter(|one| {
        one.path.len() <= wanted.len() && one.path.iter().zip(&wanted).all(|(part, name)| part == name)
    });
    on_the_way.max_by_key(|one| one.path.len()).map_or(span, |one| one.span)
}
