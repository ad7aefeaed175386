//! A tool run on its way to a question: what it would do so far, all of it held back.
//!
//! Where the policy asks about something that is held back (a file, rows), the run goes on, so that a person is asked
//! once and sees the whole; where it asks about something that leaves at once or tells the tool something (a fetch, a
//! read), the run is asked about there. Nothing is kept before the yes. The yes binds the effects up to the question:
//! made again with the same seed and clock, the run has to come to the same.

use serde_json::{Value, json};
use tgp_policy::{DeterminingRule, RiskLevel, Verdict};
use tgp_protocol::client::Refusal;

use crate::denial::unwritten;
use crate::preview::plain;
use crate::question::{Asking, Shown, Wish, fingerprint, named, reason, risk};

/// Capabilities whose work is held back until the run ended.
const HELD_BACK: [&str; 5] = ["fs.write", "fs.patch", "fs.delete", "sql.write", "sql.schema"];

/// The tool that runs, as it was asked for.
#[derive(Debug, Clone)]
pub struct RunAsked {
    /// Its path.
    pub tool: String,
    /// Its arguments, as JSON.
    pub arguments: String,
    /// The same, without secrets.
    pub shown_arguments: String,
    /// What makes its source this one.
    pub source: String,
    /// Its seed.
    pub seed: u64,
    /// The clock it sees, in milliseconds since 1970.
    pub clock_ms: i64,
}

/// Something a run would do: one spelling of it, and how a person reads it. Made only where a person is asked.
pub type Effect<'g> = Box<dyn Fn() -> Result<(Value, String), Refusal> + 'g>;

/// What a run would do so far.
pub(crate) struct RunSoFar<'g> {
    asked: RunAsked,
    effects: Vec<Effect<'g>>,
    open: Vec<Open>,
}

/// Something the policy asks about.
struct Open {
    wish: Value,
    /// What it is, where it is not among the effects: its name, and what there is to see of it.
    shown: Option<(String, String)>,
    rules: Vec<DeterminingRule>,
    reason: String,
    risk: RiskLevel,
    version: String,
}

impl<'g> RunSoFar<'g> {
    pub(crate) fn new(asked: RunAsked) -> Self {
        Self { asked, effects: Vec::new(), open: Vec::new() }
    }

    /// Keeps something the run would do.
    pub(crate) fn effect(&mut self, effect: Effect<'g>) {
        self.effects.push(effect);
    }

    /// Keeps a question. Says whether it has to be settled before the run goes on.
    ///
    /// What is not held back leaves no effect that the yes binds: the question shows it, and its yes counts as long as
    /// it is the same.
    pub(crate) fn meet(&mut self, wish: &Wish<'_>, verdict: &Verdict) -> Result<bool, Refusal> {
        let targets: Vec<String> = wish.targets.iter().map(ToString::to_string).collect();
        let is_held_back = HELD_BACK.contains(&wish.capability);
        let name = format!("{} {}\n", wish.capability, targets.join(", "));
        let looked = if is_held_back { Shown::default() } else { (wish.show)()? };
        let arguments = fingerprint(wish.arguments.to_string().as_bytes());
        let named = named(&wish.targets);
        let wish = json!({
            "capability": wish.capability, "targets": named, "arguments": arguments, "before": looked.pre_images,
        });
        if !self.open.iter().any(|open| open.wish == wish) {
            self.open.push(Open {
                wish,
                shown: (!is_held_back).then_some((name, looked.preview)),
                rules: verdict.rules.clone(),
                reason: reason(verdict),
                risk: verdict.risk,
                version: verdict.version.to_string(),
            });
        }
        Ok(!is_held_back)
    }

    /// Keeps a question that no rule asks: what the run did cannot be taken back.
    pub(crate) fn meet_irreversible(&mut self, why: &str, version: String) {
        let rule = crate::action::IRREVERSIBLE.to_owned();
        self.open.push(Open {
            wish: json!({ "irreversible": why }),
            shown: Some((format!("cannot be undone: {why}\n"), String::new())),
            reason: format!("{rule}: {why}"),
            rules: vec![unwritten(&rule, why)],
            risk: RiskLevel::Critical,
            version,
        });
    }

    /// Everything there is to ask about up to here, as one question; none where there is nothing.
    pub(crate) fn question(&self, agent: &str) -> Result<Option<Asking>, Refusal> {
        let Some(first) = self.open.first() else { return Ok(None) };
        let highest = self.open.iter().map(|open| open.risk).max().unwrap_or(RiskLevel::Critical);
        let mut reasons: Vec<&str> = self.open.iter().map(|open| open.reason.as_str()).collect();
        reasons.dedup();
        let mut preview = format!("run {} {}\n", self.asked.tool, self.asked.shown_arguments);
        let mut effects = Vec::new();
        for effect in &self.effects {
            let (effect, shown) = effect()?;
            effects.push(effect);
            preview.push_str(&shown);
        }
        let mut seen: Vec<&str> = Vec::new();
        for (name, looked) in self.open.iter().filter_map(|open| open.shown.as_ref()) {
            preview.push_str(name);
            if !seen.contains(&looked.as_str()) {
                preview.push_str(looked);
                seen.push(looked);
            }
        }
        let mut rules: Vec<DeterminingRule> = Vec::new();
        for rule in self.open.iter().flat_map(|open| &open.rules) {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        let wishes: Vec<&Value> = self.open.iter().map(|open| &open.wish).collect();
        let effects = Value::Array(effects).to_string();
        let request = json!({
            "agent": agent, "capability": "tool.run", "run": self.key(), "seed": self.asked.seed,
            "clock": self.asked.clock_ms, "questions": wishes, "effects": fingerprint(effects.as_bytes()),
        });
        Ok(Some(Asking {
            capability: "tool.run".to_owned(),
            request: request.to_string(),
            shown: Shown { preview: plain(&preview), pre_images: String::new() },
            version: first.version.clone(),
            effects: Some(effects),
            seed: Some(self.asked.seed),
            clock_ms: Some(self.asked.clock_ms),
            reason: reasons.join("\n"),
            risk: risk(highest),
            rule: first.rules.first().map_or_else(|| "default".to_owned(), |rule| rule.id.clone()),
            rules,
        }))
    }

    /// What was asked about up to here was approved.
    pub(crate) fn settled(&mut self) {
        self.open.clear();
    }

    fn key(&self) -> Value {
        run_key(&self.asked.tool, &self.asked.arguments, &self.asked.source)
    }
}

/// What makes a run the same run.
pub(crate) fn run_key(tool: &str, arguments: &str, source: &str) -> Value {
    json!({ "tool": tool, "arguments": fingerprint(arguments.as_bytes()), "source": source })
}
