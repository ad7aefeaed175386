//! Searching the files of a commit: a regular expression over contents, on all processors, with a bound on everything.

use std::sync::atomic::{AtomicUsize, Ordering};

use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, sinks};
use tgp_git::{GitPath, Leaf, ProjectFault};
use tgp_model::CancelToken;
use tgp_objects::id::CommitId;
use tgp_objects::reader::Reader;

use crate::ignore::{GlobProblem, Globs, Selection};
use crate::task::Branches;

/// How many files are searched before the matches so far are counted: what is found everywhere is found soon.
const FIRST_WAVE: usize = 512;
/// How many times more there are from one such wave to the next: the more at once, the less reading each costs.
const WAVE_GROWS: usize = 512;
/// Pieces of a wave for each thread.
const PIECES: usize = 8;
/// Files of a piece at least: what lies together in a pack is cheap to read for one thread.
const SMALLEST_PIECE: usize = 64;
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
        let search = Search { branches: self, matcher: &matcher, query, keep, cancel };
        let mut found = Found::default();
        let (mut rest, mut first, mut most) = (files.as_slice(), 0, FIRST_WAVE);
        while !rest.is_empty() && found.lines.len() <= query.limit {
            let (wave, later) = rest.split_at(most.min(rest.len()));
            found.add(search.wave(wave, first)?);
            (rest, first, most) = (later, first + wave.len(), most.saturating_mul(WAVE_GROWS));
        }
        found.lines.sort_by_key(|(file, one)| (*file, one.line));
        let more = found.cut || found.lines.len() > query.limit;
        let lines = found.lines.into_iter().take(query.limit).map(|(_, line)| line).collect();
        Ok(Matches { lines, more, searched: found.searched, too_large: found.too_large })
    }
}

/// One search under way.
struct Search<'s> {
    branches: &'s Branches,
    matcher: &'s RegexMatcher,
    query: &'s Query,
    keep: &'s (dyn Fn(&GitPath) -> bool + Sync),
    cancel: &'s CancelToken,
}

impl Search<'_> {
    /// Searches some files, of which the first has this number. They are read in the order they lie in packs.
    fn wave(&self, files: &[(GitPath, Leaf)], first: usize) -> Result<Found, SearchError> {
        let ids: Vec<gix::ObjectId> = files.iter().map(|(_, leaf)| leaf.id).collect();
        let order = self.branches.project().objects().reading_order(&ids);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // More pieces than threads: one that has its files sooner takes another.
        let share = order.len().div_ceil(threads * PIECES).max(SMALLEST_PIECE);
        let pieces: Vec<_> = order.chunks(share).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut part = Found::default();
            let mut reader = self.branches.project().objects().reader();
            while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                for at in *piece {
                    let Some((path, leaf)) = files.get(*at) else { continue };
                    self.file(&mut part, &mut reader, (first + at, path, *leaf))?;
                }
            }
            Ok(part)
        };
        let mut found = Found::default();
        for part in together(threads.min(pieces.len()), &work) {
            found.add(part?);
        }
        Ok(found)
    }

    fn file(
        &self,
        part: &mut Found,
        reader: &mut Reader<'_>,
        (number, path, leaf): (usize, &GitPath, Leaf),
    ) -> Result<(), SearchError> {
        if self.cancel.is_cancelled() {
            return Err(SearchError::Cancelled);
        }
        // More than anybody will be shown comes before it.
        if part.full_before.is_some_and(|last| number > last) {
            return Ok(());
        }
        let content = self.branches.project().told(reader.content(leaf.id, LARGEST_FILE))?;
        let Some(content) = content else {
            part.too_large += 1;
            return Ok(());
        };
        part.searched += 1;
        let (mut lines, mut cut) = (Vec::new(), false);
        let sink = sinks::Bytes(|line, text| {
            if lines.len() >= self.query.per_file {
                cut = true;
                return Ok(false);
            }
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let text = text.get(..LONGEST_LINE).unwrap_or(text).to_vec();
            lines.push((number, Match { path: path.clone(), line, text }));
            Ok(true)
        });
        let searched = part.searcher.search_slice(self.matcher, content, sink);
        searched.map_err(ProjectFault::git("search a file"))?;
        if !lines.is_empty() && (self.keep)(path) {
            part.lines.append(&mut lines);
            part.cut |= cut;
            part.forget_last(self.query.limit);
        }
        Ok(())
    }
}

/// Runs the same work on several threads; one of them is this one.
fn together(
    threads: usize,
    work: &(dyn Fn() -> Result<Found, SearchError> + Sync),
) -> Vec<Result<Found, SearchError>> {
    std::thread::scope(|scope| {
        let begun: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let ended = begun.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| {
                let reason = "a thread of the search ended".to_owned();
                Err(ProjectFault::Git { doing: "search", reason }.into())
            })
        });
        std::iter::once(own).chain(ended).collect()
    })
}

/// What was found so far, with the number of each line's file.
struct Found {
    searcher: Searcher,
    lines: Vec<(usize, Match)>,
    /// Files behind this one need not be searched any more.
    full_before: Option<usize>,
    cut: bool,
    searched: usize,
    too_large: usize,
}

impl Default for Found {
    fn default() -> Self {
        let mut searcher = SearcherBuilder::new();
        searcher.line_number(true).binary_detection(BinaryDetection::quit(0));
        let searcher = searcher.build();
        Self { searcher, lines: Vec::new(), full_before: None, cut: false, searched: 0, too_large: 0 }
    }
}

impl Found {
    fn add(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.cut |= other.cut;
        self.searched += other.searched;
        self.too_large += other.too_large;
    }

    /// Keeps the first lines by path alone, once there are twice as many as anybody will be shown.
    fn forget_last(&mut self, limit: usize) {
        if self.lines.len() <= limit.saturating_mul(2) {
            return;
        }
        self.lines.sort_by_key(|(file, one)| (*file, one.line));
        self.lines.truncate(limit + 1);
        self.cut = true;
        self.full_before = self.lines.last().map(|(file, _)| *file);
    }
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
