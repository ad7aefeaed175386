//! What the types of the settings cannot say.

use std::collections::BTreeMap;

use tgp_model::{Config, Limits, RepoPath};
use tgp_sandbox::{DEEPEST, LARGEST_MEMORY};

use super::places::Places;
use super::{ConfigError, limits_of};

/// Limits of things a tool may do without.
const MAY_BE_NOTHING: [&str; 2] = ["hostCalls", "logBytes"];

pub(super) fn check(
    config: &Config,
    named: &BTreeMap<String, String>,
    places: &Places,
) -> Result<(), ConfigError> {
    if !config.fs.block_upward_traversal {
        return Err(places.wrong(&["fs", "blockUpwardTraversal"], "it cannot be switched off"));
    }
    let library = folder(config.root_dir.as_deref().unwrap_or(".tgp"))
        .map_err(|problem| places.wrong(&["rootDir"], problem))?;
    if library.is_root() {
        let problem = "it is the project itself; the library is a folder of its own";
        return Err(places.wrong(&["rootDir"], problem));
    }
    mount(config, &library, places)?;
    allowed_dirs(config, &library, places)?;
    allowed_imports(config, places)?;
    let database = config.database.as_deref().map(|url| url.strip_prefix("sqlite:").unwrap_or(url));
    if database.is_some_and(|path| is_inside(path.trim_start_matches("//"), &library)) {
        return Err(places.wrong(&["database"], "it lies in the library's folder"));
    }
    credentials(config, named, places)?;
    approvals(config, places)?;
    limits(config, places)?;
    let unknown = |id: &&String| !tgp_compiler::rules().iter().any(|rule| rule.id == **id);
    if let Some(id) = config.lint.keys().find(unknown) {
        return Err(places.wrong(&["lint", id], format!("there is no rule `{id}`")));
    }
    Ok(())
}

/// A call that waits longer than this has no client any more; a question that is open longer is forgotten.
const LONGEST_WAIT: u64 = 10 * 60 * 1_000;
const LONGEST_QUESTION: u64 = 7 * 24 * 60 * 60 * 1_000;

fn approvals(config: &Config, places: &Places) -> Result<(), ConfigError> {
    let (wait, lasts) = (config.approvals.wait, config.approvals.lasts);
    if wait > LONGEST_WAIT {
        let problem = format!("{wait} ms is more than ten minutes; `approval_status` asks later");
        return Err(places.wrong(&["approvals", "wait"], problem));
    }
    if !(1_000..=LONGEST_QUESTION).contains(&lasts) {
        let problem = format!("{lasts} ms is not between a second and seven days");
        return Err(places.wrong(&["approvals", "lasts"], problem));
    }
    Ok(())
}

fn folder(text: &str) -> Result<RepoPath, tgp_model::PathProblem> {
    text.parse()
}

fn is_inside(text: &str, library: &RepoPath) -> bool {
    folder(text).is_ok_and(|path| path.is_within(library))
}

fn mount(config: &Config, library: &RepoPath, places: &Places) -> Result<(), ConfigError> {
    let Some(text) = config.mount.as_deref() else { return Ok(()) };
    let mount = folder(text).map_err(|problem| places.wrong(&["mount"], problem))?;
    if mount.is_root() || mount.is_within(library) {
        return Err(places.wrong(&["mount"], "it is a name of its own, outside the library's folder"));
    }
    if mount.components().any(is_git) {
        return Err(places.wrong(&["mount"], "no agent may touch anything named `.git`"));
    }
    Ok(())
}

fn is_git(component: &str) -> bool {
    component.eq_ignore_ascii_case(".git")
}

