//! Says no to a source that nests too deeply, before any parser sees it.
//!
//! oxc recurses and has no limit of its own: 1,500 `[` end a process with a 2 MiB stack. The scan knows strings,
//! comments, templates and regular expressions. Where it cannot tell a regular expression from a division it says no
//! instead of guessing, because a wrong guess could hide brackets from it.

mod text;
mod tokens;

use oxc::span::Span;

use tgp_standards::Finding;
use tokens::{Shape, Token, Tokens};

/// Deepest nesting of `(`, `[`, `{` and `${`, together.
pub(crate) const DEEPEST: usize = 256;
/// Longest run of tokens at one level without `;`, `,` or a new statement: each may nest one deeper than the last.
const LONGEST_RUN: usize = 4_000;
/// The same over all levels that are open at once.
const LONGEST_TOTAL: usize = 12_000;
/// Deepest nesting of `<` in types.
const DEEPEST_ANGLE: usize = 256;
/// `else` at one level: `else if` nests, and `;` does not end it.
const MOST_ELSE: usize = 1_000;

/// One level of brackets.
#[derive(Default)]
struct Level {
    run: usize,
    angle: usize,
    elses: usize,
}

/// Checks a source against all bounds.
pub(crate) fn check(source: &str) -> Result<(), Finding> {
    if source.len() > crate::LARGEST_SOURCE {
        let message = format!(
            "the source is {} bytes long; at most {} are compiled",
            source.len(),
            crate::LARGEST_SOURCE
        );
        return Err(Finding::error("compile.too_large", message, Span::new(0, 0)));
    }
    let mut scan = Scan { levels: vec![Level::default()], total: 0 };
    let mut tokens = Tokens::new(source);
    while let Some(token) = tokens.next()? {
        scan.take(&token)?;
    }
    Ok(())
}

struct Scan {
    levels: Vec<Level>,
    total: usize,
}

impl Scan {
    fn take(&mut self, token: &Token) -> Result<(), Finding> {
        match token.shape {
            Shape::Open => return self.open(token),
            Shape::Close => self.close(),
            Shape::Less => self.level().angle += 1,
            Shape::Greater(count) => {
                let level = self.level();
                level.angle = level.angle.saturating_sub(count);
            }
            Shape::Else => self.level().elses += 1,
            Shape::Separator | Shape::Statement => self.reset(),
            Shape::Other => {}
        }
        self.count(token)
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn open(&mut self, token: &Token) -> Result<(), Finding> {
        self.count(token)?;
        if self.levels.len() > DEEPEST {
            return Err(too_deep(format!("brackets nest deeper than {DEEPEST}"), token));
        }
        self.levels.push(Level::default());
        Ok(())
    }

    fn close(&mut self) {
        if self.levels.len() > 1 {
            let run = self.levels.pop().map_or(0, |level| level.run);
            self.total = self.total.saturating_sub(run);
        }
    }

    fn reset(&mut self) {
        let run = std::mem::take(&mut self.level().run);
        self.total = self.total.saturating_sub(run);
    }

    fn count(&mut self, token: &Token) -> Result<(), Finding> {
        self.total += 1;
        let total = self.total;
        let level = self.level();
        level.run += 1;
        if level.run > LONGEST_RUN || total > LONGEST_TOTAL {
            return Err(too_deep(
                format!("an expression or statement is longer than {LONGEST_RUN} tokens"),
                token,
            ));
        }
        if level.angle > DEEPEST_ANGLE {
            return Err(too_deep(format!("`<` nests deeper than {DEEPEST_ANGLE}"), token));
        }
        if level.elses > MOST_ELSE {
            return Err(too_deep(format!("there are more than {MOST_ELSE} `else` in a row"), token));
        }
        Ok(())
    }
}

fn too_deep(message: String, token: &Token) -> Finding {
    Finding::error("compile.too_deep", message, token.span).hint("Split the expression or the data.")
}
