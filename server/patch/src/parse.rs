//! Patches as people and agents write them: unified diffs over several files, with or without Git's headers.

use crate::hunks::{Hunk, Line, LineKind};

/// Most bytes of a patch.
pub const LARGEST_PATCH: usize = 16 << 20;

/// A patch that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePatchError {
    /// A line is not what a patch has there.
    #[error("line {line} of the patch: {why}: `{text}`")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
        /// The line, cut.
        text: String,
    },
    /// A hunk has more or fewer lines than its header says.
    #[error("line {line} of the patch: the hunk of `{file}` ends before it has the lines its header names")]
    Short {
        /// Where it ends, counted from 1.
        line: usize,
        /// The file.
        file: String,
    },
    /// A binary patch.
    #[error("the patch of `{file}` is binary; write the whole file instead")]
    Binary {
        /// The file.
        file: String,
    },
    /// It holds no file at all.
    #[error("the patch names no file: a `--- a/name` line, a `+++ b/name` line and `@@` hunks are expected")]
    Empty,
    /// Too large.
    #[error("the patch has {size} bytes; at most {LARGEST_PATCH} are read")]
    TooLarge {
        /// Its size.
        size: usize,
    },
}

/// What a patch does to one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilePatch {
    /// The file before; none where it is made.
    pub old: Option<Vec<u8>>,
    /// The file after; none where it is deleted.
    pub new: Option<Vec<u8>>,
    /// Whether the file is to be executable, where the patch says so.
    pub executable: Option<bool>,
    /// Its hunks.
    pub hunks: Vec<Hunk>,
}

/// Reads a patch.
pub fn parse(patch: &[u8]) -> Result<Vec<FilePatch>, ParsePatchError> {
    if patch.len() > LARGEST_PATCH {
        return Err(ParsePatchError::TooLarge { size: patch.len() });
    }
    let mut reader = Reader { lines: patch.split_inclusive(|byte| *byte == b'\n').collect(), at: 0 };
    let mut files: Vec<FilePatch> = Vec::new();
    let mut header: Option<FilePatch> = None;
    while let Some(line) = reader.peek() {
        let line = line.trim_ascii_end();
        if let Some(rest) = line.strip_prefix(b"diff --git ") {
            files.extend(header.take().filter(says_something));
            header = Some(git_header(rest));
            reader.at += 1;
        } else if let Some(file) = header.as_mut().filter(|_| extended(line)) {
            read_extended(file, line).map_err(|why| reader.wrong(why))?;
            reader.at += 1;
        } else if header.is_some() && line.starts_with(b"copy from ") {
            return Err(reader.wrong(
                "a copy is not made from a patch; give the new file whole, as `git diff --no-renames` does",
            ));
        } else if line.starts_with(b"GIT binary patch") || line.starts_with(b"Binary files ") {
            let file = header.and_then(|file| file.new.or(file.old)).unwrap_or_default();
            return Err(ParsePatchError::Binary { file: String::from_utf8_lossy(&file).into_owned() });
        } else if line.starts_with(b"--- ") && reader.next_starts(b"+++ ") {
            let mut file = header.take().unwrap_or_default();
            let old = line.get(4..).map(name_of).unwrap_or_default();
            let new = reader
                .lines
                .get(reader.at + 1)
                .and_then(|line| line.get(4..))
                .map(name_of)
                .unwrap_or_default();
            (file.old, file.new) = strip(old, new);
            reader.at += 2;
            reader.hunks(&mut file)?;
            files.push(file);
        } else if line.starts_with(b"@@ ") {
            return Err(reader.wrong("a hunk before any file is named"));
        } else {
            // Text around a patch (a mail, an agent's explanation) is no part of it.
            reader.at += 1;
        }
    }
    files.extend(header.filter(says_something));
    if files.is_empty() { Err(ParsePatchError::Empty) } else { Ok(files) }
}

