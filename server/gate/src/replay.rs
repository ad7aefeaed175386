//! Recorded actions, judged again: what another version of the rules would have decided.

use serde::Serialize;
use tgp_model::{ActionType, AgentName, Decision, RepoPath};
use tgp_policy::{Judge, PolicyVersion, Request, Target, Verdict};
use tgp_store::{ActionFilter, ActionRow, Store, StoreError};

/// Why SQL cannot be judged again.
const UNREADABLE_SQL: &str = "its SQL cannot be read any more, such as that of a table that is gone";

/// Capabilities, each with the targets it was asked for.
pub type AskedFor = Vec<(&'static str, Vec<Target>)>;

/// What only the project can say about a recorded action.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    /// What a statement asks for: its capability and its tables; none where it cannot be read any more.
    pub statement: &'a dyn Fn(&str) -> Option<AskedFor>,
    /// The tables an undo brought rows back in; none where that is not known any more.
    pub tables: &'a dyn Fn(&ActionRow) -> Option<Vec<String>>,
}

/// What another version of the rules would decide otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The version in force.
    pub before: PolicyVersion,
    /// The other one.
    pub after: PolicyVersion,
    /// How many actions were judged again.
    pub judged: usize,
    /// How many could not be.
    pub left_out: usize,
    /// Those, each with why; also what was judged again only in part.
    pub left: Vec<LeftOut>,
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

/// An action that could not be judged again, or not all of it.
#[derive(Debug, Clone, Serialize)]
pub struct LeftOut {
    /// Its number.
    pub action: String,
    /// Who did it.
    pub agent: AgentName,
    /// What kind it was.
    #[serde(rename = "type")]
    pub kind: ActionType,
    /// What it did, in words.
    pub description: String,
    /// Whether the rest of it was judged again.
    pub in_part: bool,
    /// What is missing.
    pub why: &'static str,
}

/// What was asked when an action was judged, as far as it is known.
#[derive(Default)]
struct Asked {
    requests: Vec<Request>,
    missing: Option<&'static str>,
}

