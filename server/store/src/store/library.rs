//! The tools of the library, as they are searched and counted.

use std::collections::HashMap;

use serde_json::Value;

use super::Store;
use crate::connection::Durability;
use crate::error::StoreError;
use crate::tables::facts;
use tgp_search::{ToolEntry, ToolHit, Usage};

impl Store {
    /// Makes the index hold exactly these tools, those of the commit `head`. Looks only at what changed; says how
    /// many did. An entry whose schema is null says that the tool is there and unchanged.
    pub fn index_tools(&self, tools: &[ToolEntry], head: &str) -> Result<usize, StoreError> {
        self.inner.write(Durability::Lazy, |connection| {
            let changed = tgp_search::replace(connection, tools)?;
            facts::write(connection, facts::INDEXED_HEAD, head)?;
            Ok(changed)
        })
    }

    /// The commit whose tools are indexed.
    pub fn indexed_head(&self) -> Result<Option<String>, StoreError> {
        Ok(facts::read(&self.inner.reader(), facts::INDEXED_HEAD)?)
    }

    /// All indexed tools, by path.
    pub fn indexed_tools(&self) -> Result<Vec<ToolEntry>, StoreError> {
        Ok(tgp_search::all(&self.inner.reader())?)
    }

    /// Description and argument schema of one indexed tool.
    pub fn indexed_tool(&self, path: &str) -> Result<Option<(String, Value)>, StoreError> {
        Ok(tgp_search::one(&self.inner.reader(), path)?)
    }

    /// The hash of each indexed tool, by path: an entry with the same hash is not looked at by `index_tools`.
    pub fn indexed_hashes(&self) -> Result<HashMap<String, String>, StoreError> {
        Ok(tgp_search::hashes(&self.inner.reader())?)
    }

    /// The tools that fit a query in ordinary words, the best first.
    pub fn find_tools(&self, query: &str, limit: u32) -> Result<Vec<ToolHit>, StoreError> {
        self.inner.flush_soon()?;
        Ok(tgp_search::find(&self.inner.reader(), query, limit)?)
    }

    /// How often a tool ran.
    pub fn usage(&self, path: &str) -> Result<Usage, StoreError> {
        self.inner.flush_soon()?;
        Ok(tgp_search::usage(&self.inner.reader(), path)?)
    }
}
