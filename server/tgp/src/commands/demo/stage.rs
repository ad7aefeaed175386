//! Where the story is played: each call of the agent is made, shown and compared with what the story promises.

use serde::Serialize;
use serde_json::Value;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::{
    CheckToolInput, CheckToolOutput, ExecSqlInput, ExecToolInput, FindToolInput, PatchFileInput,
    WriteFileInput,
};

use super::sources::SHOP;
use crate::context::{Context, Opened};
use crate::failure::Failure;
use crate::page::Style;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    /// What the agent called.
    call: String,
    /// What came back.
    answer: String,
}

/// The open project of the story.
pub(super) struct Stage<'a> {
    context: &'a Context<'a>,
    engine: &'a Opened<'a>,
    steps: Vec<Step>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(context: &'a Context<'a>, engine: &'a Opened<'a>) -> Self {
        Self { context, engine, steps: Vec::new() }
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// A heading of the story.
    pub(super) fn scene(&self, title: &str) {
        self.context.output.show(|page| {
            page.end();
            page.put(Style::Bold, title).end();
        });
    }

    /// A call and its answer, as the reader sees them.
    pub(super) fn step(&mut self, call: &str, answer: &str) {
        self.context.output.show(|page| {
            page.put(Style::Accent, "  > ").plain(call).end();
            answer.lines().for_each(|line| page.put(Style::Dim, "    ").plain(line).end());
        });
        self.steps.push(Step { call: call.to_owned(), answer: answer.to_owned() });
    }

    /// Makes the tables of the shop.
    pub(super) fn make_shop(&self) -> Result<(), Failure> {
        SHOP.iter().try_for_each(|statement| self.sql(statement).map(drop))
    }

    /// Runs a statement without showing it.
    pub(super) fn sql(&self, sql: &str) -> Result<Vec<Vec<Value>>, Failure> {
        let input = ExecSqlInput { sql: sql.to_owned(), params: Value::Null, offset: None, limit: None };
        Ok(self.engine.exec_sql(&self.engine.begin(), input)?.rows)
    }

    pub(super) fn write(&mut self, path: &str, content: &str) -> Result<(), Failure> {
        let input = WriteFileInput { path: path.to_owned(), content: content.to_owned() };
        let written = self.engine.write_file(&self.engine.begin(), input)?;
        let commit = written.commit.unwrap_or_default();
        let short = commit.get(..8).unwrap_or(&commit);
        self.step(&format!("write_file {path}"), &format!("{} bytes, commit {short}", written.bytes));
        Ok(())
    }

    pub(super) fn patch(&mut self, path: &str, search: &str, replace: &str) -> Result<(), Failure> {
        let input = PatchFileInput {
            path: path.to_owned(),
            search: search.to_owned(),
            replace: replace.to_owned(),
            patch: None,
        };
        self.engine.patch_file(&self.engine.begin(), input)?;
        self.step(&format!("patch_file {path}"), &format!("`{search}` is now `{replace}`"));
        Ok(())
    }

    pub(super) fn check(&mut self, path: &str) -> Result<CheckToolOutput, Failure> {
        let checked =
            self.engine.check_tool(&self.engine.begin(), CheckToolInput { path: path.to_owned() })?;
        let found = checked.errors.first().map_or_else(
            || "valid".to_owned(),
            |finding| {
                format!(
                    "not valid: {} ({}:{})\n{}",
                    finding.message, finding.line, finding.column, finding.frame
                )
            },
        );
        self.step(&format!("check_tool {path}"), &found);
        Ok(checked)
    }

    /// Runs a tool; a refusal is an answer too.
    pub(super) fn run(&mut self, path: &str, args: &Value) -> Result<Value, Box<Refusal>> {
        let input = ExecToolInput { path: path.to_owned(), args: args.clone(), seed: None };
        let done = self.engine.exec_tool(&self.engine.begin(), input);
        let answer = match &done {
            Ok(done) => {
                let text = done.result.as_str().map_or_else(|| done.result.to_string(), str::to_owned);
                format!("{text}\n({} fuel, {:.1} ms)", done.fuel, done.duration_ms)
            }
            Err(refusal) => {
                let name = refusal.name.as_deref().map_or_else(String::new, |name| format!(" {name}"));
                format!("refused: {}{name}\n{}", refusal.code.as_str(), refusal.message)
            }
        };
        self.step(&format!("exec_tool {path} {args}"), &answer);
        done.map(|done| done.result).map_err(Box::new)
    }

    pub(super) fn find(&mut self, query: &str) -> Result<Option<(String, f64)>, Failure> {
        let input = FindToolInput { query: query.to_owned(), limit: Some(1) };
        let found = self.engine.find_tool(&self.engine.begin(), input)?;
        let best = found.tools.first().map(|tool| (tool.path.clone(), tool.score));
        let score = best.as_ref().map_or_else(String::new, |(_, score)| format!(" (score {score:.2})"));
        self.step(&format!("find_tool {query}"), &format!("{}{score}", found.advice));
        Ok(best)
    }

    pub(super) fn actions(&mut self) -> Result<usize, Failure> {
        let input =
            tgp_protocol::client::project::ListActionsInput { limit: Some(1_000), ..Default::default() };
        Ok(self.engine.list_actions(&input)?.actions.len())
    }
}

/// The story promises something; where it does not come true, that is a bug.
pub(super) fn promise(kept: bool, what: &str) -> Result<(), Failure> {
    if kept { Ok(()) } else { Err(Failure::Bug(format!("the demo went wrong: {what}"))) }
}
