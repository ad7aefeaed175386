//! Messages out of a stream of bytes: headers, a length, a body. What is malformed is named, and the next one is found.

use tokio::io::{AsyncRead, AsyncReadExt, BufReader};

/// Longest header line. Real ones have 40 bytes; a stream without line breaks must not fill the memory.
const LONGEST_HEADER: usize = 4 << 10;
/// Bytes of a message that is too long which are looked through for what it is; clients write its number first.
const BEGINNING: u64 = 1 << 10;
/// The header every message has.
const LENGTH: &[u8] = b"content-length:";

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The body of a message.
    Body(Vec<u8>),
    /// Something that is no message, with what is wrong. The stream goes on.
    Malformed(String),
    /// A message that was skipped for its length, with what it begins with.
    TooLong {
        /// Its first bytes.
        beginning: Vec<u8>,
        /// What is wrong.
        problem: String,
    },
    /// The end of the input.
    End,
}

/// Reads frames.
pub(crate) struct Frames<R> {
    input: BufReader<R>,
    largest: usize,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    /// Frames of a stream; bodies over `largest` bytes are skipped.
    pub(crate) fn new(input: R, largest: usize) -> Self {
        Self { input: BufReader::with_capacity(64 << 10, input), largest }
    }

    /// The next frame. An error of the operating system is the end.
    pub(crate) async fn next(&mut self) -> Frame {
        let mut length = None;
        let mut seen = false;
        loop {
            let Some(line) = self.line().await else { return Frame::End };
            if line.is_empty() {
                match length {
                    Some(Ok(length)) => return self.body(length).await,
                    Some(Err(problem)) => return Frame::Malformed(problem),
                    None if seen => {
                        return Frame::Malformed("a message without `Content-Length`".to_owned());
                    }
                    // Empty lines between messages mean nothing.
                    None => continue,
                }
            }
            seen = true;
            // After garbage the next header may stand in the middle of a line.
            if let Some(value) = after_length(&line) {
                let text = String::from_utf8_lossy(value).trim().to_owned();
                let number = text.parse::<usize>();
                length =
                    Some(number.map_err(|_| format!("`Content-Length` is `{text}`, which is no length")));
            }
        }
    }

    /// One header line without its line break; none at the end of the input.
    async fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            match self.input.read_u8().await.ok()? {
                b'\n' => break,
                byte => line.push(byte),
            }
            if line.len() > LONGEST_HEADER {
                // Its end may hold the beginning of the header that is looked for.
                line.drain(..LONGEST_HEADER / 2);
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line)
    }

    async fn body(&mut self, length: usize) -> Frame {
        if length > self.largest {
            let mut rest = (&mut self.input).take(u64::try_from(length).unwrap_or(u64::MAX));
            let mut beginning = Vec::new();
            let began = (&mut rest).take(BEGINNING).read_to_end(&mut beginning).await;
            let skipped = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
            if began.is_err() || skipped.is_err() || rest.limit() > 0 {
                return Frame::End;
            }
            let problem = format!("a message of {length} bytes; at most {} are read", self.largest);
            return Frame::TooLong { beginning, problem };
        }
        // The memory grows with what comes, not with what is promised.
        let mut body = Vec::new();
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        match (&mut self.input).take(wanted).read_to_end(&mut body).await {
            Ok(read) if read == length => Frame::Body(body),
            _ => Frame::End,
        }
    }
}

/// What follows the name of the length header, wherever it stands.
fn after_length(line: &[u8]) -> Option<&[u8]> {
    let found = line.windows(LENGTH.len()).rposition(|part| part.eq_ignore_ascii_case(LENGTH))?;
    line.get(found + LENGTH.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(text: &str) -> Vec<Frame> {
        let mut frames = Frames::new(text.as_bytes(), 100);
        let mut all = Vec::new();
        loop {
            match frames.next().await {
                Frame::End => return all,
                frame => all.push(frame),
            }
        }
    }

    fn body(text: &str) -> Frame {
        Frame::Body(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn messages_follow_each_other() {
        let text = "Content-Length: 2\r\n\r\n{}Content-Type: x\r\ncontent-length:3\r\n\r\n[1]";
        assert_eq!(frames(text).await, [body("{}"), body("[1]")]);
    }

    #[tokio::test]
    async fn after_a_bad_length_the_next_message_is_found() {
        let text = "Content-Length: many\r\n\r\n{\"a\":1}Content-Length: 2\r\n\r\n{}";
        let found = frames(text).await;
        assert!(matches!(&found[0], Frame::Malformed(problem) if problem.contains("many")), "{found:?}");
        assert_eq!(found[1], body("{}"));
    }

    #[tokio::test]
    async fn a_message_without_a_length_is_named() {
        let found = frames("Content-Type: x\r\n\r\nContent-Length: 2\r\n\r\n{}").await;
        assert!(matches!(&found[0], Frame::Malformed(_)), "{found:?}");
        assert_eq!(found[1], body("{}"));
    }

    #[tokio::test]
    async fn a_message_that_is_too_long_is_skipped() {
        let text = format!("Content-Length: 101\r\n\r\n{}Content-Length: 2\r\n\r\n{{}}", "x".repeat(101));
        let found = frames(&text).await;
        let Frame::TooLong { beginning, problem } = &found[0] else { panic!("{found:?}") };
        assert!(problem.contains("101") && beginning.len() == 101, "{found:?}");
        assert_eq!(found[1], body("{}"));
    }

    #[tokio::test]
    async fn garbage_without_line_breaks_does_not_hide_the_next_message() {
        let text = format!("{}Content-Length: 2\r\n\r\n{{}}", "garbage ".repeat(4_000));
        assert_eq!(frames(&text).await, [body("{}")]);
    }

    #[tokio::test]
    async fn half_a_message_is_the_end() {
        assert_eq!(frames("Content-Length: 20\r\n\r\n{}").await, []);
    }
}
