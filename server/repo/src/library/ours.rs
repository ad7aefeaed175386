//! Whether a folder is a tool library, so that no other repository or folder of the person's is taken over.

use std::path::Path;

use super::join::REGISTRY;
use super::tree::{MODE_FOLDER, TreeView};
use super::{OpenLibraryError, Shared};
use crate::fault::LibraryFault;

/// What marks a library in its repository's own settings; Git carries what it does not know. A clone does not have it.
pub(crate) const MARK: &str = "[tgp]\n\tlibrary = true\n";
/// What lies at the top of a library that nobody added to.
const LAYOUT: [&str; 9] =
    ["tools", "policy", "scopes", "bin", "state", REGISTRY, ".gitignore", ".gitattributes", ".git"];
/// What people and hosting services put beside it.
const BESIDE: [&str; 5] = ["README", "LICENSE", ".editorconfig", ".git-new-", ".DS_Store"];

fn is_layout(name: &str) -> bool {
    LAYOUT.contains(&name) || BESIDE.iter().any(|start| name.starts_with(start))
}

/// A folder without a repository becomes a library only where there is nothing else in it.
pub(crate) fn check_folder(folder: &Path) -> Result<(), OpenLibraryError> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(LibraryFault::io("list", folder)(error).into()),
    };
    for entry in listing {
        let name = entry.map_err(LibraryFault::io("list", folder))?.file_name();
        if !name.to_str().is_some_and(is_layout) {
            let holds = name.to_string_lossy().into_owned();
            return Err(OpenLibraryError::Foreign { folder: folder.to_owned(), holds });
        }
    }
    Ok(())
}

impl Shared {
    /// A repository is a library where it says so itself, as those do that tgp began; where it has a registry, as each
    /// clone of a library has after its first sync; or where nothing but a library's files is committed.
    pub(crate) fn check_ours(&self) -> Result<(), OpenLibraryError> {
        if self.objects.with(|handle| handle.config_snapshot().boolean("tgp.library")) == Some(true) {
            return Ok(());
        }
        let head = self.checked_out()?;
        let trunk = self.read_ref(&self.trunk)?;
        let mut commits = head.into_iter().chain(trunk).peekable();
        if commits.peek().is_none() {
            return check_folder(&self.folder);
        }
        let mut holds = None;
        for commit in commits {
            match self.foreign_entry(commit)? {
                None => return Ok(()),
                found => holds = holds.or(found),
            }
        }
        let holds = holds.unwrap_or_default();
        Err(OpenLibraryError::Foreign { folder: self.folder.clone(), holds })
    }

    /// The commit the person has checked out.
    fn checked_out(&self) -> Result<Option<gix::ObjectId>, LibraryFault> {
        let path = self.git.join("HEAD");
        let text = std::fs::read_to_string(&path).map_err(LibraryFault::io("read", &path))?;
        match text.strip_prefix("ref:").map(str::trim) {
            Some(name) => self.read_ref(name),
            None => Ok(gix::ObjectId::from_hex(text.trim().as_bytes()).ok()),
        }
    }

    /// What a commit holds at its top that a library does not; none where it is one.
    fn foreign_entry(&self, commit: gix::ObjectId) -> Result<Option<String>, LibraryFault> {
        let view = TreeView { objects: &self.objects, tree: self.objects.commit(commit)?.tree };
        if let Ok(path) = REGISTRY.parse()
            && let Some(leaf) = view.leaf(&path)?.filter(super::tree::Leaf::is_file)
            && is_registry(&self.objects.blob(leaf.id)?)
        {
            return Ok(None);
        }
        let entries = self.objects.tree(view.tree)?;
        let foreign = entries.iter().find(|entry| {
            let name = std::str::from_utf8(&entry.name).unwrap_or_default();
            !is_layout(name) || (name == "tools" && entry.mode != MODE_FOLDER)
        });
        Ok(foreign.map(|entry| String::from_utf8_lossy(&entry.name).into_owned()))
    }
}

fn is_registry(content: &[u8]) -> bool {
    let parsed: Result<serde_json::Value, _> = serde_json::from_slice(content);
    parsed.is_ok_and(|registry| registry["tools"].is_array() && registry["version"].is_number())
}
