//! The settings of wasmtime, each with the attack or the figure behind it.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// Guests alive at once, nested ones included. Each reserves 4 GiB of addresses (never touched, so no memory), which
/// lets the compiled code do without bounds checks; 128 of them are half a terabyte of the 128 there are.
pub(crate) const GUESTS: u32 = 128;
/// Tools inside tools, at most, whatever `limits.depth` says: a run reserves that many of the seats above.
pub const DEEPEST: u32 = 32;
/// Largest linear memory that can be configured with `limits.memoryBytes`.
pub const LARGEST_MEMORY: u64 = 1 << 30;
/// Native stack of a guest. A JavaScript call takes about four times as much of it as of the script's stack (320 KiB,
/// `SCRIPT_STACK` in the guest's `run.c`), so the script's limit is met first, and endless recursion is a `RangeError`.
const NATIVE_STACK: usize = 4 << 20;
/// Room for the host's functions on the same stack.
const HOST_STACK: usize = 256 << 10;
/// A guest touches about this much in a short run. It is set back by copying, not by unmapping, which saves the page
/// faults of the next run. It is also what an idle process keeps for each guest that ever ran at once.
const KEEP_RESIDENT: usize = 1 << 20;

/// The engine that tools run in.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // Two instances a guest: the engine and the tool's own module. The memory, table and stack are the engine's.
    pool.total_core_instances(GUESTS * 2).total_memories(GUESTS).total_tables(GUESTS).total_stacks(GUESTS);
    pool.max_memory_size(usize::try_from(LARGEST_MEMORY)?);
    pool.max_memories_per_module(1).max_tables_per_module(1).table_elements(4096);
    pool.linear_memory_keep_resident(KEEP_RESIDENT).table_keep_resident(64 << 10);
    // Where the kernel can say which pages were touched, only those are set back.
    pool.pagemap_scan(Enabled::Auto);
    let mut config = base();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config.consume_fuel(true).epoch_interruption(true);
    config.cranelift_opt_level(OptLevel::Speed);
    config.max_wasm_stack(NATIVE_STACK).async_stack_size(NATIVE_STACK + HOST_STACK);
    Engine::new(&config)
}

/// The engine in which the snapshot is made: compiled quickly, used once.
pub(crate) fn snapshot_engine() -> wasmtime::Result<Engine> {
    let mut config = base();
    config
        .cranelift_opt_level(OptLevel::None)
        .max_wasm_stack(NATIVE_STACK)
        .async_stack_size(NATIVE_STACK + HOST_STACK);
    Engine::new(&config)
}

fn base() -> Config {
    let mut config = Config::new();
    // A stack of native addresses helps nobody here; collecting it costs time in each trap.
    config.wasm_backtrace_max_frames(None);
    // What the engine does not use is off: less to go wrong.
    config.wasm_simd(false).wasm_relaxed_simd(false).wasm_multi_memory(false).wasm_memory64(false);
    config.wasm_tail_call(false);
    config
}
