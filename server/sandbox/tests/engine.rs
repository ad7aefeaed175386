//! The engine's module itself.

use std::path::Path;
use std::process::Command;

use wasmtime::{Engine, ExternType, Module};

#[test]
fn no_wasi_import_is_left_and_every_import_is_ours() {
    let module = Module::new(&Engine::default(), tgp_wasm_guest::ENGINE_WASM).unwrap();
    let mut imports: Vec<_> = module.imports().map(|import| (import.module(), import.name())).collect();
    imports.sort_unstable();
    assert_eq!(
        imports,
        [("tgp", "host_call"), ("tgp", "host_input"), ("tgp", "host_log"), ("tgp", "host_reply")]
    );
    assert!(module.imports().all(|import| matches!(import.ty(), ExternType::Func(_))));
}

#[test]
fn the_engine_names_no_folder_of_the_machine_it_was_built_on() {
    let wasm = String::from_utf8_lossy(tgp_wasm_guest::ENGINE_WASM);
    for folder in [env!("CARGO_MANIFEST_DIR"), env!("CARGO_TARGET_TMPDIR"), "/.cargo/", "registry/src"] {
        assert!(!wasm.contains(folder), "{folder}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "building again is what is tested")]
fn two_builds_in_different_folders_give_the_same_bytes() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("second-build");
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--locked",
            "--package",
            "tgp-wasm-guest",
            "--message-format",
            "json",
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).unwrap();
    let second = messages
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|message| message["reason"] == "build-script-executed")
        .flat_map(|message| message["env"].as_array().cloned().unwrap_or_default())
        .find(|pair| pair[0] == "TGP_ENGINE_HASH")
        .unwrap();
    assert_eq!(second[1], tgp_wasm_guest::ENGINE_HASH);
}
