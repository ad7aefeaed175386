//! Weighs all rules and answers.

mod bits;
mod index;
mod nearest;
mod target;

use tgp_capability::{Capability, Registry, RiskLevel};
use tgp_model::{AgentName, Decision, RepoPath};

use crate::builtin::{self, BuiltIn};
use crate::facts::{Cut, Facts};
use crate::policy_file::PolicyFile;
use crate::request::Request;
use crate::rule::Rule;
use crate::scope::Scope;
use crate::verdict::{DeterminingRule, Verdict};
use crate::version::{Canonical, PolicyVersion};
use bits::Bits;
use index::RuleIndex;
use target::Outcome;
use tgp_capability::Target;
use tgp_token::TokenProblem;

/// Everything that decides.
#[derive(Debug, Clone)]
pub struct JudgeParts {
    /// Folder of the library, relative to the project, such as `.tgp`.
    pub library: RepoPath,
    /// Folders outside the library whose files decide too, relative to the project or absolute: no agent reads or
    /// writes them.
    pub guarded: Vec<String>,
    /// What actions there are, and their risk.
    pub registry: Registry,
    /// One scope an agent; the one named `default` is for all others.
    pub scopes: Vec<Scope>,
    /// Policy files; each can only narrow.
    pub policies: Vec<PolicyFile>,
}

/// Why there is no judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// Two scopes of one agent: which one counts would depend on their order.
    #[error("`{first}` and `{second}` are both the scope of `{agent}`")]
    TwoScopes {
        /// The agent.
        agent: AgentName,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
}

/// Decides. Pure: the same request gets the same answer.
#[derive(Debug, Clone)]
pub struct Judge {
    index: RuleIndex,
    registry: Registry,
    built_in: BuiltIn,
    fallback: AgentName,
    version: PolicyVersion,
}

impl Judge {
    /// A judge over all rules. Without scopes it denies everything.
    pub fn new(parts: JudgeParts) -> Result<Self, JudgeError> {
        for (number, scope) in parts.scopes.iter().enumerate() {
            if let Some(other) = parts.scopes.iter().skip(number + 1).find(|other| other.agent == scope.agent)
            {
                return Err(JudgeError::TwoScopes {
                    agent: scope.agent.clone(),
                    first: scope.file.clone(),
                    second: other.file.clone(),
                });
            }
        }
        let version = version(&parts);
        let scopes = parts.scopes.into_iter().flat_map(|scope| scope.rules);
        let rules: Vec<Rule> = scopes.chain(parts.policies.into_iter().flat_map(|file| file.rules)).collect();
        Ok(Self {
            index: RuleIndex::new(rules, &parts.registry),
            built_in: BuiltIn::new(&parts.library, &parts.guarded),
            registry: parts.registry,
            fallback: fallback_agent(),
            version,
        })
    }

    /// Judges a request: every rule for every target, the strictest match, then the strictest target. Risk and tags
    /// are looked up in the registry.
    pub fn judge(&self, request: &Request) -> Verdict {
        let capability = self.registry.get(&request.capability);
        self.weigh(request, capability, capability)
    }

    /// The same for a capability that was graded while tgp runs, such as the declared effects of a forged tool.
    pub fn judge_graded(&self, request: &Request, capability: &Capability) -> Verdict {
        self.weigh(request, Some(capability), None)
    }