/// A header without hunks counts where it makes, deletes, renames a file or changes its mode.
fn says_something(file: &FilePatch) -> bool {
    file.old != file.new || file.executable.is_some()
}

fn git_header(rest: &[u8]) -> FilePatch {
    let rest = rest.trim_ascii_end();
    // Both names are the same unless `rename` lines say otherwise, so half of the line is the name.
    let (old, new) = if rest.starts_with(b"\"") {
        let end = closing_quote(rest);
        (
            unquote(rest.get(..end).unwrap_or_default()),
            unquote(rest.get(end..).unwrap_or_default().trim_ascii()),
        )
    } else {
        let half = rest.len() / 2;
        (rest.get(..half).unwrap_or_default().to_vec(), rest.get(half + 1..).unwrap_or_default().to_vec())
    };
    let (old, new) = strip(Some(old), Some(new));
    FilePatch { old, new, ..FilePatch::default() }
}

fn extended(line: &[u8]) -> bool {
    [
        "index ",
        "old mode ",
        "new mode ",
        "new file mode ",
        "deleted file mode ",
        "similarity index ",
        "rename from ",
        "rename to ",
        "dissimilarity index ",
    ]
    .iter()
    .any(|word| line.starts_with(word.as_bytes()))
}

fn read_extended(file: &mut FilePatch, line: &[u8]) -> Result<(), &'static str> {
    // A symlink that became a file with its target as content would be another thing than what the patch says.
    let executable = |mode: &[u8]| match mode.trim_ascii() {
        b"100755" => Ok(Some(true)),
        b"100644" | b"100664" => Ok(Some(false)),
        b"120000" => Err("symlinks are not made by patches"),
        b"160000" => Err("submodules are not made by patches"),
        _ => Err("a mode that is neither 100644 nor 100755"),
    };
    if let Some(mode) = line.strip_prefix(b"new file mode ") {
        file.old = None;
        file.executable = executable(mode)?;
    } else if line.starts_with(b"deleted file mode ") {
        file.new = None;
    } else if let Some(mode) = line.strip_prefix(b"new mode ") {
        file.executable = executable(mode)?;
    } else if let Some(name) = line.strip_prefix(b"rename from ") {
        file.old = Some(unquote(name));
    } else if let Some(name) = line.strip_prefix(b"rename to ") {
        file.new = Some(unquote(name));
    }
    Ok(())
}

/// The name of a `---` or `+++` line; none for `/dev/null`.
fn name_of(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let name = if text.starts_with(b"\"") {
        unquote(text.get(..closing_quote(text)).unwrap_or_default())
    } else {
        // A tab ends the name: a time follows.
        text.split(|byte| *byte == b'\t').next().unwrap_or_default().to_vec()
    };
    (name != b"/dev/null").then_some(name)
}

/// `a/` and `b/` go where both sides have them (or the one side there is).
fn strip(old: Option<Vec<u8>>, new: Option<Vec<u8>>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let without = |name: &Option<Vec<u8>>, prefix: &[u8]| match name {
        None => Some(None),
        Some(name) => name.strip_prefix(prefix).map(|name| Some(name.to_vec())),
    };
    match (without(&old, b"a/"), without(&new, b"b/")) {
        (Some(old), Some(new)) => (old, new),
        _ => (old, new),
    }
}

