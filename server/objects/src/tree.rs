//! Trees as Git stores them, and one state of the library to read from.

use gix::ObjectId;
use tgp_model::RepoPath;

use crate::fault::LibraryFault;
use crate::fault::ReadError;
use crate::id::BlobId;
use crate::objects::Objects;

/// Deepest folder of a tree that is walked; a deeper one is somebody's attack.
const DEEPEST: usize = 256;

/// Modes Git knows, as octal numbers.
/// A folder.
pub const MODE_FOLDER: u32 = 0o040_000;
/// A file.
pub const MODE_FILE: u32 = 0o100_644;
/// A file that may be run.
pub const MODE_EXECUTABLE: u32 = 0o100_755;
/// A symlink.
pub const MODE_SYMLINK: u32 = 0o120_000;

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its mode.
    pub mode: u32,
    /// Its name.
    pub name: Box<[u8]>,
    /// Its object.
    pub id: ObjectId,
}

impl Entry {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode == MODE_FOLDER
    }

    /// The name as Git sorts it: folders as if they ended in `/`.
    pub fn sort_key(&self) -> impl Iterator<Item = u8> + '_ {
        self.name.iter().copied().chain(self.is_folder().then_some(b'/'))
    }
}

/// A file, symlink or submodule of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Its mode.
    pub mode: u32,
    /// Its object.
    pub id: ObjectId,
}

impl Leaf {
    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        matches!(self.mode, MODE_FILE | MODE_EXECUTABLE)
    }
}

/// The entries of a tree object; none where it is not well-formed.
pub fn parse_tree(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::with_capacity(bytes.len() / 36);
    while !bytes.is_empty() {
        let space = bytes.iter().position(|b| *b == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(bytes.get(..space)?).ok()?, 8).ok()?;
        // Old Git wrote 100664; every reader takes it for 100644.
        let mode = if mode & 0o170_000 == 0o100_000 && mode != MODE_EXECUTABLE { MODE_FILE } else { mode };
        bytes = bytes.get(space + 1..)?;
        let end = bytes.iter().position(|b| *b == 0)?;
        let name = bytes.get(..end)?;
        let id = bytes.get(end + 1..end + 21)?;
        entries.push(Entry { mode, name: name.into(), id: ObjectId::try_from(id).ok()? });
        bytes = bytes.get(end + 21..)?;
    }
    Some(entries)
}

/// A tree object of these entries, which are in Git's order.
pub fn tree_bytes(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 40);
    for entry in entries {
        out.extend_from_slice(format!("{:o} ", entry.mode).as_bytes());
        out.extend_from_slice(&entry.name);
        out.push(0);
        out.extend_from_slice(entry.id.as_slice());
    }
    out
}

/// One state of the library, for whoever derives something from all of it.
pub trait Tree {
    /// Files below a folder at any depth with the names of their contents, sorted by path.
    fn list(&self, folder: &RepoPath) -> Result<Vec<(RepoPath, BlobId)>, ReadError>;
    /// Content of a file; none where there is none.
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError>;
}

/// One state of the library.
pub struct TreeView<'a> {
    /// Where it is read from.
    pub objects: &'a Objects,
    /// The tree at its top.
    pub tree: ObjectId,
}

impl Tree for TreeView<'_> {
    fn list(&self, folder: &RepoPath) -> Result<Vec<(RepoPath, BlobId)>, ReadError> {
        Ok(self.files(folder)?.into_iter().map(|(path, leaf)| (path, BlobId(leaf.id))).collect())
    }

    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        self.content(path)
    }
}

impl TreeView<'_> {
    /// The entry at a path: a leaf, or a folder with mode [`MODE_FOLDER`].
    pub fn leaf(&self, path: &RepoPath) -> Result<Option<Leaf>, LibraryFault> {
        let mut here = Leaf { mode: MODE_FOLDER, id: self.tree };
        for part in path.components() {
            if here.mode != MODE_FOLDER {
                return Ok(None);
            }
            let entries = self.objects.tree(here.id)?;
            let Some(entry) = find(&entries, part.as_bytes()) else { return Ok(None) };
            here = Leaf { mode: entry.mode, id: entry.id };
        }
        Ok(Some(here))
    }

    /// Content of a file; none where there is none.
    pub fn content(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(leaf) = self.leaf(path)? else { return Ok(None) };
        if leaf.is_file() {
            return Ok(Some(self.objects.blob(leaf.id)?));
        }
        let kind = match leaf.mode {
            MODE_FOLDER => "folder",
            MODE_SYMLINK => "symlink",
            _ => "submodule",
        };
        Err(ReadError::NotAFile { path: path.clone(), kind })
    }

    /// Regular files below a folder; names that are no portable path (not UTF-8, control characters) are left out,
    /// because no tool can name them.
    pub fn files(&self, folder: &RepoPath) -> Result<Vec<(RepoPath, Leaf)>, LibraryFault> {
        let mut found = Vec::new();
        match self.leaf(folder)? {
            Some(leaf) if leaf.mode == MODE_FOLDER => {
                let mut prefix = folder.as_str().to_owned();
                self.walk(leaf.id, &mut prefix, 0, &mut found)?;
            }
            Some(leaf) if leaf.is_file() => found.push((folder.clone(), leaf)),
            _ => {}
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn walk(
        &self,
        tree: ObjectId,
        prefix: &mut String,
        depth: usize,
        found: &mut Vec<(RepoPath, Leaf)>,
    ) -> Result<(), LibraryFault> {
        if depth > DEEPEST {
            return Ok(());
        }
        for entry in self.objects.tree(tree)?.iter() {
            let Ok(name) = std::str::from_utf8(&entry.name) else { continue };
            let length = prefix.len();
            if !prefix.is_empty() {
                prefix.push('/');
            }
            prefix.push_str(name);
            let leaf = Leaf { mode: entry.mode, id: entry.id };
            if entry.is_folder() {
                self.walk(entry.id, prefix, depth + 1, found)?;
            } else if leaf.is_file()
                && let Ok(path) = prefix.parse::<RepoPath>()
                && path.as_str() == prefix.as_str()
            {
                found.push((path, leaf));
            }
            prefix.truncate(length);
        }
        Ok(())
    }
}

/// Trees are small or sorted by Git's folder rule, in which a plain binary search would miss; a file and a folder
/// of one name never stand side by side, so two searches settle it.
pub fn find<'a>(entries: &'a [Entry], name: &[u8]) -> Option<&'a Entry> {
    for folder in [false, true] {
        let wanted = name.iter().copied().chain(folder.then_some(b'/'));
        if let Ok(at) = entries.binary_search_by(|entry| entry.sort_key().cmp(wanted.clone()))
            && let Some(entry) = entries.get(at)
        {
            return Some(entry);
        }
    }
    None
}
