//! `tgp tool run`.

use clap::Args;
use serde_json::Value;
use tgp_protocol::client::tools::{ExecToolInput, ExecToolOutput};

use crate::cli::Behalf;
use crate::context::{Context, Opened};
use crate::failure::Failure;
use crate::words;
use tgp_screen::findings::{put_finding, put_log};

/// Run a tool in the sandbox: the committed one, as agents run it.
///
/// The result goes to stdout (a text as it is, anything else as JSON), what the tool logged to stderr.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp tool run tools/math/fib.ts n=10
  tgp tool run tools/reports/downgrade.ts --args '{\"month\": \"2026-06\"}' > june.txt
  tgp tool run tools/dice.ts sides=6 --seed 1")]
pub(crate) struct RunArgs {
    /// The tool, such as `tools/math/fib.ts`.
    path: String,
    /// Arguments; a value that is JSON is taken as JSON, anything else as text.
    #[arg(value_name = "NAME=VALUE", conflicts_with = "args")]
    pairs: Vec<String>,
    /// All arguments as one JSON object.
    #[arg(long, value_name = "JSON")]
    args: Option<String>,
    /// Seed of `Math.random` and ids; the same seed gives the same result.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    behalf: Behalf,
}

pub(super) fn run(args: &RunArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&args.behalf.agent())?;
    let path = super::tool_path(&engine, context, &args.path);
    let input = ExecToolInput { args: arguments(args, &engine, &path)?, path, seed: args.seed };
    let done = engine.exec_tool(&engine.begin(), input)?;
    put_beside(context, &done);
    if context.output.is_json() {
        context.output.answer(&done, |_| {});
    } else {
        context.output.text(&show(&done.result));
    }
    Ok(())
}

fn arguments(args: &RunArgs, engine: &Opened<'_>, path: &str) -> Result<Value, Failure> {
    match &args.args {
        Some(text) => words::json_option("--args", text),
        None if args.pairs.is_empty() => Ok(Value::Object(serde_json::Map::new())),
        // A tool that is not there is refused when it is run, with more to say than here.
        None => {
            let schema = engine.show_tool(&engine.begin(), path).ok().and_then(|tool| tool.schema);
            words::named(&args.pairs, schema.as_ref())
        }
    }
}

fn put_beside(context: &Context<'_>, done: &ExecToolOutput) {
    if context.output.is_json() || (done.logs.is_empty() && done.warnings.is_empty()) {
        return;
    }
    context.output.message(|page| {
        done.warnings.iter().for_each(|finding| put_finding(page, finding, false));
        done.logs.iter().for_each(|line| put_log(page, &line.level, &line.text));
    });
}

fn show(result: &Value) -> String {
    match result {
        Value::String(text) if text.ends_with('\n') => text.clone(),
        Value::String(text) => format!("{text}\n"),
        other => format!("{other:#}\n"),
    }
}
