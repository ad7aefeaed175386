//! A match block: all fields have to hold, and of each field one value. `match` is one, each entry of `except` another.

use tgp_capability::{Operation, Registry};
use tgp_model::Decision;

use super::condition::{Condition, RiskCondition};
use crate::facts::{Cut, Facts};
use crate::file_error::{FileProblem, Located};
use crate::version::Canonical;
use crate::yaml::{Fields, Node};
use tgp_capability::TargetKind;
use tgp_pattern::{Pattern, Spelling, TextKind};
use tgp_token::text_kind;

/// All fields a block can have.
pub(crate) const FIELDS: &[&str] = &[
    "capability",
    "operation",
    "path",
    "command",
    "host",
    "table",
    "branch",
    "tool",
    "to",
    "agent",
    "session",
    "mode",
    "risk",
    "tags",
    "when",
];

/// A block, compiled. A field that is none matches everything.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) capability: Option<Vec<Pattern>>,
    pub(crate) operation: Option<Vec<Operation>>,
    pub(crate) target: Option<TargetField>,
    pub(crate) agent: Option<Vec<Pattern>>,
    pub(crate) session: Option<Vec<Pattern>>,
    pub(crate) mode: Option<Vec<Pattern>>,
    pub(crate) risk: Option<Vec<RiskCondition>>,
    pub(crate) tags: Option<Vec<Pattern>>,
    pub(crate) when: Vec<Condition>,
}

/// The field about a kind of target.
#[derive(Debug, Clone)]
pub(crate) struct TargetField {
    pub(crate) kind: TargetKind,
    pub(crate) spelling: Spelling,
    pub(crate) patterns: Vec<Pattern>,
}

/// What a block is for; decides in which spelling its targets are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockRole {
    /// `match` of a rule with this effect.
    Match(Decision),
    /// An entry of `except` of a rule with this effect.
    Except(Decision),
}

impl BlockRole {
    /// What permits is exact; what restricts holds in any spelling. An exception to a restriction permits.
    pub(crate) fn spelling(self) -> Spelling {
        match self {
            Self::Match(Decision::Allow) => Spelling::Exact,
            Self::Except(effect) if effect != Decision::Allow => Spelling::Exact,
            _ => Spelling::Any,
        }
    }
}

impl TargetField {
    /// A field of patterns that are about to be matched in a spelling. Table names have no case in SQL.
    pub(crate) fn spelling_of(kind: TargetKind, spelling: Spelling) -> Spelling {
        if kind == TargetKind::Table { Spelling::Any } else { spelling }
    }

    pub(crate) fn matches(&self, target: Option<&Cut<'_>>) -> bool {
        target.is_some_and(|cut| {
            cut.target.kind() == self.kind
                && self.patterns.iter().any(|pattern| cut.is_matched_by(pattern, self.spelling))
        })
    }
}

impl Block {
    /// A block that matches everything.
    pub(crate) fn everything() -> Self {
        Self {
            capability: None,
            operation: None,
            target: None,
            agent: None,
            session: None,
            mode: None,
            risk: None,
            tags: None,
            when: Vec::new(),
        }
    }

    /// Whether all fields hold; `undecided` is what a comparison counts as that cannot be evaluated.
    pub(crate) fn holds(&self, facts: &Facts<'_>, target: Option<&Cut<'_>>, undecided: bool) -> bool {
        self.holds_for_capability(facts)
            && self.target.as_ref().is_none_or(|field| field.matches(target))
            && any(self.agent.as_deref(), Some(facts.request.agent.as_str()))
            && (self.session.is_none()
                || any(self.session.as_deref(), facts.request.session.map(|id| id.to_string()).as_deref()))
            && any(self.mode.as_deref(), facts.request.mode.as_deref())
            && self.when.iter().all(|condition| condition.holds(facts).unwrap_or(undecided))
    }

    /// Whether the fields hold that follow from the capability alone.
    pub(crate) fn holds_for_capability(&self, facts: &Facts<'_>) -> bool {
        let tagged = |patterns: &Vec<Pattern>| {
            let mut tags = facts.tags().into_iter().flatten();
            tags.any(|tag| patterns.iter().any(|pattern| pattern.matches(&[tag])))
        };
        any(self.capability.as_deref(), Some(&facts.request.capability))
            && self.operation.as_ref().is_none_or(|some| some.contains(&facts.operation()))
            && self.risk.as_ref().is_none_or(|some| some.iter().any(|one| one.holds(facts.risk())))
            && self.tags.as_ref().is_none_or(tagged)
    }

