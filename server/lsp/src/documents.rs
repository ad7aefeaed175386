//! The texts an editor has open, as they are typed: taken over before the next message is read.

use std::collections::{BTreeMap, HashMap, HashSet};
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
    let file = resolved(file)?;
    if file == engine.root().join(CONFIG_FILE) {
        return Some((DocumentKind::Config, CONFIG_FILE.to_owned()));
    }
    let path = below_library(engine, &file)?;
    Some((DocumentKind::of_library_file(&path)?, path))
}

/// The path of a file or folder in the library, whatever it is.
pub(crate) fn in_library(engine: &Engine, file: &Path) -> Option<String> {
    below_library(engine, &resolved(file)?)
}

fn below_library(engine: &Engine, file: &Path) -> Option<String> {
    let library = engine.root().join(engine.library_folder().as_str()).canonicalize().ok()?;
    file.strip_prefix(library).ok()?.to_str().map(str::to_owned)
}

/// The file may be new; its folder, or one above it, is what the system knows.
fn resolved(file: &Path) -> Option<PathBuf> {
    let known = file.ancestors().skip(1).find_map(|folder| Some((folder, folder.canonicalize().ok()?)))?;
    Some(known.1.join(file.strip_prefix(known.0).ok()?))
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
    /// Which opening of the file it is: versions begin anew with each.
    opening: u64,
    /// Grows with whatever is typed anywhere: the text with the highest number was typed last.
    typed: u64,
}

/// All open texts.
#[derive(Default)]
pub(crate) struct Documents {
    texts: Mutex<Texts>,
    /// Somebody typed, or closed a text.
    pub(crate) typed: Notify,
}

#[derive(Default)]
struct Texts {
    open: HashMap<Uri, Document>,
    /// Closed since somebody looked.
    closed: HashSet<Uri>,
    /// How often a text was opened or typed.
    puts: u64,
    /// Grows when what the texts depend on has changed.
    age: u64,
}

/// What there is to do about the texts.
pub(crate) struct Due {
    /// Texts that were closed: nothing is wrong with them any more.
    pub(crate) closed: HashSet<Uri>,
    /// A text that nobody looked at yet: the one that was typed last, because somebody waits for it.
    pub(crate) unchecked: Option<(Uri, Document)>,
    /// Of what it is; what is found is kept only while nothing it depends on has changed.
    pub(crate) age: u64,
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
        let mut texts = self.texts();
        texts.puts += 1;
        let typed = texts.puts;
        let known = texts.open.get(&uri).map(|known| (known.checked.clone(), known.opening));
        let (checked, opening) = known.unwrap_or((None, typed));
        texts.open.insert(uri, Document { version, text: text.into(), checked, opening, typed });
        drop(texts);
        self.typed.notify_one();
    }

    /// The editor closed it.
    pub(crate) fn close(&self, uri: Uri) {
        let mut texts = self.texts();
        texts.open.remove(&uri);
        texts.closed.insert(uri);
        drop(texts);
        self.typed.notify_one();
    }

    /// One text.
    pub(crate) fn get(&self, uri: &Uri) -> Option<Document> {
        self.texts().open.get(uri).cloned()
    }

    /// The texts that were closed, and the next one to look at. Both at one moment: a text that was closed before another
    /// was opened is told of before it.
    pub(crate) fn due(&self) -> Due {
        let mut texts = self.texts();
        let closed = std::mem::take(&mut texts.closed);
        let stale = |document: &Document| {
            document.checked.as_ref().is_none_or(|checked| checked.version != document.version)
        };
        let stale = texts.open.iter().filter(|(_, one)| stale(one));
        let unchecked = stale.max_by_key(|(_, one)| one.typed).map(|(uri, one)| (uri.clone(), one.clone()));
        Due { closed, unchecked, age: texts.age }
    }

    /// Keeps what was found in a text. False where it was closed since, or what it depends on has changed: then what was
    /// found is no longer true.
    pub(crate) fn keep(&self, uri: &Uri, of: &Document, age: u64, checked: Arc<Checked>) -> bool {
        let mut texts = self.texts();
        if texts.age != age {
            return false;
        }
        match texts.open.get_mut(uri).filter(|document| document.opening == of.opening) {
            Some(document) => document.checked = Some(checked),
            None => return false,
        }
        true
    }

    /// Every open text is looked at again: what it depends on has changed.
    pub(crate) fn forget(&self) {
        let mut texts = self.texts();
        texts.age += 1;
        for document in texts.open.values_mut() {
            document.checked = None;
        }
        drop(texts);
        self.typed.notify_one();
    }

    /// The open files of the library: what one of them names is read as it is typed.
    pub(crate) fn of_library(&self, engine: &Engine) -> Open {
        let texts = self.texts();
        let one = |(uri, document): (&Uri, &Document)| {
            let (_, path) = placed(engine, &path_of(uri)?)?;
            Some((path, Arc::clone(&document.text)))
        };
        Open(texts.open.iter().filter_map(one).collect())
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(name: &str) -> Uri {
        format!("file:///{name}.ts").parse().unwrap()
    }

    fn found(version: i32) -> Arc<Checked> {
        Arc::new(Checked { version, advice: Vec::new() })
    }

    /// Looks at what is due until nothing is; the names of the texts in that order.
    fn looked_at(documents: &Documents) -> Vec<String> {
        let mut names = Vec::new();
        while let Due { unchecked: Some((uri, document)), age, .. } = documents.due() {
            assert!(documents.keep(&uri, &document, age, found(document.version)));
            names.push(uri.as_str().to_owned());
        }
        names
    }

    #[test]
    fn the_text_that_was_typed_last_is_looked_at_first() {
        let documents = Documents::default();
        for name in ["a", "b", "c"] {
            documents.put(uri(name), 1, String::new());
        }
        documents.put(uri("b"), 2, "typed".to_owned());
        assert_eq!(looked_at(&documents), ["file:///b.ts", "file:///c.ts", "file:///a.ts"]);
        documents.forget();
        assert_eq!(looked_at(&documents).len(), 3, "what they depend on has changed");
    }

    #[test]
    fn what_was_found_in_a_text_that_is_no_longer_so_is_not_kept() {
        let documents = Documents::default();
        documents.put(uri("a"), 1, String::new());
        let before = documents.due();
        let (name, document) = before.unchecked.unwrap();
        documents.forget();
        assert!(!documents.keep(&name, &document, before.age, found(1)), "the library has changed");
        let age = documents.due().age;
        documents.close(uri("a"));
        assert!(!documents.keep(&name, &document, age, found(1)), "it was closed");
        documents.put(uri("a"), 1, "another text of the same version".to_owned());
        assert!(!documents.keep(&name, &document, age, found(1)), "it was opened again");
        let due = documents.due();
        assert!(due.closed.contains(&name));
        assert_eq!(&*due.unchecked.unwrap().1.text, "another text of the same version");
        assert!(documents.due().closed.is_empty(), "a closed text is told of once");
    }
}
