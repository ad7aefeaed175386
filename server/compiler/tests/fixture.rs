//! One text that holds many files, and how results are shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use tgp_compiler::{Bundle, BundleError, CheckReport, ReadSource, Settings, SourceKind, bundle, check};

/// Files of a library and of `node_modules`, by path.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) tools: BTreeMap<String, Arc<str>>,
    pub(crate) packages: BTreeMap<String, Arc<str>>,
}

impl ReadSource for Files {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        self.tools.get(path).cloned()
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        self.packages.get(path).cloned()
    }
}

/// Reads `//- path` headers; `node_modules/...` goes to the packages. The first file is the entry.
pub(crate) fn files(text: &str) -> (Files, String) {
    let mut files = Files::default();
    let mut entry = String::new();
    for part in text.split("//- ").skip(1) {
        let (path, source) = part.split_once('\n').unwrap();
        if let Some(package) = path.trim().strip_prefix("node_modules/") {
            files.packages.insert(package.to_owned(), Arc::from(source));
        } else {
            files.tools.insert(path.trim().to_owned(), Arc::from(source));
        }
        if entry.is_empty() {
            entry = path.trim().to_owned();
        }
    }
    if entry.is_empty() {
        entry = "tools/tool.ts".to_owned();
        files.tools.insert(entry.clone(), Arc::from(text));
    }
    (files, entry)
}

pub(crate) fn settings() -> Settings {
    Settings { allowed_imports: vec!["zod".into(), "date-fns".into(), "pkg".into()], ..Settings::default() }
}

pub(crate) fn check_text(text: &str) -> CheckReport {
    let (files, entry) = files(text);
    let source = files.tools[&entry].clone();
    check(&entry, &source, &files, &settings())
}

pub(crate) fn bundle_text(text: &str) -> Result<Bundle, BundleError> {
    bundle_kind(text, SourceKind::Tool)
}

pub(crate) fn bundle_kind(text: &str, kind: SourceKind) -> Result<Bundle, BundleError> {
    let (files, entry) = files(text);
    bundle(&entry, &files, &settings(), kind)
}

/// The findings of a tool, one line each.
pub(crate) fn findings(text: &str) -> String {
    let mut out = String::new();
    for d in check_text(text).diagnostics {
        let _ =
            writeln!(out, "{}:{}:{} {:?} {}: {}", d.path, d.line, d.column, d.severity, d.code, d.message);
    }
    out
}

/// The findings of a tool as people see them.
pub(crate) fn rendered(text: &str) -> String {
    let mut out = String::new();
    for d in check_text(text).diagnostics {
        let _ = writeln!(
            out,
            "{:?} {}: {}\n --> {}:{}:{}\n{}",
            d.severity, d.code, d.message, d.path, d.line, d.column, d.frame
        );
        if let Some(hint) = d.hint {
            let _ = writeln!(out, "hint: {hint}");
        }
        if let Some(edit) = d.edit {
            let _ = writeln!(out, "edit: {} {:?}", edit.title, edit.replacements);
        }
    }
    out
}

/// The modules of a bundle, or why there is none.
pub(crate) fn modules(text: &str) -> String {
    match bundle_text(text) {
        Ok(bundle) => {
            let mut out = format!("entry {}\n", bundle.entry);
            for module in bundle.modules {
                let _ = write!(out, "--- {}\n{}", module.name, module.code);
            }
            out
        }
        Err(error) => format!("{error}\n"),
    }
}

pub(crate) fn schema(text: &str) -> String {
    serde_json::to_string_pretty(&check_text(text).schema).unwrap() + "\n"
}
