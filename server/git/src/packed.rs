//! The file `packed-refs`: where Git keeps refs it has gathered.

use std::io::Write as _;

use gix::ObjectId;
use tgp_lock::GitLock;

use crate::fault::ProjectFault;
use crate::open::Project;

impl Project {
    fn packed_bytes(&self) -> Result<Vec<u8>, ProjectFault> {
        let path = self.common_dir.join("packed-refs");
        match std::fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(ProjectFault::io("read", &path)(error)),
        }
    }

    /// What a gathered ref names.
    pub(crate) fn read_packed(&self, name: &str) -> Result<Option<ObjectId>, ProjectFault> {
        let bytes = self.packed_bytes()?;
        let found = lines(&bytes).find(|(_, found)| *found == name.as_bytes());
        let Some((id, _)) = found else { return Ok(None) };
        ObjectId::from_hex(id)
            .map(Some)
            .map_err(|_| self.damaged(format!("`{name}` in packed-refs names no commit")))
    }

    /// Names of gathered refs for which `wanted` holds.
    pub(crate) fn packed_names(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, ProjectFault> {
        let bytes = self.packed_bytes()?;
        let names = lines(&bytes).filter_map(|(_, name)| std::str::from_utf8(name).ok());
        Ok(names.filter(|name| wanted(name)).map(str::to_owned).collect())
    }

    /// Gathered refs below a prefix, read in one go; one whose object has no name costs only itself.
    pub(crate) fn packed_below(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, ProjectFault> {
        let bytes = self.packed_bytes()?;
        let below = lines(&bytes).filter(|(_, name)| name.starts_with(prefix.as_bytes()));
        let read = below.filter_map(|(id, name)| {
            Some((String::from_utf8(name.to_vec()).ok()?, ObjectId::from_hex(id).ok()?))
        });
        Ok(read.collect())
    }

    /// Takes a ref out of the file. The caller holds the gate and the ref's own lock.
    pub(crate) fn remove_packed(&self, name: &str) -> Result<(), ProjectFault> {
        if self.read_packed(name)?.is_none() {
            return Ok(());
        }
        let path = self.common_dir.join("packed-refs");
        let mut lock = GitLock::take(
            &path,
            &self.private().join("lock-packed"),
            self.settings.lock_limit,
            &self.private(),
        )?;
        let bytes = self.packed_bytes()?;
        let mut kept = Vec::with_capacity(bytes.len());
        let mut dropped = false;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let peeled = line.starts_with(b"^");
            if !peeled {
                dropped = line.get(41..).is_some_and(|rest| rest.trim_ascii_end() == name.as_bytes());
            }
            if !dropped {
                kept.extend_from_slice(line);
            }
        }
        lock.write_all(&kept).map_err(ProjectFault::io("write", &path))?;
        Ok(lock.commit()?)
    }
}

/// Object names and ref names.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let (id, rest) = line.split_at_checked(40)?;
        Some((id, rest.strip_prefix(b" ")?.trim_ascii_end()))
    })
}
