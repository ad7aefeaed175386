//! `{a,b}` stands for two patterns.

use super::{GlobProblem, TextKind};

/// Patterns one text may stand for; `{a,b}` ten times over would be a thousand.
const MOST: usize = 64;

/// All patterns the braces of `text` stand for. Hosts have none.
pub(crate) fn expand(text: &str, kind: TextKind) -> Result<Vec<String>, GlobProblem> {
    if kind == TextKind::Host {
        return Ok(vec![text.to_owned()]);
    }
    let mut open = vec![text.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = open.pop() {
        match first_group(&next)? {
            None => done.push(next),
            Some((start, end, choices)) => {
                for choice in choices {
                    let before = next.get(..start).unwrap_or_default();
                    let after = next.get(end..).unwrap_or_default();
                    open.push(format!("{before}{choice}{after}"));
                }
            }
        }
        if open.len() + done.len() > MOST {
            return Err(GlobProblem::TooManyBraces);
        }
    }
    Ok(done)
}

/// The first group outside of `[...]`: where it begins, where it ends, and its choices.
fn first_group(text: &str) -> Result<Option<(usize, usize, Vec<String>)>, GlobProblem> {
    let mut depth = 0_usize;
    let mut start = 0;
    let mut choices = vec![String::new()];
    let mut characters = text.char_indices();
    let mut in_class = false;
    while let Some((at, c)) = characters.next() {
        let mut taken = String::from(c);
        match c {
            '\\' => taken.extend(characters.next().map(|(_, next)| next)),
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            '{' if !in_class => {
                depth += 1;
                if depth == 1 {
                    start = at;
                    continue;
                }
            }
            '}' if !in_class => {
                depth = depth.checked_sub(1).ok_or(GlobProblem::Brace)?;
                if depth == 0 {
                    return Ok(Some((start, at + 1, choices)));
                }
            }
            ',' if !in_class && depth == 1 => {
                choices.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth > 0
            && let Some(choice) = choices.last_mut()
        {
            choice.push_str(&taken);
        }
    }
    if depth == 0 { Ok(None) } else { Err(GlobProblem::Brace) }
}
