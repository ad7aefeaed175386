//! How a URL may be spelled: what readers understand differently is refused before anything is compared.

use url::{Host, Url};

/// Longest URL, in bytes.
pub(crate) const LONGEST_URL: usize = 8 * 1024;
/// How often a path is percent-decoded in search of dots; what is encoded deeper than that is refused.
const DEEPEST_ENCODING: usize = 4;

/// What is wrong with the text of a URL before it is parsed, none if nothing.
///
/// The parser follows browsers: it drops tabs and line ends and turns `\` into `/`. A list of allowed prefixes must
/// not depend on who reads `https://a\@b` how.
pub(crate) fn text_problem(text: &str) -> Option<&'static str> {
    if text.len() > LONGEST_URL {
        Some("it is longer than 8192 bytes")
    } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("it holds a space or control character")
    } else if before_query(text).contains('\\') {
        Some("it holds a backslash")
    } else {
        None
    }
}

/// What stands before the query and the fragment, where a `\` is only a character.
fn before_query(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or(text)
}

/// What is wrong with a parsed URL that is to be fetched, none if nothing.
pub(crate) fn url_problem(url: &Url) -> Option<&'static str> {
    let star = url.host_str().is_some_and(|host| host.contains('*'));
    entry_problem(url).or_else(|| star.then_some("its host holds a `*`"))
}

/// What is wrong with a parsed URL as an entry of the list, whose host may hold a `*`; none if nothing.
pub(crate) fn entry_problem(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some("only http and https are possible");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it holds a user name or password");
    }
    match url.host() {
        None => return Some("it has no host"),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() || name.split('.').any(str::is_empty) {
                return Some("its host has an empty part");
            }
            // The parser lets more through than any name has, and other readers do not.
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*')) {
                return Some("its host holds a character that no name has");
            }
        }
        Some(_) => {}
    }
    path_problem(url.path())
}

/// What is wrong with a path that the parser has already normalised.
///
/// Servers decode paths, some of them twice, and some cut `;...` from a component. A dot that only appears then
/// (`%2e%2e`, `%252e`, `..%2f`, `..;`) would lead out of an allowed prefix after we compared it.
fn path_problem(path: &str) -> Option<&'static str> {
    let mut text = path.as_bytes().to_vec();
    for _ in 0..DEEPEST_ENCODING {
        if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f || *byte == b'\\') {
            return Some("its path holds an encoded backslash or control character");
        }
        let dots = text.split(|byte| *byte == b'/').any(|part| {
            let name = part.split(|byte| *byte == b';').next().unwrap_or(part);
            name == b"." || name == b".."
        });
        if dots {
            return Some("its path holds encoded dots that lead elsewhere");
        }
        let decoded = percent_decoded(&text);
        if decoded == text {
            return None;
        }
        text = decoded;
    }
    Some("its path is percent-encoded over and over")
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let value =
            if byte == b'%' { after.first_chunk::<2>().and_then(|pair| hex_value(*pair)) } else { None };
        if let Some(value) = value {
            decoded.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(byte);
            rest = after;
        }
    }
    decoded
}

fn hex_value([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// Takes the trailing dot from the host and the fragment from the URL, so that one place has one spelling.
pub(crate) fn normalized(mut url: Url) -> Url {
    url.set_fragment(None);
    let bare = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned);
    if let Some(host) = bare {
        // Setting it fails only for a host the parser would refuse; then the URL stays and is compared as it is.
        let _ = url.set_host(Some(&host));
    }
    url
}

/// The URL as an error may show it: without query, fragment, user name and password, where secrets stand.
pub(crate) fn shown(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.into()
}

/// The text of a URL that was never parsed, as an error may show it: cut before anything that may be a secret.
pub(crate) fn shown_text(text: &str) -> String {
    const LONGEST_SHOWN: usize = 200;
    if let Ok(url) = Url::parse(text) {
        return shown(&url);
    }
    let before = before_query(text);
    // What stands before an `@` may be a password, wherever the `@` is.
    let after = before.rsplit_once('@').map_or(before, |(_, after)| after);
    after.chars().filter(|c| !c.is_control()).take(LONGEST_SHOWN).collect()
}