    /// Reads a block.
    pub(crate) fn read(node: &Node, role: BlockRole, registry: &Registry) -> Result<Self, Located> {
        let fields = node.fields(FIELDS)?;
        let plain = |field| patterns(&fields, field, TextKind::Plain, Spelling::Exact);
        let capability = plain("capability")?;
        let when = match fields.get("when") {
            None => Vec::new(),
            Some(node) => {
                let entries = node.map()?;
                if entries.is_empty() {
                    return Err(empty("it compares nothing; leave it out").at(node.place));
                }
                let read = |(key, value): &(crate::yaml::Key, Node)| {
                    Condition::read(&key.name, value, registry, capability.as_deref())
                };
                entries.iter().map(read).collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            operation: values(&fields, "operation", |value| {
                let known = "read, write, delete, execute, network";
                let unknown = |text: &str| FileProblem::UnknownValue { value: text.to_owned(), known };
                let text = value.text()?;
                text.parse::<Operation>().map_err(|_| unknown(text).at(value.place))
            })?,
            risk: values(&fields, "risk", RiskCondition::read)?,
            agent: agents(&fields)?,
            session: plain("session")?,
            mode: plain("mode")?,
            tags: plain("tags")?,
            target: target(&fields, role.spelling())?,
            capability,
            when,
        })
    }

    /// Whether no field is set.
    pub(crate) fn is_everything(&self) -> bool {
        self.canonical() == Self::everything().canonical()
    }

    /// The block as canonical content.
    pub(crate) fn canonical(&self) -> Canonical {
        let mut canonical = Canonical::default();
        for field in [&self.capability, &self.agent, &self.session, &self.mode, &self.tags] {
            canonical.texts(field.iter().flatten().map(Pattern::source));
        }
        canonical.texts(self.operation.iter().flatten().map(|one| one.as_str()));
        let risks: Vec<String> = self.risk.iter().flatten().map(|one| format!("{one:?}")).collect();
        canonical.texts(risks.iter().map(String::as_str));
        canonical.texts(self.when.iter().map(|one| one.source.as_str()));
        if let Some(field) = &self.target {
            canonical.text(field.kind.as_str()).texts(field.patterns.iter().map(Pattern::source));
        }
        canonical
    }
}

/// Whether a field of patterns holds for a text; without the field it does, without the text it does not.
fn any(field: Option<&[Pattern]>, text: Option<&str>) -> bool {
    let Some(patterns) = field else { return true };
    text.is_some_and(|text| patterns.iter().any(|pattern| pattern.matches(&[text])))
}

fn target(fields: &Fields<'_>, spelling: Spelling) -> Result<Option<TargetField>, Located> {
    let mut found: Option<TargetField> = None;
    for (name, kind) in TargetKind::FIELDS {
        let spelling = TargetField::spelling_of(kind, spelling);
        let Some(patterns) = patterns(fields, name, text_kind(kind), spelling)? else { continue };
        if let Some(first) = &found {
            let place = fields.get(name).map_or(fields.place(), |node| node.place);
            return Err(FileProblem::TwoKinds { first: first.kind.as_str(), second: name }.at(place));
        }
        found = Some(TargetField { kind, spelling, patterns });
    }
    Ok(found)
}

/// `@coder` and `coder` are the same name.
fn agents(fields: &Fields<'_>) -> Result<Option<Vec<Pattern>>, Located> {
    values(fields, "agent", |value| {
        let text = value.text()?;
        glob(text.strip_prefix('@').unwrap_or(text), value, TextKind::Plain, Spelling::Exact)
    })
}

fn patterns(
    fields: &Fields<'_>,
    field: &'static str,
    kind: TextKind,
    spelling: Spelling,
) -> Result<Option<Vec<Pattern>>, Located> {
    values(fields, field, |value| glob(value.text()?, value, kind, spelling))
}

/// Compiles the glob that stands at `node`.
pub(crate) fn glob(text: &str, node: &Node, kind: TextKind, spelling: Spelling) -> Result<Pattern, Located> {
    Pattern::parse(text, kind, spelling)
        .map_err(|why| FileProblem::Glob { glob: text.to_owned(), why }.at(node.place))
}

fn values<T>(
    fields: &Fields<'_>,
    field: &'static str,
    read: impl Fn(&Node) -> Result<T, Located>,
) -> Result<Option<Vec<T>>, Located> {
    let Some(node) = fields.get(field) else { return Ok(None) };
    let values = node.one_or_more();
    if values.is_empty() {
        return Err(empty("it matches nothing; name a value, or leave the field out").at(node.place));
    }
    values.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn empty(consequence: &'static str) -> FileProblem {
    FileProblem::Empty { consequence }
}
