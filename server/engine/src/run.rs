//! One run of a tool and everything it asks of the host.
//!
//! What a run does is held back: its SQL is an open transaction, its files are temporary. The command commits or
//! drops them after the run. A nested tool runs inside the same budget, transaction and file set.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_database::{Begin, Page, RunLimits, SqlError, SqlKind, SqlParams, Transaction};
use tgp_files::{HeldFiles, Place};
use tgp_model::AgentName;
use tgp_policy::Target;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_protocol::guest::{HostCall, HostError, HostReply};
use tgp_sandbox::{Budget, Host, LogLine, RunError, RunInput, RunOutcome};

use crate::Call;
use crate::commands::exec_sql::judge_sql;
use crate::engine::Engine;
use crate::fetch::Asked;
use crate::refusal::{from_files, from_sql};
use crate::run_paths::ToolPath;
use tgp_effects::{Done, Running, judge_call, judge_effects};
use tgp_forge::PreparedTool;
use tgp_forge::{Given, from_run};
use tgp_gate::{Action, Shown, fingerprint};
use tgp_model::sql_json::{Parameters, parameters, to_json};
use tgp_undo::preview::{shown_file, statement};

/// Rows one statement hands to a tool at most; a tool pages beyond.
const TOOL_ROWS: u64 = 10_000;
/// Largest file a tool reads in one call.
const TOOL_FILE: u64 = 8 << 20;

/// Files of a host folder listed at most.
const MOST_LISTED: usize = 10_000;

/// The state of one run, shared by all tools nested in it.
pub(crate) struct ToolRun<'r, 'e> {
    pub(crate) engine: &'e Engine,
    call: &'r Call,
    action: &'r mut Action<'e>,
    seed: u64,
    clock_ms: i64,
    begin: Begin,
    deadline: Instant,
    nested: u64,
    transaction: Option<Transaction>,
    /// Whether a person may be asked about the run: then what it would do is kept in words.
    asks: bool,
    /// Files to be written.
    pub(crate) files: HeldFiles,
    /// What the host refused.
    pub(crate) given: Given,
    /// Statements that changed something.
    pub(crate) statements: Vec<String>,
    /// Set when the transaction was lost to another writer: the run has to begin again.
    pub(crate) stale: bool,
    /// The tools that run, the outer one first.
    pub(crate) running: Vec<Running>,
    /// Those that returned.
    pub(crate) done: Vec<Done>,
    /// Why the run was stopped: nothing of it is kept, whatever the tool makes of it.
    pub(crate) stopped: Option<Refusal>,
    /// The question that ended the run: nothing of it is kept.
    pub(crate) question: Option<Refusal>,
}

impl<'r, 'e> ToolRun<'r, 'e> {
    pub(crate) fn new(
        engine: &'e Engine,
        call: &'r Call,
        action: &'r mut Action<'e>,
        (seed, clock_ms): (u64, i64),
        begin: Begin,
        wall: Duration,
    ) -> Self {
        Self {
            engine,
            call,
            action,
            seed,
            clock_ms,
            begin,
            deadline: Instant::now() + wall,
            nested: 0,
            transaction: None,
            asks: call.agent != AgentName::person(),
            files: HeldFiles::default(),
            given: Given::default(),
            statements: Vec::new(),
            stale: false,
            running: Vec::new(),
            done: Vec::new(),
            stopped: None,
            question: None,
        }
    }

    /// Runs the tool the action is about.
    pub(crate) fn run(&mut self, tool: &Arc<PreparedTool>, args: &Value, budget: &Budget) -> RunOutcome {
        self.running.push(Running::new(Arc::clone(tool), args.clone()));
        let args = &args.to_string();
        let input = RunInput { args, seed: self.seed, now_ms: self.clock_ms, env: None };
        tool.sandbox.run(&tool.module, input, budget, self)
    }

    /// The open transaction, if the run used SQL.
    pub(crate) fn take_transaction(&mut self) -> Option<Transaction> {
        self.transaction.take()
    }

