//! The story itself.

use serde_json::{Value, json};
use tgp_protocol::client::ErrorCode;

use super::sources::{DIM_WEIGHT, DOWNGRADES, FREEZE, SIGN_UP};
use super::stage::{Stage, promise};
use crate::failure::Failure;

const WEIGHT: &str = "tools/shipping/dim_weight.ts";
const REPORT: &str = "tools/reports/downgrades.ts";
const LOOP: &str = "tools/freeze.ts";
const FAILING: &str = "tools/users/sign_up.ts";

/// Tells it from the beginning to the end.
pub(super) fn tell(stage: &mut Stage<'_>) -> Result<(), Failure> {
    forge(stage)?;
    report(stage)?;
    freeze(stage)?;
    roll_back(stage)?;
    stage.scene("Everything is on record.");
    let actions = stage.actions()?;
    promise(actions > 10, "the timeline misses actions")?;
    stage.step("tgp timeline", &format!("{actions} actions, each with its outcome"));
    stage.scene(
        "That was all real: a compiler, a sandbox, Git, SQLite. Now `tgp init` in a project of yours.",
    );
    Ok(())
}

fn forge(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.scene(
        "An agent is asked for the dimensional weight of a parcel. It has no tool for that, and writes one.",
    );
    stage.write(WEIGHT, DIM_WEIGHT)?;
    let checked = stage.check(WEIGHT)?;
    promise(!checked.valid, "the hardcoded number was not found")?;
    stage.scene("The check found a number nobody can change. The agent mends it.");
    stage.patch(WEIGHT, "/ 139", "/ parcel.divisor")?;
    promise(stage.check(WEIGHT)?.valid, "the mended tool is not valid")?;
    let weight = stage.run(WEIGHT, &json!({ "length": 50, "width": 40, "height": 30, "divisor": 120 }))?;
    promise(weight.as_f64() == Some(500.0), "the weight is wrong")
}

fn report(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.scene(
        "\"List users who downgraded in June, pipe-delimited.\" The tool asks the shop's own database.",
    );
    stage.write(REPORT, DOWNGRADES)?;
    let june = stage.run(REPORT, &json!({ "month": "2026-06", "delimiter": "|" }))?;
    promise(june.as_str() == Some("2|Grace|2026-06-11\n4|Barbara|2026-06-30"), "the report is wrong")?;
    stage.scene("The next agent with the same question finds the tool instead of writing it again.");
    let found = stage.find("users who downgraded in a month")?;
    promise(found.is_some_and(|(path, _)| path == REPORT), "the tool was not found")
}

fn freeze(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.scene("Somebody writes an endless loop. It dies; nothing else does.");
    stage.write(LOOP, FREEZE)?;
    let refused = stage.run(LOOP, &json!({})).err();
    promise(refused.is_some_and(|refusal| refusal.code == ErrorCode::SandboxTimeout), "the loop did not die")
}

fn roll_back(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.scene("A tool inserts a row and then fails. A run is one transaction: the row is gone.");
    stage.write(FAILING, SIGN_UP)?;
    let count = "SELECT count(*) FROM users";
    let before = stage.sql(count)?;
    let refused = stage.run(FAILING, &json!({ "name": "Mallory" })).err();
    promise(refused.is_some_and(|refusal| refusal.code == ErrorCode::ToolThrew), "the tool did not throw")?;
    let after = stage.sql(count)?;
    stage.step(
        &format!("exec_sql {count}"),
        &after.iter().flatten().map(Value::to_string).collect::<String>(),
    );
    promise(before == after, "the row stayed")
}
