//! Changes applied to a tree: only the folders on the way to a changed file are written anew.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use tgp_model::RepoPath;

use crate::fault::LibraryFault;
use crate::objects::Objects;
use crate::tree::{Entry, Leaf, MODE_FILE, MODE_FOLDER, MODE_SYMLINK, find, tree_bytes};

/// Folders of the library that Git ignores; nothing is ever committed into them or written there from a commit.
pub const RESERVED: [&str; 3] = ["state", "bin", ".git"];

/// Changes that cannot be applied to a tree.
#[derive(Debug)]
pub enum EditError {
    /// A file stands where a folder is needed, or a folder where a file is to be written.
    InTheWay {
        /// The path to be written.
        path: RepoPath,
        /// What stands there; a folder ends in `/`.
        other: String,
    },
    /// Another file differs from this one by case only.
    CaseClash {
        /// The path to be written.
        path: RepoPath,
        /// Name of the file that exists.
        other: String,
    },
    /// The disk or the repository.
    Fault(LibraryFault),
}

impl From<LibraryFault> for EditError {
    fn from(fault: LibraryFault) -> Self {
        Self::Fault(fault)
    }
}

/// One change in terms of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The file.
    pub path: RepoPath,
    /// What was there.
    pub old: Option<Leaf>,
    /// What is to be there.
    pub new: Option<Leaf>,
}

/// Why a path may not be committed; none where it may.
pub fn unfit(path: &RepoPath) -> Option<String> {
    let Some(first) = path.components().next() else { return Some("it is the library itself".to_owned()) };
    if RESERVED.iter().any(|reserved| first.eq_ignore_ascii_case(reserved)) {
        return Some(format!("`{first}` is not part of what is committed"));
    }
    path.components().find_map(|part| {
        gix::validate::path::component(
            part.as_bytes().as_bstr(),
            None,
            gix::validate::path::component::Options::default(),
        )
        .err()
        .map(|error| error.to_string())
    })
}

/// What is to become of one folder's entries.
#[derive(Default)]
struct Plan<'a> {
    leaves: BTreeMap<&'a str, &'a Step>,
    folders: BTreeMap<&'a str, Plan<'a>>,
}

impl<'a> Plan<'a> {
    fn add(&mut self, parts: &[&'a str], step: &'a Step) {
        match parts {
            [] => {}
            [name] => {
                self.leaves.insert(name, step);
            }
            [folder, rest @ ..] => self.folders.entry(folder).or_default().add(rest, step),
        }
    }
}

/// Writes the trees that follow from `steps` and gives the new root.
pub fn apply(objects: &Objects, root: ObjectId, steps: &[Step]) -> Result<ObjectId, EditError> {
    let mut plan = Plan::default();
    for step in steps {
        let parts: Vec<&str> = step.path.components().collect();
        plan.add(&parts, step);
    }
    match rewrite(objects, root, &plan)? {
        Some(tree) => Ok(tree),
        None => write_tree(objects, Vec::new()).map_err(EditError::Fault),
    }
}

fn write_tree(objects: &Objects, entries: Vec<Entry>) -> Result<ObjectId, LibraryFault> {
    let id = objects.write(Kind::Tree, &tree_bytes(&entries))?;
    objects.remember(id, entries);
    Ok(id)
}

/// The folder's new tree; none where nothing is left in it.
fn rewrite(objects: &Objects, tree: ObjectId, plan: &Plan<'_>) -> Result<Option<ObjectId>, EditError> {
    let mut entries = objects.tree(tree)?.as_ref().clone();
    // What goes first makes room for what comes: a folder may become a file in one commit.
    for (name, _) in plan.leaves.iter().filter(|(_, step)| step.new.is_none()) {
        entries.retain(|entry| entry.is_folder() || &*entry.name != name.as_bytes());
    }
    for (name, inner) in &plan.folders {
        let known = find(&entries, name.as_bytes()).cloned();
        let below = match &known {
            Some(entry) if entry.is_folder() => entry.id,
            Some(_) => return Err(in_the_way(inner, name)),
            None => ObjectId::empty_tree(gix::hash::Kind::Sha1),
        };
        let new = rewrite(objects, below, inner)?;
        put(&mut entries, name, new.map(|id| Leaf { mode: MODE_FOLDER, id }), inner.first())?;
    }
    for (name, step) in plan.leaves.iter().filter(|(_, step)| step.new.is_some()) {
        if find(&entries, name.as_bytes()).is_some_and(Entry::is_folder) {
            return Err(EditError::InTheWay { path: step.path.clone(), other: format!("{}/", step.path) });
        }
        put(&mut entries, name, step.new, Some(step))?;
    }
    if entries.is_empty() { Ok(None) } else { Ok(Some(write_tree(objects, entries)?)) }
}

impl<'a> Plan<'a> {
    fn first(&self) -> Option<&'a Step> {
        self.leaves.values().next().copied().or_else(|| self.folders.values().find_map(Plan::first))
    }
}

