//! Looking at files: in the library what is committed, in the project what is on disk.

use tgp_model::{Decision, RepoPath};
use tgp_policy::{Request, Target};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::engine::Engine;
use crate::refusal::{from_files, from_path, from_read};
use tgp_gate::{Action, Call};
use tgp_model::mount::Location;

/// Folders nobody wants listed: they are large, and not the project's own work.
const NOT_LISTED: [&str; 2] = [".git", "node_modules"];

/// Files of the project listed at most; a larger project is listed folder by folder.
const MOST_FILES: usize = 100_000;

impl Engine {
    /// The path a caller wrote, in its one spelling.
    pub(crate) fn parse_path(text: &str) -> Result<RepoPath, Refusal> {
        text.parse().map_err(|problem| from_path(&problem))
    }

    /// Content of a file, after the look and the judge.
    pub(crate) fn read_bytes(
        &self,
        action: &mut Action<'_>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Vec<u8>, Refusal> {
        action.judge("fs.read", vec![Target::path(path)])?;
        match self.mount().locate(path) {
            Location::Library(stored) => {
                let content = self.library().read(&stored)?;
                let content = content.ok_or_else(|| not_found(path))?;
                let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
                if size > limit {
                    return Err(too_large(path, size, limit));
                }
                Ok(content)
            }
            Location::Project(path) => {
                let looked = self.files().look(&path).map_err(|error| from_files(&error))?;
                if looked.leads_to.is_in_project() && looked.leads_to.path() != &path {
                    let targets = vec![Target::path(&path), Target::path(looked.leads_to.path())];
                    action.judge("fs.read", targets)?;
                }
                self.refuse_database(&looked.leads_to)?;
                self.files().read_direct(&looked.leads_to, limit).map_err(|error| from_files(&error))
            }
        }
    }

    /// Paths of files below a folder, as the agent names them, sorted.
    /// A running tool (`call` is none) sees plain files, an agent those of its branch.
    pub(crate) fn list_paths(
        &self,
        call: Option<&Call>,
        action: &mut Action<'_>,
        dir: &RepoPath,
    ) -> Result<Vec<String>, Refusal> {
        action.judge("fs.list", vec![Target::path(dir)])?;
        let mount = self.mount();
        let mut paths: Vec<String> = Vec::new();
        let from_library = match mount.locate(dir) {
            Location::Library(stored) => Some(stored),
            Location::Project(_) if mount.seen().is_within(dir) => Some(mount.stored().clone()),
            Location::Project(_) => None,
        };
        if let Some(folder) = from_library {
            let listed = self.library().library.list(&folder).map_err(|error| from_read(&error))?;
            let waiting = self.library().in_review()?;
            let waiting = waiting.keys().filter(|path| path.is_within(&folder));
            let is_shown = self.is_shown(action.agent());
            let all = listed.iter().chain(waiting).filter(|path| is_shown(path.as_str()));
            let all = all.filter_map(|path| mount.show(path));
            paths.extend(all.map(|path| path.to_string()));
        }
        let rooms = match call {
            Some(call) => self.rooms_of(dir)?.map(|rooms| (rooms, call)),
            None => None,
        };
        if let Some((rooms, call)) = rooms {
            paths.extend(rooms.list(call, dir)?);
        } else if let Location::Project(folder) = mount.locate(dir) {
            let library = self.library_folder();
            let skip = |path: &RepoPath| {
                path.file_name().is_some_and(|name| NOT_LISTED.contains(&name))
                    || path.is_within(library)
                    || path.is_within(mount.seen())
            };
            let listed = self.files().list(&folder, &skip, MOST_FILES).map_err(|error| from_files(&error))?;
            paths.extend(listed.files.iter().map(ToString::to_string));
        }
        paths.sort();
        paths.dedup();
        let judge = self.gate().judge();
        let is_hidden = |path: &String| {
            let target = path.parse().map(|path| vec![Target::path(&path)]).unwrap_or_default();
            let request = Request::new(action.agent().clone(), "fs.list", target);
            judge.judge(&request).decision == Decision::Deny
        };
        paths.retain(|path| !is_hidden(path));
        Ok(paths)
    }
}

pub(crate) fn not_found(path: &RepoPath) -> Refusal {
    Refusal::new(ErrorCode::FileNotFound, format!("there is no file `{path}`"))
}

pub(crate) fn too_large(path: &RepoPath, size: u64, limit: u64) -> Refusal {
    Refusal::new(ErrorCode::FileTooLarge, format!("`{path}` has {size} bytes; one call takes {limit}"))
}
