//! What tools declare to do to the world: judged before they run, held to while they run, kept for the undo after.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use tgp_forge::PreparedTool;
use tgp_gate::preview::plain;
use tgp_gate::{Action, Shown, Wish};
use tgp_policy::{Capability, DeclaredEffects, Effect, EffectKind, RiskLevel, Target};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::UndoPart;

/// Marks a call that was kept before its result was known.
const RESULT_UNKNOWN: &str = tgp_gate::RESULT_UNKNOWN;

/// One tool of a run, while it runs: what it declared, and what it sent.
pub struct Running {
    tool: Arc<PreparedTool>,
    arguments: Value,
    sent: Vec<(String, String)>,
    /// Tools whose call is kept already, in case nothing comes after this.
    kept: Vec<String>,
}

/// What one tool of a run did to the world.
pub struct Done {
    running: Running,
    result: Value,
}

/// Judges whether a run may call another tool. A yes is for the arguments and for all of the source as `prepare` gives
/// it then.
pub fn judge_call(
    action: &mut Action<'_>,
    called: &Target,
    arguments: &Value,
    prepare: &dyn Fn() -> Result<Arc<PreparedTool>, Refusal>,
) -> Result<(), Refusal> {
    let show = || {
        let text = format!("run {called} {}\n", tgp_store::redact(arguments));
        Ok(Shown { preview: plain(&text), pre_images: prepare()?.bundle.hash.clone() })
    };
    let (targets, arguments) = (vec![called.clone()], arguments.clone());
    action.judge_wish(&Wish { capability: "tool.run", targets, arguments, show: &show })
}

/// Judges what a tool declares to do, all of it before it runs: nothing has left by then, and a person is asked once.
/// `by` gives the tool that would make up for it, where it can run.
pub fn judge_effects(
    action: &mut Action<'_>,
    tool: &PreparedTool,
    arguments: &Value,
    by: &dyn Fn(&str) -> Option<Arc<PreparedTool>>,
) -> Result<(), Refusal> {
    let Some(declared) = tool.effects.as_ref().filter(|declared| !declared.effects.is_empty()) else {
        return Ok(());
    };
    let reaches = |path: &str, kind: &EffectKind| {
        by(path).is_some_and(|tool| tool.effects.as_ref().is_some_and(|own| own.can_make_up_for(kind)))
    };
    let declared = &declared.where_compensated(&reaches);
    let mut targets = vec![Target::tool(&tool.path)];
    targets.extend(declared.effects.iter().filter_map(host).map(Target::host));
    let show = || Ok(shown(tool, declared, arguments));
    let wish = |capability, targets| Wish { capability, targets, arguments: arguments.clone(), show: &show };
    action.judge_graded(&wish("tool.run", targets), Some(&declared.capability))?;
    for effect in declared.effects.iter().filter(|effect| !effect.kind.changes_nothing()) {
        if let Some(host) = host(effect) {
            action.judge_graded(&wish("net.send", vec![Target::host(host)]), Some(&eased(declared)))?;
        }
    }
    Ok(())
}

/// What a person is shown before it runs: what will leave, and what of it nothing takes back.
fn shown(tool: &PreparedTool, declared: &DeclaredEffects, arguments: &Value) -> Shown {
    let mut preview = format!("run {} {}\n", tool.path, tgp_store::redact(arguments));
    for effect in &declared.effects {
        let what = match &effect.kind {
            EffectKind::ApiCall { method, host } => format!("{method} to {host}"),
            EffectKind::Deploy { target } => format!("deploys to {target}"),
            EffectKind::Message { channel } => format!("sends a message ({channel})"),
        };
        let back = match (&effect.compensation, &effect.kind) {
            _ if effect.kind.changes_nothing() => "changes nothing there".to_owned(),
            (Some(tool), _) => format!("`{tool}` makes up for it"),
            (None, EffectKind::Message { .. }) => "a message cannot be unsent".to_owned(),
            (None, _) => "nothing takes it back".to_owned(),
        };
        let _ = writeln!(preview, "  {what}: {} ({back})", effect.description);
    }
    Shown { preview: plain(&preview), pre_images: tool.bundle.hash.clone() }
}

/// The grade by which a request is held against the rules about requests: the question its risk asks was asked when
/// the run was judged as a whole.
fn eased(declared: &DeclaredEffects) -> Capability {
    let mut capability = declared.capability.clone();
    capability.risk.level = capability.risk.level.min(RiskLevel::High);
    capability
}

fn host(effect: &Effect) -> Option<&str> {
    match &effect.kind {
        EffectKind::ApiCall { host, .. } => Some(host),
        EffectKind::Deploy { .. } | EffectKind::Message { .. } => None,
    }
}

