//! Packages from npm: real ones, and small ones that show each way to resolve.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use expect_test::expect;
use tgp_compiler::{Bundle, ReadSource, Settings, SourceKind, bundle};

use crate::fixture::{bundle_text, findings, modules};

/// `node_modules` that `cargo xtask setup` fills; a test fails where it is missing.
struct Installed {
    modules: PathBuf,
    tool: &'static str,
}

impl ReadSource for Installed {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        (path == "tools/tool.ts").then(|| Arc::from(self.tool))
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        fs::read_to_string(self.modules.join(path)).ok().map(Arc::from)
    }
}

fn installed(tool: &'static str) -> Bundle {
    let cache = std::env::var_os("TGP_TEST_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/tgp-test"),
        PathBuf::from,
    );
    let modules = cache.join("npm/project/node_modules");
    assert!(
        modules.join("zod/package.json").exists(),
        "run `cargo xtask setup`: there is no zod in {}",
        modules.display()
    );
    let settings = Settings { allowed_imports: vec!["zod".into(), "date-fns".into()], ..Settings::default() };
    let start = std::time::Instant::now();
    let bundle = bundle("tools/tool.ts", &Installed { modules, tool }, &settings, SourceKind::Tool)
        .unwrap_or_else(|e| panic!("{e:#?}"));
    println!("{} modules in {:?}", bundle.modules.len(), start.elapsed());
    bundle
}

/// Every import of a bundle names a module that comes before it, or is part of a circle within a package.
fn is_closed(bundle: &Bundle) {
    let names: Vec<&str> = bundle.modules.iter().map(|m| m.name.as_str()).collect();
    for module in &bundle.modules {
        for line in module.code.lines().filter(|l| l.starts_with("import ") || l.starts_with("export ")) {
            if let Some((_, rest)) = line.split_once(" from \"") {
                let wanted = rest.trim_end_matches("\";");
                assert!(names.contains(&wanted), "{} imports {wanted}", module.name);
            }
        }
    }
}

#[test]
fn zod_is_bundled_from_its_es_modules() {
    let bundle = installed(
        "import { z } from 'zod';\nconst Args = z.object({ name: z.string() });\nexport default (args: { name: string }) => Args.parse(args).name;",
    );
    assert!(
        bundle.modules.iter().any(|m| m.name.starts_with("npm:zod/v4/")),
        "{:?}",
        bundle.modules.iter().map(|m| &m.name).collect::<Vec<_>>()
    );
    is_closed(&bundle);
}

#[test]
fn date_fns_is_bundled_whole_or_in_part() {
    let whole = installed(
        "import { format, addDays } from 'date-fns';\nexport default (args: { day: string }) => format(addDays(args.day, 1), 'yyyy-MM-dd');",
    );
    is_closed(&whole);
    let part = installed(
        "import { addDays } from 'date-fns/addDays';\nexport default (args: { day: string }) => addDays(args.day, 1).toISOString();",
    );
    is_closed(&part);
    assert!(part.modules.len() < 10, "{}", part.modules.len());
    println!("whole: {} modules, part: {}", whole.modules.len(), part.modules.len());
}

const MANIFEST: &str = r##"{
  "name": "pkg", "type": "module",
  "exports": {
    ".": { "node": "./node.js", "require": "./main.cjs", "import": { "types": "./a.d.ts", "default": "./main.js" } },
    "./features/*": "./src/*.js",
    "./features/private/*": null,
    "./list": [{ "browser": "./no.js" }, "./src/list.js"],
    "./old": { "require": "./main.cjs" },
    "./common": "./common.cjs",
    "./out": "./../other/index.js"
  },
  "imports": { "#inner": "./src/inner.js" }
}"##;

fn with_package(specifier: &str) -> String {
    format!(
        "//- tools/tool.ts\nimport * as it from '{specifier}';\nexport default () => it;\n//- node_modules/pkg/package.json\n{MANIFEST}\n//- node_modules/pkg/main.js\nimport a from './src/a.js';\nimport '#inner';\nexport {{ a }};\nexport * from './src/list.js';\n//- node_modules/pkg/src/a.js\nimport {{ a as again }} from '../main.js';\nexport default () => again;\n//- node_modules/pkg/src/list.js\nexport const list = [];\n//- node_modules/pkg/src/inner.js\nexport {{}};\n//- node_modules/pkg/common.cjs\nmodule.exports = 1;\n//- node_modules/other/index.js\nexport default 1;\n"
    )
}

