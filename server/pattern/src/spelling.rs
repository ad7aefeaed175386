//! Other spellings of the same file: case, Unicode form, ignorable characters, NTFS streams and short names.
//!
//! No file system takes all of these for the same, and tgp cannot know which one lies below (a folder may be shared
//! with another machine). What restricts holds for every spelling that any of them would take for the file.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::glob::{Segment, matches_from};
use crate::segment::SegmentGlob;

/// Folds a text so that spellings some file system takes for the same come out equal.
pub fn fold(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase() && byte != b':';
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    // By way of upper case: it opens ligatures and makes plain letters of the long s. Lower case comes before it for
    // the capital sharp s. The forms
    // are taken on both sides of it, because case can change what composes.
    let folded = text
        .nfd()
        .filter(|c| !is_ignorable(*c))
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    Cow::Owned(folded.nfc().collect())
}

/// Folds a path: each name is folded, and what stands behind `:` (a stream of NTFS) is left out.
pub fn fold_path(path: &str) -> Cow<'_, str> {
    match fold(path) {
        Cow::Owned(folded) if folded.contains(':') => {
            let names = folded.split('/').map(|name| name.split(':').next().unwrap_or_default());
            Cow::Owned(names.collect::<Vec<_>>().join("/"))
        }
        folded => folded,
    }
}

/// Code points some file systems leave out when they compare names: Git's list for HFS+, and what ext4's and APFS'
/// case folding ignores besides.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a path has a name that may be short for another.
pub fn has_short_name(path: &str) -> bool {
    path.contains('~') && path.split('/').any(|name| short(name).is_some())
}

/// A short name, folded: the stem before `~`, and its extension.
struct Short<'a> {
    stem: &'a str,
    extension: &'a str,
}

/// Takes `secret~1` or `envloc~2.loc` apart; none for any other name.
fn short(name: &str) -> Option<Short<'_>> {
    let (base, extension) = name.split_once('.').unwrap_or((name, ""));
    let (stem, number) = base.rsplit_once('~')?;
    let fits = (1..=7).contains(&stem.chars().count())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && extension.chars().count() <= 3;
    fits.then_some(Short { stem, extension })
}

/// Whether the folded `name` may be the short name of what `long` (a literal) is called.
pub fn is_short_for(name: &str, long: &str) -> bool {
    let Some(short) = short(name) else { return false };
    let (stem, extension) = shortened(long);
    short.extension == extension && stem_fits(short.stem, &stem, false)
}

/// Stem (at most six characters) and extension (at most three) that NTFS makes of a name.
fn shortened(long: &str) -> (String, String) {
    let trimmed = long.trim_start_matches(['.', ' ']);
    let (base, extension) = trimmed.rsplit_once('.').unwrap_or((trimmed, ""));
    let usable = |text: &str, most: usize| -> String {
        let kept = text.chars().filter(|c| !matches!(c, ' ' | '.'));
        kept.map(|c| if matches!(c, '+' | ',' | ';' | '=' | '[' | ']') { '_' } else { c })
            .take(most)
            .collect()
    };
    (usable(base, 6), usable(extension, 3))
}

/// A stem fits as the first six characters, fewer where the number is long, or as two characters and a hash.
fn stem_fits(short: &str, stem: &str, open_end: bool) -> bool {
    let hashed = || {
        let (mut characters, mut begin) = (short.chars(), stem.chars());
        let same = |a: Option<char>, b: Option<char>| a == b || (open_end && b.is_none());
        same(characters.next(), begin.next())
            && same(characters.next(), begin.next())
            && characters.clone().count() == 4
            && characters.all(|c| c.is_ascii_hexdigit())
    };
    if open_end {
        short.starts_with(stem) || stem.starts_with(short) || hashed()
    } else {
        short == stem
            || (!short.is_empty() && stem.starts_with(short) && stem.chars().count() == 6)
            || hashed()
    }
}

/// Whether folded segments may mean the file of a folded path in which names may be short.
pub(crate) fn covers_short(segments: &[Segment], parts: &[&str]) -> bool {
    matches_from(segments, parts, &|segment, part| {
        segment.covers(part)
            || match segment {
                Segment::Literal(long) => is_short_for(part, long),
                Segment::Glob(glob) => short(part).is_some_and(|short| glob_fits(glob, &short)),
                Segment::AnyDepth => true,
            }
    })
}

/// Whether some name the glob matches may have this short name.
fn glob_fits(glob: &SegmentGlob, short: &Short<'_>) -> bool {
    let (prefix, suffix) = (glob.prefix(), glob.suffix());
    let begin = prefix.trim_start_matches('.');
    // A dot in the fixed beginning ends the stem: only what is before it can be in the short one.
    let (begin, open_end) = begin.split_once('.').map_or((begin, true), |(stem, _)| (stem, false));
    let stem: String = begin.chars().take(6).collect();
    let extension =
        suffix.rsplit_once('.').map(|(_, extension)| extension.chars().take(3).collect::<String>());
    stem_fits(short.stem, &stem, open_end) && extension.is_none_or(|extension| extension == short.extension)
}
