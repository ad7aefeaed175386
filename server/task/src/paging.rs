//! Files in pages: lines of a text, or bytes as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tgp_protocol::client::tools::ReadFileOutput;

/// Bytes of one page at most: about 8,000 tokens, under what clients cut off.
pub const PAGE_BYTES: usize = 32 << 10;
/// Lines of one page where the caller says nothing.
const PAGE_LINES: u32 = 2_000;

/// Lines `first..first + limit` of a text, fewer where the page would be too large; none where one line is.
pub fn page(text: &str, first: u32, limit: Option<u32>) -> Option<ReadFileOutput> {
    let limit = limit.unwrap_or(PAGE_LINES);
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
pub fn page_of_bytes(bytes: &[u8], from: u64) -> ReadFileOutput {
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
#[allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let lines: Vec<String> = (0..5_000).map(|n| format!("line {n}\r\n")).collect();
        let text = lines.concat() + "no newline";
        let mut joined = String::new();
        let mut next = Some(1);
        while let Some(first) = next {
            let got = page(&text, first, Some(700)).unwrap();
            joined.push_str(&got.content);
            assert_eq!(got.total_lines, 5_001);
            next = got.next_offset;
        }
        assert_eq!(joined, text);
        assert_eq!(page("", 1, Some(10)).unwrap().content, "");
        assert!(page(&"x".repeat(40_000), 1, Some(10)).is_none());
    }
}
