//! A tool as a WASM module of its own: bytecode in a data segment, importing the engine.
//!
//! As Javy's dynamic modules are: the engine's code is compiled once for all tools, and a tool is a few kilobytes.

use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, MemoryType, Module as Encoded, TypeSection, ValType,
};
use wasmtime::{Engine, Extern, Instance, Module, Store};

use crate::guest::GuestState;

/// A tool ready to run.
#[derive(Debug)]
pub struct ToolModule {
    module: Module,
    hash: String,
}

impl ToolModule {
    /// The export that runs the tool: length of the input -> address of the answer.
    pub(crate) const ENTRY: &'static str = "run";
    const ENGINE: &'static str = "engine";
    const FUNCTIONS: [&'static str; 3] = ["tgp_alloc", "tgp_load", "tgp_run"];

    pub(crate) fn compile(engine: &Engine, wasm: &[u8], hash: &str) -> wasmtime::Result<Self> {
        Ok(Self { module: Module::new(engine, wasm)?, hash: hash.to_owned() })
    }

    /// Hash of the modules it was made of.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    pub(crate) fn module(&self) -> &Module {
        &self.module
    }

    /// The engine's side of the imports, in their order.
    pub(crate) fn imports(store: &mut Store<GuestState>, engine: &Instance) -> wasmtime::Result<[Extern; 4]> {
        let [alloc, load, run] = Self::FUNCTIONS;
        let mut export = |name| {
            let found = engine.get_export(&mut *store, name);
            found.ok_or_else(|| wasmtime::Error::msg(format!("the engine exports no `{name}`")))
        };
        Ok([export("memory")?, export(alloc)?, export(load)?, export(run)?])
    }

    /// Writes the module around a packet of bytecode.
    pub(crate) fn encode(bytecode: &[u8]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I32], []);
        let mut imports = ImportSection::new();
        let memory =
            MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
        imports.import(Self::ENGINE, "memory", memory);
        for (name, ty) in Self::FUNCTIONS.into_iter().zip([0, 1, 0]) {
            imports.import(Self::ENGINE, name, EntityType::Function(ty));
        }
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut exports = ExportSection::new();
        exports.export(Self::ENTRY, ExportKind::Func, 3);
        let mut code = CodeSection::new();
        code.function(&entry(bytecode.len()));
        let mut data = DataSection::new();
        data.passive(bytecode.iter().copied());
        let mut module = Encoded::new();
        module.section(&types).section(&imports).section(&functions).section(&exports);
        module.section(&DataCountSection { count: 1 }).section(&code).section(&data);
        module.finish()
    }
}

/// `packet = alloc(n); if packet { copy the segment there }; load(packet, n); return run(length)`.
fn entry(length: usize) -> Function {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    code.i32_const(length).call(0).local_tee(1);
    code.if_(wasm_encoder::BlockType::Empty);
    code.local_get(1).i32_const(0).i32_const(length).memory_init(0, 0);
    code.end();
    code.local_get(1).i32_const(length).call(1);
    code.local_get(0).call(2);
    code.end();
    function
}
