//! From a place in the compiled JavaScript back to the place in the TypeScript.

/// One point where both texts meet; lines and columns from 0, columns in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) source_line: u32,
    pub(crate) source_column: u32,
}

/// Where each piece of a compiled module came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    /// Sorted by line, then column.
    mappings: Box<[Mapping]>,
}

impl SourceMap {
    pub(crate) fn new(mut mappings: Vec<Mapping>) -> Self {
        mappings.sort_by_key(|m| (m.line, m.column));
        Self { mappings: mappings.into_boxed_slice() }
    }

    /// The place in the TypeScript that the place `line`:`column` of the compiled code came from. Everything counts
    /// from 1; columns are UTF-16 units. None where the compiler wrote the line itself.
    pub fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let (line, column) = (line.checked_sub(1)?, column.saturating_sub(1));
        let after = self.mappings.partition_point(|m| (m.line, m.column) <= (line, column));
        let before = after.checked_sub(1).and_then(|at| self.mappings.get(at)).filter(|m| m.line == line);
        let found = before.or_else(|| self.mappings.get(after).filter(|m| m.line == line))?;
        Some((found.source_line + 1, found.source_column + 1))
    }
}
