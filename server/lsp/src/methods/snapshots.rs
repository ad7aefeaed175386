//! `tgp/snapshots/...`.

use tgp_protocol::client::Refusal;
use tgp_protocol::client::editor::{CreateSnapshotInput, Nothing, SnapshotDiffInput, SnapshotInput};
use tgp_protocol::client::snapshots::{
    RestoreInput, RestoreOutput, SnapshotDiffOutput, SnapshotOutput, SnapshotsOutput,
};

use crate::kernel::Asked;

pub(super) fn list(asked: &Asked<'_>, _: Nothing) -> Result<SnapshotsOutput, Refusal> {
    asked.engine()?.review().snapshots()
}

pub(super) fn create(asked: &Asked<'_>, input: CreateSnapshotInput) -> Result<SnapshotOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.review().create_snapshot(call, &input.reason, input.ignored)
}

pub(super) fn show(asked: &Asked<'_>, input: SnapshotInput) -> Result<SnapshotOutput, Refusal> {
    asked.engine()?.review().show_snapshot(&input.snapshot)
}

pub(super) fn diff(asked: &Asked<'_>, input: SnapshotDiffInput) -> Result<SnapshotDiffOutput, Refusal> {
    asked.engine()?.review().diff_snapshot(&input.snapshot, input.with.as_deref())
}

pub(super) fn restore(asked: &Asked<'_>, input: RestoreInput) -> Result<RestoreOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.review().restore_snapshot(call, &input)
}
