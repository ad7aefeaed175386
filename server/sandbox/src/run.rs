//! One run of a tool in a fresh guest.

use std::collections::BTreeMap;
use std::time::Instant;

use wasmtime::{Instance, Store, Trap};

use crate::answer::{Answer, Kind, Thrown};
use crate::budget::{Budget, Stop};
use crate::guest::{GuestState, drive, new_store, remember_memory};
use crate::host::Host;
use crate::outcome::{RunError, RunOutcome};
use crate::pool::DEEPEST;
use crate::sandbox::Sandbox;
use crate::stack::frames;
use crate::tool_module::ToolModule;

/// What a run is given. The same input gives the same result and the same fuel.
#[derive(Debug, Clone, Copy)]
pub struct RunInput<'a> {
    /// The argument of the tool's default export, as JSON with tags.
    pub args: &'a str,
    /// Seed of `Math.random`, `crypto.randomUUID` and `crypto.getRandomValues`.
    pub seed: u64,
    /// What `Date.now()` says throughout the run: milliseconds since 1970.
    pub now_ms: i64,
    /// `process.env`; only configuration files get one.
    pub env: Option<&'a BTreeMap<String, String>>,
}

/// Of what a run used nothing is seen before it ends; these are the readings when it began.
struct Begun {
    fuel: u64,
    cpu: std::time::Duration,
    at: Instant,
}

pub(crate) fn run(
    sandbox: &Sandbox,
    tool: &ToolModule,
    input: RunInput<'_>,
    budget: &Budget,
    host: &mut dyn Host,
) -> RunOutcome {
    let begun = Begun { fuel: budget.fuel_left(), cpu: budget.cpu_used(), at: Instant::now() };
    let mut logs = Vec::new();
    let result = admit(sandbox, tool, input, budget, host, &mut logs);
    RunOutcome {
        result,
        logs,
        fuel: begun.fuel - budget.fuel_left(),
        cpu: budget.cpu_used().saturating_sub(begun.cpu),
        wall: begun.at.elapsed(),
    }
}

/// Everything that can be refused before a guest exists, then the run itself.
fn admit(
    sandbox: &Sandbox,
    tool: &ToolModule,
    input: RunInput<'_>,
    budget: &Budget,
    host: &mut dyn Host,
    logs: &mut Vec<crate::LogLine>,
) -> Result<String, RunError> {
    let limits = budget.limits();
    if input.args.len() as u64 > limits.args_bytes {
        return Err(RunError::ArgumentsTooLarge { size: input.args.len() as u64, limit: limits.args_bytes });
    }
    // A nested run sits on the seats its caller has taken for it.
    let _seats = if budget.depth() == 0 {
        Some(
            sandbox
                .seats()
                .take(limits.depth.clamp(1, DEEPEST), budget)
                .map_err(|stop| stopped(stop, budget))?,
        )
    } else {
        None
    };
    if budget.depth() >= DEEPEST || !budget.enter() {
        return Err(RunError::Depth { limit: Some(limits.depth.min(DEEPEST)) });
    }
    let result = match packet(input, limits.result_bytes) {
        Ok(packet) => in_guest(sandbox, tool, packet, budget, host, logs),
        Err(message) => Err(RunError::Broken { message }),
    };
    budget.leave();
    result
}

fn in_guest(
    sandbox: &Sandbox,
    tool: &ToolModule,
    packet: Vec<u8>,
    budget: &Budget,
    host: &mut dyn Host,
    logs: &mut Vec<crate::LogLine>,
) -> Result<String, RunError> {
    let _ticking = sandbox.ticker().keep_awake();
    let broken = |error: wasmtime::Error| RunError::Broken { message: format!("{error:#}") };
    let mut store = new_store(sandbox.engine(), GuestState::new(budget, packet), true).map_err(broken)?;
    let exchange = store.data().exchange();
    let answered = drive(call_tool(sandbox, tool, &mut store), &exchange, budget, host);
    budget.set_fuel_left(store.get_fuel().map_err(broken)?);
    *logs = std::mem::take(&mut store.data_mut().logs);
    let refused = store.data().room.refused;
    match answered {
        Ok(answer) => translate(answer, budget),
        Err(error) => Err(ended(&error, refused, budget)),
    }
}

