//! `read_file`: a page of a text file.

use tgp_model::ActionType;
use tgp_protocol::client::tools::{ReadFileInput, ReadFileOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};
use tgp_gate::Action;

/// Largest file read at all; pages are cut out of it.
const LARGEST: u64 = 64 << 20;
/// Bytes of one page at most: about 8,000 tokens, under what clients cut off.
const PAGE_BYTES: usize = 32 << 10;
/// Lines of one page where the caller says nothing.
const PAGE_LINES: u32 = 2_000;

impl Engine {
    /// Reads lines of a file; a long file comes in pages.
    pub fn read_file(&self, call: &Call, input: ReadFileInput) -> Result<ReadFileOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileRead, format!("Read `{}`", input.path));
        let result = action.carry_out(&mut |action| self.read_page(action, &input));
        action.end(result)
    }

    fn read_page(&self, action: &mut Action<'_>, input: &ReadFileInput) -> Result<ReadFileOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        let bytes = self.read_bytes(action, &path, LARGEST)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text (byte {at})"))
        })?;
        page(&text, input.offset.unwrap_or(1), input.limit.unwrap_or(PAGE_LINES)).ok_or_else(|| {
            let message = format!("`{path}`: one line is longer than {PAGE_BYTES} bytes");
            Refusal::new(ErrorCode::FileTooLarge, message)
                .with_hint("Read it inside a tool with `tgp.read_file`.")
        })
    }
}

/// Lines `first..first + limit` of a text, fewer where the page would be too large; none where one line is.
fn page(text: &str, first: u32, limit: u32) -> Option<ReadFileOutput> {
    let first = first.max(1);
    let mut content = String::new();
    let mut total_lines = 0;
    let mut next_offset = None;
    for line in text.split_inclusive('\n') {
        total_lines += 1;
        if total_lines < first || next_offset.is_some() {
            continue;
        }
        let full = content.len() + line.len() > PAGE_BYTES;
        if full && content.is_empty() {
            return None;
        }
        if full || total_lines - first >= limit.max(1) {
            next_offset = Some(total_lines);
        } else {
            content.push_str(line);
        }
    }
    Some(ReadFileOutput { content, total_lines, next_offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let lines: Vec<String> = (0..5_000).map(|n| format!("line {n}\r\n")).collect();
        let text = lines.concat() + "no newline";
        let mut joined = String::new();
        let mut next = Some(1);
        while let Some(first) = next {
            let got = page(&text, first, 700).unwrap();
            joined.push_str(&got.content);
            assert_eq!(got.total_lines, 5_001);
            next = got.next_offset;
        }
        assert_eq!(joined, text);
        assert_eq!(page("", 1, 10).unwrap().content, "");
        assert!(page(&"x".repeat(40_000), 1, 10).is_none());
    }
}
