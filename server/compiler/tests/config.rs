//! `tgp.config.ts`: what it may read, and what is made of it.

use expect_test::expect;
use tgp_compiler::{BundleError, SourceKind, strip_types, tgp_d_ts};

use crate::fixture::bundle_kind;

fn config(text: &str) -> String {
    match bundle_kind(&format!("//- tgp.config.ts\n{text}"), SourceKind::Config) {
        Ok(bundle) => {
            let modules: String =
                bundle.modules.iter().map(|m| format!("--- {}\n{}", m.name, m.code)).collect();
            format!("entry {}, env {:?}\n{modules}", bundle.entry, bundle.env)
        }
        Err(BundleError::Refused { diagnostics }) => diagnostics
            .iter()
            .map(|d| format!("{}:{}:{} {}: {}\n", d.path, d.line, d.column, d.code, d.message))
            .collect(),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn a_configuration_names_its_environment_variables() {
    expect![[r#"
        entry tgp:entry, env ["NODE_ENV", "TGP_GITHUB_TOKEN"]
        --- @tgp/core
        export function defineTGPConfig(config) {
        return config;
        }
        --- tgp.config.ts
        import { defineTGPConfig } from "@tgp/core";
        export default defineTGPConfig({
        rootDir: "./.tgp",
        git: {
        auth: { token: process.env.TGP_GITHUB_TOKEN },
        writeStrategy: process.env["NODE_ENV"] === "production" ? "pr" : "direct"
        }
        });
        --- tgp:entry
        import tool from "tgp.config.ts";
        export default async () => {
        const settings = await (typeof tool === "function" ? tool() : tool);
        if (typeof settings === "object" && settings !== null && !Array.isArray(settings)) return settings;
        throw new TypeError("the default export has to be an object of settings");
        };
    "#]].assert_eq(&config("import { defineTGPConfig } from '@tgp/core';\nexport default defineTGPConfig({\n  rootDir: './.tgp',\n  git: {\n    auth: { token: process.env.TGP_GITHUB_TOKEN },\n    writeStrategy: process.env['NODE_ENV'] === 'production' ? 'pr' : 'direct',\n  },\n});\n"));
}

#[test]
fn a_configuration_reads_nothing_else() {
    expect![[r#"
        tgp.config.ts:1:30 compile.forbidden_import: Import of 'fs' is not allowed; allowed are: @tgp/core
        tgp.config.ts:2:8 compile.forbidden_import: Import of './other' is not allowed; allowed are: @tgp/core
        tgp.config.ts:3:18 compile.forbidden_global: Global 'process' is forbidden
        tgp.config.ts:5:21 compile.forbidden_global: Global 'process' is forbidden
        tgp.config.ts:5:43 compile.forbidden_global: Global 'process' is forbidden
        tgp.config.ts:5:60 compile.forbidden_global: Global 'process' is forbidden
        tgp.config.ts:5:89 compile.dynamic_code: `eval` makes code from text
        tgp.config.ts:5:103 compile.forbidden_global: Global 'process' is forbidden
    "#]].assert_eq(&config("import { readFileSync } from 'fs';\nimport './other';\nconst { HOME } = process.env;\nconst name = 'A';\nexport default { a: process.env[name], b: process.argv, c: globalThis.process.env.X, d: eval('1'), e: process };\n"));
    expect![[r#"
        tgp.config.ts:1:39 compile.syntax: Unexpected token
    "#]]
    .assert_eq(&config("export default { fs: { allowedDirs: [ };\n"));
}

#[test]
fn the_standard_library_is_only_stripped() {
    let module = strip_types("@tgp/std", "export function sum(values: readonly number[]): number {\n  let total = 0;\n  for (const value of values) total += value;\n  return total;\n}\n").unwrap();
    expect![[r#"
        export function sum(values) {
        let total = 0;
        for (const value of values) total += value;
        return total;
        }
    "#]]
    .assert_eq(&module.code);
    assert!(strip_types("@tgp/std", "export const = 1;").is_err());
}

#[test]
fn the_declarations_of_the_sandbox_are_typescript() {
    assert_eq!(strip_types("tgp.d.ts", tgp_d_ts()).unwrap().code.trim(), "");
}

#[test]
fn every_file_of_the_standard_library_is_stripped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wasm-guest/std");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ts") {
            let source = std::fs::read_to_string(&path).unwrap();
            strip_types("@tgp/std/x", &source).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            count += 1;
        }
    }
    assert!(count > 3);
}