async fn call_tool(
    sandbox: &Sandbox,
    tool: &ToolModule,
    store: &mut Store<GuestState>,
) -> wasmtime::Result<Answer> {
    let length = u32::try_from(store.data().input.len())?;
    let engine = sandbox.instantiate_engine(store).await?;
    let memory = remember_memory(store, &engine)?;
    let imports = ToolModule::imports(store, &engine)?;
    let instance = Instance::new_async(&mut *store, tool.module(), &imports).await?;
    let entry = instance.get_typed_func::<u32, u32>(&mut *store, ToolModule::ENTRY)?;
    let at = entry.call_async(&mut *store, length).await?;
    Answer::read(store, memory, at)
}

/// `struct input` of the guest's `run.c`, then the environment and the arguments, each with a zero byte behind it.
fn packet(input: RunInput<'_>, result_bytes: u64) -> Result<Vec<u8>, String> {
    let environment = input.env.map(serde_json::to_string).transpose().map_err(|error| error.to_string())?;
    let environment = environment.unwrap_or_default();
    let length = |text: &str| u32::try_from(text.len()).map_err(|error| error.to_string());
    let mut packet = Vec::with_capacity(40 + environment.len() + input.args.len());
    packet.extend(input.seed.to_le_bytes());
    packet.extend(input.now_ms.to_le_bytes());
    packet.extend(u32::try_from(result_bytes).unwrap_or(u32::MAX / 4).min(u32::MAX / 4).to_le_bytes());
    packet.extend(length(&environment)?.to_le_bytes());
    packet.extend(length(input.args)?.to_le_bytes());
    packet.extend([0; 4]);
    for text in [&environment, input.args].into_iter().filter(|text| !text.is_empty()) {
        packet.extend(text.as_bytes());
        packet.push(0);
    }
    Ok(packet)
}

/// The guest came to an end by itself.
fn translate(answer: Answer, budget: &Budget) -> Result<String, RunError> {
    let limits = budget.limits();
    Err(match answer.kind {
        Kind::Done => return Ok(answer.text()),
        Kind::Threw => thrown(&answer)?,
        Kind::Stalled => RunError::Stalled,
        Kind::TooLarge => RunError::ResultTooLarge { size: answer.wanted.into(), limit: limits.result_bytes },
        Kind::Invalid => RunError::ResultInvalid { message: answer.text() },
        Kind::Memory => RunError::Memory { limit: limits.memory_bytes },
        Kind::Broken => RunError::Broken { message: answer.text() },
    })
}

fn thrown(answer: &Answer) -> Result<RunError, RunError> {
    let thrown: Thrown = serde_json::from_slice(&answer.data).map_err(|error| RunError::Broken {
        message: format!("the report of an error cannot be read: {error}"),
    })?;
    let frames = frames(&thrown.stack);
    Ok(RunError::Threw { name: thrown.name, message: thrown.message, frames, code: thrown.code })
}

fn stopped(stop: Stop, budget: &Budget) -> RunError {
    let limits = budget.limits();
    match stop {
        Stop::Cpu => RunError::CpuTimeout { limit: limits.cpu() },
        Stop::Wall => RunError::WallTimeout { limit: limits.wall() },
        Stop::Cancelled => RunError::Cancelled,
        Stop::HostCalls => RunError::HostCalls { limit: limits.host_calls },
    }
}

/// The guest was ended: by a limit, or by a trap.
fn ended(error: &wasmtime::Error, refused_memory: bool, budget: &Budget) -> RunError {
    let limits = budget.limits();
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stopped(*stop, budget);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => RunError::Fuel { limit: limits.fuel },
        // The script's stack lies below everything else: running over its end is an access outside the memory.
        Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => RunError::Depth { limit: None },
        _ if refused_memory => RunError::Memory { limit: limits.memory_bytes },
        _ => RunError::Broken { message: format!("{error:#}") },
    }
}