impl Comparison {
    /// Judges the newest `last` actions again, by `judge` and by `other`.
    pub fn of(
        store: &Store,
        judge: &Judge,
        other: &Judge,
        last: u32,
        looks: Looks<'_>,
    ) -> Result<Self, StoreError> {
        let filter = ActionFilter { limit: last, ..ActionFilter::default() };
        store.flush()?;
        let rows = store.actions(&filter)?;
        let (before, after) = (judge.version().clone(), other.version().clone());
        let mut comparison =
            Self { before, after, judged: 0, left_out: 0, left: Vec::new(), changed: Vec::new() };
        for row in rows {
            let Asked { requests, missing } = asked_by(&row, looks);
            let judged = strictest(judge, &requests).zip(strictest(other, &requests));
            if let Some(why) = missing {
                comparison.left.push(LeftOut::of(&row, judged.is_some(), why));
            }
            let Some((before, after)) = judged else {
                comparison.left_out += 1;
                continue;
            };
            comparison.judged += 1;
            if as_decided(&row.agent, &before) != as_decided(&row.agent, &after) {
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

impl LeftOut {
    fn of(row: &ActionRow, in_part: bool, why: &'static str) -> Self {
        Self {
            action: row.id.to_string(),
            agent: row.agent.clone(),
            kind: row.kind,
            description: row.description.clone(),
            in_part,
            why,
        }
    }
}

/// What comes of a verdict: a person is not asked, who would be asked is the one who does it.
fn as_decided(agent: &AgentName, verdict: &Verdict) -> Decision {
    match verdict.decision {
        Decision::RequireApproval if *agent == AgentName::person() => Decision::Allow,
        decision => decision,
    }
}

/// What was asked when an action was judged, as far as the timeline holds it.
fn asked_by(row: &ActionRow, looks: Looks<'_>) -> Asked {
    let request = |capability: &str, targets| Request::new(row.agent.clone(), capability, targets);
    let files: Vec<RepoPath> = row.files.iter().filter_map(|path| path.parse().ok()).collect();
    let paths = || files.iter().map(Target::path).collect::<Vec<_>>();
    let on_files = |capability| {
        if files.is_empty() {
            return Asked::nothing("its files were not kept");
        }
        Asked::of(vec![request(capability, paths())])
    };
    match row.kind {
        ActionType::FileCreate | ActionType::FileModify => on_files("fs.write"),
        ActionType::FileDelete => on_files("fs.delete"),
        ActionType::FileRead => on_files("fs.read"),
        ActionType::FileList => Asked::of(vec![request("fs.list", paths())]),
        ActionType::ToolCheck => on_files("tool.check"),
        ActionType::ToolFind => Asked::of(vec![request("tool.find", Vec::new())]),
        ActionType::Sequence => Asked::of(vec![request("sequence.run", Vec::new())]),
        ActionType::LibrarySync => Asked::of(vec![request("library.sync", Vec::new())]),
        ActionType::ToolRun => asked_by_run(row, &files, &request, looks),
        ActionType::SqlRead | ActionType::SqlWrite => {
            let asked = row.sql.as_deref().and_then(looks.statement);
            let Some(asked) = asked else { return Asked::nothing(UNREADABLE_SQL) };
            Asked::of(asked.into_iter().map(|(capability, tables)| request(capability, tables)).collect())
        }
        ActionType::Undo => asked_by_undo(row, &files, &request, looks),
        ActionType::Delegate => {
            let to = row.details.get("agent").and_then(serde_json::Value::as_str);
            match to.and_then(|agent| agent.parse().ok()) {
                Some(agent) => Asked::of(vec![request("delegate", vec![Target::agent(&agent)])]),
                None => Asked::nothing("whom it was for was not kept"),
            }
        }
        ActionType::PolicyChange => {
            Asked::nothing("what decides about agents is changed by a person, unjudged")
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
        | ActionType::SnapshotCreate
        | ActionType::SnapshotRestore
        | ActionType::SnapshotDelete => Asked::nothing("actions of this kind are not judged again yet"),
    }
}

impl Asked {
    fn of(requests: Vec<Request>) -> Self {
        Self { requests, missing: None }
    }

    fn nothing(why: &'static str) -> Self {
        Self { requests: Vec::new(), missing: Some(why) }
    }
}

/// A run asks for the tool, and for each thing it does. Its reads are not in the timeline.
fn asked_by_run(
    row: &ActionRow,
    files: &[RepoPath],
    request: &dyn Fn(&str, Vec<Target>) -> Request,
    looks: Looks<'_>,
) -> Asked {
    let Some(tool) = row.tool.as_deref().and_then(|tool| tool.parse::<RepoPath>().ok()) else {
        return Asked::nothing("it was refused before it was known which tool runs");
    };
    let mut asked = Asked::of(vec![request("tool.run", vec![Target::tool(&tool)])]);
    let written = files.iter().filter(|path| **path != tool);
    asked.requests.extend(written.map(|path| request("fs.write", vec![Target::path(path)])));
    if let Some(sql) = &row.sql {
        match statements(sql, looks) {
            Some(found) => {
                asked
                    .requests
                    .extend(found.into_iter().map(|(capability, tables)| request(capability, tables)));
            }
            None => asked.missing = Some(UNREADABLE_SQL),
        }
    }
    let fetched = row.details.get("fetched").and_then(serde_json::Value::as_array);
    for line in fetched.into_iter().flatten().filter_map(serde_json::Value::as_str) {
        let host = line.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#', ':']).next());
        let changes = !line.starts_with("GET ") && !line.starts_with("HEAD ");
        if let Some(Some(host)) = host {
            let capability = if changes { "net.send" } else { "net.fetch" };
            asked.requests.push(request(capability, vec![Target::host(host)]));
        }
    }
    asked
}

/// What the statements of a run ask for. They are kept as one text; a statement may hold what stands between two, so
/// that a part that is none is read together with the next.
fn statements(sql: &str, looks: Looks<'_>) -> Option<AskedFor> {
    let mut found = Vec::new();
    let mut open = String::new();
    for part in sql.split(";\n") {
        if !open.is_empty() {
            open.push_str(";\n");
        }
        open.push_str(part);
        if let Some(asked) = (looks.statement)(&open) {
            found.extend(asked);
            open.clear();
        }
    }
    open.is_empty().then_some(found)
}

/// An agent's undo asks for itself and for what comes back; a person's is not judged.
fn asked_by_undo(
    row: &ActionRow,
    files: &[RepoPath],
    request: &dyn Fn(&str, Vec<Target>) -> Request,
    looks: Looks<'_>,
) -> Asked {
    if row.agent == AgentName::person() {
        return Asked::nothing("a person's undo is not judged");
    }
    let mut asked = Asked::of(vec![request("action.undo", Vec::new())]);
    if !files.is_empty() {
        asked.requests.push(request("fs.write", files.iter().map(Target::path).collect()));
    }
    match (looks.tables)(row) {
        Some(tables) if tables.is_empty() => {}
        Some(tables) => {
            asked
                .requests
                .push(request("sql.write", tables.iter().map(|table| Target::table(table)).collect()));
        }
        None => asked.missing = Some("the rows it brought back are not kept any more"),
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
