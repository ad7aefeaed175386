//! How deep blocks of YAML and Markdown may lie in each other, told before they are parsed: their grammars keep an entry
//! for each block in a buffer of fixed size, and one of them ends the process where it is full.

use crate::language::Language;

/// Most blocks in each other; the buffer holds about 250.
const MOST_BLOCKS: usize = 200;

/// Whether a file's blocks may lie too deep in each other. It is an upper bound: a file that could be too deep is.
pub(crate) fn is_too_deep(language: Language, content: &[u8]) -> bool {
    let lines_count = match language {
        Language::Yaml => 1,
        Language::Markdown => 0,
        _ => return false,
    };
    let mut open = 0_usize;
    for line in content.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let (room, marks) = prefix(line);
        if line.trim_ascii().is_empty() || marks + lines_count == 0 {
            // Nothing new begins; what is open may stay open.
            continue;
        }
        // A block that goes on needs a column of this line's indentation; a mark begins another one.
        open = open.min(room + lines_count) + marks + lines_count;
        if open > MOST_BLOCKS {
            return true;
        }
    }
    false
}

/// Columns a line gives to blocks that go on, and marks at its beginning that may begin others.
fn prefix(line: &[u8]) -> (usize, usize) {
    let (mut room, mut marks) = (0, 0);
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        let next = line.get(at + 1);
        let ends = next.is_none_or(|next| matches!(next, b' ' | b'\t'));
        match byte {
            // A tab is as wide as four columns.
            b'\t' => room += 4,
            b' ' | b'0'..=b'9' | 0x0b | 0x0c => room += 1,
            b'>' => marks += 1,
            b'-' | b'+' | b'*' | b'?' | b':' | b'.' | b')' if ends => marks += 1,
            _ => break,
        }
        at += 1;
    }
    (room + marks, marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(language: Language, text: &str) -> bool {
        is_too_deep(language, text.as_bytes())
    }

    #[test]
    fn what_people_write_is_not_too_deep() {
        let long = "- item\n  - inner\n    text\n\n> quote\n\n1. one\n2. two\n".repeat(1000);
        assert!(!deep(Language::Markdown, &long));
        assert!(!deep(Language::Markdown, &format!("{}\n{}\n* * *\n", "-".repeat(500), " ".repeat(500))));
        assert!(!deep(Language::Yaml, &"a:\n  b:\n    - c: 1\n      d: 2\n    - - x\n".repeat(1000)));
        assert!(!deep(Language::Rust, &"- ".repeat(1000)));
    }

    #[test]
    fn blocks_in_blocks_are_found_on_one_line_and_over_many() {
        assert!(deep(Language::Markdown, &"> ".repeat(300)));
        assert!(deep(Language::Markdown, &">".repeat(300)));
        assert!(deep(Language::Markdown, &"- ".repeat(300)));
        assert!(deep(Language::Yaml, &"- ".repeat(300)));
        assert!(deep(Language::Yaml, &"? ".repeat(300)));
        let steps: String =
            (0..300).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect::<Vec<_>>().concat();
        assert!(deep(Language::Yaml, &steps));
        let lists = (0..300).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect::<Vec<_>>().concat();
        assert!(deep(Language::Markdown, &lists));
    }
}
