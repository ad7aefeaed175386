//! The semantics once more, as plainly as they can be written: every rule is tried for every target.
//! Globs are those of another library, so that ours are held against it.

use globset::GlobBuilder;
use tgp_policy::{Operation, RiskLevel};

/// A rule of a test, before it is written as YAML.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plain {
    pub(crate) id: String,
    pub(crate) effect: &'static str,
    pub(crate) capability: Option<&'static str>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) path: Option<&'static str>,
    pub(crate) risk: Option<&'static str>,
    pub(crate) more_bytes_than: Option<u64>,
    pub(crate) except_path: Option<&'static str>,
}

/// A request of a test: capability, and paths with their bytes.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) capability: &'static str,
    pub(crate) paths: Vec<(&'static str, Option<u64>)>,
}

pub(crate) const ALLOW: u8 = 0;
pub(crate) const ASK: u8 = 1;
pub(crate) const DENY: u8 = 2;

/// The decision of all rules together.
pub(crate) fn decide(scope: &[Plain], policy: &[Plain], asked: &Asked) -> u8 {
    let registry = crate::given::registry();
    let grade = registry.get(asked.capability);
    let operation = grade.map_or(Operation::Execute, |one| one.operation);
    let risk = grade.map_or(RiskLevel::High, |one| one.risk.level);
    let asks_by_itself = grade.is_none() || risk == RiskLevel::Critical;
    let one = |target: Option<&str>| -> u8 {
        let matched = |rules: &[Plain]| -> Vec<u8> {
            let fits = rules.iter().filter(|rule| matches(rule, asked, target, operation, risk));
            fits.map(effect).collect()
        };
        let (of_scope, of_policy) = (matched(scope), matched(policy));
        let strictest = of_scope.iter().chain(&of_policy).max().copied();
        if of_scope.iter().all(|effect| *effect == DENY) || strictest == Some(DENY) {
            return DENY;
        }
        if asks_by_itself { ASK } else { strictest.unwrap_or(DENY) }
    };
    if asked.paths.is_empty() {
        return one(None);
    }
    asked.paths.iter().map(|(path, _)| one(Some(path))).max().unwrap_or(DENY)
}

fn effect(rule: &Plain) -> u8 {
    match rule.effect {
        "allow" => ALLOW,
        "require_approval" => ASK,
        _ => DENY,
    }
}

fn matches(rule: &Plain, asked: &Asked, target: Option<&str>, operation: Operation, risk: RiskLevel) -> bool {
    let on = |pattern: &str| target.is_some_and(|target| glob(pattern, target));
    let bytes: Option<u64> =
        if asked.paths.is_empty() { None } else { asked.paths.iter().map(|(_, bytes)| *bytes).sum() };
    let more = |most: u64| bytes.map_or(rule.effect != "allow", |bytes| bytes > most);
    rule.capability.is_none_or(|pattern| glob(pattern, asked.capability))
        && rule.operation.is_none_or(|name| name == operation.as_str())
        && rule.path.is_none_or(on)
        && rule.risk.is_none_or(|least| risk >= least.parse().unwrap())
        && rule.more_bytes_than.is_none_or(more)
        && !rule.except_path.is_some_and(on)
}

pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let one = |pattern: &str| {
        let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
        built.unwrap().compile_matcher().is_match(text)
    };
    one(pattern) || pattern.strip_suffix("/**").is_some_and(one)
}

/// The rule as a line of YAML.
pub(crate) fn yaml(rule: &Plain) -> String {
    let mut fields = Vec::new();
    let mut text =
        |name: &str, value: Option<String>| fields.extend(value.map(|value| format!("{name}: {value}")));
    text("capability", rule.capability.map(|value| format!("[\"{value}\"]")));
    text("operation", rule.operation.map(str::to_owned));
    text("path", rule.path.map(|value| format!("[\"{value}\"]")));
    text("risk", rule.risk.map(|value| format!("\">= {value}\"")));
    text("when", rule.more_bytes_than.map(|most| format!("{{ bytes: \"> {most}B\" }}")));
    let except =
        rule.except_path.map_or_else(String::new, |path| format!(", except: [ {{ path: \"{path}\" }} ]"));
    format!("{{ id: {}, effect: {}, match: {{ {} }}{except} }}", rule.id, rule.effect, fields.join(", "))
}
