//! The sandbox as its user sees it.

use std::path::Path;
use std::sync::Arc;

use wasmtime::{Engine, Instance, InstancePre, Store};

use crate::budget::Budget;
use crate::build::BuildToolError;
use crate::cache::{EngineFile, ToolCache};
use crate::guest::{GuestState, linker};
use crate::host::Host;
use crate::outcome::RunOutcome;
use crate::prepare::{OpenSandboxError, engine_module};
use crate::run::RunInput;
use crate::seats::Seats;
use crate::std_library::StdLibrary;
use crate::ticker::Ticker;
use crate::tool_module::ToolModule;
use crate::{build, pool, run};

/// A JavaScript module; imports in its code are canonical names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestModule {
    /// Canonical name, such as `tools/a.ts` or `@tgp/std`.
    pub name: String,
    /// ES module source.
    pub code: String,
}

/// Builds and runs tools. One for the whole process; every method can be called from any thread at any time.
pub struct Sandbox {
    engine: Engine,
    pre: InstancePre<GuestState>,
    tools: ToolCache,
    seats: Seats,
    ticker: Ticker,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Opens the sandbox. The first time with a given engine, standard library, CPU and wasmtime this takes seconds
    /// (`progress` is told what happens); afterwards the compiled engine is mapped from `cache`.
    ///
    /// `cache` holds native code that will be run: it must belong to this user alone, and is created that way.
    pub fn open(
        cache: &Path,
        std: &dyn StdLibrary,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Sandbox, OpenSandboxError> {
        let engine = pool::engine()?;
        let module = engine_module(&engine, cache, std, progress)?;
        let pre = linker(&engine)?.instantiate_pre(&module)?;
        let tools = ToolCache::open(cache, EngineFile::of(&engine, cache, std).key())?;
        let ticker = Ticker::start(engine.weak()).map_err(|error| OpenSandboxError::Engine {
            message: format!("no thread can be started: {error}"),
        })?;
        Ok(Sandbox { engine, pre, tools, seats: Seats::new(pool::GUESTS), ticker })
    }

    /// Whether `open` would find the engine ready.
    pub fn is_prepared(cache: &Path, std: &dyn StdLibrary) -> bool {
        pool::engine().is_ok_and(|engine| EngineFile::of(&engine, cache, std).is_usable())
    }

    /// Makes a tool of its modules, or finds the one made before. `hash` stands for names and code of all modules.
    pub fn build(
        &self,
        entry: &str,
        modules: &[GuestModule],
        hash: &str,
    ) -> Result<Arc<ToolModule>, BuildToolError> {
        self.tools.get_or_make(&self.engine, hash, || build::build(self, entry, modules))
    }

    /// Runs a tool in a fresh guest. Nested runs pass the budget of the outer one, on the same thread.
    pub fn run(
        &self,
        tool: &ToolModule,
        input: RunInput<'_>,
        budget: &Budget,
        host: &mut dyn Host,
    ) -> RunOutcome {
        run::run(self, tool, input, budget, host)
    }

    pub(crate) async fn instantiate_engine(
        &self,
        store: &mut Store<GuestState>,
    ) -> wasmtime::Result<Instance> {
        self.pre.instantiate_async(store).await
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn seats(&self) -> &Seats {
        &self.seats
    }

    pub(crate) fn ticker(&self) -> &Ticker {
        &self.ticker
    }
}