    fn read_file(&mut self, text: &str) -> Result<Value, Refusal> {
        let path = self.tool_path(text)?;
        if let Some(written) = self.leads_to(&path).and_then(|place| self.files.get(&place)) {
            return Ok(Value::String(written.clone()));
        }
        let bytes = match &path {
            ToolPath::Seen(path) => self.engine.read_bytes(self.action, path, TOOL_FILE)?,
            ToolPath::Host(place) => {
                self.action.judge("fs.read", vec![self.host_target(place)])?;
                self.engine.files().read(place, TOOL_FILE).map_err(|error| from_files(&error))?
            }
        };
        let content = String::from_utf8(bytes)
            .map_err(|_| Refusal::new(ErrorCode::FileEncoding, format!("`{text}` is not UTF-8 text")))?;
        Ok(Value::String(content))
    }

    fn list_files(&mut self, dir: &str) -> Result<Value, Refusal> {
        let mut files = match self.tool_path(dir)? {
            ToolPath::Seen(path) => {
                let mut listed = self.engine.list_paths(None, self.action, &path)?;
                listed.extend(self.files.within(&path).map(ToString::to_string));
                listed
            }
            ToolPath::Host(place) => {
                self.action.judge("fs.list", vec![self.host_target(&place)])?;
                let listing = self.engine.files().list(&place, &|_| false, MOST_LISTED);
                listing.map_err(|error| from_files(&error))?.files.iter().map(ToString::to_string).collect()
            }
        };
        files.sort();
        files.dedup();
        Ok(json!(files))
    }

    fn write_file(&mut self, text: &str, content: String) -> Result<Value, Refusal> {
        let path = self.tool_path(text)?;
        let Some(place) = self.place(&path) else {
            let message = format!("`{text}`: a running tool cannot change the library");
            return Err(Refusal::new(ErrorCode::FileReadOnly, message));
        };
        let target = match &path {
            ToolPath::Seen(path) => Target::path(path),
            ToolPath::Host(place) => self.host_target(place),
        };
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.action.judge("fs.write", vec![target.of_bytes(size)])?;
        let looked = self.engine.files().look(&place).map_err(|error| from_files(&error))?;
        if !looked.writable {
            return Err(Refusal::new(
                ErrorCode::FileReadOnly,
                format!("`{text}` is outside what may be written"),
            ));
        }
        if looked.leads_to.is_in_project() && path.seen() != Some(looked.leads_to.path()) {
            let leads_to = vec![Target::path(looked.leads_to.path())];
            self.action.judge("fs.write", leads_to)?;
        }
        self.engine.refuse_database(&looked.leads_to)?;
        self.effect_on_file(text, &looked.leads_to, &content);
        self.action.facts.used.bytes += u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.files.put(looked.leads_to, content).map_err(|error| from_files(&error))?;
        Ok(Value::Null)
    }

    /// Keeps what a write would do for the person who may be asked about the run.
    fn effect_on_file(&mut self, name: &str, place: &Place, content: &str) {
        if !self.asks {
            return;
        }
        let (engine, name, place, content) =
            (self.engine, name.to_owned(), place.clone(), content.to_owned());
        let written = self.files.get(&place).map(|text| text.clone().into_bytes());
        self.action.effect(Box::new(move || {
            let shown = match &written {
                Some(written) => shown_file(&name, Some(written), &content),
                None => engine.shown_at(&name, &place, &content)?,
            };
            let effect = json!({
                "write": engine.files().absolute(&place), "before": shown.pre_images,
                "content": fingerprint(content.as_bytes()),
            });
            Ok((effect, shown.preview))
        }));
    }

    /// The same for a statement.
    fn effect_of_sql(&mut self, sql: &str, params: &Value, rows: u64) {
        if !self.asks {
            return;
        }
        let (sql, params) = (sql.to_owned(), params.clone());
        self.action.effect(Box::new(move || {
            let said = fingerprint(json!([sql, params]).to_string().as_bytes());
            let text = statement(&sql, &tgp_store::redact_parameters(&sql, &params));
            let effect = json!({ "sql": tgp_store::redact_sql(&sql), "hash": said, "rows": rows });
            Ok((effect, format!("{text}{rows} rows\n")))
        }));
    }

