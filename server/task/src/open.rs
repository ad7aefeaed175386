//! Opening the user's repository: none where the project has none, a coded refusal where it cannot be used.

use std::path::Path;

use tgp_branches::{Branches, OpenProjectError, ProjectSettings};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::refusal::from_open;

/// Opens the repository whose top is the project's folder; none where there is no repository there.
pub fn open(root: &Path) -> Result<Option<Branches>, Refusal> {
    let branches = match Branches::open(root, ProjectSettings::default()) {
        Ok(branches) => branches,
        Err(OpenProjectError::Missing { .. } | OpenProjectError::Inside { .. }) => {
            // A `.git` that is no repository is damage. Taken for a plain folder, files would be written past the branches.
            if root.join(".git").symlink_metadata().is_err() {
                return Ok(None);
            }
            let message = format!("the `.git` at `{}` is no Git repository", root.display());
            return Err(Refusal::new(ErrorCode::RepositoryUnusable, message));
        }
        Err(error) => return Err(from_open(&error)),
    };
    if branches.project().work_dir().is_none() {
        let message = format!("`{}` is a bare repository", root.display());
        return Err(Refusal::new(ErrorCode::RepositoryUnusable, message)
            .with_hint("Use tgp in a clone of it that has a working tree."));
    }
    Ok(Some(branches))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "in a test, a broken precondition ends it")]
mod tests {
    use super::*;
    use std::process::Command;

    fn git(folder: &Path, arguments: &[&str]) {
        let output = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn code(root: &Path) -> ErrorCode {
        open(root).unwrap_err().code
    }

    #[test]
    fn a_folder_without_a_repository_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open(folder.path()).unwrap().is_none());
        git(folder.path(), &["init", "-q"]);
        assert!(open(folder.path()).unwrap().is_some());
        let inside = folder.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        assert!(open(&inside).unwrap().is_none(), "only the top is a project's repository");
    }

    #[test]
    fn repositories_that_cannot_be_used_are_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (name, arguments) in [
            ("bare", &["--bare"][..]),
            ("sha256", &["--object-format=sha256"]),
            ("reftable", &["--ref-format=reftable"]),
        ] {
            let root = folder.path().join(name);
            std::fs::create_dir(&root).unwrap();
            git(&root, &[&["init", "-q"], arguments].concat());
            let refusal = open(&root).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::RepositoryUnusable, "{name}");
            assert!(refusal.hint.is_some(), "{name}");
        }
        let broken = folder.path().join("broken");
        std::fs::create_dir_all(broken.join(".git")).unwrap();
        assert_eq!(code(&broken), ErrorCode::RepositoryUnusable);
        let dangling = folder.path().join("dangling");
        std::fs::create_dir(&dangling).unwrap();
        std::fs::write(dangling.join(".git"), "gitdir: ../gone\n").unwrap();
        assert_eq!(code(&dangling), ErrorCode::RepositoryUnusable);
    }
}