impl Running {
    /// A tool that begins to run.
    pub fn new(tool: Arc<PreparedTool>, arguments: Value) -> Self {
        Self { tool, arguments, sent: Vec::new(), kept: Vec::new() }
    }

    /// Refuses a request that may change something and was not declared. Safe methods need no declaration.
    pub fn check_request(&mut self, method: &str, host: &str) -> Result<(), Refusal> {
        if EffectKind::SAFE_METHODS.contains(&method) {
            return Ok(());
        }
        if self.tool.effects.as_ref().is_some_and(|declared| declared.covers_request(method, host)) {
            self.sent.push((method.to_owned(), host.to_owned()));
            return Ok(());
        }
        let path = &self.tool.path;
        let message = format!("`{path}` does not declare `{method}` to `{host}`, so the run was stopped");
        Err(Refusal::new(ErrorCode::ToolEffectsUndeclared, message))
    }

    /// What makes up for what is about to leave, in case its end is never noted: the arguments, and that no result is
    /// known. Each once; what is known at the end of the run counts instead.
    pub fn in_case(&mut self) -> Vec<UndoPart> {
        let Some((method, host)) = self.sent.last() else { return Vec::new() };
        let Some(declared) = &self.tool.effects else { return Vec::new() };
        let comes_about = |effect: &&Effect| match &effect.kind {
            EffectKind::ApiCall { method: sent, host: to } => sent == method && to == host,
            EffectKind::Deploy { .. } | EffectKind::Message { .. } => true,
        };
        let effects = declared.effects.iter().filter(comes_about);
        let mut parts = Vec::new();
        for tool in effects.filter_map(|effect| effect.compensation.as_ref()) {
            if self.kept.contains(tool) {
                continue;
            }
            self.kept.push(tool.clone());
            parts.push(UndoPart::Compensation {
                capability: format!("{}{tool}", tgp_policy::EFFECTS_PREFIX),
                arguments: json!({ "args": self.arguments, "result": null, RESULT_UNKNOWN: true }),
            });
        }
        parts
    }

    /// It returned, or threw: then there is no result.
    pub fn ended(self, result: Value) -> Done {
        Done { running: self, result }
    }
}

impl Done {
    /// The effects that came about. What leaves the machine leaves by a request, so without one nothing did.
    fn effects(&self) -> Vec<&Effect> {
        let declared = self.running.tool.effects.as_ref().filter(|_| !self.running.sent.is_empty());
        let came_about = |effect: &&Effect| match &effect.kind {
            EffectKind::ApiCall { method, host } => {
                self.running.sent.iter().any(|(sent, to)| sent == method && to == host)
            }
            EffectKind::Deploy { .. } | EffectKind::Message { .. } => true,
        };
        declared.into_iter().flat_map(|declared| &declared.effects).filter(came_about).collect()
    }
}

/// Keeps with the action what makes up for what its tools did to the world, or why nothing does.
pub fn keep_compensations(action: &mut Action<'_>, done: &[Done]) {
    let mut parts = Vec::new();
    let mut lasting = Vec::new();
    for one in done {
        let mut tools: Vec<&str> = Vec::new();
        for effect in one.effects() {
            match (&effect.compensation, &effect.kind) {
                (Some(tool), _) if !tools.contains(&tool.as_str()) => tools.push(tool),
                (Some(_), _) => {}
                (None, EffectKind::Message { channel }) => {
                    lasting.push(format!("it sent a message ({channel}), which cannot be unsent"));
                }
                (None, EffectKind::Deploy { target }) => {
                    lasting.push(format!("it deployed to {target} and declares nothing that takes it back"));
                }
                (None, EffectKind::ApiCall { method, host }) => lasting
                    .push(format!("it sent {method} to {host} and declares nothing that takes it back")),
            }
        }
        let arguments = json!({ "args": one.running.arguments, "result": one.result });
        parts.extend(tools.into_iter().map(|tool| UndoPart::Compensation {
            capability: format!("{}{tool}", tgp_policy::EFFECTS_PREFIX),
            arguments: arguments.clone(),
        }));
    }
    if lasting.is_empty() {
        action.facts.undo.extend(parts);
        return;
    }
    let possible: Vec<String> = parts.iter().map(|part| format!("`{}`", part.target())).collect();
    lasting.splice(0..0, action.facts.irreversible.take());
    let why = lasting.join("; ");
    action.facts.irreversible = Some(if possible.is_empty() {
        why
    } else {
        format!("{why}; what is possible: run {} for the rest", possible.join(", "))
    });
}
