//! What the compiler may read: committed tools, and allowed packages in the project's `node_modules`.

use std::cell::RefCell;
use std::sync::Arc;

use tgp_compiler::ReadSource;
use tgp_files::ProjectFiles;
use tgp_forge::SourceRead;
use tgp_model::{AgentName, RepoPath};

use crate::tool_library::ToolLibrary;

/// Largest source file handed to the compiler, which refuses what is over its own bound; this one only keeps a
/// hostile file from being read whole.
const LARGEST_SOURCE: u64 = 1 << 20;

/// Reads for one compilation, and remembers what was read, so that a cached result can be checked later.
pub struct ToolSource<'a> {
    library: &'a ToolLibrary,
    files: &'a ProjectFiles,
    agent: Option<&'a AgentName>,
    read: RefCell<Vec<SourceRead>>,
}

impl<'a> ToolSource<'a> {
    /// Tools as they are read: what waits for review comes first.
    pub fn new(library: &'a ToolLibrary, files: &'a ProjectFiles) -> Self {
        Self { library, files, agent: None, read: RefCell::new(Vec::new()) }
    }

    /// Tools as they run for an agent.
    pub fn running(library: &'a ToolLibrary, files: &'a ProjectFiles, agent: &'a AgentName) -> Self {
        Self { agent: Some(agent), ..Self::new(library, files) }
    }

    /// The tools that were read; packages are not among them, they change with an installation only.
    pub fn into_read(self) -> Vec<SourceRead> {
        self.read.into_inner()
    }
}

impl ReadSource for ToolSource<'_> {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        let found = match self.agent {
            Some(agent) => self.library.source_for(agent, path),
            None => self.library.source(path),
        };
        self.read.borrow_mut().push(SourceRead { path: path.to_owned(), found: found.clone() });
        found
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        let path = RepoPath::root().join("node_modules").ok()?.join(path).ok()?;
        let bytes = self.files.read(&path, LARGEST_SOURCE).ok()?;
        String::from_utf8(bytes).ok().map(Arc::from)
    }
}
