//! `tgp sql`: one statement against the project's database.

use clap::Args;
use serde_json::Value;
use tgp_protocol::client::tools::{ExecSqlInput, ExecSqlOutput};

use crate::cli::Behalf;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};
use crate::table::{Cell, Side, Table};
use crate::words;

/// Run one SQL statement against the project's database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp sql 'SELECT * FROM users'
  tgp sql 'SELECT * FROM users WHERE age > ? AND city = ?' 30 Ohio
  tgp sql 'UPDATE users SET city = :new WHERE city = :old' :old=Ohiio :new=Ohio
  tgp sql 'SELECT ?' --params '[\"5\"]'")]
pub(crate) struct SqlArgs {
    /// One statement.
    statement: String,
    /// Values for `?` in their order, or `:name=value`; JSON where it is JSON, otherwise text.
    #[arg(value_name = "PARAM", conflicts_with = "params", allow_negative_numbers = true)]
    values: Vec<String>,
    /// All parameters as JSON: an array for `?`, an object for names.
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// At most this many rows.
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: u32,
    /// Skip this many rows.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u64,
    #[command(flatten)]
    behalf: Behalf,
}

pub(crate) fn run(args: &SqlArgs, context: &Context<'_>) -> Result<(), Failure> {
    let params = match &args.params {
        Some(text) => words::json_option("--params", text)?,
        None => words::parameters(&args.values)?,
    };
    let engine = context.open(&args.behalf.agent())?;
    let input = ExecSqlInput {
        sql: args.statement.clone(),
        params,
        offset: (args.offset > 0).then_some(args.offset),
        limit: Some(args.limit),
    };
    let set = engine.exec_sql(&engine.begin(), input)?;
    context.output.answer(&set, |page| put(page, &set));
    Ok(())
}

fn put(page: &mut Page, set: &ExecSqlOutput) {
    let count = |count: u64| format!("{count} row{}", if count == 1 { "" } else { "s" });
    if set.columns.is_empty() {
        page.line(&format!("{} affected", count(set.rows_affected)));
        return;
    }
    let types: Vec<&str> = (0..set.columns.len()).map(|column| type_of(set, column)).collect();
    let titles: Vec<(&str, Side)> =
        set.columns.iter().map(String::as_str).zip(types.iter().map(|kind| side(kind))).collect();
    let mut table = Table::new(&titles);
    table.row(types.iter().map(|kind| Cell::new(Style::Dim, kind)).collect());
    table.end_head();
    for row in &set.rows {
        table.row(row.iter().map(tgp_screen::value::cell).collect());
    }
    table.put(page);
    let shown = u64::try_from(set.rows.len()).unwrap_or(u64::MAX);
    let more = set.next_offset.map_or_else(String::new, |next| format!("; more with `--offset {next}`"));
    page.put(Style::Dim, &format!("({}{more})", count(shown))).end();
    if set.rows_affected > 0 {
        page.line(&format!("{} affected", count(set.rows_affected)));
    }
}

/// The one type the values of a column have here, besides NULL.
fn type_of(set: &ExecSqlOutput, column: usize) -> &'static str {
    let values =
        set.rows.iter().filter_map(|row| row.get(column)).filter(|value| !matches!(value, Value::Null));
    let mut types = values.map(tgp_screen::value::type_name);
    match types.next() {
        None => "null",
        Some(first) if types.all(|other| other == first) => first,
        Some(_) => "mixed",
    }
}

fn side(kind: &str) -> Side {
    if matches!(kind, "integer" | "real") { Side::Right } else { Side::Left }
}
