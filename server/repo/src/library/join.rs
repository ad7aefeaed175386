//! Joining two histories: three ways, file by file, in memory. No merge driver and no filter of any configuration runs.

use gix::ObjectId;
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text;
use gix::objs::Kind;
use tgp_model::RepoPath;

use super::Shared;
use super::edit::{self, EditError, Step};
use super::tree::Leaf;
use crate::fault::LibraryFault;

/// The registry's path: derived, so never joined as text.
pub(crate) const REGISTRY: &str = "meta.json";

/// A file both sides changed in ways that cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinConflict {
    /// The file.
    pub path: RepoPath,
    /// Its content where the histories parted; none where it was not there, or the histories never met.
    pub base: Option<Vec<u8>>,
    /// Its content here; none where it was deleted here.
    pub ours: Option<Vec<u8>>,
    /// Its content at the remote; none where it was deleted there.
    pub theirs: Option<Vec<u8>>,
}

/// Two trees joined, or what stands against it.
pub(crate) enum Join {
    Tree(ObjectId),
    Conflicts(Vec<JoinConflict>),
}

impl Shared {
    /// Joins two commits' trees. Histories that never met are joined as if both had begun from nothing.
    pub(crate) fn join(&self, ours: ObjectId, theirs: ObjectId) -> Result<Join, LibraryFault> {
        let base = match self.merge_base(ours, theirs)? {
            Some(base) => Some(self.objects.commit(base)?.tree),
            None => None,
        };
        let (ours, theirs) = (self.objects.commit(ours)?.tree, self.objects.commit(theirs)?.tree);
        self.join_trees(base, ours, theirs)
    }

    /// Brings what changed from `base` to `theirs` into `ours`.
    pub(crate) fn join_trees(
        &self,
        base: Option<ObjectId>,
        ours: ObjectId,
        theirs: ObjectId,
    ) -> Result<Join, LibraryFault> {
        let ours_changed: std::collections::BTreeMap<RepoPath, Step> =
            edit::difference(&self.objects, base, Some(ours))?
                .into_iter()
                .map(|step| (step.path.clone(), step))
                .collect();
        let mut steps = Vec::new();
        let mut conflicts = Vec::new();
        for step in edit::difference(&self.objects, base, Some(theirs))? {
            let mine = ours_changed.get(&step.path);
            let new = match mine {
                _ if step.path.as_str() == REGISTRY => continue,
                None => Ok(step.new),
                Some(mine) => self.join_file(step.old, mine.new, step.new)?.ok_or(mine),
            };
            match new {
                Ok(new) => {
                    let old = mine.map_or(step.old, |mine| mine.new);
                    steps.push(Step { path: step.path, old, new });
                }
                Err(mine) => conflicts.push(self.conflict(&step.path, step.old, mine.new, step.new)?),
            }
        }
        if !conflicts.is_empty() {
            return Ok(Join::Conflicts(conflicts));
        }
        match edit::apply(&self.objects, ours, &steps) {
            Ok(tree) => Ok(Join::Tree(tree)),
            Err(EditError::Fault(fault)) => Err(fault),
            Err(EditError::InTheWay { path, .. } | EditError::CaseClash { path, .. }) => {
                let step = steps.iter().find(|step| step.path == path).cloned();
                let (old, new) = step.map_or((None, None), |step| (step.old, step.new));
                Ok(Join::Conflicts(vec![self.conflict(&path, None, old, new)?]))
            }
        }
    }

    fn conflict(
        &self,
        path: &RepoPath,
        base: Option<Leaf>,
        ours: Option<Leaf>,
        theirs: Option<Leaf>,
    ) -> Result<JoinConflict, LibraryFault> {
        let content = |leaf: Option<Leaf>| {
            leaf.filter(Leaf::is_file).map(|leaf| self.objects.blob(leaf.id)).transpose()
        };
        Ok(JoinConflict {
            path: path.clone(),
            base: content(base)?,
            ours: content(ours)?,
            theirs: content(theirs)?,
        })
    }

    /// One file three ways; none where it cannot be joined, `Some(None)` where it is gone.
    #[expect(clippy::option_option, reason = "three outcomes: a file, no file, a conflict")]
    fn join_file(
        &self,
        base: Option<Leaf>,
        ours: Option<Leaf>,
        theirs: Option<Leaf>,
    ) -> Result<Option<Option<Leaf>>, LibraryFault> {
        if ours == theirs || theirs == base {
            return Ok(Some(ours));
        }
        if ours == base {
            return Ok(Some(theirs));
        }
        let (Some(base), Some(ours), Some(theirs)) = (base, ours, theirs) else { return Ok(None) };
        if ![base, ours, theirs].iter().all(Leaf::is_file) {
            return Ok(None);
        }
        let mode = if ours.mode == base.mode { theirs.mode } else { ours.mode };
        let contents =
            [self.objects.blob(base.id)?, self.objects.blob(ours.id)?, self.objects.blob(theirs.id)?];
        let [base, ours, theirs] = &contents;
        // As Git does: a NUL byte near the beginning means that lines mean nothing.
        if contents.iter().any(|content| content.iter().take(8_000).any(|byte| *byte == 0)) {
            return Ok(None);
        }
        let mut out = Vec::new();
        let mut input = gix::diff::blob::InternedInput::new(&[][..], &[][..]);
        let labels = text::Labels { ancestor: None, current: None, other: None };
        match text(&mut out, &mut input, labels, ours, base, theirs, text::Options::default()) {
            Resolution::Complete => Ok(Some(Some(Leaf { mode, id: self.objects.write(Kind::Blob, &out)? }))),
            Resolution::CompleteWithAutoResolvedConflict | Resolution::Conflict => Ok(None),
        }
    }
}
