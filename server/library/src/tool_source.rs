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
    reader: Option<Reader<'a>>,
    read: RefCell<Vec<SourceRead>>,
    refused: RefCell<Vec<String>>,
}

/// Whether a file of the library may be read, by its path there.
pub type MayRead<'m> = dyn Fn(&str) -> bool + 'm;

/// On whose behalf sources are read.
struct Reader<'a> {
    /// The tool itself: whether it may run is another question than whether it may be read.
    own: &'a RepoPath,
    may_read: &'a MayRead<'a>,
}

impl<'a> ToolSource<'a> {
    /// Tools as they are read: what waits for review comes first.
    pub fn new(library: &'a ToolLibrary, files: &'a ProjectFiles) -> Self {
        Self {
            library,
            files,
            agent: None,
            reader: None,
            read: RefCell::new(Vec::new()),
            refused: RefCell::new(Vec::new()),
        }
    }

    /// Tools as they run for an agent.
    pub fn running(library: &'a ToolLibrary, files: &'a ProjectFiles, agent: &'a AgentName) -> Self {
        Self { agent: Some(agent), ..Self::new(library, files) }
    }

    /// The same, without what may not be read: `own` imports it as if it were not there, and [`Self::refused`] names it.
    /// The compiler never sees its text, so no message of the compiler can show it.
    #[must_use]
    pub fn within(self, own: &'a RepoPath, may_read: &'a MayRead<'a>) -> Self {
        Self { reader: Some(Reader { own, may_read }), ..self }
    }

    /// What was asked for and may not be read, in the order it was asked for. Whether it exists is not looked at.
    pub fn refused(&self) -> Vec<String> {
        self.refused.borrow().clone()
    }

    /// The tools that were read; packages are not among them, they change with an installation only.
    pub fn into_read(self) -> Vec<SourceRead> {
        self.read.into_inner()
    }
}

impl ReadSource for ToolSource<'_> {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        if self.reader.as_ref().is_some_and(|reader| reader.own.as_str() != path && !(reader.may_read)(path))
        {
            let mut refused = self.refused.borrow_mut();
            if !refused.iter().any(|known| known == path) {
                refused.push(path.to_owned());
            }
            return None;
        }
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
