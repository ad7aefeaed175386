//! Searching the files of a commit: a regular expression over contents, on all processors, with a bound on everything.

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, sinks};
use tgp_git::{GitPath, Leaf, ProjectFault};
use tgp_model::CancelToken;
use tgp_objects::id::CommitId;

use crate::ignore::{GlobProblem, Globs, Selection};
use crate::task::Branches;

/// How many files are searched before the matches so far are counted.
const BATCH: usize = 2048;
/// A compiled expression larger than this is refused: it would use the memory of everything else.
const LARGEST_EXPRESSION: usize = 10 << 20;
/// Longest line that is given back whole.
const LONGEST_LINE: usize = 2048;
/// Larger files are not searched, and are counted.
const LARGEST_FILE: u64 = 32 << 20;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The expression (Rust's syntax), or plain text.
    pub pattern: String,
    /// Whether it is plain text.
    pub plain: bool,
    /// Whether upper and lower case are one.
    pub ignore_case: bool,
    /// In which files.
    pub selection: Selection,
    /// Most lines that are given back.
    pub limit: usize,
    /// Most lines of one file.
    pub per_file: usize,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The file.
    pub path: GitPath,
    /// The line, counted from 1.
    pub line: u64,
    /// Its text without the line ending, cut where it is very long.
    pub text: Vec<u8>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matches {
    /// The lines, by path and line.
    pub lines: Vec<Match>,
    /// Whether there are more.
    pub more: bool,
    /// Files that were looked at.
    pub searched: usize,
    /// Files that were too large.
    pub too_large: usize,
}

/// A search that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The expression cannot be read.
    #[error("`{pattern}` is not a regular expression: {why}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A glob cannot be read.
    #[error(transparent)]
    Glob(#[from] GlobProblem),
    /// The caller gave up.
    #[error("the search was cancelled")]
    Cancelled,
    /// The disk or the repository.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

impl Branches {
    /// Searches the files of a commit. Binary files are passed over.
    pub fn search(&self, at: CommitId, query: &Query, cancel: &CancelToken) -> Result<Matches, SearchError> {
        self.search_where(at, query, &|_| true, cancel)
    }

    /// The same, in files that `keep` takes only; it is asked about files that match, from several threads. What it does
    /// not take is as if it were not there.
    pub fn search_where(
        &self,
        at: CommitId,
        query: &Query,
        keep: &(dyn Fn(&GitPath) -> bool + Sync),
        cancel: &CancelToken,
    ) -> Result<Matches, SearchError> {
        let matcher = matcher(query)?;
        let globs = Globs::new(&query.selection.globs)?;
        let tree = self.project.commit(at.0)?.tree;
        let mut files = self.select(tree, &query.selection, &globs)?;
        files.retain(|(_, leaf)| leaf.is_file());
        let mut found = Matches::default();
        for batch in files.chunks(BATCH) {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let share = batch.len().div_ceil(threads).max(1);
            let results: Vec<Result<Part, SearchError>> = std::thread::scope(|scope| {
                let begun: Vec<_> = batch
                    .chunks(share)
                    .map(|files| scope.spawn(|| self.search_files(files, (&matcher, query), keep, cancel)))
                    .collect();
                let ended = begun.into_iter().map(|thread| {
                    thread.join().unwrap_or_else(|_| {
                        let reason = "a thread of the search ended".to_owned();
                        Err(ProjectFault::Git { doing: "search", reason }.into())
                    })
                });
                ended.collect()
            });
            for part in results {
                let part = part?;
                found.lines.extend(part.lines);
                found.more |= part.cut;
                found.searched += part.searched;
                found.too_large += part.too_large;
            }
            if found.lines.len() > query.limit {
                break;
            }
        }
        found.more |= found.lines.len() > query.limit;
        found.lines.truncate(query.limit);
        Ok(found)
    }

    fn search_files(
        &self,
        files: &[(GitPath, Leaf)],
        (matcher, query): (&RegexMatcher, &Query),
        keep: &(dyn Fn(&GitPath) -> bool + Sync),
        cancel: &CancelToken,
    ) -> Result<Part, SearchError> {
        let mut searcher: Searcher =
            SearcherBuilder::new().line_number(true).binary_detection(BinaryDetection::quit(0)).build();
        let mut part = Part::default();
        for (path, leaf) in files {
            if cancel.is_cancelled() {
                return Err(SearchError::Cancelled);
            }
            // More than anybody will be shown lies in this share alone.
            if part.lines.len() > query.limit {
                part.cut = true;
                break;
            }
            if self.size_of(leaf.id)? > LARGEST_FILE {
                part.too_large += 1;
                continue;
            }
            part.searched += 1;
            let content = self.project.blob(leaf.id)?;
            let (mut here, before, cut) = (0, part.lines.len(), part.cut);
            let sink = sinks::Bytes(|line, text| {
                if here >= query.per_file {
                    part.cut = true;
                    return Ok(false);
                }
                here += 1;
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                let text = text.get(..LONGEST_LINE).unwrap_or(text).to_vec();
                part.lines.push(Match { path: path.clone(), line, text });
                Ok(true)
            });
            searcher.search_slice(matcher, &content, sink).map_err(ProjectFault::git("search a file"))?;
            if part.lines.len() > before && !keep(path) {
                part.lines.truncate(before);
                part.cut = cut;
            }
        }
        Ok(part)
    }
}

#[derive(Default)]
struct Part {
    lines: Vec<Match>,
    cut: bool,
    searched: usize,
    too_large: usize,
}

fn matcher(query: &Query) -> Result<RegexMatcher, SearchError> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .case_insensitive(query.ignore_case)
        .line_terminator(Some(b'\n'))
        .fixed_strings(query.plain)
        .size_limit(LARGEST_EXPRESSION)
        .dfa_size_limit(LARGEST_EXPRESSION);
    builder
        .build(&query.pattern)
        .map_err(|error| SearchError::Pattern { pattern: query.pattern.clone(), why: error.to_string() })
}
