//! The texts an editor has open, as they are typed: taken over before the next message is read.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tgp_engine::authoring::DocumentKind;
use tgp_engine::config::CONFIG_FILE;
use tgp_engine::{Documents as OpenDocuments, Engine};
use tokio::sync::Notify;
use tower_lsp_server::ls_types::Uri;

use crate::check::Checked;

/// What a file is to tgp, and its path in the library; none for a file that is none of ours.
pub(crate) fn placed(engine: &Engine, file: &Path) -> Option<(DocumentKind, String)> {
    // The file may be new; its folder, or one above it, is what the system knows.
    let known = file.ancestors().skip(1).find_map(|folder| Some((folder, folder.canonicalize().ok()?)))?;
    let file = known.1.join(file.strip_prefix(known.0).ok()?);
    if file == engine.root().join(CONFIG_FILE) {
        return Some((DocumentKind::Config, CONFIG_FILE.to_owned()));
    }
    let library = engine.root().join(engine.library_folder().as_str()).canonicalize().ok()?;
    let path = file.strip_prefix(library).ok()?.to_str()?;
    Some((DocumentKind::of_library_file(path)?, path.to_owned()))
}

/// The file a text belongs to; none for a text that is no file.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

/// One open text.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) version: i32,
    pub(crate) text: Arc<str>,
    /// What was found the last time it was looked at; of an older version perhaps.
    pub(crate) checked: Option<Arc<Checked>>,
}

/// All open texts.
#[derive(Default)]
pub(crate) struct Documents {
    open: Mutex<HashMap<Uri, Document>>,
    /// Somebody typed.
    pub(crate) typed: Notify,
}

/// The open files of the library, as they were when somebody looked.
pub(crate) struct Open(BTreeMap<String, Arc<str>>);

impl OpenDocuments for Open {
    fn text(&self, path: &str) -> Option<Arc<str>> {
        self.0.get(path).cloned()
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl Documents {
    /// Takes a text over: a new one, or a newer version of one.
    pub(crate) fn put(&self, uri: Uri, version: i32, text: String) {
        let mut open = self.open();
        let checked = open.get(&uri).and_then(|known| known.checked.clone());
        open.insert(uri, Document { version, text: text.into(), checked });
        drop(open);
        self.typed.notify_one();
    }

    /// The editor closed it.
    pub(crate) fn close(&self, uri: &Uri) {
        self.open().remove(uri);
    }

    /// One text.
    pub(crate) fn get(&self, uri: &Uri) -> Option<Document> {
        self.open().get(uri).cloned()
    }

    /// The texts that were typed since they were looked at.
    pub(crate) fn unchecked(&self) -> Vec<(Uri, Document)> {
        let stale = |document: &Document| {
            document.checked.as_ref().is_none_or(|checked| checked.version != document.version)
        };
        let open = self.open();
        open.iter().filter(|(_, one)| stale(one)).map(|(uri, one)| (uri.clone(), one.clone())).collect()
    }

    /// Keeps what was found. Whether the text is still open.
    pub(crate) fn keep(&self, uri: &Uri, checked: Arc<Checked>) -> bool {
        let mut open = self.open();
        let document = open.get_mut(uri);
        document.map(|document| document.checked = Some(checked)).is_some()
    }

    /// Every open text is looked at again: what one of them imports has changed.
    pub(crate) fn forget(&self) {
        for document in self.open().values_mut() {
            document.checked = None;
        }
        self.typed.notify_one();
    }

    /// The open files of the library: what one of them names is read as it is typed.
    pub(crate) fn of_library(&self, engine: &Engine) -> Open {
        let open = self.open();
        let one = |(uri, document): (&Uri, &Document)| {
            let (_, path) = placed(engine, &path_of(uri)?)?;
            Some((path, Arc::clone(&document.text)))
        };
        Open(open.iter().filter_map(one).collect())
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Uri, Document>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
