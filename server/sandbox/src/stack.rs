//! The engine's stack texts as frames.

use crate::outcome::Frame;

/// More than a person reads.
const MOST_FRAMES: usize = 50;

/// Reads lines such as `    at name (tools/a.ts:3:14)`. A tool can put anything into a stack, so lines that look
/// otherwise are left out, and so are the engine's own functions.
pub(crate) fn frames(stack: &str) -> Vec<Frame> {
    stack.lines().filter_map(frame).take(MOST_FRAMES).collect()
}

fn frame(line: &str) -> Option<Frame> {
    let rest = line.trim_start().strip_prefix("at ")?;
    let (function, place) = match rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((function, place)) => (function, place),
        None => ("<anonymous>", rest),
    };
    let (place, column) = place.rsplit_once(':')?;
    let (module, line) = place.rsplit_once(':')?;
    Some(Frame {
        function: function.to_owned(),
        module: module.to_owned(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}