    fn exec_sql(&mut self, sql: &str, params: Value) -> Result<Value, Refusal> {
        let mut transaction = match self.transaction.take() {
            Some(open) => open,
            None => self.begin_transaction()?,
        };
        let done = self.run_statement(&mut transaction, sql, &params);
        // Also a transaction that failed stays: the end of the run decides what becomes of it.
        self.transaction = Some(transaction);
        done
    }

    fn begin_transaction(&mut self) -> Result<Transaction, Refusal> {
        let limits = RunLimits { deadline: Some(self.deadline), cancel: Some(self.call.cancel.clone()) };
        self.engine.database()?.begin_within(self.begin, limits).map_err(|error| self.sql_failed(&error))
    }

    fn run_statement(
        &mut self,
        transaction: &mut Transaction,
        sql: &str,
        json: &Value,
    ) -> Result<Value, Refusal> {
        let params = &sql_params(json.clone())?;
        let look = transaction.look(sql).map_err(|error| self.sql_failed(&error))?;
        let arguments = json!({ "sql": sql, "params": json });
        judge_sql(self.action, &look, arguments, &|| Ok(Shown::default()))?;
        if look.kind != SqlKind::Read {
            // From here on the run holds the database's write lock: a start after a kill has to know of it.
            self.action.facts.sql.get_or_insert_with(|| sql.to_owned());
            self.action.note_intent()?;
        }
        let page = Page { offset: 0, limit: TOOL_ROWS };
        let set = transaction.execute(sql, params, page).map_err(|error| self.sql_failed(&error))?;
        if look.kind != SqlKind::Read {
            self.statements.push(sql.to_owned());
            self.action.facts.used.rows += set.rows_affected;
            self.effect_of_sql(sql, json, set.rows_affected);
        }
        if set.more {
            let message =
                format!("the statement gives more than one call takes ({} rows came)", set.rows.len());
            return Err(Refusal::new(ErrorCode::SqlFailed, message).with_hint("Page with LIMIT and OFFSET."));
        }
        let rows: Vec<Vec<Value>> =
            set.rows.into_iter().map(|row| row.into_iter().map(to_json).collect()).collect();
        Ok(json!({ "columns": set.columns, "rows": rows, "rows_affected": set.rows_affected }))
    }

    fn sql_failed(&mut self, error: &SqlError) -> Refusal {
        if matches!(error, SqlError::Stale) {
            self.stale = true;
        }
        from_sql(error)
    }

