//! `tgp policy explain` and `tgp policy diff`: what the judge would say, without anything being done.

use serde::Serialize;
use tgp_database::{SqlKind, SqlLook};
use tgp_model::mount::Location;
use tgp_model::{ActionType, AgentName, Decision, RepoPath};
use tgp_policy::{AttributeValue, Judge, PolicyVersion, Request, Target, Verdict};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, ActionRow};

use crate::Engine;
use crate::refusal::{from_files, from_sql};
use tgp_gate::from_store;

/// An action nobody does.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Who would do it.
    pub agent: AgentName,
    /// The capability; for a statement its own, where none is named.
    pub capability: Option<String>,
    /// Files it would touch.
    pub paths: Vec<String>,
    /// Tables.
    pub tables: Vec<String>,
    /// Hosts.
    pub hosts: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// Command lines, one simple command each.
    pub commands: Vec<String>,
    /// A statement; the database says which tables it touches.
    pub sql: Option<String>,
    /// Figures, as a person writes them.
    pub attributes: Vec<(String, String)>,
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

impl Engine {
    /// What the judge in force says about an action, with every rule it rests on. Nothing is noted and nothing done.
    pub fn explain(&self, question: &Question) -> Result<Verdict, Refusal> {
        let mut targets = Vec::new();
        let mut capability = question.capability.clone();
        for path in &question.paths {
            targets.extend(self.looked_at(&Self::parse_path(path)?)?);
        }
        if let Some(sql) = &question.sql {
            let look = self.database()?.look(sql).map_err(|error| from_sql(&error))?;
            let (own, tables) = sql_request(&look);
            targets.extend(tables);
            capability = capability.or_else(|| Some(own.to_owned()));
        }
        for tool in &question.tools {
            targets.push(Target::tool(&Self::parse_path(tool)?));
        }
        targets.extend(question.tables.iter().map(|name| Target::table(name)));
        targets.extend(question.hosts.iter().map(|host| Target::host(host)));
        targets.extend(question.commands.iter().map(|line| Target::command(line.split_whitespace())));
        let capability = capability.ok_or_else(|| {
            Refusal::new(ErrorCode::ArgumentsInvalid, "no capability is named")
                .with_hint("`tgp capability list` shows them")
        })?;
        let mut request = Request::new(question.agent.clone(), capability, targets);
        let attributes = question.attributes.iter();
        request.attributes =
            attributes.map(|(name, value)| (name.clone(), AttributeValue::parse(value))).collect();
        Ok(self.gate().judge().judge(&request))
    }

    /// Judges the newest `last` actions again, by the rules in force and by `other`.
    pub fn compare_rules(&self, other: &Judge, last: u32) -> Result<Comparison, Refusal> {
        let store = self.store();
        let filter = ActionFilter { limit: last, ..ActionFilter::default() };
        let rows = store.flush().and_then(|()| store.actions(&filter)).map_err(|error| from_store(&error))?;
        let judge = self.gate().judge();
        let (before, after) = (judge.version().clone(), other.version().clone());
        let mut comparison = Comparison { before, after, judged: 0, left_out: 0, changed: Vec::new() };
        for row in rows {
            let requests = self.requests_of(&row);
            let (Some(before), Some(after)) = (strictest(&judge, &requests), strictest(other, &requests))
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

    /// A path as it was named, and where it leads.
    fn looked_at(&self, path: &RepoPath) -> Result<Vec<Target>, Refusal> {
        let mut targets = vec![Target::path(path)];
        if let Location::Project(path) = self.mount().locate(path) {
            let looked = self.files().look(&path).map_err(|error| from_files(&error))?;
            if looked.leads_to.is_in_project() && looked.leads_to.path() != &path {
                targets.push(Target::path(looked.leads_to.path()));
            }
        }
        Ok(targets)
    }

    /// What was asked when an action was judged, as far as the timeline holds it; nothing where it does not.
    fn requests_of(&self, row: &ActionRow) -> Vec<Request> {
        if row.agent == AgentName::person() {
            return Vec::new(); // No rule speaks about persons.
        }
        let request = |capability: &str, targets| Request::new(row.agent.clone(), capability, targets);
        let files: Vec<RepoPath> = row.files.iter().filter_map(|path| path.parse().ok()).collect();
        let paths = || files.iter().map(Target::path).collect::<Vec<_>>();
        let on_files = |capability| match files.is_empty() {
            true => Vec::new(),
            false => vec![request(capability, paths())],
        };
        match row.kind {
            ActionType::FileCreate | ActionType::FileModify => on_files("fs.write"),
            ActionType::FileDelete => on_files("fs.delete"),
            ActionType::FileRead => on_files("fs.read"),
            ActionType::FileList => vec![request("fs.list", paths())],
            ActionType::ToolCheck => on_files("tool.check"),
            ActionType::ToolFind => vec![request("tool.find", Vec::new())],
            ActionType::LibrarySync => vec![request("library.sync", Vec::new())],
            ActionType::ToolRun => run_requests(row, &files, &request),
            ActionType::SqlRead | ActionType::SqlWrite => {
                let look = |sql: &String| self.database().ok()?.look(sql).ok();
                let asked = row.sql.as_ref().and_then(look).map(|look| {
                    let (capability, tables) = sql_request(&look);
                    request(capability, tables)
                });
                asked.into_iter().collect()
            }
            ActionType::CommandExecute
            | ActionType::ApiCall
            | ActionType::Deploy
            | ActionType::MessageSend
            | ActionType::BranchCreate
            | ActionType::BranchMerge
            | ActionType::Undo
            | ActionType::PolicyChange => Vec::new(),
        }
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
        if let Some(Some(host)) = host {
            asked.push(request("net.fetch", vec![Target::host(host)]));
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

/// The capability of a statement, and what it touches.
fn sql_request(look: &SqlLook) -> (&'static str, Vec<Target>) {
    let (capability, tables) = match look.kind {
        SqlKind::Read => ("sql.read", &look.reads),
        SqlKind::Write => ("sql.write", &look.writes),
        SqlKind::Schema => ("sql.schema", &look.writes),
    };
    (capability, tables.iter().map(|table| Target::table(table)).collect())
}
