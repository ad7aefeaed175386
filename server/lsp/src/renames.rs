//! A tool gets another name, everywhere it is named; and tools found by name.

use tgp_engine::Engine;
use tgp_engine::authoring;
use tower_lsp_server::ls_types::{
    DocumentChangeOperation, DocumentChanges, FileRename, Location, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, PrepareRenameResponse, RenameFile, ResourceOp,
    SymbolInformation, SymbolKind, TextDocumentEdit, WorkspaceEdit,
};

use crate::authors::Text;
use crate::core::Core;
use crate::documents::{in_library, path_of};
use crate::places::{at, edit, location, range, uri};

/// What would be renamed, and its name now; none where no tool is meant, which TypeScript's own server may know.
pub(crate) fn prepare(text: &Text<'_>, here: Position) -> Option<PrepareRenameResponse> {
    let found = authoring::prepare_rename(&text.path, &text.source, at(here), &text.workspace)?;
    Some(PrepareRenameResponse::RangeWithPlaceholder { range: range(found.0), placeholder: found.1 })
}

/// The edits that give the tool under the cursor another name: in every text that names it, then of its file.
pub(crate) fn rename(text: &Text<'_>, here: Position, name: &str) -> Result<Option<WorkspaceEdit>, String> {
    let renamed = authoring::rename(&text.path, &text.source, at(here), name, &text.workspace)?;
    let Some(renamed) = renamed else { return Ok(None) };
    let mut operations = operations(text.engine, &renamed.edits);
    let (from, to) = &renamed.file;
    if let (Some(old_uri), Some(new_uri)) = (uri(text.engine, from), uri(text.engine, to)) {
        let moved = RenameFile { old_uri, new_uri, options: None, annotation_id: None };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Rename(moved)));
    }
    Ok(Some(edit_of(operations)))
}

/// The edits of everything that names what the client is about to move.
pub(crate) fn moved(core: &Core, engine: &Engine, files: &[FileRename]) -> Option<WorkspaceEdit> {
    let stored = |uri: &str| in_library(engine, &path_of(&uri.parse().ok()?)?);
    let moves: Vec<(String, String)> =
        files.iter().filter_map(|file| Some((stored(&file.old_uri)?, stored(&file.new_uri)?))).collect();
    let open = core.documents.of_library(engine);
    let edits = authoring::moved(&moves, &engine.workspace(&open));
    (!edits.is_empty()).then(|| edit_of(operations(engine, &edits)))
}

fn operations(engine: &Engine, edits: &[(String, Vec<authoring::Edit>)]) -> Vec<DocumentChangeOperation> {
    let of_file = |(path, edits): &(String, Vec<authoring::Edit>)| {
        Some(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri: uri(engine, path)?, version: None },
            edits: edits.iter().map(|one| OneOf::Left(edit(one))).collect(),
        }))
    };
    edits.iter().filter_map(of_file).collect()
}

fn edit_of(operations: Vec<DocumentChangeOperation>) -> WorkspaceEdit {
    let document_changes = Some(DocumentChanges::Operations(operations));
    WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }
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
