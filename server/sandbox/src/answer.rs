//! What an export of the guest answers: a kind and some bytes, described by four words in its memory.

use wasmtime::{Memory, Store};

use crate::guest::GuestState;

/// `enum kind` of the guest's `engine.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Done,
    Threw,
    Stalled,
    TooLarge,
    Invalid,
    Memory,
    Broken,
}

/// `struct answer` of the guest's `engine.h`, copied out.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) data: Vec<u8>,
    /// Length the data would have without a limit.
    pub(crate) wanted: u32,
}

impl Answer {
    pub(crate) fn read(store: &Store<GuestState>, memory: Memory, at: u32) -> wasmtime::Result<Answer> {
        let bytes = memory.data(store);
        let word = |index: usize| {
            let at = at as usize + index * 4;
            bytes.get(at..at + 4).and_then(|word| Some(u32::from_le_bytes(word.try_into().ok()?)))
        };
        let outside = || wasmtime::Error::msg("the guest answered with a place outside its memory");
        let [Some(kind), Some(data), Some(length), Some(wanted)] = [word(0), word(1), word(2), word(3)]
        else {
            return Err(outside());
        };
        let data = bytes.get(data as usize..data as usize + length as usize).ok_or_else(outside)?.to_vec();
        let kind = match kind {
            0 => Kind::Done,
            1 => Kind::Threw,
            2 => Kind::Stalled,
            3 => Kind::TooLarge,
            4 => Kind::Invalid,
            5 => Kind::Memory,
            _ => Kind::Broken,
        };
        Ok(Answer { kind, data, wanted })
    }

    pub(crate) fn text(self) -> String {
        String::from_utf8(self.data)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// The JSON of `Kind::Threw`, from the guest's `report.c`.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Thrown {
    pub(crate) name: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) stack: String,
    #[serde(default)]
    pub(crate) code: Option<String>,
}
