//! Recorded actions, judged again: what another version of the rules would have decided.

use serde::Serialize;
use tgp_model::{ActionType, AgentName, Decision, RepoPath};
use tgp_policy::{Judge, PolicyVersion, Request, Target, Verdict};
use tgp_store::{ActionFilter, ActionRow, Store, StoreError};

/// What a statement asks for: its capability and its tables.
type Look<'a> = &'a dyn Fn(&str) -> Option<Vec<(&'static str, Vec<Target>)>>;

/// What another version of the rules would decide otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The version in force.
    pub before: PolicyVersion,
    /// The other one.
    pub after: PolicyVersion,
    /// How many actions were judged again.
    pub judged: usize,
    /// How many could not be: the record does not hold what they touched, or a person did them.
    pub left_out: usize,
    /// Those that come out otherwise, the newest first.
    pub changed: Vec<ChangedDecision>,
}

/// An action that another version of the rules would decide otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedDecision {
    /// Its number.
    pub action: String,
    /// Who did it.
    pub agent: AgentName,
    /// What kind it was.
    #[serde(rename = "type")]
    pub kind: ActionType,
    /// What it did, in words.
    pub description: String,
    /// What the rules in force say.
    pub before: Verdict,
    /// What the others would say.
    pub after: Verdict,
}

impl Comparison {
    /// Judges the newest `last` actions again, by `judge` and by `other`.
    /// `look` says what a statement asks for; none where it cannot be read any more.
    pub fn of(
        store: &Store,
        judge: &Judge,
        other: &Judge,
        last: u32,
        look: Look<'_>,
    ) -> Result<Self, StoreError> {
        let filter = ActionFilter { limit: last, ..ActionFilter::default() };
        store.flush()?;
        let rows = store.actions(&filter)?;
        let (before, after) = (judge.version().clone(), other.version().clone());
        let mut comparison = Self { before, after, judged: 0, left_out: 0, changed: Vec::new() };
        for row in rows {
            let requests = requests_of(&row, look);
            let (Some(before), Some(after)) = (strictest(judge, &requests), strictest(other, &requests))
            else {
                comparison.left_out += 1;
                continue;
            };
            comparison.judged += 1;
            if before.decision != after.decision {
                comparison.changed.push(ChangedDecision {
                    action: row.id.to_string(),
                    agent: row.agent,
                    kind: row.kind,
                    description: row.description,
                    before,
                    after,
                });
            }
        }
        Ok(comparison)
    }
}

/// What was asked when an action was judged, as far as the timeline holds it; nothing where it does not.
fn requests_of(row: &ActionRow, look: Look<'_>) -> Vec<Request> {
    if row.agent == AgentName::person() {
        return Vec::new(); // No rule speaks about persons.
    }
    let request = |capability: &str, targets| Request::new(row.agent.clone(), capability, targets);
    let files: Vec<RepoPath> = row.files.iter().filter_map(|path| path.parse().ok()).collect();
    let paths = || files.iter().map(Target::path).collect::<Vec<_>>();
    let on_files =
        |capability| if files.is_empty() { Vec::new() } else { vec![request(capability, paths())] };
    match row.kind {
        ActionType::FileCreate | ActionType::FileModify => on_files("fs.write"),
        ActionType::FileDelete => on_files("fs.delete"),
        ActionType::FileRead => on_files("fs.read"),
        ActionType::FileList => vec![request("fs.list", paths())],
        ActionType::ToolCheck => on_files("tool.check"),
        ActionType::ToolFind => vec![request("tool.find", Vec::new())],
        ActionType::Sequence => vec![request("sequence.run", Vec::new())],
        ActionType::LibrarySync => vec![request("library.sync", Vec::new())],
        ActionType::ToolRun => run_requests(row, &files, &request),
        ActionType::SqlRead | ActionType::SqlWrite => {
            let asked = row.sql.as_deref().and_then(look);
            asked.into_iter().flatten().map(|(capability, tables)| request(capability, tables)).collect()
        }
        ActionType::CommandExecute
        | ActionType::ApiCall
        | ActionType::Deploy
        | ActionType::MessageSend
        | ActionType::BranchCreate
        | ActionType::BranchReady
        | ActionType::BranchReopen
        | ActionType::BranchMerge
        | ActionType::BranchDiscard
        | ActionType::BranchRestore
        | ActionType::NoteSave
        | ActionType::Undo
        | ActionType::Delegate
        | ActionType::PolicyChange => Vec::new(),
    }
}

/// A run asks for the tool, and for each thing it does.
fn run_requests(
    row: &ActionRow,
    files: &[RepoPath],
    request: &dyn Fn(&str, Vec<Target>) -> Request,
) -> Vec<Request> {
    let Some(tool) = row.tool.as_deref().and_then(|tool| tool.parse::<RepoPath>().ok()) else {
        return Vec::new();
    };
    let mut asked = vec![request("tool.run", vec![Target::tool(&tool)])];
    asked.extend(
        files.iter().filter(|path| **path != tool).map(|path| request("fs.write", vec![Target::path(path)])),
    );
    let fetched = row.details.get("fetched").and_then(serde_json::Value::as_array);
    for line in fetched.into_iter().flatten().filter_map(serde_json::Value::as_str) {
        let host = line.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#', ':']).next());
        let changes = !line.starts_with("GET ") && !line.starts_with("HEAD ");
        if let Some(Some(host)) = host {
            asked.push(request(if changes { "net.send" } else { "net.fetch" }, vec![Target::host(host)]));
        }
    }
    asked
}

/// The strictest answer; none without a request.
fn strictest(judge: &Judge, requests: &[Request]) -> Option<Verdict> {
    let mut found: Option<Verdict> = None;
    for request in requests {
        let verdict = judge.judge(request);
        if found.as_ref().is_none_or(|known| known.decision < verdict.decision) {
            found = Some(verdict);
        }
        if found.as_ref().is_some_and(|known| known.decision == Decision::Deny) {
            break;
        }
    }
    found
}
