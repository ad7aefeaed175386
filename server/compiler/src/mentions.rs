//! What a source says of other tools, read for editors.

use std::sync::Arc;

use oxc::allocator::Allocator;
use oxc::parser::{ParseOptions, Parser};
use oxc::span::SourceType;
use tgp_standards::mentions::Mentions;

use crate::bounds;
use crate::resolve::{Texts, find_tool, tool_path};
use crate::settings::ReadSource;
use crate::worker::on_large_stack;

/// Reads a source. One with syntax errors names nothing.
pub fn mentions(source: &str) -> Mentions {
    on_large_stack(&NoFiles, |_| read(source)).unwrap_or_default()
}

/// The tool of the library an import specifier in the file `from` means; none where there is no such tool.
pub fn imported_tool(specifier: &str, from: &str, files: &dyn ReadSource) -> Option<String> {
    let path = tool_path(specifier, from)?.ok()?;
    find_tool(specifier, &path, &mut Texts::new(files)).ok()
}

struct NoFiles;

impl ReadSource for NoFiles {
    fn tool(&self, _: &str) -> Option<Arc<str>> {
        None
    }

    fn package_file(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

fn read(source: &str) -> Mentions {
    if bounds::check(source).is_err() {
        return Mentions::default();
    }
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, source, SourceType::ts()).with_options(options).parse();
    if parsed.panicked { Mentions::default() } else { tgp_standards::mentions::mentions(&parsed.program) }
}
