//! Hunks as the text of a unified diff, which `git apply` takes.

use crate::hunks::{Hunk, LineKind};

/// The text of hunks; the caller writes the header with the names.
pub fn render(hunks: &[Hunk]) -> Vec<u8> {
    let mut out = Vec::new();
    for hunk in hunks {
        let side =
            |start: u32, lines: u32| if lines == 1 { start.to_string() } else { format!("{start},{lines}") };
        let old = side(hunk.old_start, hunk.old_lines);
        let new = side(hunk.new_start, hunk.new_lines);
        out.extend_from_slice(format!("@@ -{old} +{new} @@\n").as_bytes());
        for line in &hunk.lines {
            out.push(match line.kind {
                LineKind::Context => b' ',
                LineKind::Removed => b'-',
                LineKind::Added => b'+',
            });
            out.extend_from_slice(&line.text);
            if !line.text.ends_with(b"\n") {
                out.extend_from_slice(b"\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// A name as Git writes it in a header: quoted where it holds what a header cannot.
pub fn name(prefix: &str, path: &[u8]) -> Vec<u8> {
    let plain = path.iter().all(|byte| (0x20..0x7f).contains(byte) && !matches!(byte, b'"' | b'\\'));
    let mut out = Vec::new();
    if plain {
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(path);
        return out;
    }
    out.push(b'"');
    out.extend_from_slice(prefix.as_bytes());
    for byte in path {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x20..0x7f => out.push(*byte),
            other => out.extend_from_slice(format!("\\{other:03o}").as_bytes()),
        }
    }
    out.push(b'"');
    out
}