    /// The hash of everything that decides here.
    pub fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The registered capabilities.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The built-in rules: id and reason.
    pub fn built_in_rules() -> &'static [(&'static str, &'static str)] {
        &builtin::ALL
    }

    fn weigh(
        &self,
        request: &Request,
        capability: Option<&Capability>,
        registered: Option<&Capability>,
    ) -> Verdict {
        let facts = Facts::new(request, capability);
        let token = match &request.token {
            Some(Err(problem)) => return self.refuse_token(&facts, problem),
            Some(Ok(token)) => Some(token),
            None => None,
        };
        let mut level = self.index.about(&facts, registered);
        level.keep(&self.index.in_force(&request.agent, &self.fallback));
        self.index.keep_for(request, &mut level);
        let on_request = BuiltIn::denies_request(&facts);
        let weigh_target = |target: Option<&Cut<'_>>| {
            let built_in = on_request
                .clone()
                .or_else(|| target.and_then(|cut| self.built_in.denies_target(&facts, cut)));
            target::weigh(&self.index, &facts, &level, target, built_in, token)
        };
        let mut strictest: Option<(Option<&Target>, Outcome)> = None;
        if request.targets.is_empty() {
            strictest = Some((None, weigh_target(None)));
        }
        for target in &request.targets {
            let outcome = weigh_target(Some(&Cut::new(target)));
            match &mut strictest {
                Some((_, known)) if known.decision > outcome.decision => {}
                Some((_, known)) if known.decision == outcome.decision => known.join(outcome),
                _ => strictest = Some((Some(target), outcome)),
            }
        }
        let (target, outcome) = strictest.unwrap_or_else(|| (None, Outcome::default_deny()));
        let nearest = (outcome.decision == Decision::Deny).then(|| {
            let cut = target.map(Cut::new);
            nearest::find(&self.index, &facts, &self.in_force(request), cut.as_ref())
        });
        self.verdict(&facts, target, outcome, nearest.flatten())
    }

    fn in_force(&self, request: &Request) -> Bits {
        self.index.in_force(&request.agent, &self.fallback)
    }

    fn refuse_token(&self, facts: &Facts<'_>, problem: &TokenProblem) -> Verdict {
        let rule = DeterminingRule::built_in(problem.id(), Decision::Deny, &problem.to_string());
        let outcome = Outcome { decision: Decision::Deny, fixed: vec![rule], ..Outcome::default_deny() };
        self.verdict(facts, facts.request.targets.first(), outcome, None)
    }

    fn verdict(
        &self,
        facts: &Facts<'_>,
        target: Option<&Target>,
        outcome: Outcome,
        nearest: Option<crate::verdict::NearestRule>,
    ) -> Verdict {
        Verdict {
            decision: outcome.decision,
            target: target.cloned(),
            nearest,
            risk: facts.risk(),
            registered: facts.capability.is_some(),
            token_used: outcome.token_used,
            rules: outcome.determining(&self.index),
            version: self.version.clone(),
        }
    }
}

/// The name of the scope for agents without one.
fn fallback_agent() -> AgentName {
    "default".parse().unwrap_or_default()
}

fn version(parts: &JudgeParts) -> PolicyVersion {
    let mut content = Canonical::default();
    content.text("tgp policy 1").text(parts.library.as_str());
    content.texts(builtin::ALL.iter().map(|(id, _)| *id));
    let capabilities: Vec<String> = parts.registry.iter().map(|one| format!("{one:?}")).collect();
    content.texts(capabilities.iter().map(String::as_str));
    for scope in [true, false] {
        let scopes = parts.scopes.iter().filter(|_| scope).map(|one| &one.rules);
        let policies = parts.policies.iter().filter(|_| !scope).map(|one| &one.rules);
        content.set(scopes.chain(policies).flatten().map(Rule::canonical));
    }
    // An agent with a scope that says nothing is another thing than an agent without a scope.
    content.texts(parts.scopes.iter().map(|scope| scope.agent.as_str()));
    PolicyVersion::of(&content)
}

/// What asks by itself: critical risk, a capability that wants it, one that nobody registered.
fn asks_by_itself(facts: &Facts<'_>) -> Option<DeterminingRule> {
    let ask = |id, reason| Some(DeterminingRule::built_in(id, Decision::RequireApproval, reason));
    let Some(capability) = facts.capability else {
        return ask("risk.unregistered", "Nobody registered this capability, so its effects are unknown.");
    };
    if facts.risk() == RiskLevel::Critical {
        return ask("risk.critical", &capability.risk.justification);
    }
    if capability.requires_approval {
        return ask("capability.asks", &capability.risk.justification);
    }
    None
}
