//! The engine's compiled code on disk: native code, mapped and run.

use std::hash::{Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use super::{CacheError, is_private, make_private_folder, write_whole};
use crate::std_library::StdLibrary;

/// Where the code for one engine, standard library, CPU, wasmtime and set of settings lies.
pub(crate) struct EngineFile {
    folder: PathBuf,
    key: String,
}

impl EngineFile {
    pub(crate) fn of(engine: &Engine, cache: &Path, std: &dyn StdLibrary) -> Self {
        let mut hasher = KeyHasher(Sha256::new());
        // Version and settings of wasmtime, the target and the features of this CPU.
        engine.precompile_compatibility_hash().hash(&mut hasher);
        tgp_wasm_guest::ENGINE_HASH.hash(&mut hasher);
        std.key().hash(&mut hasher);
        Self { folder: cache.to_owned(), key: hex::encode(&hasher.0.finalize()[..16]) }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    fn code(&self) -> PathBuf {
        self.folder.join(format!("engine-{}.bin", self.key))
    }

    fn seal(&self) -> PathBuf {
        self.folder.join(format!("engine-{}.crc32", self.key))
    }

    /// Whether there is a whole file that only this user can have written.
    pub(crate) fn is_usable(&self) -> bool {
        let own = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| is_private(&metadata));
        own(&self.code()) && own(&self.seal()) && self.is_whole().unwrap_or(false)
    }

    /// Whether the disk gives back what was written. A checksum is enough: who can change the code can change the
    /// seal as well; the owner and the rights of both files are what keeps others out.
    fn is_whole(&self) -> io::Result<bool> {
        let sealed = fs::read(self.seal())?;
        let mut file = fs::File::open(self.code())?;
        let mut sum = crc32fast::Hasher::new();
        let mut chunk = vec![0; 256 << 10];
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(sum.finalize().to_le_bytes().as_slice() == sealed),
                length => sum.update(&chunk[..length]),
            }
        }
    }

    /// Maps the code; `None` where there is none that can be used, and it has to be made.
    pub(crate) fn map(&self, engine: &Engine) -> Result<Option<Module>, CacheError> {
        if !self.is_usable() {
            return Ok(None);
        }
        #[expect(
            unsafe_code,
            reason = "wasmtime runs what the file holds as native code. `is_usable` has just seen that the file \
                      belongs to this user, that nobody else can write it, and that the disk gives back what was written; \
                      who can change it can change this program as well"
        )]
        // SAFETY: the file was written by `precompile_module` of the same wasmtime (the key holds its version), and is
        // replaced by rename only, never changed in place, while it is mapped.
        let module = unsafe { Module::deserialize_file(engine, self.code()) };
        module.map(Some).or_else(|error| {
            tracing::warn!("the cached engine cannot be used and is made again: {error:#}");
            Ok(None)
        })
    }

    /// Keeps the code, and forgets that of engines not made for long.
    pub(crate) fn write(&self, code: &[u8]) -> Result<(), CacheError> {
        make_private_folder(&self.folder)?;
        write_whole(&self.code(), &[code])?;
        write_whole(&self.seal(), &[&crc32fast::hash(code).to_le_bytes()])?;
        forget_old(&self.folder);
        Ok(())
    }
}

/// Engines kept: a person may switch between versions of the program. Each takes about ten megabytes.
const MOST_ENGINES: usize = 4;

/// Removes all but the newest engines, and the tools made with those removed. A process that still runs one of them
/// keeps its mapping.
fn forget_old(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut engines: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let key = name.strip_prefix("engine-")?.strip_suffix(".bin")?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, key))
        })
        .collect();
    engines.sort();
    let surplus = engines.len().saturating_sub(MOST_ENGINES);
    for (_, key) in engines.drain(..surplus) {
        let _ = fs::remove_file(folder.join(format!("engine-{key}.bin")));
        let _ = fs::remove_file(folder.join(format!("engine-{key}.crc32")));
        let _ = fs::remove_dir_all(folder.join(format!("tools-{key}")));
    }
}

/// Feeds a `Hash` implementation to SHA-256.
struct KeyHasher(Sha256);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
