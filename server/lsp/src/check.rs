//! What is wrong with a text while it is typed: the newest version of each is looked at, and the client is told.

use std::sync::Arc;

use tgp_engine::Engine;
use tgp_engine::authoring::Advice;
use tgp_model::Severity;
use tower_lsp_server::Client as Wire;
use tower_lsp_server::ls_types::{Diagnostic, DiagnosticSeverity, NumberOrString, Uri};

use crate::core::Core;
use crate::documents::{Document, path_of, placed};
use crate::places::range;

/// What was found in one version of a text.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) version: i32,
    pub(crate) advice: Vec<Advice>,
}

/// Looks at texts as they are typed, and tells the client. Nobody else tells it what is wrong with a text, so that what
/// it hears last is what is true: of a text that was closed, nothing.
pub(crate) async fn as_typed(core: Arc<Core>, wire: Wire) {
    loop {
        core.documents.typed.notified().await;
        loop {
            let due = core.documents.due();
            for uri in due.closed {
                wire.publish_diagnostics(uri, Vec::new(), None).await;
            }
            let Some((uri, document)) = due.unchecked else { break };
            look_at(&core, &wire, uri, document, due.age).await;
        }
    }
}

async fn look_at(core: &Arc<Core>, wire: &Wire, uri: Uri, document: Document, age: u64) {
    let (looking, of, looked_at) = (Arc::clone(core), uri.clone(), document.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let engine = looking.project.open(looking.kernel.as_ref()).ok()?;
        check(&looking, &engine, &of, &looked_at)
    });
    // A bug in a check leaves the text without findings; it is logged where it happened.
    let found = looked.await.ok().flatten();
    let ours = found.is_some();
    let version = document.version;
    let checked = Arc::new(Checked { version, advice: found.unwrap_or_default() });
    if core.documents.keep(&uri, &document, age, Arc::clone(&checked)) && ours {
        wire.publish_diagnostics(uri, checked.advice.iter().map(diagnostic).collect(), Some(version)).await;
    }
}

/// What was found in a text as it is now, looked for where nobody did yet.
pub(crate) fn current(core: &Core, engine: &Engine, uri: &Uri, document: &Document) -> Arc<Checked> {
    let known = document.checked.as_ref().filter(|checked| checked.version == document.version);
    known.cloned().unwrap_or_else(|| {
        let advice = check(core, engine, uri, document).unwrap_or_default();
        Arc::new(Checked { version: document.version, advice })
    })
}

/// None for a text that is none of ours.
fn check(core: &Core, engine: &Engine, uri: &Uri, document: &Document) -> Option<Vec<Advice>> {
    let (kind, path) = placed(engine, &path_of(uri)?)?;
    let open = core.documents.of_library(engine);
    Some(engine.workspace(&open).diagnose(kind, &path, &document.text))
}

/// A finding as the client shows it.
pub(crate) fn diagnostic(advice: &Advice) -> Diagnostic {
    let severity = match advice.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    };
    Diagnostic {
        range: range(advice.range),
        severity: Some(severity),
        code: Some(NumberOrString::String(advice.code.clone())),
        source: Some("tgp".to_owned()),
        message: advice.message.clone(),
        ..Diagnostic::default()
    }
}
