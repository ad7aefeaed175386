//! The symbols of a file, in the order they stand there.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use crate::language::Language;
use crate::nesting::is_too_deep;
use crate::rules::{Inside, symbol};
use crate::symbol::{Symbol, SymbolKind};

/// Larger files are not parsed: a parser of foreign bytes works on a bounded piece.
pub const LARGEST_FILE: usize = 1 << 20;
/// Stack of the thread that parses. The parser frees what it could not close by recursion, a frame for each open piece,
/// and every byte of a hostile file may open one; a frame has about 100 bytes. Only what is used costs memory.
const STACK: usize = LARGEST_FILE * 256;
/// Most symbols of one file.
pub const MOST_SYMBOLS: usize = 20_000;
/// Most nodes that are looked at.
const MOST_NODES: usize = 5_000_000;
/// Syntax that lies deeper is not looked at: no person wrote it.
const DEEPEST: usize = 500;
/// How long parsing and looking may take. A grammar may need a time that grows with the square of a hostile file.
const LONGEST: Duration = Duration::from_secs(1);
/// After how many nodes the time is looked at.
const BETWEEN_LOOKS: usize = 4096;

/// A file whose symbols are not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutlineError {
    /// The language is not known.
    #[error(
        "the symbols of `{name}` are not known: its language is none of Rust, TypeScript, JavaScript, Python, Go, Java, C, C++, JSON, YAML and Markdown"
    )]
    Language {
        /// The file.
        name: String,
    },
    /// It is too large.
    #[error("`{name}` has {size} bytes; the symbols of at most {LARGEST_FILE} are told")]
    TooLarge {
        /// The file.
        name: String,
        /// Its size.
        size: usize,
    },
    /// Its blocks lie too deep in each other.
    #[error("the blocks of `{name}` lie too deep in each other")]
    TooDeep {
        /// The file.
        name: String,
    },
    /// The thread that parses could not be had.
    #[error("the symbols of `{name}` cannot be told: {reason}")]
    NoThread {
        /// The file.
        name: String,
        /// What the system said.
        reason: String,
    },
    /// Parsing it took too long.
    #[error("`{name}` takes too long to parse")]
    TooSlow {
        /// The file.
        name: String,
    },
}

/// The symbols of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The language.
    pub language: Language,
    /// The symbols; a parent stands before what lies in it.
    pub symbols: Vec<Symbol>,
    /// Whether the file has errors a compiler would refuse.
    pub errors: bool,
    /// Whether there are more symbols than are told.
    pub more: bool,
}

/// The symbols of a file, by its name and content.
pub fn outline(name: &str, content: &[u8]) -> Result<Outline, OutlineError> {
    let unknown = || OutlineError::Language { name: name.to_owned() };
    let language = Language::of(name, content).ok_or_else(unknown)?;
    if content.len() > LARGEST_FILE {
        return Err(OutlineError::TooLarge { name: name.to_owned(), size: content.len() });
    }
    if is_too_deep(language, content) {
        return Err(OutlineError::TooDeep { name: name.to_owned() });
    }
    let thread = std::thread::Builder::new().name("outline".to_owned()).stack_size(STACK);
    std::thread::scope(|scope| {
        let failed = |reason: String| OutlineError::NoThread { name: name.to_owned(), reason };
        let begun = thread.spawn_scoped(scope, || look(name, language, content));
        let ended = begun.map_err(|error| failed(error.to_string()))?.join();
        ended.unwrap_or_else(|_| Err(failed("it ended early".to_owned())))
    })
}

fn look(name: &str, language: Language, content: &[u8]) -> Result<Outline, OutlineError> {
    let begun = Instant::now();
    let tree = parse(language, content, begun);
    let tree = tree.ok_or_else(|| OutlineError::TooSlow { name: name.to_owned() })?;
    let mut walk = Walk { language, content, symbols: Vec::new(), around: Vec::new(), more: false };
    walk.all(&tree, begun);
    Ok(Outline { language, symbols: walk.symbols, errors: tree.root_node().has_error(), more: walk.more })
}

fn parse(language: Language, content: &[u8], begun: Instant) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).ok()?;
    let mut progress = |_: &tree_sitter::ParseState| {
        if begun.elapsed() > LONGEST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| content.get(at..).unwrap_or_default(), None, Some(options))
}

struct Walk<'a> {
    language: Language,
    content: &'a [u8],
    symbols: Vec<Symbol>,
    /// The symbols around the node at hand: their place and how deep their node lies.
    around: Vec<(usize, usize)>,
    more: bool,
}

impl Walk<'_> {
    /// Looks at every node, without recursion: how deep a file nests is its author's choice.
    fn all(&mut self, tree: &Tree, begun: Instant) {
        let mut cursor = tree.walk();
        let mut depth = 0_usize;
        for number in 0..MOST_NODES {
            if number % BETWEEN_LOOKS == 0 && begun.elapsed() > LONGEST {
                break;
            }
            self.node(cursor.node(), depth);
            if depth < DEEPEST && cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                depth -= 1;
            }
            if self.more {
                return;
            }
        }
        self.more = true;
    }

    fn node(&mut self, node: Node<'_>, depth: usize) {
        while self.around.last().is_some_and(|(_, around)| *around >= depth) {
            self.around.pop();
        }
        if !node.is_named() {
            return;
        }
        let parent = self.around.last().map(|(place, _)| *place);
        let kind: Option<SymbolKind> =
            parent.and_then(|place| self.symbols.get(place)).map(|symbol| symbol.kind);
        let inside = Inside { kind, depth: self.around.len() };
        let Some((kind, name)) = symbol(self.language, node, inside, self.content) else { return };
        if self.symbols.len() >= MOST_SYMBOLS {
            self.more = true;
            return;
        }
        let bytes = node.byte_range();
        // A last line ending belongs to the line before it.
        let last = node.end_position();
        let ends_before = last.column == 0 && last.row > node.start_position().row;
        self.around.push((self.symbols.len(), depth));
        self.symbols.push(Symbol {
            name,
            kind,
            first_line: node.start_position().row + 1,
            last_line: last.row + usize::from(!ends_before),
            parent,
            bytes,
        });
    }
}
