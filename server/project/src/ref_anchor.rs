//! The second anchor of the audit chain: a ref of the library that is never pushed. Whoever deletes the state folder and
//! the anchor in the user's folder has not deleted this one.

use std::path::Path;

use tgp_repo::KeptRef;
use tgp_store::{AuditHead, KeepHead};

/// First line of what the ref names.
const FORMAT: &str = "tgp audit anchor 1";

/// `refs/tgp/audit` of a library.
#[derive(Debug)]
pub(crate) struct RefAnchor(KeptRef);

impl RefAnchor {
    /// Of the library in `folder`.
    pub(crate) fn of(folder: &Path) -> Self {
        Self(KeptRef::new(folder, "audit"))
    }
}

impl KeepHead for RefAnchor {
    fn source(&self) -> &'static str {
        "ref"
    }

    fn read(&self) -> Result<Option<AuditHead>, String> {
        let Some(bytes) = self.0.read().map_err(|error| error.to_string())? else { return Ok(None) };
        let head = std::str::from_utf8(&bytes).ok().and_then(parse);
        head.map(Some).ok_or_else(|| "`refs/tgp/audit` names something else than an anchor".to_owned())
    }

    fn keep(&self, head: AuditHead) -> Result<(), String> {
        self.0.write(text(&head).as_bytes()).map_err(|error| error.to_string())
    }
}

fn text(head: &AuditHead) -> String {
    format!("{FORMAT}\n{}:{}\n", head.seq, tgp_gate::hexadecimal(&head.hash))
}

fn parse(text: &str) -> Option<AuditHead> {
    let (seq, hexadecimal) = text.strip_prefix(FORMAT)?.trim().split_once(':')?;
    let mut hash = [0; 32];
    if hexadecimal.len() != 64 {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(hexadecimal.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(AuditHead { seq: seq.parse().ok()?, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_is() {
        let head = AuditHead { seq: 4_711, hash: [0xA5; 32] };
        assert_eq!(parse(&text(&head)), Some(head));
        for other in
            ["", "tgp audit anchor 1\n", "tgp audit anchor 1\n7:ab\n", "12:00", "tgp audit anchor 2\n7:00"]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
