//! The stem of an English word (Porter 1980), the same the full-text index makes, so that `users` finds `user`.

/// The stem of a lower-case word. Words that are not plain ASCII letters stay as they are.
pub(crate) fn stem(word: &str) -> String {
    let mut bytes = word.as_bytes().to_vec();
    // The index leaves words of other lengths alone too.
    if !(3..64).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_lowercase) {
        return word.to_owned();
    }
    step_1a(&mut bytes);
    step_1b(&mut bytes);
    step_1c(&mut bytes);
    replace_first(&mut bytes, STEP_2);
    replace_first(&mut bytes, STEP_3);
    step_4(&mut bytes);
    step_5(&mut bytes);
    String::from_utf8(bytes).unwrap_or_else(|_| word.to_owned())
}

/// Endings and what stands for them, where the stem before holds a vowel followed by a consonant.
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("logi", "log"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];

const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
];

fn is_consonant(word: &[u8], index: usize) -> bool {
    match word.get(index) {
        Some(b'a' | b'e' | b'i' | b'o' | b'u') => false,
        Some(b'y') => index == 0 || !is_consonant(word, index - 1),
        _ => true,
    }
}

/// How often a vowel is followed by a consonant.
fn measure(word: &[u8]) -> usize {
    (1..word.len()).filter(|&index| is_consonant(word, index) && !is_consonant(word, index - 1)).count()
}

fn has_vowel(word: &[u8]) -> bool {
    (0..word.len()).any(|index| !is_consonant(word, index))
}

fn ends_in_double_consonant(word: &[u8]) -> bool {
    let last = word.len().wrapping_sub(1);
    word.len() >= 2
        && word.get(last) == word.get(last - 1)
        && !matches!(word.last(), Some(b'a' | b'e' | b'i' | b'o' | b'u'))
}

/// Consonant, vowel, consonant, the last one not `w`, `x` or `y`.
fn ends_like_hop(word: &[u8]) -> bool {
    let length = word.len();
    length >= 3
        && is_consonant(word, length - 3)
        && !is_consonant(word, length - 2)
        && is_consonant(word, length - 1)
        && !matches!(word.last(), Some(b'w' | b'x' | b'y'))
}

fn strip<'w>(word: &'w [u8], ending: &str) -> Option<&'w [u8]> {
    // A word is never only an ending.
    word.strip_suffix(ending.as_bytes()).filter(|before| !before.is_empty())
}

fn step_1a(word: &mut Vec<u8>) {
    if strip(word, "sses").is_some() || strip(word, "ies").is_some() {
        word.truncate(word.len() - 2);
    } else if word.ends_with(b"s") && !word.ends_with(b"ss") {
        word.truncate(word.len() - 1);
    }
}

fn step_1b(word: &mut Vec<u8>) {
    if let Some(before) = strip(word, "eed") {
        if measure(before) > 0 {
            word.truncate(word.len() - 1);
        }
        return;
    }
    let stripped = ["ed", "ing"].iter().find_map(|ending| strip(word, ending));
    let Some(before) = stripped.filter(|before| has_vowel(before)).map(<[u8]>::len) else { return };
    word.truncate(before);
    if word.ends_with(b"at") || word.ends_with(b"bl") || word.ends_with(b"iz") {
        word.push(b'e');
    } else if ends_in_double_consonant(word) && !matches!(word.last(), Some(b'l' | b's' | b'z')) {
        word.truncate(word.len() - 1);
    } else if measure(word) == 1 && ends_like_hop(word) {
        word.push(b'e');
    }
}

fn step_1c(word: &mut [u8]) {
    if let Some((last, before)) = word.split_last_mut()
        && *last == b'y'
        && has_vowel(before)
    {
        *last = b'i';
    }
}

fn replace_first(word: &mut Vec<u8>, endings: &[(&str, &str)]) {
    for (ending, instead) in endings {
        if let Some(before) = strip(word, ending) {
            if measure(before) > 0 {
                let length = before.len();
                word.truncate(length);
                word.extend_from_slice(instead.as_bytes());
            }
            return;
        }
    }
}

fn step_4(word: &mut Vec<u8>) {
    for ending in STEP_4 {
        let Some(before) = strip(word, ending) else { continue };
        let fits = *ending != "ion" || matches!(before.last(), Some(b's' | b't'));
        if fits && measure(before) > 1 {
            let length = before.len();
            word.truncate(length);
        }
        return;
    }
}

fn step_5(word: &mut Vec<u8>) {
    if let Some(before) = strip(word, "e")
        && (measure(before) > 1 || (measure(before) == 1 && !ends_like_hop(before)))
    {
        word.truncate(word.len() - 1);
    }
    if word.ends_with(b"ll") && measure(word) > 1 {
        word.truncate(word.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    /// What the full-text index makes of words.
    fn indexed(words: &[String]) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE t USING fts5(word, tokenize = 'porter unicode61');
                 CREATE VIRTUAL TABLE v USING fts5vocab(t, instance);",
            )
            .unwrap();
        for word in words {
            connection.execute("INSERT INTO t VALUES (?1)", [word]).unwrap();
        }
        let mut statement = connection.prepare("SELECT term FROM v ORDER BY doc").unwrap();
        let terms = statement.query_map([], |row| row.get(0)).unwrap();
        terms.map(Result::unwrap).collect()
    }

    fn same_as_the_index(words: &[String]) {
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        assert_eq!(stems, indexed(words), "{words:?}");
    }

    #[test]
    fn ordinary_words_have_the_stem_the_index_gives_them() {
        let words = "users user invoices invoicing invoiced caresses ponies cats feed agreed plastered motoring sing \
                     conflated troubled sized hopping falling hissing fizzed failing filing happy sky relational \
                     conditional valency digitizer radically differently vileness analogously vietnamization \
                     predication operator feudalism decisiveness hopefulness callousness formality sensitivity \
                     sensibility triplicate formative formalize electricity electrical hopeful goodness revival \
                     allowance inference airliner adjustable defensible irritant replacement adjustment dependent \
                     adoption communism activate angularity homologous effective bowdlerize probate rate cease \
                     controller roll generalizations oscillators a by yes syzygy toy boy day dying tying as is be";
        same_as_the_index(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn any_word_has_the_stem_the_index_gives_it(
            words in proptest::collection::vec(
                "[a-z]{1,6}(s|es|ies|ed|eed|ing|y|ly|ational|tional|izer|ness|ful|ousness|ment|ement|ion|tion|ation|ate|ative|ical|able|ible|ance|e|ll)?",
                1..40,
            )
        ) {
            same_as_the_index(&words);
        }
    }
}
