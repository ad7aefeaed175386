//! A request as rules see it: its grade looked up, its figures summed, its targets cut once.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tgp_capability::{Capability, Operation, Quantity, RiskLevel, Unit};

use crate::request::{AttributeValue, Request};
use tgp_capability::{Target, TargetKind};
use tgp_pattern::{Pattern, Spelling, TextKind, cut};
use tgp_pattern::{fold, fold_path, has_short_name};
use tgp_token::text_kind;

/// What is known about a request besides what it says itself.
pub(crate) struct Facts<'a> {
    pub(crate) request: &'a Request,
    pub(crate) capability: Option<&'a Capability>,
    /// The sum of all bytes; none where a part of it is not known.
    bytes: Option<Quantity>,
}

/// A target, cut for matching.
pub(crate) struct Cut<'a> {
    pub(crate) target: &'a Target,
    kind: TextKind,
    folded: Cow<'a, str>,
    short: bool,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(request: &'a Request, capability: Option<&'a Capability>) -> Self {
        Self { request, capability, bytes: sum_of_bytes(request) }
    }

    /// A capability nobody registered counts as execute.
    pub(crate) fn operation(&self) -> Operation {
        self.capability.map_or(Operation::Execute, |capability| capability.operation)
    }

    /// A capability nobody registered counts as high.
    pub(crate) fn risk(&self) -> RiskLevel {
        self.capability.map_or(RiskLevel::High, |capability| capability.risk.level)
    }

    pub(crate) fn tags(&self) -> Option<&BTreeSet<String>> {
        self.capability.map(|capability| &capability.tags)
    }

    /// The sum of a figure over the whole request, in billionths; none where it is missing, no number, or counted in
    /// another unit than `unit`.
    pub(crate) fn sum(&self, attribute: &str, unit: Option<Unit>) -> Option<i128> {
        if attribute == "targets" {
            return Some(Quantity::whole(i128::try_from(self.request.targets.len()).ok()?).billionths);
        }
        let (value, declared) = if attribute == "bytes" {
            (self.bytes?, Some(Unit::Bytes))
        } else {
            let declared = self.capability.and_then(|capability| capability.unit_of(attribute));
            (number(self.request.attributes.get(attribute)?)?, declared)
        };
        (declared.is_none() || declared == unit).then_some(value.billionths)
    }
}

fn number(value: &AttributeValue) -> Option<Quantity> {
    match value {
        AttributeValue::Whole(number) => Some(Quantity::whole(i128::from(*number))),
        AttributeValue::Decimal(number) => Quantity::decimal(*number),
        AttributeValue::Flag(_) | AttributeValue::Text(_) => None,
    }
}

/// What the request itself states, and what its targets state. A target that says nothing leaves the sum unknown,
/// unless the request states it.
fn sum_of_bytes(request: &Request) -> Option<Quantity> {
    let stated = request.attributes.get("bytes").map(number);
    let mut sum: i128 = match stated {
        Some(None) => return None,
        Some(Some(quantity)) => quantity.billionths,
        None if request.targets.is_empty() => return None,
        None => 0,
    };
    for target in &request.targets {
        match target.bytes() {
            Some(bytes) => sum = sum.checked_add(Quantity::whole(i128::from(bytes)).billionths)?,
            None if stated.is_none() => return None,
            None => {}
        }
    }
    Some(Quantity { billionths: sum, unit: Some(Unit::Bytes) })
}

impl<'a> Cut<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        let kind = text_kind(target.kind());
        let folded = match kind {
            TextKind::Folders => fold_path(target.value()),
            TextKind::Host => Cow::Borrowed(target.value()),
            TextKind::Command | TextKind::Plain => fold(target.value()),
        };
        let short = kind == TextKind::Folders && has_short_name(&folded);
        Self { target, kind, folded, short }
    }

    /// The parts as they are spelled.
    pub(crate) fn exact(&self) -> Vec<&str> {
        let anyway = self.target.kind() == TargetKind::Table;
        cut(if anyway { &self.folded } else { self.target.value() }, self.kind)
    }

    /// The parts in the one spelling all others fold to.
    pub(crate) fn folded(&self) -> Vec<&str> {
        cut(&self.folded, self.kind)
    }

    /// Whether a name in it may be short for another.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    /// Whether a pattern compiled for `spelling` matches.
    pub(crate) fn is_matched_by(&self, pattern: &Pattern, spelling: Spelling) -> bool {
        match spelling {
            Spelling::Exact => pattern.matches(&self.exact()),
            Spelling::Any => {
                let parts = self.folded();
                pattern.matches(&parts) || (self.short && pattern.may_be_short_for(&parts))
            }
        }
    }
}