#[test]
fn exports_are_resolved_by_conditions_patterns_and_lists() {
    expect![[r#"
        entry tools/tool.ts
        --- npm:pkg/src/a.js
        import { a as again } from "npm:pkg/main.js";
        export default () => again;
        --- npm:pkg/src/inner.js
        export {};
        --- npm:pkg/src/list.js
        export const list = [];
        --- npm:pkg/main.js
        import a from "npm:pkg/src/a.js";
        import "npm:pkg/src/inner.js";
        export { a };
        export * from "npm:pkg/src/list.js";
        --- tools/tool.ts
        import * as it from "npm:pkg/main.js";
        export default () => it;
    "#]]
    .assert_eq(&modules(&with_package("pkg")));
    expect![[r#"
        entry tools/tool.ts
        --- npm:pkg/src/list.js
        export const list = [];
        --- tools/tool.ts
        import * as it from "npm:pkg/src/list.js";
        export default () => it;
    "#]]
    .assert_eq(&modules(&with_package("pkg/features/list")));
    expect![[r#"
        entry tools/tool.ts
        --- npm:pkg/src/list.js
        export const list = [];
        --- tools/tool.ts
        import * as it from "npm:pkg/src/list.js";
        export default () => it;
    "#]]
    .assert_eq(&modules(&with_package("pkg/list")));
}

#[test]
fn what_cannot_be_imported_from_a_package_says_why() {
    let all: String = [
        "pkg/features/private/x",
        "pkg/old",
        "pkg/common",
        "pkg/out",
        "pkg/nothing",
        "zod",
        "other",
        "pkgx",
        "node:fs",
        "/etc/passwd",
        "https://a.example/x.js",
        "tools/x",
    ]
    .iter()
    .map(|specifier| {
        findings(&with_package(specifier))
            .lines()
            .filter(|l| l.contains("compile."))
            .fold(String::new(), |all, l| all + l + "\n")
    })
    .collect();
    expect![[r#"
        tools/tool.ts:1:21 Error compile.forbidden_import: 'pkg/features/private/x' cannot be imported: `pkg` exports no ES module under `./features/private/x`
        tools/tool.ts:1:21 Error compile.forbidden_import: 'pkg/old' cannot be imported: `pkg` exports no ES module under `./old`
        tools/tool.ts:1:21 Error compile.forbidden_import: 'pkg/common' cannot be imported: `pkg/common.cjs` is CommonJS; only ES modules can be imported
        tools/tool.ts:1:21 Error compile.forbidden_import: 'pkg/out' cannot be imported: it leads out of the package `pkg`
        tools/tool.ts:1:21 Error compile.forbidden_import: 'pkg/nothing' cannot be imported: `pkg` exports no ES module under `./nothing`
        tools/tool.ts:1:21 Error compile.forbidden_import: 'zod' cannot be imported: `zod` is not installed in node_modules
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of 'other' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of 'pkgx' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of 'node:fs' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of '/etc/passwd' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of 'https://a.example/x.js' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
        tools/tool.ts:1:21 Error compile.forbidden_import: Import of 'tools/x' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
    "#]].assert_eq(&all);
}

#[test]
fn a_package_without_exports_is_found_by_module_then_main() {
    let text = "//- tools/tool.ts\nimport x from 'pkg';\nimport y from 'pkg/lib/y';\nexport default () => [x, y];\n//- node_modules/pkg/package.json\n{\"main\": \"./index.cjs\", \"module\": \"./esm/index.js\"}\n//- node_modules/pkg/esm/index.js\nimport { z } from './deep';\nexport default z;\n//- node_modules/pkg/esm/deep/index.js\nexport const z = 1;\n//- node_modules/pkg/lib/y.js\nexport default 2;\n";
    expect![[r#"
        entry tools/tool.ts
        --- npm:pkg/esm/deep/index.js
        export const z = 1;
        --- npm:pkg/esm/index.js
        import { z } from "npm:pkg/esm/deep/index.js";
        export default z;
        --- npm:pkg/lib/y.js
        export default 2;
        --- tools/tool.ts
        import x from "npm:pkg/esm/index.js";
        import y from "npm:pkg/lib/y.js";
        export default () => [x, y];
    "#]]
    .assert_eq(&modules(text));
    let common = "//- tools/tool.ts\nimport x from 'pkg';\nexport default () => x;\n//- node_modules/pkg/package.json\n{\"main\": \"./index.js\"}\n//- node_modules/pkg/index.js\nmodule.exports = () => 1;\n";
    assert!(
        bundle_text(common).unwrap_err().to_string().contains("is CommonJS; only ES modules can be imported")
    );
}
