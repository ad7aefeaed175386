//! Making a tool's bytecode, inside a guest: the host never parses what an agent wrote.

use tgp_model::{CancelToken, Limits};
use wasmtime::{Store, Trap};

use crate::answer::{Answer, Kind, Thrown};
use crate::budget::Budget;
use crate::guest::{GuestState, drive, new_store, remember_memory};
use crate::outcome::Frame;
use crate::prepare::Nobody;
use crate::sandbox::{GuestModule, Sandbox};
use crate::stack::frames;
use crate::tool_module::ToolModule;

/// A closure of tools and packages that needs more than this to compile is not one a tool should have.
const LIMITS: Limits = Limits {
    fuel: 50_000_000_000,
    memory_bytes: 256 << 20,
    cpu_ms: 10_000,
    wall_ms: 30_000,
    args_bytes: u64::MAX,
    result_bytes: u64::MAX,
    log_bytes: 0,
    host_calls: 0,
    depth: 1,
};

/// Why there is no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "fields are said in the text of each error")]
pub enum BuildToolError {
    /// The guest's own parser does not take a module, or a module it imports is not there.
    #[error("{name}: {message}")]
    Rejected { name: String, message: String, place: Option<Frame> },
    /// The code is nested too deeply for the parser.
    #[error("the code is nested too deeply")]
    TooDeep,
    /// Compiling took more time or memory than any tool should.
    #[error("the tool is too large to compile: {what}")]
    TooLarge { what: String },
    /// A bug of ours.
    #[error("the sandbox broke: {message}")]
    Broken { message: String },
}

impl From<wasmtime::Error> for BuildToolError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Broken { message: format!("{error:#}") }
    }
}

/// The tool's WASM module.
pub(crate) fn build(
    sandbox: &Sandbox,
    entry: &str,
    modules: &[GuestModule],
) -> Result<Vec<u8>, BuildToolError> {
    let budget = Budget::new(&LIMITS, CancelToken::new());
    let all: Vec<&GuestModule> = modules.iter().collect();
    let packet = packet_of(entry, &all)?;
    let too_large = |what: &dyn std::fmt::Display| BuildToolError::TooLarge { what: what.to_string() };
    let _seats = sandbox.seats().take(1, &budget).map_err(|stop| too_large(&stop))?;
    let _ticking = sandbox.ticker().keep_awake();
    let mut store = new_store(sandbox.engine(), GuestState::new(&budget, packet), true)?;
    let exchange = store.data().exchange();
    let answer = drive(compile(sandbox, &mut store), &exchange, &budget, &mut Nobody).map_err(|error| {
        if let Some(stop) = error.downcast_ref::<crate::budget::Stop>() {
            return too_large(stop);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => BuildToolError::TooDeep,
            Some(Trap::OutOfFuel) => too_large(&"out of fuel"),
            _ => BuildToolError::from(error),
        }
    })?;
    match answer.kind {
        Kind::Done => Ok(ToolModule::encode(&answer.data)),
        Kind::Threw => Err(rejected(&answer)),
        Kind::Memory => Err(too_large(&"out of memory")),
        // Among them: the entry is not one of the modules.
        _ => Err(BuildToolError::Broken { message: answer.text() }),
    }
}

async fn compile(sandbox: &Sandbox, store: &mut Store<GuestState>) -> wasmtime::Result<Answer> {
    let length = u32::try_from(store.data().input.len())?;
    let instance = sandbox.instantiate_engine(store).await?;
    let memory = remember_memory(store, &instance)?;
    let compile = instance.get_typed_func::<u32, u32>(&mut *store, "tgp_compile")?;
    let at = compile.call_async(&mut *store, length).await?;
    Answer::read(store, memory, at)
}

fn rejected(answer: &Answer) -> BuildToolError {
    match serde_json::from_slice::<Thrown>(&answer.data) {
        Ok(thrown) if thrown.name == "RangeError" || thrown.message.contains("stack overflow") => {
            BuildToolError::TooDeep
        }
        Ok(thrown) => {
            let place = frames(&thrown.stack).into_iter().next();
            BuildToolError::Rejected { name: thrown.name, message: thrown.message, place }
        }
        Err(error) => {
            BuildToolError::Broken { message: format!("the report of an error cannot be read: {error}") }
        }
    }
}

/// Modules as the guest's `modules.c` reads them: entry, count, then names and codes, each with its length before it.
pub(crate) fn packet_of(entry: &str, modules: &[&GuestModule]) -> wasmtime::Result<Vec<u8>> {
    let mut packet = Vec::new();
    let part = |packet: &mut Vec<u8>, text: &str| -> wasmtime::Result<()> {
        packet.extend(u32::try_from(text.len())?.to_le_bytes());
        packet.extend(text.as_bytes());
        Ok(())
    };
    part(&mut packet, entry)?;
    packet.extend(u32::try_from(modules.len())?.to_le_bytes());
    for module in modules {
        part(&mut packet, &module.name)?;
        part(&mut packet, &module.code)?;
    }
    Ok(packet)
}
