//! Tools made before: compiled ones in memory, their WASM on disk.
//!
//! On disk lies WASM, not native code: whatever a file holds, it can do no more than any tool. Compiling it again
//! takes less than a millisecond.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use wasmtime::Engine;

use super::{CacheError, make_private_folder, sha256, write_whole};
use crate::build::BuildToolError;
use crate::tool_module::ToolModule;

/// Tools kept compiled: some tens of kilobytes each.
const MOST_IN_MEMORY: usize = 256;
/// Files kept; the oldest go. At ten kilobytes each this is 160 MB.
const MOST_ON_DISK: usize = 16_384;
/// Looking how many files there are costs milliseconds, so it is done once in so many writes.
const WRITES_BETWEEN_SWEEPS: u32 = 256;

#[derive(Debug)]
pub(crate) struct ToolCache {
    folder: PathBuf,
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    tools: HashMap<String, (Arc<ToolModule>, u64)>,
    uses: u64,
    writes: u32,
}

impl ToolCache {
    /// `engine_key` is part of the folder's name: other engines have other bytecode.
    pub(crate) fn open(cache: &Path, engine_key: &str) -> Result<Self, CacheError> {
        let folder = cache.join(format!("tools-{engine_key}"));
        make_private_folder(&folder)?;
        Ok(Self { folder, recent: Mutex::default() })
    }

    pub(crate) fn get_or_make(
        &self,
        engine: &Engine,
        hash: &str,
        make: impl FnOnce() -> Result<Vec<u8>, BuildToolError>,
    ) -> Result<Arc<ToolModule>, BuildToolError> {
        if let Some(tool) = self.recall(hash) {
            return Ok(tool);
        }
        let path = self.folder.join(hex::encode(sha256(&[hash.as_bytes()])));
        let kept = read_whole(&path).and_then(|wasm| ToolModule::compile(engine, &wasm, hash).ok());
        let tool = kept.map_or_else(|| self.make(engine, hash, &path, make), Ok)?;
        Ok(self.remember(hash, Arc::new(tool)))
    }

    fn make(
        &self,
        engine: &Engine,
        hash: &str,
        path: &Path,
        make: impl FnOnce() -> Result<Vec<u8>, BuildToolError>,
    ) -> Result<ToolModule, BuildToolError> {
        let wasm = make()?;
        let tool = ToolModule::compile(engine, &wasm, hash)?;
        if let Err(error) = write_whole(path, &[&sha256(&[&wasm]), &wasm]) {
            // A full or read-only disk makes the next start slower, nothing else.
            tracing::warn!("a compiled tool is not kept: {error}");
        }
        self.sweep_at_times();
        Ok(tool)
    }

    fn recall(&self, hash: &str) -> Option<Arc<ToolModule>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.uses += 1;
        let now = recent.uses;
        let (tool, used) = recent.tools.get_mut(hash)?;
        *used = now;
        Some(Arc::clone(tool))
    }

    fn remember(&self, hash: &str, tool: Arc<ToolModule>) -> Arc<ToolModule> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.tools.len() >= MOST_IN_MEMORY {
            let oldest = recent.tools.iter().min_by_key(|(_, (_, used))| *used).map(|(hash, _)| hash.clone());
            oldest.map(|hash| recent.tools.remove(&hash));
        }
        let now = recent.uses;
        recent.tools.insert(hash.to_owned(), (Arc::clone(&tool), now));
        tool
    }

    fn sweep_at_times(&self) {
        {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.writes += 1;
            if !recent.writes.is_multiple_of(WRITES_BETWEEN_SWEEPS) {
                return;
            }
        }
        sweep(&self.folder, MOST_ON_DISK);
    }
}

/// Removes the oldest files until at most `most` are left.
fn sweep(folder: &Path, most: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(most);
    for (_, path) in files.drain(..surplus) {
        let _ = fs::remove_file(path);
    }
}

/// The WASM behind its hash; `None` where the file is missing or damaged.
fn read_whole(path: &Path) -> Option<Vec<u8>> {
    let content = fs::read(path).ok()?;
    let (sealed, wasm) = content.split_at_checked(32)?;
    (sha256(&[wasm]) == sealed).then(|| wasm.to_vec())
}
