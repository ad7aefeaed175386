//! The user's rules for files, as Git reads them: attributes, ignore files, line endings. Programs they name (filters,
//! merge and diff drivers) are never run.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Mode, Stat};
use gix::worktree::stack::state::attributes::Source as AttributeSource;
use gix::worktree::stack::state::ignore::Source as IgnoreSource;

use crate::fault::ProjectFault;
use crate::open::Project;
use crate::path::GitPath;

/// Names of the files rules lie in.
pub const ATTRIBUTES: &[u8] = b".gitattributes";
/// Name of a file with ignore rules.
pub const IGNORE: &[u8] = b".gitignore";

/// An index in memory that holds nothing but files with rules, so that no large index is read for a small question.
pub fn index_of(files: &[(GitPath, ObjectId)]) -> gix::index::State {
    let mut state = gix::index::State::new(gix::hash::Kind::Sha1);
    for (path, id) in files {
        state.dangerously_push_entry(
            Stat::default(),
            *id,
            Flags::empty(),
            Mode::FILE,
            path.as_bytes().as_bstr(),
        );
    }
    state.sort_entries();
    state
}

impl Project {
    /// The files of a name (`.gitattributes`) in the folders on the way to some paths of a tree.
    pub fn rule_files<'a>(
        &self,
        tree: ObjectId,
        name: &[u8],
        paths: impl Iterator<Item = &'a GitPath>,
    ) -> Result<Vec<(GitPath, ObjectId)>, ProjectFault> {
        let mut folders = std::collections::BTreeSet::from([GitPath::root()]);
        for path in paths {
            let mut folder = path.parent();
            while !folder.is_root() && folders.insert(folder.clone()) {
                folder = folder.parent();
            }
        }
        let mut files = Vec::new();
        for folder in folders {
            let path = folder.entry(name);
            if let Some(leaf) = self.leaf(tree, &path)?.filter(crate::Leaf::is_file) {
                files.push((path, leaf.id));
            }
        }
        Ok(files)
    }

    /// Which paths of a tree the ignore files in it (and the person's own) leave out. `files` are those of the tree.
    pub fn ignored(
        &self,
        files: &[(GitPath, ObjectId)],
        paths: &[(GitPath, bool)],
    ) -> Result<Vec<bool>, ProjectFault> {
        let index = index_of(files);
        self.objects().with(|handle| {
            let mut stack = handle
                .excludes(&index, None, IgnoreSource::IdMapping)
                .map_err(ProjectFault::git("read the ignore files"))?;
            let mut ignored = Vec::with_capacity(paths.len());
            for (path, is_folder) in paths {
                let mode = if *is_folder { Mode::DIR } else { Mode::FILE };
                let platform = stack
                    .at_entry(path.as_bytes().as_bstr(), Some(mode))
                    .map_err(ProjectFault::git("look up the ignore rules"))?;
                ignored.push(platform.is_excluded());
            }
            Ok(ignored)
        })
    }

    /// Runs `work` with Git's built-in conversions (line endings, encodings, `$Id$`) for the working tree. Filter
    /// programs are left out.
    pub fn with_conversions<T>(
        &self,
        handle: &gix::Repository,
        index: &gix::index::State,
        work: impl FnOnce(&mut Conversions<'_>) -> Result<T, ProjectFault>,
    ) -> Result<T, ProjectFault> {
        let stack = handle
            .attributes_only(index, AttributeSource::WorktreeThenIdMapping)
            .map_err(ProjectFault::git("read the attributes"))?
            .detach();
        let mut options =
            gix::filter::Pipeline::options(handle).map_err(ProjectFault::git("read the conversions"))?;
        options.drivers = Vec::new();
        // A file whose line endings do not survive the way there and back is a warning of Git's, not ours.
        options.crlf_roundtrip_check = gix::filter::plumbing::pipeline::CrlfRoundTripCheck::Skip;
        let context = handle.command_context().map_err(ProjectFault::git("read the conversions"))?;
        let pipeline = gix::filter::plumbing::Pipeline::new(context, handle.object_hash(), options);
        work(&mut Conversions { handle, index, stack, pipeline })
    }
}

/// Git's built-in conversions between what is on the disk and what is stored.
pub struct Conversions<'a> {
    handle: &'a gix::Repository,
    index: &'a gix::index::State,
    stack: gix::worktree::Stack,
    pipeline: gix::filter::plumbing::Pipeline,
}

impl Conversions<'_> {
    /// The value of a path's `filter` attribute: the name of a program of the user's that would be run.
    pub fn filter_of(&mut self, path: &GitPath) -> Result<Option<String>, ProjectFault> {
        let mut outcome = self.stack.selected_attribute_matches(["filter"]);
        let platform = self
            .stack
            .at_entry(path.as_bytes().as_bstr(), Some(Mode::FILE), &self.handle.objects)
            .map_err(ProjectFault::git("read the attributes"))?;
        platform.matching_attributes(&mut outcome);
        let found = outcome.iter_selected().next().and_then(|found| match found.assignment.state {
            gix::attrs::StateRef::Value(value) => Some(value.as_bstr().to_string()),
            _ => None,
        });
        Ok(found)
    }

    /// Bytes of the disk as Git would store them.
    pub fn to_git(&mut self, path: &GitPath, bytes: &[u8]) -> Result<Vec<u8>, ProjectFault> {
        use gix::filter::plumbing::pipeline::convert::ToGitOutcome;
        use gix::objs::Find as _;
        let name = path.below(std::path::Path::new(""));
        let entry = self
            .stack
            .at_entry(path.as_bytes().as_bstr(), Some(Mode::FILE), &self.handle.objects)
            .map_err(ProjectFault::git("read the attributes"))?;
        let (handle, index) = (self.handle, self.index);
        let outcome = self
            .pipeline
            .convert_to_git(
                bytes,
                &name,
                &mut |_, attributes| {
                    entry.matching_attributes(attributes);
                },
                &mut |buffer| {
                    let Some(entry) = index.entry_by_path(path.as_bytes().as_bstr()) else { return Ok(None) };
                    let found = handle.objects.try_find(&entry.id, buffer)?;
                    Ok(found.filter(|found| found.kind == gix::objs::Kind::Blob).map(|_| ()))
                },
            )
            .map_err(ProjectFault::git("convert a file for Git"))?;
        match outcome {
            ToGitOutcome::Unchanged(bytes) | ToGitOutcome::Buffer(bytes) => Ok(bytes.to_vec()),
            ToGitOutcome::Process(_) => Err(ProjectFault::Git {
                doing: "convert a file for Git",
                reason: "a program was asked for".to_owned(),
            }),
        }
    }

    /// Stored bytes as Git would put them on the disk.
    pub fn to_disk(&mut self, path: &GitPath, bytes: &[u8]) -> Result<Vec<u8>, ProjectFault> {
        use gix::filter::plumbing::pipeline::convert::to_worktree::Options;
        let entry = self
            .stack
            .at_entry(path.as_bytes().as_bstr(), Some(Mode::FILE), &self.handle.objects)
            .map_err(ProjectFault::git("read the attributes"))?;
        let outcome = self
            .pipeline
            .convert_to_worktree(
                bytes,
                path.as_bytes().as_bstr(),
                &mut |_, attributes| {
                    entry.matching_attributes(attributes);
                },
                Options::default(),
            )
            .map_err(ProjectFault::git("convert a file for the disk"))?;
        outcome.as_bytes().map(<[u8]>::to_vec).ok_or_else(|| ProjectFault::Git {
            doing: "convert a file for the disk",
            reason: "a program was asked for".to_owned(),
        })
    }
}
