//! A changeset as bytes: length-prefixed, the same changes always the same bytes, read back with distrust.

use std::sync::Arc;

use crate::changes::{Change, Changeset, Sequence, SequenceChange, TableChanges};
use crate::shape::{Kind, TableShape};
use crate::value::{Row, Stored};

/// The first bytes; the last of them is the version of the format.
const MAGIC: &[u8; 5] = b"tgpc\x01";

/// Bytes that are no changeset: stored state was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored changeset is damaged at byte {at}")]
pub struct DamagedChangeset {
    /// Where reading stopped.
    pub at: usize,
}

/// The changes as bytes.
pub fn encode(changeset: &Changeset) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    number(&mut out, changeset.tables.len());
    for table in &changeset.tables {
        encode_shape(&mut out, &table.shape);
        number(&mut out, table.changes.len());
        for change in &table.changes {
            out.extend(change.rowid.to_be_bytes());
            out.push(u8::from(change.before.is_some()) | (u8::from(change.after.is_some()) << 1));
            for row in [&change.before, &change.after].into_iter().flatten() {
                for value in row {
                    encode_value(&mut out, value);
                }
            }
        }
    }
    number(&mut out, changeset.sequences.len());
    for change in &changeset.sequences {
        bytes(&mut out, change.table.as_bytes());
        out.push(u8::from(change.before.is_some()) | (u8::from(change.after.is_some()) << 1));
        for sequence in [&change.before, &change.after].into_iter().flatten() {
            out.extend(sequence.rowid.to_be_bytes());
            encode_value(&mut out, &sequence.value);
        }
    }
    out
}

fn encode_shape(out: &mut Vec<u8>, shape: &TableShape) {
    bytes(out, shape.name.as_bytes());
    out.push(u8::from(shape.kind == Kind::WithoutRowid));
    number(out, shape.columns.len());
    for (column, place) in shape.columns.iter().zip(&shape.numbers) {
        bytes(out, column.as_bytes());
        out.extend(place.to_be_bytes());
    }
    number(out, shape.primary_key.len());
    for position in &shape.primary_key {
        number(out, *position);
    }
    number(out, shape.rowid_column.map_or(0, |position| position + 1));
}

/// The key of a row as bytes that can be compared.
pub fn encode_key(key: &[Stored]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in key {
        encode_value(&mut out, value);
    }
    out
}

/// The values of an encoded key.
pub fn decode_key(bytes: &[u8]) -> Result<Vec<Stored>, DamagedChangeset> {
    let mut reader = Reader { bytes, at: 0 };
    let mut key = Vec::new();
    while reader.at < bytes.len() {
        key.push(reader.value()?);
    }
    Ok(key)
}

fn encode_value(out: &mut Vec<u8>, value: &Stored) {
    match value {
        Stored::Null => out.push(0),
        Stored::Integer(value) => {
            out.push(1);
            out.extend(value.to_be_bytes());
        }
        Stored::Real(bits) => {
            out.push(2);
            out.extend(bits.to_be_bytes());
        }
        Stored::Text(content) | Stored::Blob(content) => {
            out.push(if matches!(value, Stored::Text(_)) { 3 } else { 4 });
            bytes(out, content);
        }
    }
}

fn number(out: &mut Vec<u8>, value: usize) {
    out.extend(u64::try_from(value).unwrap_or(u64::MAX).to_be_bytes());
}

fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    number(out, value.len());
    out.extend(value);
}

