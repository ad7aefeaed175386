//! What tool authors are told beside their text. The hall knows it; here it is put into the protocol's words.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tgp_engine::authoring::{self, DocumentKind, Lens, LensDoes, Outlined};
use tgp_engine::{Engine, Workspace};
use tower_lsp_server::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeLens, Command, CompletionItem,
    CompletionItemKind, CompletionTextEdit, DocumentSymbol, FoldingRange, Hover, HoverContents, InlayHint,
    InlayHintLabel, InlayHintTooltip, Location, MarkupContent, MarkupKind, Position, SymbolKind, Uri,
    WorkspaceEdit,
};

use crate::check::{current, diagnostic};
use crate::core::Core;
use crate::documents::{path_of, placed};
use crate::places::{at, edit, location, position, range};

/// An open text of ours, and the library around it.
pub(crate) struct Text<'a> {
    pub(crate) kind: DocumentKind,
    pub(crate) path: String,
    pub(crate) source: Arc<str>,
    pub(crate) workspace: Workspace<'a>,
    pub(crate) engine: &'a Engine,
}

/// Does something with an open text; nothing for a text that is not open, or none of ours.
pub(crate) fn with<T>(
    core: &Core,
    engine: &Engine,
    uri: &Uri,
    work: impl FnOnce(&Text<'_>) -> T,
) -> Option<T> {
    let document = core.documents.get(uri)?;
    let (kind, path) = placed(engine, &path_of(uri)?)?;
    let open = core.documents.of_library(engine);
    let workspace = engine.workspace(&open);
    Some(work(&Text { kind, path, source: document.text, workspace, engine }))
}

/// Changes that mend what was found where the cursor is.
pub(crate) fn fixes(core: &Core, engine: &Engine, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let uri = &params.text_document.uri;
    let Some(document) = core.documents.get(uri) else { return Vec::new() };
    let wanted = params.range;
    let checked = current(core, engine, uri, &document);
    let here = checked.advice.iter().filter(|advice| {
        let found = range(advice.range);
        found.start <= wanted.end && wanted.start <= found.end
    });
    here.filter_map(|advice| {
        let (title, edits) = advice.fix.as_ref()?;
        let edits = edits.iter().map(edit).collect();
        let changes = Some([(uri.clone(), edits)].into_iter().collect::<HashMap<_, _>>());
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic(advice)]),
            edit: Some(WorkspaceEdit { changes, ..WorkspaceEdit::default() }),
            is_preferred: Some(true),
            ..CodeAction::default()
        }))
    })
    .collect()
}

impl Text<'_> {
    /// What stands under the cursor.
    pub(crate) fn hover(&self, here: Position) -> Option<Hover> {
        let told = authoring::hover(&self.path, &self.source, at(here), &self.workspace)?;
        let contents = MarkupContent { kind: MarkupKind::Markdown, value: told.text };
        Some(Hover { contents: HoverContents::Markup(contents), range: Some(range(told.range)) })
    }

    /// What can be done with the tool.
    pub(crate) fn lenses(&self, uri: &Uri) -> Vec<CodeLens> {
        let lenses = authoring::lenses(&self.path, &self.source, &self.workspace);
        lenses.into_iter().map(|lens| self.lens(uri, lens)).collect()
    }

    fn lens(&self, uri: &Uri, lens: Lens) -> CodeLens {
        let (command, arguments) = match lens.does {
            LensDoes::Run { tool } => ("tgp.tools.run", vec![json!({ "path": tool })]),
            LensDoes::RunAgain { tool, args } => {
                ("tgp.tools.run", vec![json!({ "path": tool, "args": args })])
            }
            LensDoes::Check { tool } => ("tgp.tools.check", vec![json!({ "path": tool })]),
            LensDoes::ShowReferences { locations } => {
                let places: Vec<Location> =
                    locations.iter().filter_map(|place| location(self.engine, place)).collect();
                let start = position(lens.range.start);
                ("tgp.showReferences", vec![json!(uri), json!(start), json!(places)])
            }
        };
        let command = Command { title: lens.title, command: command.to_owned(), arguments: Some(arguments) };
        CodeLens { range: range(lens.range), command: Some(command), data: None::<Value> }
    }

    /// What the last run cost.
    pub(crate) fn hints(&self) -> Vec<InlayHint> {
        let hint = |hint: authoring::Hint| InlayHint {
            position: position(hint.at),
            label: InlayHintLabel::String(hint.label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::String(hint.tooltip)),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        };
        authoring::hints(&self.path, &self.source, &self.workspace).into_iter().map(hint).collect()
    }

    /// What may be meant with what was begun.
    pub(crate) fn complete(&self, here: Position) -> Vec<CompletionItem> {
        let found = self.workspace.complete(self.kind, &self.path, &self.source, at(here));
        let item = |one: authoring::Completion| CompletionItem {
            label: one.label,
            detail: Some(one.detail).filter(|detail| !detail.is_empty()),
            kind: Some(match one.kind {
                authoring::CompletionKind::Tool => CompletionItemKind::FILE,
                authoring::CompletionKind::Function => CompletionItemKind::FUNCTION,
                authoring::CompletionKind::Field => CompletionItemKind::FIELD,
                authoring::CompletionKind::Value => CompletionItemKind::VALUE,
            }),
            text_edit: Some(CompletionTextEdit::Edit(edit(&one.edit))),
            ..CompletionItem::default()
        };
        found.into_iter().map(item).collect()
    }

    /// The symbols of the text.
    pub(crate) fn symbols(&self) -> Vec<DocumentSymbol> {
        let found = authoring::document_symbols(self.kind, &self.path, &self.source, &self.workspace);
        found.into_iter().map(symbol).collect()
    }

    /// What can be folded.
    pub(crate) fn folds(&self) -> Vec<FoldingRange> {
        let fold = |fold: authoring::Fold| FoldingRange {
            start_line: fold.first,
            end_line: fold.last,
            ..FoldingRange::default()
        };
        authoring::folds(self.kind, &self.source).into_iter().map(fold).collect()
    }

    /// Where the tool under the cursor is written.
    pub(crate) fn definition(&self, here: Position) -> Option<Location> {
        let place = authoring::definition(&self.path, &self.source, at(here), &self.workspace)?;
        location(self.engine, &place)
    }

    /// Where the tool under the cursor is named.
    pub(crate) fn references(&self, here: Position) -> Vec<Location> {
        let places = authoring::references(&self.path, &self.source, at(here), &self.workspace);
        places.iter().filter_map(|place| location(self.engine, place)).collect()
    }
}

fn symbol(one: Outlined) -> DocumentSymbol {
    #[allow(deprecated, reason = "the type has a field that is no longer used, and no default for it")]
    DocumentSymbol {
        kind: if one.children.is_empty() { SymbolKind::PROPERTY } else { SymbolKind::FUNCTION },
        name: one.name,
        detail: Some(one.detail).filter(|detail| !detail.is_empty()),
        tags: None,
        deprecated: None,
        range: range(one.range),
        selection_range: range(one.chosen),
        children: Some(one.children.into_iter().map(symbol).collect()),
    }
}
