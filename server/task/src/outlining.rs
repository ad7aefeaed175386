//! `outline`: the symbols of a file.

use tgp_model::RepoPath;
use tgp_outline::{OutlineError, Symbol, outline};
use tgp_protocol::client::tasks::{OutlineOutput, OutlinedSymbol};
use tgp_protocol::client::{ErrorCode, Refusal};

/// The symbols of a file's content.
pub fn symbols_of(path: &RepoPath, content: &[u8]) -> Result<OutlineOutput, Refusal> {
    let name = path.file_name().unwrap_or_default();
    let found = outline(name, content).map_err(|error| {
        let code = match error {
            OutlineError::Language { .. } => ErrorCode::FileKind,
            OutlineError::TooLarge { .. } | OutlineError::TooDeep { .. } | OutlineError::TooSlow { .. } => {
                ErrorCode::FileTooLarge
            }
            OutlineError::NoThread { .. } => ErrorCode::Internal,
        };
        Refusal::new(code, error.to_string()).with_hint("Read it with `read_file`, or look with `search`.")
    })?;
    let symbols = found.symbols.iter().map(|symbol| OutlinedSymbol {
        name: full_name(&found.symbols, symbol),
        kind: symbol.kind.to_string(),
        first_line: u32::try_from(symbol.first_line).unwrap_or(u32::MAX),
        last_line: u32::try_from(symbol.last_line).unwrap_or(u32::MAX),
    });
    Ok(OutlineOutput { symbols: symbols.collect(), errors: found.errors, more: found.more })
}

/// A name with those around it.
fn full_name(all: &[Symbol], symbol: &Symbol) -> String {
    let mut names = vec![symbol.name.as_str()];
    let mut here = symbol;
    while let Some(parent) = here.parent.and_then(|place| all.get(place)) {
        names.push(&parent.name);
        here = parent;
    }
    names.reverse();
    names.join(".")
}