/// The changes that bytes hold; none where there are no bytes.
pub fn decode(bytes: &[u8]) -> Result<Changeset, DamagedChangeset> {
    if bytes.is_empty() {
        return Ok(Changeset::default());
    }
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(DamagedChangeset { at: 0 });
    }
    let tables = reader.list(Reader::table)?;
    let sequences = reader.list(Reader::sequence_change)?;
    if reader.at != bytes.len() {
        return Err(reader.damaged());
    }
    Ok(Changeset { tables, sequences })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn damaged(&self) -> DamagedChangeset {
        DamagedChangeset { at: self.at }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DamagedChangeset> {
        let end = self.at.checked_add(count).ok_or_else(|| self.damaged())?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| self.damaged())?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DamagedChangeset> {
        self.take(1)?.first().copied().ok_or_else(|| self.damaged())
    }

    fn eight(&mut self) -> Result<[u8; 8], DamagedChangeset> {
        self.take(8)?.try_into().map_err(|_| self.damaged())
    }

    fn number(&mut self) -> Result<usize, DamagedChangeset> {
        usize::try_from(u64::from_be_bytes(self.eight()?)).map_err(|_| self.damaged())
    }

    /// Each item takes at least a byte, so a count that was forged ends at the end of the bytes, not in memory.
    fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, DamagedChangeset>,
    ) -> Result<Vec<T>, DamagedChangeset> {
        let count = self.number()?;
        if count > self.bytes.len() - self.at {
            return Err(self.damaged());
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn text(&mut self) -> Result<String, DamagedChangeset> {
        String::from_utf8(self.bytes()?).map_err(|_| self.damaged())
    }

    fn bytes(&mut self) -> Result<Vec<u8>, DamagedChangeset> {
        let length = self.number()?;
        self.take(length).map(<[u8]>::to_owned)
    }

    fn value(&mut self) -> Result<Stored, DamagedChangeset> {
        Ok(match self.byte()? {
            0 => Stored::Null,
            1 => Stored::Integer(i64::from_be_bytes(self.eight()?)),
            2 => Stored::Real(u64::from_be_bytes(self.eight()?)),
            3 => Stored::Text(self.bytes()?),
            4 => Stored::Blob(self.bytes()?),
            _ => return Err(self.damaged()),
        })
    }

    fn pair<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, DamagedChangeset>,
    ) -> Result<(Option<T>, Option<T>), DamagedChangeset> {
        let which = self.byte()?;
        if !(1..=3).contains(&which) {
            return Err(self.damaged());
        }
        let before = (which & 1 != 0).then(|| item(self)).transpose()?;
        let after = (which & 2 != 0).then(|| item(self)).transpose()?;
        Ok((before, after))
    }

    fn shape(&mut self) -> Result<TableShape, DamagedChangeset> {
        let name = self.text()?;
        let kind = if self.byte()? == 0 { Kind::Rowid } else { Kind::WithoutRowid };
        let column = |reader: &mut Self| {
            let name = reader.text()?;
            let place = reader.take(4)?.try_into().map_err(|_| reader.damaged())?;
            Ok((name, i32::from_be_bytes(place)))
        };
        let (columns, numbers): (Vec<_>, Vec<_>) = self.list(column)?.into_iter().unzip();
        let primary_key = self.list(Self::number)?;
        let rowid_column = self.number()?.checked_sub(1);
        let width = columns.len();
        if width == 0 || primary_key.iter().chain(&rowid_column).any(|position| *position >= width) {
            return Err(self.damaged());
        }
        Ok(TableShape { name, kind, columns, numbers, primary_key, rowid_column })
    }

    fn table(&mut self) -> Result<TableChanges, DamagedChangeset> {
        let shape = Arc::new(self.shape()?);
        let width = shape.columns.len();
        let changes = self.list(|reader| {
            let rowid = i64::from_be_bytes(reader.eight()?);
            let row = |reader: &mut Self| -> Result<Row, DamagedChangeset> {
                (0..width).map(|_| reader.value()).collect()
            };
            let (before, after) = reader.pair(row)?;
            Ok(Change { rowid, before, after })
        })?;
        Ok(TableChanges { shape, changes })
    }

    fn sequence_change(&mut self) -> Result<SequenceChange, DamagedChangeset> {
        let table = self.text()?;
        let (before, after) = self.pair(|reader| {
            Ok(Sequence { rowid: i64::from_be_bytes(reader.eight()?), value: reader.value()? })
        })?;
        Ok(SequenceChange { table, before, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Changeset {
        let row = vec![
            Stored::Integer(1),
            Stored::Text(vec![0xff, 0]),
            Stored::Real((-0.0_f64).to_bits()),
            Stored::Null,
        ];
        Changeset {
            tables: vec![TableChanges {
                shape: Arc::new(TableShape {
                    name: "a \"table\"".to_owned(),
                    kind: Kind::Rowid,
                    columns: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
                    numbers: vec![0, 1, 2, 5],
                    primary_key: vec![0],
                    rowid_column: Some(0),
                }),
                changes: vec![
                    Change { rowid: -5, before: Some(row.clone()), after: None },
                    Change { rowid: 6, before: None, after: Some(row) },
                ],
            }],
            sequences: vec![SequenceChange {
                table: "a".to_owned(),
                before: None,
                after: Some(Sequence { rowid: 1, value: Stored::Integer(9) }),
            }],
        }
    }

    #[test]
    fn a_changeset_reads_back_as_it_was() {
        assert_eq!(decode(&encode(&sample())).unwrap(), sample());
        assert_eq!(decode(&[]).unwrap(), Changeset::default());
        assert_eq!(sample().inverted().inverted(), sample());
    }

    #[test]
    fn damaged_bytes_are_an_error_wherever_the_damage_is() {
        let whole = encode(&sample());
        for end in 1..whole.len() {
            assert!(decode(whole.get(..end).unwrap()).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            if let Some(byte) = damaged.get_mut(at) {
                *byte ^= 0xff;
            }
            // Either an error or other rows; never a crash, never memory without end.
            drop(decode(&damaged));
        }
        let mut longer = whole;
        longer.push(0);
        assert!(decode(&longer).is_err());
    }
}
