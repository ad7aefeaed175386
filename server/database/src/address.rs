//! Where a database URL leads: a path on this machine.

use std::path::{Path, PathBuf};

use crate::error::OpenDatabaseError;

/// A database URL, understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The file.
    pub(crate) path: PathBuf,
    /// Whether the URL asks for reading only (`?mode=ro`).
    pub(crate) read_only: bool,
}

/// Understands `sqlite:path`, `sqlite://path`, `sqlite:///absolute` and a bare path, seen from `root`.
pub(crate) fn parse(url: &str, root: &Path) -> Result<Address, OpenDatabaseError> {
    let problem = |why: &str| OpenDatabaseError::Url { url: without_secrets(url), why: why.to_owned() };
    let text = url.trim();
    if text.is_empty() {
        return Err(problem("it is empty"));
    }
    if text.contains('\0') {
        return Err(problem("it holds a NUL byte"));
    }
    let (path, read_only) = if let Some(rest) = text.strip_prefix("sqlite:") {
        let (location, query) =
            rest.split_once('?').map_or((rest, ""), |(location, query)| (location, query));
        let read_only = match query {
            "" | "mode=rw" => false,
            "mode=ro" => true,
            _ => return Err(problem("only `?mode=ro` and `?mode=rw` are known after the path")),
        };
        let path = match location.strip_prefix("//") {
            Some(encoded) => decoded(encoded).ok_or_else(|| problem("its percent-encoding is broken"))?,
            None => location.to_owned(),
        };
        (path, read_only)
    } else if let Some((scheme, _)) = text.split_once("://") {
        return Err(problem(&format!("`{scheme}` is not known here; it begins with `sqlite:`")));
    } else {
        (text.to_owned(), false)
    };
    if path.is_empty() {
        return Err(problem("it names no file"));
    }
    if path.starts_with(":memory:") {
        return Err(problem("a database in memory would be lost after each run; name a file"));
    }
    Ok(Address { path: root.join(path), read_only })
}

/// The file a database URL names, whether it is there or not; none where the URL names none.
pub fn path_of(url: &str, root: &Path) -> Option<PathBuf> {
    parse(url, root).ok().map(|address| address.path)
}

/// Whether a text can name a database at all; whether the file is there is not asked.
pub fn check_url(url: &str) -> Result<(), OpenDatabaseError> {
    parse(url, Path::new("/")).map(drop)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// A URL of another kind may carry a password; it must not end up in an error or a log.
fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, _)), Some(at)) => format!("{scheme}://***{}", url.get(at..).unwrap_or("")),
        _ => url.to_owned(),
    }
}
