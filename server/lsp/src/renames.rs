//! A tool gets another name, everywhere it is named; and tools found by name.

use tgp_engine::Engine;
use tgp_engine::authoring;
use tower_lsp_server::ls_types::{
    DocumentChangeOperation, DocumentChanges, Location, OneOf, OptionalVersionedTextDocumentIdentifier,
    Position, RenameFile, ResourceOp, SymbolInformation, SymbolKind, TextDocumentEdit, WorkspaceEdit,
};

use crate::authors::Text;
use crate::core::Core;
use crate::places::{at, edit, location, uri};

/// The edits that give the tool under the cursor another name: in every text that names it, then of its file.
pub(crate) fn rename(text: &Text<'_>, here: Position, name: &str) -> Result<Option<WorkspaceEdit>, String> {
    let renamed = authoring::rename(&text.path, &text.source, at(here), name, &text.workspace)?;
    let Some(renamed) = renamed else { return Ok(None) };
    let mut operations = Vec::new();
    for (path, edits) in &renamed.edits {
        let Some(uri) = uri(text.engine, path) else { continue };
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
            edits: edits.iter().map(|one| OneOf::Left(edit(one))).collect(),
        }));
    }
    let (from, to) = &renamed.file;
    if let (Some(old_uri), Some(new_uri)) = (uri(text.engine, from), uri(text.engine, to)) {
        let moved = RenameFile { old_uri, new_uri, options: None, annotation_id: None };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Rename(moved)));
    }
    let document_changes = Some(DocumentChanges::Operations(operations));
    Ok(Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }))
}

/// Tools whose names fit.
pub(crate) fn tools(core: &Core, engine: &Engine, query: &str) -> Vec<SymbolInformation> {
    let open = core.documents.of_library(engine);
    let found = authoring::workspace_symbols(query, &engine.workspace(&open));
    let symbol = |(name, place): (String, authoring::Location)| {
        let location: Location = location(engine, &place)?;
        #[allow(deprecated, reason = "the type has a field that is no longer used, and no default for it")]
        Some(SymbolInformation {
            name,
            kind: SymbolKind::FUNCTION,
            tags: None,
            deprecated: None,
            location,
            container_name: None,
        })
    };
    found.into_iter().filter_map(symbol).collect()
}