/// What can be imported by name: `zod`, `@scope/name`, `date-fns/format`, `lodash-es/*`.
fn allowed_imports(config: &Config, places: &Places) -> Result<(), ConfigError> {
    for (at, entry) in config.allowed_imports.iter().flatten().enumerate() {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.~@/*".contains(character);
        let problem = match entry.as_str() {
            "" => "it is empty",
            _ if entry.starts_with(['.', '/']) => {
                "other tools are imported by relative path without being listed"
            }
            _ if entry.contains(':') => "nothing is imported from a URL or from Node; name a package",
            _ if entry == "*" => "name the packages; everything is not a list",
            _ if !entry.chars().all(is_plain) => "it is not the name of a package",
            _ => continue,
        };
        return Err(places.wrong(&["allowedImports", &at.to_string()], format!("`{entry}`: {problem}")));
    }
    Ok(())
}

fn allowed_dirs(config: &Config, library: &RepoPath, places: &Places) -> Result<(), ConfigError> {
    for (at, text) in config.fs.allowed_dirs.iter().enumerate() {
        let path = ["fs", "allowedDirs", &at.to_string()];
        let host = std::path::Path::new(text);
        if host.is_absolute() {
            // The root of the machine, or a folder right in it, is no jail.
            if host.components().filter(|part| matches!(part, std::path::Component::Normal(_))).count() < 2 {
                return Err(
                    places.wrong(&path, "it is far too much of this machine; name a folder deeper down")
                );
            }
            continue;
        }
        let dir = folder(text).map_err(|problem| places.wrong(&path, problem))?;
        if dir.is_root() {
            return Err(places.wrong(&path, "it is the whole project; name folders in it"));
        }
        if dir.is_within(library) {
            return Err(places.wrong(&path, "it is a folder of the library"));
        }
    }
    Ok(())
}

/// Credentials come from the environment, so that no file holds them.
fn credentials(
    config: &Config,
    named: &BTreeMap<String, String>,
    places: &Places,
) -> Result<(), ConfigError> {
    let token = ["git", "auth", "token"];
    let from_environment = |text: &String| text.is_empty() || named.values().any(|value| value == text);
    if config.git.auth.token.as_ref().is_some_and(|text| !from_environment(text)) {
        let problem =
            "a token does not belong in a file; name a variable, such as `process.env.TGP_GIT_TOKEN`";
        return Err(places.wrong(&token, problem));
    }
    let url = config.git.repo.as_deref().and_then(|repo| repo.split_once("://"));
    let user = url.and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    if user.is_some_and(|(user, _)| user.contains(':')) && places.is_text(&["git", "repo"]) {
        let problem = "a password does not belong in a file; use `git.auth.token` with a variable";
        return Err(places.wrong(&["git", "repo"], problem));
    }
    Ok(())
}

fn limits(config: &Config, places: &Places) -> Result<(), ConfigError> {
    in_range(&config.limits, &|name, problem| places.wrong(&["limits", name], problem))?;
    for tool in config.tools.keys() {
        let limits = limits_of(config, tool)
            .map_err(|(name, problem)| places.wrong(&["tools", tool, "limits", &name], problem))?;
        in_range(&limits, &|name, problem| places.wrong(&["tools", tool, "limits", name], problem))?;
    }
    Ok(())
}

fn in_range(limits: &Limits, wrong: &dyn Fn(&str, String) -> ConfigError) -> Result<(), ConfigError> {
    let all = serde_json::to_value(limits).unwrap_or_default();
    let nothing = all.as_object().into_iter().flatten().find(|(_, value)| value.as_u64() == Some(0));
    if let Some((name, _)) = nothing.filter(|(name, _)| !MAY_BE_NOTHING.contains(&name.as_str())) {
        return Err(wrong(name, "with 0 no tool could run at all".to_owned()));
    }
    if limits.memory_bytes > LARGEST_MEMORY {
        return Err(wrong("memoryBytes", format!("it can be {LARGEST_MEMORY} at most")));
    }
    if !(1..=DEEPEST).contains(&limits.depth) {
        return Err(wrong("depth", format!("it can be 1 to {DEEPEST}")));
    }
    Ok(())
}