fn closing_quote(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A name as Git quotes it.
fn unquote(text: &[u8]) -> Vec<u8> {
    let Some(inner) = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) else {
        return text.to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(digit @ b'0'..=b'3') => {
                let mut value = digit - b'0';
                for _ in 0..2 {
                    if let Some(next) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        value = value.wrapping_mul(8).wrapping_add(next - b'0');
                    }
                }
                out.push(value);
            }
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

struct Reader<'a> {
    lines: Vec<&'a [u8]>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a [u8]> {
        self.lines.get(self.at).copied()
    }

    fn next_starts(&self, with: &[u8]) -> bool {
        self.lines.get(self.at + 1).is_some_and(|line| line.starts_with(with))
    }

    fn wrong(&self, why: &'static str) -> ParsePatchError {
        let text =
            String::from_utf8_lossy(self.peek().unwrap_or_default()).trim_end().chars().take(80).collect();
        ParsePatchError::Line { line: self.at + 1, why, text }
    }

    fn hunks(&mut self, file: &mut FilePatch) -> Result<(), ParsePatchError> {
        while let Some(line) = self.peek().filter(|line| line.starts_with(b"@@ ")) {
            let numbers = numbers(line).ok_or_else(|| self.wrong("no hunk header (`@@ -1,2 +1,3 @@`)"))?;
            self.at += 1;
            let hunk = self.hunk(numbers, file)?;
            file.hunks.push(hunk);
        }
        if file.hunks.is_empty() && file.old.is_some() && file.new.is_some() {
            return Err(self.wrong("a file without hunks"));
        }
        Ok(())
    }

    fn hunk(&mut self, numbers: [u32; 4], file: &FilePatch) -> Result<Hunk, ParsePatchError> {
        let [old_start, old_lines, new_start, new_lines] = numbers;
        let (mut old, mut new) = (old_lines, new_lines);
        let mut lines: Vec<Line> = Vec::new();
        while old > 0 || new > 0 || self.peek().is_some_and(|line| line.starts_with(b"\\")) {
            let Some(line) = self.peek() else {
                let name = file.new.as_ref().or(file.old.as_ref()).cloned().unwrap_or_default();
                return Err(ParsePatchError::Short {
                    line: self.at,
                    file: String::from_utf8_lossy(&name).into_owned(),
                });
            };
            let kind = match line.first() {
                Some(b' ' | b'\n' | b'\r') => LineKind::Context,
                Some(b'-') => LineKind::Removed,
                Some(b'+') => LineKind::Added,
                Some(b'\\') => {
                    if let Some(last) = lines.last_mut() {
                        let text = &mut last.text;
                        text.truncate(text.len() - usize::from(text.ends_with(b"\n")));
                    }
                    self.at += 1;
                    continue;
                }
                _ => return Err(self.wrong("a line of a hunk begins with a space, `-` or `+`")),
            };
            let (takes_old, takes_new) = (kind != LineKind::Added, kind != LineKind::Removed);
            if (takes_old && old == 0) || (takes_new && new == 0) {
                return Err(self.wrong("the hunk has more lines than its header names"));
            }
            old -= u32::from(takes_old);
            new -= u32::from(takes_new);
            // An empty line of context that lost its space, as many editors leave it.
            let text = if matches!(line.first(), Some(b'\n' | b'\r')) {
                line
            } else {
                line.get(1..).unwrap_or_default()
            };
            let mut text = text.to_vec();
            if !text.ends_with(b"\n") {
                // The patch itself ends without a line ending; only a `\` line would say that of the file.
                text.push(b'\n');
            }
            lines.push(Line { kind, text });
            self.at += 1;
        }
        // Text may follow a patch, but what looks like another line of the hunk is a header that counted wrongly.
        let more = self.peek().is_some_and(|line| {
            let signature = line.starts_with(b"-- ") || line.starts_with(b"--- ");
            matches!(line.first(), Some(b'+' | b'-' | b' ')) && !line.trim_ascii().is_empty() && !signature
        });
        if more {
            return Err(self.wrong("the hunk has more lines than its header names"));
        }
        Ok(Hunk { old_start, old_lines, new_start, new_lines, lines })
    }
}

fn numbers(line: &[u8]) -> Option<[u32; 4]> {
    let text = std::str::from_utf8(line.get(3..)?).ok()?;
    let (ranges, _) = text.split_once(" @@")?;
    let (old, new) = ranges.trim().split_once(' ')?;
    let range = |text: &str, sign: char| -> Option<(u32, u32)> {
        let text = text.strip_prefix(sign)?;
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (range(old, '-')?, range(new, '+')?);
    Some([old_start, old_lines, new_start, new_lines])
}