fn in_the_way(inner: &Plan<'_>, name: &str) -> EditError {
    let path = inner.first().map(|step| step.path.clone()).unwrap_or_default();
    let other: Vec<&str> = path.components().take_while(|part| *part != name).chain([name]).collect();
    EditError::InTheWay { other: other.join("/"), path }
}

fn put(
    entries: &mut Vec<Entry>,
    name: &str,
    leaf: Option<Leaf>,
    step: Option<&Step>,
) -> Result<(), EditError> {
    let before = entries.iter().position(|entry| &*entry.name == name.as_bytes());
    let Some(leaf) = leaf else {
        if let Some(at) = before {
            entries.remove(at);
        }
        return Ok(());
    };
    if let Some(at) = before {
        entries.remove(at);
    } else if let Some(other) = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes()))
    {
        let path = step.map(|step| step.path.clone()).unwrap_or_default();
        return Err(EditError::CaseClash { path, other: String::from_utf8_lossy(&other.name).into_owned() });
    }
    let new = Entry { mode: leaf.mode, name: name.as_bytes().into(), id: leaf.id };
    let at = entries.partition_point(|entry| entry.sort_key().lt(new.sort_key()));
    entries.insert(at, new);
    Ok(())
}

/// What differs between two trees, file by file, sorted by path. Names that are no portable path are left out.
pub fn difference(
    objects: &Objects,
    from: Option<ObjectId>,
    to: Option<ObjectId>,
) -> Result<Vec<Step>, LibraryFault> {
    let mut steps = Vec::new();
    let folder = |id: Option<ObjectId>| id.map(|id| Leaf { mode: MODE_FOLDER, id });
    compare(objects, "", folder(from), folder(to), &mut steps)?;
    steps.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(steps)
}

/// An entry before and after.
type Sides = (Option<Leaf>, Option<Leaf>);

fn compare(
    objects: &Objects,
    path: &str,
    old: Option<Leaf>,
    new: Option<Leaf>,
    steps: &mut Vec<Step>,
) -> Result<(), LibraryFault> {
    if old == new {
        return Ok(());
    }
    let is_folder = |leaf: &Leaf| leaf.mode == MODE_FOLDER;
    let (old_file, new_file) = (old.filter(|leaf| !is_folder(leaf)), new.filter(|leaf| !is_folder(leaf)));
    if (old_file.is_some() || new_file.is_some())
        && let Ok(parsed) = path.parse::<RepoPath>()
        && parsed.as_str() == path
    {
        steps.push(Step { path: parsed, old: old_file, new: new_file });
    }
    let entries = |leaf: Option<Leaf>| {
        leaf.filter(is_folder).map_or_else(|| Ok(std::sync::Arc::default()), |leaf| objects.tree(leaf.id))
    };
    let mut names: BTreeMap<Box<[u8]>, Sides> = BTreeMap::new();
    for entry in entries(old)?.iter() {
        names.entry(entry.name.clone()).or_default().0 = Some(Leaf { mode: entry.mode, id: entry.id });
    }
    for entry in entries(new)?.iter() {
        names.entry(entry.name.clone()).or_default().1 = Some(Leaf { mode: entry.mode, id: entry.id });
    }
    for (name, (old, new)) in names {
        let Ok(name) = std::str::from_utf8(&name) else { continue };
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        compare(objects, &below, old, new, steps)?;
    }
    Ok(())
}

/// The mode a file gets: an existing one keeps its own, a symlink becomes a file.
pub fn mode_for(old: Option<Leaf>) -> u32 {
    old.map_or(
        MODE_FILE,
        |leaf| if leaf.mode == MODE_SYMLINK || !leaf.is_file() { MODE_FILE } else { leaf.mode },
    )
}
