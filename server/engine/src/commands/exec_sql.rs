//! `exec_sql`: one statement, in a transaction of its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_database::{Begin, Page, RunLimits, SqlKind, SqlLook};
use tgp_model::{ActionType, ResultSet};
use tgp_policy::Target;
use tgp_protocol::client::tools::{ExecSqlInput, ExecSqlOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use tgp_store::UndoPart;

use crate::refusal::from_sql;
use crate::run::sql_params;
use crate::{Call, Engine};
use tgp_gate::{Action, Shown, Wish};
use tgp_model::sql_json::to_json;
use tgp_undo::preview::captured_before;

/// Rows of one page where the caller says nothing.
const PAGE: u32 = 200;
/// Rows of one page at most.
const LARGEST_PAGE: u32 = 1_000;
/// How long one statement may take, waiting for locks included.
const TIME: Duration = Duration::from_secs(30);

impl Engine {
    /// Runs one statement and gives a page of its rows.
    pub fn exec_sql(&self, call: &Call, input: ExecSqlInput) -> Result<ExecSqlOutput, Refusal> {
        let mut action = Action::begin(self.gate(), call, ActionType::SqlRead, "Ran SQL".to_owned());
        action.facts.sql = Some(input.sql.clone());
        action.facts.details =
            serde_json::json!({ "params": action.redacted_parameters(&input.sql, &input.params) });
        let result = action.carry_out(&mut |action| self.run_statement(call, action, &input));
        action.end(result)
    }

    fn run_statement(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &ExecSqlInput,
    ) -> Result<ExecSqlOutput, Refusal> {
        let database = self.database()?;
        let params = sql_params(input.params.clone())?;
        let limits =
            || RunLimits { deadline: Some(Instant::now() + TIME), cancel: Some(call.cancel.clone()) };
        let look = database.look(&input.sql).map_err(|error| from_sql(&error))?;
        describe_sql(action, &look);
        let shown_params = tgp_store::redact_parameters(&input.sql, &input.params);
        let show = || self.shown_sql(&input.sql, &params, &shown_params, &look, limits());
        let arguments = json!({ "sql": input.sql, "params": input.params });
        judge_sql(action, &look, arguments.clone(), &show)?;
        let reads = look.kind == SqlKind::Read;
        if !reads {
            action.take_turn();
        }
        let begin = if reads { Begin::Deferred } else { Begin::Immediate };
        let mut transaction = database.begin_within(begin, limits()).map_err(|error| from_sql(&error))?;
        // The schema may have changed since the first look; what this one says is what runs.
        let look_again = transaction.look(&input.sql).map_err(|error| from_sql(&error))?;
        let moved = || Err(Refusal::new(ErrorCode::DatabaseBusy, "the schema changed meanwhile"));
        judge_sql(action, &look_again, arguments.clone(), &moved)?;
        let offset = input.offset.unwrap_or(0);
        let limit = u64::from(input.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE));
        let set = transaction
            .execute(&input.sql, &params, Page { offset, limit })
            .map_err(|error| from_sql(&error))?;
        if !reads {
            action.facts.used.rows = set.rows_affected;
            self.record_sql(action, &mut transaction)?;
            if let Some(why) = action.facts.irreversible.clone() {
                let wish = Wish { capability: "sql.write", targets: written(&look), arguments, show: &show };
                if look.kind == SqlKind::Write && !action.may_keep(&wish) {
                    // The preview takes the write lock: the transaction gives it back, and begins again after a yes.
                    transaction.rollback();
                    action.ask_irreversible(&wish, &why)?;
                    (action.facts.irreversible, action.facts.undo) = (None, Vec::new());
                    return self.run_statement(call, action, input);
                }
                self.back_up(action)?;
            }
            action.note_intent()?;
        }
        transaction.commit().map_err(|error| from_sql(&error))?;
        Ok(output(set, offset, action))
    }
}

impl Engine {
    /// Keeps what a transaction changed, so that it can be taken back, and marks it in the database as this action's.
    /// Where a person approved it, the rows have to be those that were shown.
    pub(crate) fn record_sql(
        &self,
        action: &mut Action<'_>,
        transaction: &mut tgp_database::Transaction,
    ) -> Result<(), Refusal> {
        let captured = transaction.capture().map_err(|error| from_sql(&error))?;
        if !captured.irreversible.is_empty() {
            let mut why: Vec<String> = captured.irreversible.iter().map(ToString::to_string).collect();
            why.dedup();
            let before = action.facts.irreversible.take();
            action.facts.irreversible = Some(before.into_iter().chain(why).collect::<Vec<_>>().join("; "));
        }
        if let Some(approved) = action.approved_pre_images()
            && approved != captured_before(&captured.changeset, captured.rows)?
        {
            let message = "the rows it touches have changed since it was approved";
            return Err(Refusal::new(ErrorCode::DatabaseBusy, message));
        }
        if !captured.changeset.is_empty() {
            let database = self.database()?.path().display().to_string();
            action.facts.undo.push(UndoPart::Changeset { database, bytes: captured.changeset });
        }
        transaction.note_action(&action.id.to_string(), action.at.0).map_err(|error| from_sql(&error))
    }
}

/// Says in words what a statement does.
pub(crate) fn describe_sql(action: &mut Action<'_>, look: &SqlLook) {
    let (kind, verb, tables) = match look.kind {
        SqlKind::Read => (ActionType::SqlRead, "Read", &look.reads),
        SqlKind::Write => (ActionType::SqlWrite, "Changed", &look.writes),
        SqlKind::Schema => (ActionType::SqlWrite, "Changed the schema of", &look.writes),
    };
    action.kind = kind;
    let tables = if tables.is_empty() { "the database".to_owned() } else { tables.join(", ") };
    action.facts.description = format!("{verb} {tables}");
}

/// Asks the judge about a statement; `show` is what a person would see of it.
pub(crate) fn judge_sql(
    action: &mut Action<'_>,
    look: &SqlLook,
    arguments: Value,
    show: &dyn Fn() -> Result<Shown, Refusal>,
) -> Result<(), Refusal> {
    for (capability, targets) in sql_requests(look) {
        action.judge_wish(&Wish { capability, targets, arguments: arguments.clone(), show })?;
    }
    Ok(())
}

/// What a statement asks for. One that writes also reads: what it copies, returns, or chooses its rows by.
pub(crate) fn sql_requests(look: &SqlLook) -> Vec<(&'static str, Vec<Target>)> {
    let of = |tables: &[String]| tables.iter().map(|table| Target::table(table)).collect::<Vec<_>>();
    let reads = ("sql.read", of(&look.reads));
    let capability = match look.kind {
        SqlKind::Read => return vec![reads],
        SqlKind::Write => "sql.write",
        SqlKind::Schema => "sql.schema",
    };
    let also = Some(reads).filter(|(_, tables)| !tables.is_empty());
    std::iter::once((capability, of(&look.writes))).chain(also).collect()
}

/// The tables a statement writes.
fn written(look: &SqlLook) -> Vec<Target> {
    look.writes.iter().map(|table| Target::table(table)).collect()
}

fn output(set: ResultSet, offset: u64, action: &Action<'_>) -> ExecSqlOutput {
    let rows: Vec<Vec<Value>> =
        set.rows.into_iter().map(|row| row.into_iter().map(to_json).collect()).collect();
    let next_offset = set.more.then(|| offset + u64::try_from(rows.len()).unwrap_or(0));
    ExecSqlOutput {
        columns: set.columns,
        rows,
        rows_affected: set.rows_affected,
        next_offset,
        action: action.id.to_string(),
    }
}