    fn exec_tool(&mut self, path: &str, args: &Value, budget: &Budget) -> Result<Value, Refusal> {
        let ToolPath::Seen(path) = self.tool_path(path)? else {
            return Err(Refusal::new(ErrorCode::ToolNotFound, format!("there is no tool `{path}`")));
        };
        let (engine, agent) = (self.engine, &self.call.agent);
        judge_call(self.action, &Target::tool(&path), args, &|| engine.prepare_tool(&path, agent))?;
        let tool = engine.prepare_judged(self.action, &path)?;
        self.engine.check_valid(&tool, &self.call.agent)?;
        tool.check_arguments(args)?;
        judge_effects(self.action, &tool, args, &|path| engine.can_run(path, agent))?;
        self.nested += 1;
        // Each nested run gets a seed of its own, made from the caller's, so that the whole stays repeatable.
        let seed = self.seed.wrapping_add(self.nested.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let text = args.to_string();
        let input = RunInput { args: &text, seed, now_ms: self.clock_ms, env: None };
        self.running.push(Running::new(Arc::clone(&tool), args.clone()));
        let outcome = tool.sandbox.run(&tool.module, input, budget, self);
        let ended = self.running.pop();
        let result = match &outcome.result {
            Ok(text) => serde_json::from_str(text)
                .map_err(|error| Refusal::new(ErrorCode::SandboxResultInvalid, format!("`{path}`: {error}"))),
            Err(error) => Err(self.threw_below(error, &tool, &outcome.logs)),
        };
        // What it sent stays sent, also where it threw and the outer tool goes on.
        let known = result.as_ref().map_or(Value::Null, Clone::clone);
        self.done.extend(ended.map(|running| running.ended(known)));
        result
    }
}

impl ToolRun<'_, '_> {
    /// What the caller of a nested tool gets: its own error, whose stack goes on in the caller.
    fn threw_below(&mut self, error: &RunError, tool: &PreparedTool, logs: &[LogLine]) -> Refusal {
        let mut refusal = from_run(error, tool, self.engine.mount(), logs, &self.given);
        if let RunError::Threw { message, .. } = error {
            let stack = refusal.details.as_ref().and_then(|details| details["stack"].as_array());
            let stack = stack.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            self.given.stack = Some((message.clone(), stack));
            refusal.message.clone_from(message);
        }
        refusal
    }
}

impl ToolRun<'_, '_> {
    /// One request of the tool that runs now. One that changes something was declared and judged with it.
    fn fetch(&mut self, asked: Asked, budget: &Budget) -> Result<Value, Refusal> {
        let Some(running) = self.running.last_mut() else {
            return Err(Refusal::new(ErrorCode::Internal, "no tool runs"));
        };
        let sent = self.engine.fetch(self.call, self.action, running, asked, budget);
        if let Err(refusal) = &sent
            && refusal.code == ErrorCode::ToolEffectsUndeclared
        {
            self.stopped = Some(refusal.clone());
        }
        sent
    }
}

impl Host for ToolRun<'_, '_> {
    fn call(&mut self, call: HostCall, budget: &Budget) -> HostReply {
        if let Some(stopped) = &self.stopped {
            return refused(stopped.clone());
        }
        if self.stale {
            let refusal = Refusal::new(ErrorCode::DatabaseBusy, "the run begins again");
            return refused(refusal);
        }
        if let Some(question) = &self.question {
            return refused(question.clone()); // Whatever the tool makes of it, nothing more happens.
        }
        let reply = match call {
            HostCall::ReadFile { path } => self.read_file(&path),
            HostCall::ListFiles { dir } => self.list_files(&dir),
            HostCall::WriteFile { path, content } => self.write_file(&path, content),
            HostCall::ExecTool { path, args } => self.exec_tool(&path, &args, budget),
            HostCall::ExecSql { sql, params } => self.exec_sql(&sql, params),
            HostCall::Fetch { url, method, headers, body } => {
                let asked = Asked { url, method: method.to_ascii_uppercase(), headers, body };
                self.fetch(asked, budget)
            }
        };
        match reply {
            Ok(value) => HostReply::Done { value },
            Err(refusal) => {
                self.given.codes.push(refusal.code);
                if self.action.is_asking() {
                    self.question.get_or_insert_with(|| refusal.clone());
                }
                refused(refusal)
            }
        }
    }
}

fn refused(refusal: Refusal) -> HostReply {
    HostReply::Refused {
        error: HostError {
            code: refusal.code.as_str().to_owned(),
            name: refusal.name.unwrap_or_else(|| "Error".to_owned()),
            message: refusal.message,
        },
    }
}

/// The parameters as the database room takes them.
pub(crate) fn sql_params(json: Value) -> Result<SqlParams, Refusal> {
    match parameters(json) {
        Ok(Parameters::Positional(values)) => Ok(SqlParams::Positional(values)),
        Ok(Parameters::Named(values)) => Ok(SqlParams::Named(values)),
        Err(problem) => Err(Refusal::new(ErrorCode::SqlParameters, problem.to_string())),
    }
}

/// What a tool logged, as the client sees it.
pub(crate) fn log_lines(logs: Vec<LogLine>) -> Vec<tgp_protocol::client::tools::LogLine> {
    logs.into_iter()
        .map(|line| tgp_protocol::client::tools::LogLine { level: line.level, text: line.text })
        .collect()
}
