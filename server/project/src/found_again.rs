//! A timeline that was lost, found again: in the library's commits, and in an audit export the person gives.

use std::io::BufRead;

use serde::Serialize;
use tgp_gate::installation;
use tgp_model::mount::Mount;
use tgp_model::{ActionId, ActionStatus, ActionType, Timestamp};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{Library, ToldAction};
use tgp_store::{ActionFilter, Intent, Outcome, Reversibility, Store, UndoPart};

use crate::coming_sandbox::ComingSandbox;
use crate::in_force;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;
use crate::settings::library_settings;

/// Where the rows say they come from.
const SOURCE: &str = "git trailers";
/// Commits looked through.
const MOST_COMMITS: usize = 100_000;
/// What neither commits nor an export bring back.
const LOST: [&str; 3] = [
    "what files were before, and what rows were changed: those actions cannot be taken back",
    "questions that waited for an answer",
    "tokens: they are invalid from now on",
];
/// What only an export brings back.
pub(crate) const NEEDS_EXPORT: &str =
    "reads, tool runs, SQL, writes outside of the library, and the audit chain";

/// What was found again.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FoundAgain {
    /// Actions that stand in the timeline again because a commit names them.
    pub from_commits: usize,
    /// Rows of the audit export that are whole.
    pub from_export: u64,
    /// Whether those are in the chain again, under their numbers.
    pub chain_restored: bool,
    /// Why the export was not read to its end.
    pub stopped: Option<String>,
    /// What is still missing, in words.
    pub missing: Vec<String>,
}

/// Makes the timeline again from the export, where there is one, and then from the library's commits.
pub fn find_again(project: &OpenProject, export: Option<&mut dyn BufRead>) -> Result<FoundAgain, Refusal> {
    let opened = open(project).map_err(|error| error.refusal())?;
    let (library, store, mount) = &opened;
    let store_failed = |error| tgp_gate::from_store(&error);
    let mut found = FoundAgain::default();
    if let Some(export) = export {
        let imports = store.rebuild_from_export(export).map_err(store_failed)?;
        found.from_export = imports.rows;
        found.chain_restored = imports.restored;
        found.stopped = imports.stopped;
    } else {
        found.missing.push(NEEDS_EXPORT.to_owned());
    }
    if !found.chain_restored && found.from_export > 0 {
        let begun = "the audit chain: another one was begun before this; `tgp audit accept` goes on with it";
        found.missing.push(begun.to_owned());
    }
    found.missing.extend(LOST.map(str::to_owned));
    let installation = installation(&project.cache, project.clock.as_ref());
    let commits = from_commits(library, store, mount, &installation, &project.root.display().to_string());
    let (count, is_all) = commits.map_err(|message| Refusal::new(ErrorCode::LibraryUnusable, message))?;
    found.from_commits = count;
    if !is_all {
        found.missing.push(format!("commits before the newest {MOST_COMMITS}"));
    }
    Ok(found)
}

fn open(project: &OpenProject) -> Result<(Library, Store, Mount), OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let in_force = in_force::decide(project, &root, &sandbox)?;
    let evaluated = &in_force.evaluated;
    let folder = root.join(in_force::library_of(evaluated).as_str());
    let settings = library_settings(&evaluated.config.git, &root, &evaluated.places)?;
    let library = Library::open(&folder, &settings)?;
    let store = Store::open(&folder.join("state/tgp.db"))?;
    let mount = evaluated.config.mount.as_deref().unwrap_or(tgp_model::mount::TOOLS);
    Ok((library, store, Mount::new(mount.parse().unwrap_or_default())))
}

/// Whether the timeline knows nothing, as after its database was lost.
pub(crate) fn knows_nothing(store: &Store) -> bool {
    let one = ActionFilter { limit: 1, ..ActionFilter::default() };
    store.actions(&one).is_ok_and(|rows| rows.is_empty())
}

/// Puts what this installation's commits tell into the timeline. Gives how many actions were missing, and whether all
/// commits were looked through.
pub(crate) fn from_commits(
    library: &Library,
    store: &Store,
    mount: &Mount,
    installation: &str,
    project: &str,
) -> Result<(usize, bool), String> {
    let (told, is_all) = library.told_actions(MOST_COMMITS).map_err(|error| error.to_string())?;
    // What others ran and what was pulled never stood in this timeline.
    let mut own: Vec<ToldAction> = told.into_iter().filter(|one| one.installation == installation).collect();
    own.sort_by_key(|one| one.action);
    let mut found = 0;
    for commits in own.chunk_by(|one, other| one.action == other.action) {
        let Some((intent, outcome)) = action_of(commits, mount, project) else { continue };
        let is_new = store.import_action(&intent, &outcome, SOURCE).map_err(|error| error.to_string())?;
        found += usize::from(is_new);
    }
    Ok((found, is_all))
}

/// What the commits of one action say; an undo may have made several.
fn action_of(commits: &[ToldAction], mount: &Mount, project: &str) -> Option<(Intent, Outcome)> {
    let first = commits.first()?;
    let at = when(first.action);
    let kind = kind(first);
    let files = commits.iter().flat_map(|one| &one.files);
    let files: Vec<String> =
        files.filter_map(|(path, ..)| mount.show(path)).map(|path| path.to_string()).collect();
    let undo = commits.iter().filter(|one| !one.joins && kind != ActionType::LibrarySync).map(|one| {
        UndoPart::Commit { branch: one.branch.clone().unwrap_or_default(), id: one.commit.to_string() }
    });
    let undo: Vec<UndoPart> = undo.collect();
    let reversibility = if undo.is_empty() { Reversibility::Usual } else { Reversibility::Reversible };
    let intent = Intent {
        action: first.action,
        session: first.session,
        agent: first.agent.clone(),
        project: project.to_owned(),
        kind,
        status: ActionStatus::Executed,
        description: first.subject.clone(),
        files,
        clock_ms: at.0,
        at,
        branch: first.branch.clone(),
        reversibility: reversibility.clone(),
        undo,
        ..Intent::default()
    };
    let outcome = Outcome {
        action: first.action,
        status: ActionStatus::Executed,
        commit_id: Some(first.commit.to_string()),
        at,
        reversibility,
        ..Outcome::default()
    };
    Some((intent, outcome))
}

/// An action's number begins with its time.
fn when(action: ActionId) -> Timestamp {
    Timestamp(i64::try_from(action.milliseconds()).unwrap_or(i64::MAX))
}

/// What kind of action made a commit, by its words and by what it changed.
fn kind(told: &ToldAction) -> ActionType {
    let is_tool = |path: &tgp_model::RepoPath| path.components().next() == Some(tgp_model::mount::TOOLS);
    let mut tools = told.files.iter().filter(|(path, ..)| is_tool(path));
    if told.joins || tools.clone().next().is_none() {
        return ActionType::LibrarySync;
    }
    if ["Took back: ", "Made again: "].iter().any(|begin| told.subject.starts_with(begin)) {
        return ActionType::Undo;
    }
    match tools.next() {
        Some((_, false, _)) => ActionType::FileCreate,
        Some((_, true, false)) => ActionType::FileDelete,
        _ => ActionType::FileModify,
    }
}
