//! What makes an editor understand `tgp.config.ts` and the tools without anything from npm.

use std::path::Path;

use super::{InitError, Planned, files, ignore_file, state_of};

/// Types of the configuration: `@tgp/core` as an ambient module, named by the configuration's first line.
const CORE_TYPES: &str = include_str!("core.d.ts");

/// The library's own project file: no DOM, no Node, only the language and what tgp gives to tools.
const LIBRARY_PROJECT: &str = r#"{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "allowImportingTsExtensions": true,
    "strict": true,
    "skipLibCheck": true,
    "noEmit": true,
    "types": [],
    "paths": { "@tgp/*": ["./types/tgp/*.ts"] }
  },
  "include": ["tools", "types/tgp.d.ts"]
}
"#;

/// The library's repository does not see these files: they belong to the program that wrote them.
const IGNORED: [&str; 2] = ["/types/", "/tsconfig.json"];

/// The files below the library's folder that editors read. They are ours: an older text is replaced.
pub(super) fn plan(root: &Path, library: &Path) -> Result<Vec<Planned>, InitError> {
    let mut plans = vec![
        plan_file(root, library, "types/core.d.ts", CORE_TYPES)?,
        plan_file(root, library, "types/tgp.d.ts", tgp_engine::prepare::tool_types())?,
    ];
    for (name, source) in tgp_engine::prepare::std_sources() {
        plans.push(plan_file(root, library, &format!("types/{}.ts", name.trim_start_matches('@')), source)?);
    }
    plans.extend(plan_exclude(root, library)?);
    plans.push(Planned {
        item: item(root, &library.join("tsconfig.json")),
        ..plan_file(root, library, "tsconfig.json", LIBRARY_PROJECT)?
    });
    Ok(plans)
}

fn plan_file(root: &Path, library: &Path, name: &str, text: &str) -> Result<Planned, InitError> {
    let path = library.join(name);
    let old = files::read(&path)?;
    let changed = old.as_deref() != Some(text);
    let state = state_of(old.is_some(), changed);
    let item = item(root, &library.join("types"));
    Ok(Planned { path, item, text: changed.then(|| text.to_owned()), state, note: None })
}

/// The list of this clone alone, so that nothing of it is committed or pushed.
fn plan_exclude(root: &Path, library: &Path) -> Result<Option<Planned>, InitError> {
    if !library.join(".git").is_dir() {
        return Ok(None);
    }
    let path = library.join(".git/info/exclude");
    let old = files::read(&path)?;
    let text = ignore_file::with_lines(old.as_deref().unwrap_or(""), &IGNORED);
    let state = state_of(old.is_some(), text.is_some());
    Ok(Some(Planned { path, item: item(root, &library.join("types")), text, state, note: None }))
}

fn item(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
