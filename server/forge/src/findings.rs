//! What the compiler found, as the client sees it.

use tgp_model::Diagnostic;
use tgp_protocol::client::tools::{Finding, FindingEdit, FindingReplacement};

use tgp_model::mount::Mount;

/// One diagnostic, with the path the agent knows.
pub fn finding(diagnostic: &Diagnostic, mount: &Mount) -> Finding {
    let seen = diagnostic.path.parse().ok().and_then(|path| mount.show(&path));
    Finding {
        code: diagnostic.code.clone(),
        message: diagnostic.message.clone(),
        path: seen.map_or_else(|| diagnostic.path.clone(), |path| path.to_string()),
        line: diagnostic.line,
        column: diagnostic.column,
        frame: diagnostic.frame.clone(),
        hint: diagnostic.hint.clone(),
        edit: diagnostic.edit.as_ref().map(|edit| FindingEdit {
            title: edit.title.clone(),
            replacements: edit
                .replacements
                .iter()
                .map(|r| FindingReplacement { start: r.start, end: r.end, text: r.text.clone() })
                .collect(),
        }),
    }
}
