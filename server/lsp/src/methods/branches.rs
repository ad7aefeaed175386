//! `tgp/branches/...` and `tgp/content`.

use tgp_protocol::client::branches::{
    BranchChangedOutput, BranchDiffOutput, BranchOutput, BranchesOutput, MergeInput, MergeOutput,
};
use tgp_protocol::client::editor::{
    BranchDiffInput, BranchInput, ContentInput, ContentOutput, ListInput, ReopenInput,
};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::kernel::Asked;

pub(super) fn list(asked: &Asked<'_>, input: ListInput) -> Result<BranchesOutput, Refusal> {
    asked.engine()?.review().list(input.all)
}

pub(super) fn show(asked: &Asked<'_>, input: BranchInput) -> Result<BranchOutput, Refusal> {
    asked.engine()?.review().show(&input.branch)
}

pub(super) fn diff(asked: &Asked<'_>, input: BranchDiffInput) -> Result<BranchDiffOutput, Refusal> {
    asked.engine()?.review().diff(&input.branch, input.by)
}

pub(super) fn merge(asked: &Asked<'_>, input: MergeInput) -> Result<MergeOutput, Refusal> {
    if input.tip.is_none() && !input.dry_run {
        let message = "a merge from an editor names the branch's last commit, `tip`, as the person saw it";
        return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message)
            .with_hint("Ask with `dry_run` first, show what it says, and give back its `tip`."));
    }
    let (engine, call) = asked.engine_and_call()?;
    engine.review().merge(call, &input)
}

pub(super) fn discard(asked: &Asked<'_>, input: BranchInput) -> Result<BranchChangedOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.review().discard(call, &input.branch)
}

pub(super) fn restore(asked: &Asked<'_>, input: BranchInput) -> Result<BranchChangedOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.review().restore_branch(call, &input.branch)
}

pub(super) fn reopen(asked: &Asked<'_>, input: ReopenInput) -> Result<BranchChangedOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.review().reopen(call, &input.branch, &input.note)
}

pub(super) fn content(asked: &Asked<'_>, input: ContentInput) -> Result<ContentOutput, Refusal> {
    asked.engine()?.review().content(&input)
}
