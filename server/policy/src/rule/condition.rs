//! Comparisons: `when: { bytes: "> 1MiB" }` and `risk: ">= high"`.

use std::cmp::Ordering;

use tgp_capability::{Quantity, Registry, RiskLevel, Unit};

use crate::facts::Facts;
use crate::file_error::{FileProblem, Located};
use crate::yaml::Node;
use tgp_pattern::Pattern;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    More,
    AtLeast,
    Less,
    AtMost,
    Equal,
    Other,
}

/// The sum of an attribute over the request, compared with a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) attribute: String,
    pub(crate) comparison: Comparison,
    pub(crate) quantity: Quantity,
    /// As it was written, for the version.
    pub(crate) source: String,
}

/// A risk level compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RiskCondition {
    pub(crate) comparison: Comparison,
    pub(crate) level: RiskLevel,
}

/// Names that are fields of `match`, and so no attributes.
const FIELDS: [&str; 2] = ["risk", "tags"];

impl Comparison {
    /// Takes the operator off the beginning of a text.
    fn split(text: &str) -> Option<(Self, &str)> {
        let known = [
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            ("!=", Self::Other),
            ("==", Self::Equal),
            (">", Self::More),
            ("<", Self::Less),
            ("=", Self::Equal),
        ];
        let text = text.trim();
        known.into_iter().find_map(|(sign, one)| Some((one, text.strip_prefix(sign)?.trim_start())))
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::More => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::Other => ordering.is_ne(),
        }
    }
}

impl Condition {
    /// Whether it holds; none where it cannot be evaluated.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        let sum = facts.sum(&self.attribute, self.quantity.unit)?;
        Some(self.comparison.holds(sum.cmp(&self.quantity.billionths)))
    }

    /// Reads one entry of `when`. Capabilities the rule is about say whether it needs a unit.
    pub(crate) fn read(
        attribute: &str,
        value: &Node,
        registry: &Registry,
        capabilities: Option<&[Pattern]>,
    ) -> Result<Self, Located> {
        if FIELDS.contains(&attribute) {
            let why = format!("`{attribute}` is a field of `match`, not an attribute of `when`");
            return Err(FileProblem::Value { why }.at(value.place));
        }
        let text = value.text()?;
        let Some((comparison, rest)) = Comparison::split(text) else {
            return Err(FileProblem::Operator { text: text.to_owned() }.at(value.place));
        };
        let quantity = Quantity::parse(rest)
            .map_err(|why| FileProblem::Comparison { text: text.to_owned(), why }.at(value.place))?;
        check_unit(attribute, quantity.unit, registry, capabilities)
            .map_err(|problem| problem.at(value.place))?;
        Ok(Self {
            attribute: attribute.to_owned(),
            comparison,
            quantity,
            source: format!("{attribute} {text}"),
        })
    }
}

fn check_unit(
    attribute: &str,
    written: Option<Unit>,
    registry: &Registry,
    capabilities: Option<&[Pattern]>,
) -> Result<(), FileProblem> {
    let wrong = |expected, hint| FileProblem::Unit { attribute: attribute.to_owned(), expected, hint };
    let mut needed: Vec<Option<Unit>> = match attribute {
        "bytes" => vec![Some(Unit::Bytes)],
        "targets" => vec![None],
        _ => Vec::new(),
    };
    if needed.is_empty() {
        let meant = |id: &str| capabilities.is_none_or(|some| some.iter().any(|one| one.matches(&[id])));
        for capability in registry.iter().filter(|capability| meant(&capability.id)) {
            needed
                .extend(capability.attributes.iter().filter(|one| one.name == attribute).map(|one| one.unit));
        }
    }
    if needed.contains(&Some(Unit::Bytes)) && needed.contains(&Some(Unit::Time)) {
        return Err(wrong("bytes here and in time there", "name the capability in the rule"));
    }
    for unit in needed {
        match (unit, written) {
            (Some(Unit::Bytes), None) => {
                return Err(wrong("bytes", "write a unit, such as `1MiB` or `500B`"));
            }
            (Some(Unit::Time), None) => return Err(wrong("time", "write a unit, such as `50ms`")),
            (Some(Unit::Bytes), Some(Unit::Time)) => return Err(wrong("bytes", "this is a unit of time")),
            (Some(Unit::Time), Some(Unit::Bytes)) => return Err(wrong("time", "this is a unit of bytes")),
            (None, Some(_)) => return Err(wrong("numbers", "leave the unit out")),
            _ => {}
        }
    }
    Ok(())
}

impl RiskCondition {
    pub(crate) fn holds(self, level: RiskLevel) -> bool {
        self.comparison.holds(level.cmp(&self.level))
    }

    /// Reads `>= high` or `high`.
    pub(crate) fn read(value: &Node) -> Result<Self, Located> {
        let text = value.text()?;
        let (comparison, name) = Comparison::split(text).unwrap_or((Comparison::Equal, text));
        let level = name.trim().parse().map_err(|_| {
            let known = "low, medium, high, critical, or a comparison such as `>= high`";
            FileProblem::UnknownValue { value: text.to_owned(), known }.at(value.place)
        })?;
        Ok(Self { comparison, level })
    }
}
