//! Cuts the input into lines, and never holds more than the largest message.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use crate::id_scan::IdScan;

/// Bytes asked of the operating system at once; the size of a pipe on Linux.
const READ_AT_ONCE: usize = 64 << 10;
/// A buffer that grew beyond this for one message is given back afterwards.
const KEEP_AT_MOST: usize = 1 << 20;

/// What came next.
#[derive(Debug)]
pub(crate) enum Line {
    /// A line; its bytes are in [`Lines::bytes`] until the next call.
    Whole,
    /// A line beyond the limit. It was read to its end and dropped.
    TooLong {
        /// Its id, where it has one.
        id: Value,
    },
    /// The input ended or failed; nothing more comes.
    End,
}

/// The input as lines.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::with_capacity(READ_AT_ONCE, reader), line: Vec::new(), limit, ended: false }
    }

    /// The line that was found, without the white space around it and without a byte order mark.
    pub(crate) fn bytes(&self) -> &[u8] {
        let line = self.line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.line);
        line.trim_ascii()
    }

    /// Waits for the next line that holds anything. What stands after the last newline counts as a line: a
    /// script that forgets the newline is served, and half a message is answered as what it is.
    pub(crate) async fn next(&mut self) -> Line {
        loop {
            self.line.clear();
            if self.line.capacity() > KEEP_AT_MOST {
                self.line = Vec::new();
            }
            if self.ended {
                return Line::End;
            }
            if let Some(id) = self.fill().await {
                return Line::TooLong { id };
            }
            if !self.bytes().is_empty() {
                return Line::Whole;
            }
        }
    }

    /// Fills `line` up to a newline or the end. Gives the id of a line that was too long.
    async fn fill(&mut self) -> Option<Value> {
        let mut dropping: Option<IdScan> = None;
        loop {
            let available = match self.reader.fill_buf().await {
                Ok([]) => {
                    self.ended = true;
                    break;
                }
                Ok(available) => available,
                Err(error) => {
                    tracing::warn!(%error, "the input failed");
                    self.ended = true;
                    break;
                }
            };
            let newline = available.iter().position(|&byte| byte == b'\n');
            let part = &available[..newline.unwrap_or(available.len())];
            let taken = newline.map_or(available.len(), |at| at + 1);
            if let Some(scan) = &mut dropping {
                scan.feed(part);
            } else if self.line.len() + part.len() > self.limit {
                let mut scan = IdScan::default();
                scan.feed(&self.line);
                scan.feed(part);
                self.line = Vec::new();
                dropping = Some(scan);
            } else {
                self.line.extend_from_slice(part);
            }
            self.reader.consume(taken);
            if newline.is_some() {
                break;
            }
        }
        dropping.map(IdScan::id)
    }
}
