//! Hunks applied to a content: what stands around a change must be exactly what the hunk says.

use crate::hunks::{Hunk, LineKind};

/// A hunk that does not fit. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyPatchError {
    /// The lines it expects are nowhere.
    #[error("hunk {hunk} does not fit: from line {line} on `{expected}` was expected and `{found}` is there")]
    Mismatch {
        /// Which, counted from 1.
        hunk: usize,
        /// First line that differs, at the place the hunk names.
        line: usize,
        /// What the hunk expects there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The place it names does not fit, and the lines it expects stand in more places than one.
    #[error(
        "hunk {hunk} does not fit at line {line}, and its lines are found at lines {places:?}; more context tells them apart"
    )]
    Ambiguous {
        /// Which, counted from 1.
        hunk: usize,
        /// The line it names.
        line: usize,
        /// Where they are found.
        places: Vec<usize>,
    },
}

/// Applies hunks in their order. A hunk whose line numbers are off is taken where its lines stand, if that is one place.
pub fn apply(content: &[u8], hunks: &[Hunk]) -> Result<Vec<u8>, ApplyPatchError> {
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let mut out: Vec<u8> = Vec::with_capacity(content.len());
    let mut at = 0_usize;
    let mut shift = 0_i64;
    for (number, hunk) in hunks.iter().enumerate() {
        let old: Vec<&[u8]> = hunk
            .lines
            .iter()
            .filter(|line| line.kind != LineKind::Added)
            .map(|line| line.text.as_slice())
            .collect();
        let named = i64::from(hunk.old_start) - i64::from(hunk.old_lines > 0);
        let wanted = usize::try_from(named + shift).unwrap_or(0);
        let place = find(&lines, &old, at, wanted, number + 1)?;
        shift = i64::try_from(place).unwrap_or(0) - named;
        out.extend(lines.get(at..place).unwrap_or_default().concat());
        for line in hunk.lines.iter().filter(|line| line.kind != LineKind::Removed) {
            // A last line that had no ending gets one before another follows.
            if !out.is_empty() && !out.ends_with(b"\n") {
                out.push(b'\n');
            }
            out.extend_from_slice(&line.text);
        }
        at = place + old.len();
    }
    let rest = lines.get(at..).unwrap_or_default();
    if !rest.is_empty() && !out.is_empty() && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.extend(rest.concat());
    Ok(out)
}

fn fits(lines: &[&[u8]], old: &[&[u8]], place: usize) -> bool {
    place.checked_add(old.len()).and_then(|end| lines.get(place..end)).is_some_and(|found| found == old)
}

fn find(
    lines: &[&[u8]],
    old: &[&[u8]],
    from: usize,
    wanted: usize,
    hunk: usize,
) -> Result<usize, ApplyPatchError> {
    if wanted >= from && fits(lines, old, wanted) {
        return Ok(wanted);
    }
    let places: Vec<usize> = if old.is_empty() {
        Vec::new()
    } else {
        (from..=lines.len().saturating_sub(old.len()))
            .filter(|place| fits(lines, old, *place))
            .take(10)
            .collect()
    };
    match places.as_slice() {
        [place] => Ok(*place),
        [] => {
            let off = old.iter().enumerate().find(|(at, line)| lines.get(wanted + at) != Some(line));
            let (at, expected) = off.map_or((0, &b""[..]), |(at, line)| (at, line));
            Err(ApplyPatchError::Mismatch {
                hunk,
                line: wanted + at + 1,
                expected: shown(expected),
                found: lines
                    .get(wanted + at)
                    .map_or_else(|| "the end of the file".to_owned(), |line| shown(line)),
            })
        }
        _ => Err(ApplyPatchError::Ambiguous {
            hunk,
            line: wanted + 1,
            places: places.iter().map(|place| place + 1).collect(),
        }),
    }
}

/// A line for an error, with a carriage return or a missing line ending made visible.
fn shown(line: &[u8]) -> String {
    let ending = if line.ends_with(b"\r\n") {
        "\\r"
    } else if line.ends_with(b"\n") {
        ""
    } else {
        " (no line ending)"
    };
    let text: String =
        String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).chars().take(120).collect();
    format!("{text}{ending}")
}
