//! The engine made ready once: standard library loaded, snapshot taken, compiled, kept in the cache.

use std::path::{Path, PathBuf};

use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostError, HostReply};
use wasmtime::{Engine, Instance, Module, Store};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

use crate::answer::{Answer, Kind};
use crate::budget::Budget;
use crate::build::packet_of;
use crate::cache::{CacheError, EngineFile};
use crate::guest::{Exchange, GuestState, drive, linker, new_store, remember_memory};
use crate::host::Host;
use crate::sandbox::GuestModule;
use crate::std_library::StdLibrary;

/// Why the sandbox cannot be opened.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "fields are said in the text of each error")]
pub enum OpenSandboxError {
    /// The cache folder cannot be used.
    #[error("cache `{path}` cannot be used: {message}")]
    Cache { path: PathBuf, message: String },
    /// A module of the standard library does not compile or throws.
    #[error("the standard library cannot be loaded: {message}")]
    Std { message: String },
    /// The machine lacks what wasmtime needs, or a bug.
    #[error("the engine cannot be prepared: {message}")]
    Engine { message: String },
}

impl From<CacheError> for OpenSandboxError {
    fn from(error: CacheError) -> Self {
        Self::Cache { path: error.path, message: error.source.to_string() }
    }
}

impl From<wasmtime::Error> for OpenSandboxError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine { message: format!("{error:#}") }
    }
}

/// The name of the module that imports all standard modules; it exists while the snapshot is made.
const ROOT: &str = "tgp:root";

/// The engine's compiled code: mapped from the cache, or made now.
pub(crate) fn engine_module(
    engine: &Engine,
    cache: &Path,
    std: &dyn StdLibrary,
    progress: &mut dyn FnMut(&str),
) -> Result<Module, OpenSandboxError> {
    let file = EngineFile::of(engine, cache, std);
    if let Some(module) = file.map(engine)? {
        return Ok(module);
    }
    progress("preparing the engine: loading the standard library");
    let snapshot = snapshot(&std.modules())?;
    progress("preparing the engine: compiling it for this machine");
    let compiled = engine.precompile_module(&snapshot)?;
    file.write(&compiled)?;
    // Read back as every later start will, so that a cache that cannot be used is found now.
    if let Some(module) = file.map(engine)? {
        return Ok(module);
    }
    let message = "what was just written cannot be read back".to_owned();
    Err(OpenSandboxError::Cache { path: cache.to_owned(), message })
}

/// Instantiates the engine, loads the standard library, and writes the resulting state out as a new module.
fn snapshot(std: &[GuestModule]) -> Result<Vec<u8>, OpenSandboxError> {
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument(tgp_wasm_guest::ENGINE_WASM)?;
    let engine = crate::pool::snapshot_engine()?;
    let module = Module::new(&engine, instrumented)?;
    let limits = Limits { cpu_ms: 60_000, wall_ms: 60_000, memory_bytes: 256 << 20, ..Limits::default() };
    let budget = Budget::new(&limits, CancelToken::new());
    let mut store = new_store(&engine, GuestState::new(&budget, Vec::new()), false)?;
    let exchange = store.data().exchange();
    let prepared = drive(load(&engine, &module, &mut store, std), &exchange, &budget, &mut Nobody)?;
    let instance = prepared.map_err(|message| OpenSandboxError::Std { message })?;
    Ok(drive(
        wizer.snapshot(&context, &mut State { store: &mut store, instance }),
        &Exchange::default(),
        &budget,
        &mut Nobody,
    )?)
}

async fn load(
    engine: &Engine,
    module: &Module,
    store: &mut Store<GuestState>,
    std: &[GuestModule],
) -> wasmtime::Result<Result<Instance, String>> {
    let instance = linker(engine)?.instantiate_async(&mut *store, module).await?;
    let memory = remember_memory(store, &instance)?;
    let prepare = instance.get_typed_func::<(), u32>(&mut *store, "tgp_prepare")?;
    let hold = instance.get_typed_func::<u32, u32>(&mut *store, "tgp_hold")?;
    let seal = instance.get_typed_func::<(), ()>(&mut *store, "tgp_seal")?;
    let at = prepare.call_async(&mut *store, ()).await?;
    let answer = Answer::read(store, memory, at)?;
    if answer.kind != Kind::Done {
        return Ok(Err(answer.text()));
    }
    if !std.is_empty() {
        let imports: Vec<String> = std.iter().map(|module| format!("import {:?};", module.name)).collect();
        let code = imports.join("\n");
        let root = GuestModule { name: ROOT.to_owned(), code };
        let modules: Vec<&GuestModule> = std.iter().chain([&root]).collect();
        store.data_mut().input = packet_of(ROOT, &modules)?;
        let length = u32::try_from(store.data().input.len())?;
        let at = hold.call_async(&mut *store, length).await?;
        let answer = Answer::read(store, memory, at)?;
        if answer.kind != Kind::Done {
            return Ok(Err(answer.text()));
        }
    }
    seal.call_async(&mut *store, ()).await?;
    Ok(Ok(instance))
}

/// Nothing is asked while the snapshot is made, or while a tool is built.
pub(crate) struct Nobody;

impl Host for Nobody {
    fn call(&mut self, _: HostCall, _: &Budget) -> HostReply {
        let message = "there is no host yet: modules must not call `tgp` at their top level".to_owned();
        HostReply::Refused {
            error: HostError { code: "internal".to_owned(), name: "Error".to_owned(), message },
        }
    }
}

struct State<'a> {
    store: &'a mut Store<GuestState>,
    instance: Instance,
}

impl InstanceState for State<'_> {
    async fn global_get(&mut self, name: &str, _: wasmtime_wizer::ValType) -> SnapshotVal {
        match self.instance.get_global(&mut *self.store, name).map(|global| global.get(&mut *self.store)) {
            Some(wasmtime::Val::I32(value)) => SnapshotVal::I32(value),
            Some(wasmtime::Val::I64(value)) => SnapshotVal::I64(value),
            Some(wasmtime::Val::F32(bits)) => SnapshotVal::F32(bits),
            Some(wasmtime::Val::F64(bits)) => SnapshotVal::F64(bits),
            // The trait has no error; clang makes no globals of other types.
            _ => SnapshotVal::I32(0),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut *self.store, name);
        contents(memory.map(|memory| memory.data(&*self.store)).unwrap_or_default());
    }
}
