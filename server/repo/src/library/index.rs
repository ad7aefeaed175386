//! Git's index, brought up to the library's last commit without touching what a person staged.

use std::io::Write as _;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::objs::Kind;

use super::checkout::Record;
use super::durability::IndexState;
use super::edit::{self, Step};
use super::place::Standing;
use super::tree::{Leaf, MODE_EXECUTABLE};
use super::{Line, Shared};
use crate::fault::LibraryFault;
use crate::id;
use tgp_lock::{GitLock, LockError};

impl Shared {
    /// Brings the index from the commit it is of to the last one. Where it holds something else than the old content
    /// of a file, a person staged that, and it stays.
    pub(crate) fn catch_up_index(&self, limit: std::time::Duration) -> Result<IndexState, LibraryFault> {
        let _passage = self.gate.pass()?;
        let record = self.read_record()?;
        let Some(from) = record.index else { return Ok(IndexState::Current) };
        if !self.head_is_on(&self.trunk) {
            // `git checkout` of the trunk will write the index itself.
            self.write_record(&Record { index: None, ..record })?;
            return Ok(IndexState::NotCheckedOut);
        }
        let Some(head) = self.head(&Line::Trunk)? else { return Ok(IndexState::Current) };
        let path = self.git.join("index");
        let lock = match GitLock::take(&path, &self.state.join("lock-index"), limit, &self.folder) {
            Ok(lock) => lock,
            Err(LockError::Held { path, age }) => return Ok(IndexState::Waiting { lock: path, age }),
            Err(error) => return Err(error.into()),
        };
        let options = gix::index::decode::Options::default();
        let mut index = gix::index::File::at_or_default(&path, gix::hash::Kind::Sha1, false, options)
            .map_err(|error| self.damaged(format!("its index cannot be read: {error}")))?;
        let from = if index.entries().is_empty() { ObjectId::null(gix::hash::Kind::Sha1) } else { from };
        let steps = edit::difference(&self.objects, self.tree_or_none(from)?, Some(self.tree_of(head)?))?;
        let mut changed = false;
        let mut added = Vec::new();
        // Deletions first: a file may have become a folder.
        for step in steps
            .iter()
            .filter(|step| step.new.is_none())
            .chain(steps.iter().filter(|step| step.new.is_some()))
        {
            changed |= self.adjust(&mut index, step, &mut added)?;
        }
        for (path, leaf, stat) in &added {
            index.dangerously_push_entry(
                *stat,
                leaf.id,
                Flags::empty(),
                mode_of(*leaf),
                path.as_bytes().as_bstr(),
            );
        }
        if changed {
            index.sort_entries();
            // The cached trees are those of the old entries, and Git believes them.
            index.remove_tree();
            index.remove_resolve_undo();
            let mut out = std::io::BufWriter::with_capacity(256 << 10, lock);
            index.write_to(&mut out, gix::index::write::Options::default()).map_err(|error| {
                LibraryFault::Io {
                    doing: "write",
                    path: path.clone(),
                    source: std::io::Error::other(error.to_string()),
                }
            })?;
            out.flush().map_err(LibraryFault::io("write", &path))?;
            let lock =
                out.into_inner().map_err(|error| LibraryFault::io("write", &path)(error.into_error()))?;
            lock.commit()?;
        }
        self.write_record(&Record { index: None, ..self.read_record()? })?;
        Ok(IndexState::Current)
    }

    fn adjust<'a>(
        &self,
        index: &mut gix::index::File,
        step: &'a Step,
        added: &mut Vec<(&'a str, Leaf, Stat)>,
    ) -> Result<bool, LibraryFault> {
        let path = step.path.as_str().as_bytes().as_bstr();
        let conflicted = [Stage::Base, Stage::Ours, Stage::Theirs]
            .into_iter()
            .any(|stage| index.entry_index_by_path_and_stage(path, stage).is_some());
        let at = index.entry_index_by_path_and_stage(path, Stage::Unconflicted);
        let now = at.map(|at| index.entry(at)).map(|entry| Leaf { mode: entry.mode.bits(), id: entry.id });
        if conflicted || now == step.new || now != step.old {
            return Ok(false);
        }
        match (at, step.new) {
            (Some(at), None) => {
                index.remove_entry_at_index(at);
            }
            (at, Some(leaf)) => {
                let stat = self.stat_of(step, leaf)?;
                if let Some(entry) = at.and_then(|at| index.entries_mut().get_mut(at)) {
                    entry.id = leaf.id;
                    entry.stat = stat;
                    entry.mode = mode_of(leaf);
                } else if blocked(index, &step.path) {
                    return Ok(false);
                } else {
                    // Pushed and sorted in at the end, all at once.
                    added.push((step.path.as_str(), leaf, stat));
                }
            }
            (None, None) => return Ok(false),
        }
        Ok(true)
    }

    /// What Git compares to see that a file is unchanged; zeroes make it look at the content.
    fn stat_of(&self, step: &Step, leaf: Leaf) -> Result<Stat, LibraryFault> {
        if let Standing::File(file, content) = self.standing(&step.path)?
            && id::hash(Kind::Blob, &content) == Some(leaf.id)
            && let Ok(about) = gix::index::fs::Metadata::from_file(&file)
            && let Ok(stat) = Stat::from_fs(&about)
        {
            return Ok(stat);
        }
        Ok(Stat::default())
    }
}

fn mode_of(leaf: Leaf) -> Mode {
    if leaf.mode == MODE_EXECUTABLE { Mode::FILE_EXECUTABLE } else { Mode::from_bits_truncate(leaf.mode) }
}

/// Whether a person staged a file where this path needs a folder, or the other way round.
fn blocked(index: &gix::index::File, path: &tgp_model::RepoPath) -> bool {
    let text = path.as_str().as_bytes().as_bstr();
    let mut above = path.parent();
    while let Some(folder) = above.filter(|folder| !folder.is_root()) {
        if index.entry_by_path(folder.as_str().as_bytes().as_bstr()).is_some() {
            return true;
        }
        above = folder.parent();
    }
    index.path_is_directory(text)
}
