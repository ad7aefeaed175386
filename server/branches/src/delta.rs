//! Git's delta between two contents that share their beginning and end, as versions of one file or folder do.

/// Most bytes one copy instruction takes.
const LONGEST_COPY: usize = 0xff_ffff;
/// Most bytes one insert instruction takes.
const LONGEST_INSERT: usize = 0x7f;
/// A shared part shorter than this is not worth an instruction.
const SHORTEST_SHARE: usize = 16;

/// The instructions that make `target` from `base`; none where they would save little.
pub fn delta(base: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let head = base.iter().zip(target).take_while(|(a, b)| a == b).count();
    let rest = base.len().min(target.len()) - head;
    let tail = base.iter().rev().zip(target.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    if head + tail < SHORTEST_SHARE || (head + tail) * 2 < target.len() {
        return None;
    }
    let mut out = Vec::new();
    size(base.len(), &mut out);
    size(target.len(), &mut out);
    copy(0, head, &mut out);
    for chunk in target.get(head..target.len() - tail)?.chunks(LONGEST_INSERT) {
        out.push(u8::try_from(chunk.len()).ok()?);
        out.extend_from_slice(chunk);
    }
    copy(base.len() - tail, tail, &mut out);
    // Offsets of copies have four bytes.
    u32::try_from(base.len()).ok()?;
    Some(out)
}

fn size(mut number: usize, out: &mut Vec<u8>) {
    loop {
        let low = low_byte(number & 0x7f);
        number >>= 7;
        out.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
}

fn copy(mut offset: usize, mut length: usize, out: &mut Vec<u8>) {
    while length > 0 {
        let part = length.min(LONGEST_COPY);
        let at = out.len();
        out.push(0x80);
        let mut bits = 0x80_u8;
        for (place, number) in [(0, offset), (1, offset >> 8), (2, offset >> 16), (3, offset >> 24)] {
            push_part(number, 1 << place, &mut bits, out);
        }
        for (place, number) in [(4, part), (5, part >> 8), (6, part >> 16)] {
            push_part(number, 1 << place, &mut bits, out);
        }
        if let Some(first) = out.get_mut(at) {
            *first = bits;
        }
        offset += part;
        length -= part;
    }
}

fn push_part(number: usize, bit: u8, bits: &mut u8, out: &mut Vec<u8>) {
    let byte = low_byte(number & 0xff);
    if byte != 0 {
        *bits |= bit;
        out.push(byte);
    }
}

fn low_byte(number: usize) -> u8 {
    u8::try_from(number & 0xff).unwrap_or(0)
}
