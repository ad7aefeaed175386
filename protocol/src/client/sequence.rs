//! A list of capability calls as one unit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Refusal;

/// Output of `tgp sequence run`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSequenceOutput {
    /// Whether every step was done.
    pub done: bool,
    /// The step that failed or was denied, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_step: Option<u32>,
    /// Whether everything that had been done was taken back.
    pub rolled_back: bool,
    /// The steps, in their order.
    pub steps: Vec<SequenceStepOutput>,
    /// Number of the sequence's own action; undoing it takes all steps back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// One step, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SequenceStepOutput {
    /// Its number, from 1.
    pub step: u32,
    /// What it called.
    pub capability: String,
    /// How it ended.
    pub end: StepEnd,
    /// Number of its action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Number of the action that took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// What it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Why it failed, was denied, or stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepEnd {
    /// Done.
    Executed,
    /// It failed; nothing of it stayed.
    Failed,
    /// The policy denied it, or a person would have to be asked.
    Denied,
    /// Done, and taken back because a later step failed.
    TakenBack,
    /// Done; a later step failed, and this one could not be taken back.
    Stays,
    /// An earlier step failed.
    NotReached,
}
