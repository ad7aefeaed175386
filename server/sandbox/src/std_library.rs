//! The standard library as the sandbox takes it: named at every start, made only when the engine is prepared.

use sha2::{Digest, Sha256};

use crate::sandbox::GuestModule;

/// Modules every tool can import. They are part of the engine's snapshot.
pub trait StdLibrary {
    /// Stands for names and code of all modules: another key is another engine.
    fn key(&self) -> String;

    /// The modules. Asked for only when the engine has to be prepared.
    fn modules(&self) -> Vec<GuestModule>;
}

impl StdLibrary for Vec<GuestModule> {
    fn key(&self) -> String {
        key_of(self)
    }

    fn modules(&self) -> Vec<GuestModule> {
        self.clone()
    }
}

impl<const N: usize> StdLibrary for [GuestModule; N] {
    fn key(&self) -> String {
        key_of(self)
    }

    fn modules(&self) -> Vec<GuestModule> {
        self.to_vec()
    }
}

fn key_of(modules: &[GuestModule]) -> String {
    let mut hasher = Sha256::new();
    for part in modules.iter().flat_map(|module| [&module.name, &module.code]) {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}
