//! Packages: `package.json` conditions, subpaths and patterns, down to one ES module.

use std::sync::Arc;

use serde_json::Value;
use tgp_model::RepoPath;

use super::{NPM, Texts, missing};
use tgp_standards::Finding;

/// Conditions of `exports` that fit a sandbox without a host, in any order; the package's own order decides.
const CONDITIONS: &[&str] = &["import", "module", "default"];

/// The canonical name of what `specifier` means; `from` is the importing module of a package, or empty in a tool.
pub(super) fn resolve(specifier: &str, from: &str, texts: &mut Texts<'_>) -> Result<String, Finding> {
    let path = if specifier.starts_with('.') {
        relative(specifier, from, texts)?
    } else if specifier.starts_with('#') {
        let owner = package_name(from.strip_prefix(NPM).unwrap_or(from)).to_owned();
        let manifest =
            manifest(&owner, texts).ok_or_else(|| missing(specifier, "its package is not installed"))?;
        let target = manifest.get("imports").and_then(|imports| subpath(imports, specifier));
        inside(
            &owner,
            &target.ok_or_else(|| missing(specifier, "its package does not define it"))?,
            specifier,
        )?
    } else {
        installed(specifier, texts)?
    };
    let name = format!("{NPM}{path}");
    let Some(text) = texts.module(&name) else {
        return Err(missing(specifier, &format!("there is no `node_modules/{path}`")));
    };
    if is_common_js(&path, &text, texts) {
        return Err(missing(specifier, &format!("`{path}` is CommonJS; only ES modules can be imported")));
    }
    Ok(name)
}

fn relative(specifier: &str, from: &str, texts: &mut Texts<'_>) -> Result<String, Finding> {
    let from = from.strip_prefix(NPM).unwrap_or(from);
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = folder.parse::<RepoPath>().and_then(|folder| folder.join(specifier));
    let path = joined.map_err(|problem| missing(specifier, &problem.to_string()))?.as_str().to_owned();
    let owner = package_name(from);
    if !path.strip_prefix(owner).is_some_and(|rest| rest.starts_with('/')) {
        return Err(missing(specifier, &format!("it leads out of the package `{owner}`")));
    }
    let candidates = [path.clone(), format!("{path}.js"), format!("{path}.mjs"), format!("{path}/index.js")];
    let found = candidates.iter().find(|candidate| texts.module(&format!("{NPM}{candidate}")).is_some());
    Ok(found.cloned().unwrap_or(path))
}

fn installed(specifier: &str, texts: &mut Texts<'_>) -> Result<String, Finding> {
    let package = package_name(specifier);
    let rest = specifier.strip_prefix(package).unwrap_or("");
    let Some(manifest) = manifest(package, texts) else {
        return Err(missing(specifier, &format!("`{package}` is not installed in node_modules"))
            .hint(format!("Run `npm install {package}` in the project.")));
    };
    if let Some(exports) = manifest.get("exports") {
        let key = format!(".{rest}");
        let target = subpath(exports, &key);
        let target = target
            .ok_or_else(|| missing(specifier, &format!("`{package}` exports no ES module under `{key}`")))?;
        return inside(package, &target, specifier);
    }
    if !rest.is_empty() {
        let found = ["", ".js", ".mjs", "/index.js"]
            .iter()
            .map(|suffix| format!("{specifier}{suffix}"))
            .find(|candidate| texts.module(&format!("{NPM}{candidate}")).is_some());
        return Ok(found.unwrap_or_else(|| specifier.to_owned()));
    }
    let field = |name: &str| manifest.get(name).and_then(Value::as_str).map(str::to_owned);
    let main = field("module").or_else(|| field("main")).unwrap_or_else(|| "index.js".to_owned());
    inside(package, &main, specifier)
}

/// The target of a key of `exports` or `imports`: exact, by the longest pattern with `*`, or by conditions alone.
fn subpath(exports: &Value, key: &str) -> Option<String> {
    let map = exports.as_object().filter(|map| map.keys().any(|k| k.starts_with('.') || k.starts_with('#')));
    let Some(map) = map else { return if key == "." { target(exports, None) } else { None } };
    if let Some(exact) = map.get(key) {
        return target(exact, None);
    }
    let mut patterns: Vec<(&str, &str, &Value)> = map
        .iter()
        .filter_map(|(pattern, value)| pattern.split_once('*').map(|(before, after)| (before, after, value)))
        .filter(|(before, after, _)| {
            key.starts_with(before) && key.ends_with(after) && key.len() >= before.len() + after.len()
        })
        .collect();
    patterns.sort_by_key(|(before, ..)| std::cmp::Reverse(before.len()));
    let (before, after, value) = patterns.first()?;
    target(value, key.get(before.len()..key.len() - after.len()))
}

/// Follows conditions to a path; a list means the first that fits.
fn target(value: &Value, star: Option<&str>) -> Option<String> {
    match value {
        Value::String(path) => Some(star.map_or_else(|| path.clone(), |star| path.replace('*', star))),
        Value::Array(list) => list.iter().find_map(|entry| target(entry, star)),
        Value::Object(conditions) => conditions
            .iter()
            .filter(|(condition, _)| CONDITIONS.contains(&condition.as_str()))
            .find_map(|(_, entry)| target(entry, star)),
        _ => None,
    }
}

/// A path of a package, which never leads out of it.
fn inside(package: &str, path: &str, specifier: &str) -> Result<String, Finding> {
    let joined = package.parse::<RepoPath>().and_then(|folder| folder.join(path));
    let joined = joined.map_err(|problem| missing(specifier, &problem.to_string()))?;
    if !joined.as_str().strip_prefix(package).is_some_and(|rest| rest.starts_with('/')) {
        return Err(missing(specifier, &format!("it leads out of the package `{package}`")));
    }
    Ok(joined.as_str().to_owned())
}

/// `zod` of `zod/v4/index.js`, `@a/b` of `@a/b/c`.
fn package_name(path: &str) -> &str {
    let parts = if path.starts_with('@') { 2 } else { 1 };
    let end = path.match_indices('/').nth(parts - 1).map_or(path.len(), |(at, _)| at);
    path.get(..end).unwrap_or(path)
}

/// The manifest of a package or folder, parsed once a bundle; that of date-fns has more than 100 KB.
fn manifest(package: &str, texts: &mut Texts<'_>) -> Option<Arc<Value>> {
    if let Some(known) = texts.manifests.get(package) {
        return known.clone();
    }
    let text = texts.module(&format!("{NPM}{package}/package.json"));
    let parsed = text.and_then(|text| serde_json::from_str(&text).ok()).map(Arc::new);
    texts.manifests.insert(package.to_owned(), parsed.clone());
    parsed
}

/// Whether a file is a `CommonJS` module: by its extension, by the nearest `package.json`, or by what stands in it.
fn is_common_js(path: &str, text: &str, texts: &mut Texts<'_>) -> bool {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("mjs") => return false,
        Some("cjs" | "json" | "node") => return true,
        _ => {}
    }
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        folder = above;
        if let Some(kind) =
            manifest(folder, texts).and_then(|m| m.get("type").and_then(Value::as_str).map(str::to_owned))
        {
            return kind != "module";
        }
    }
    // Without `"type"` a bundler's `module` field may still point at an ES module: look at the text.
    !text
        .lines()
        .any(|line| line.starts_with("export ") || line.starts_with("export{") || line.starts_with("import "))
}
