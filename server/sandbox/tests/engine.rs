//! The engine's module itself.

use wasmtime::{Engine, ExternType, Module};

#[test]
fn no_wasi_import_is_left_and_every_import_is_ours() {
    let module = Module::new(&Engine::default(), tgp_wasm_guest::ENGINE_WASM).unwrap();
    let mut imports: Vec<_> = module.imports().map(|import| (import.module(), import.name())).collect();
    imports.sort_unstable();
    assert_eq!(imports, [("tgp", "host_call"), ("tgp", "host_input"), ("tgp", "host_log"), ("tgp", "host_reply")]);
    assert!(module.imports().all(|import| matches!(import.ty(), ExternType::Func(_))));
}

#[test]
fn the_engine_names_no_folder_of_the_machine_it_was_built_on() {
    let wasm = String::from_utf8_lossy(tgp_wasm_guest::ENGINE_WASM);
    for folder in [env!("CARGO_MANIFEST_DIR"), env!("CARGO_TARGET_TMPDIR"), "/.cargo/", "registry/src"] {
        assert!(!wasm.contains(folder), "{folder}");
    }
}
