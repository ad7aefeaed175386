//! `read_file`: a page of a text file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tgp_model::{ActionType, RepoPath};
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
        let result = action.carry_out(&mut |action| self.read_page(call, action, &input));
        action.end(result)
    }

    /// Content of a file as the caller sees it: through its branch in a Git project, plain otherwise.
    pub(crate) fn read_as(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &RepoPath,
        limit: u64,
    ) -> Result<Vec<u8>, Refusal> {
        match self.rooms_of(path)? {
            Some(rooms) => rooms.read(call, action, path, limit),
            None => self.read_bytes(action, path, limit),
        }
    }

    fn read_page(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &ReadFileInput,
    ) -> Result<ReadFileOutput, Refusal> {
        let path = Engine::parse_path(&input.path)?;
        action.facts.files = vec![path.clone()];
        let bytes = self.read_as(call, action, &path, LARGEST)?;
        if let Some(from) = input.byte_offset {
            return Ok(page_of_bytes(&bytes, from));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text (byte {at})"))
                .with_hint("`byte_offset: 0` gives its bytes as base64.")
        })?;
        page(&text, input.offset.unwrap_or(1), input.limit.unwrap_or(PAGE_LINES)).ok_or_else(|| {
            let message = format!("`{path}`: one line is longer than {PAGE_BYTES} bytes");
            Refusal::new(ErrorCode::FileTooLarge, message)
                .with_hint("`byte_offset` gives it in pages of bytes.")
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
    Some(ReadFileOutput { content, total_lines, next_offset, total_bytes: None, next_byte_offset: None })
}

/// Bytes from one on, as many as fit a page.
fn page_of_bytes(bytes: &[u8], from: u64) -> ReadFileOutput {
    let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    let first = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
    let end = first.saturating_add(PAGE_BYTES / 4 * 3).min(bytes.len());
    ReadFileOutput {
        content: STANDARD.encode(bytes.get(first..end).unwrap_or_default()),
        total_lines: 0,
        next_offset: None,
        total_bytes: Some(number(bytes.len())),
        next_byte_offset: (end < bytes.len()).then(|| number(end)),
    }
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
