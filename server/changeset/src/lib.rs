//! What a transaction changed in a user's database, row by row, and how rows are addressed and kept as bytes.
//!
//! - Comes in: the schema as `SQLite` tells it, rows before and after, bytes that were kept.
//! - Goes out: shapes of tables, changesets that can be turned round, their bytes.
//! - Stays true: the same changes are the same bytes; bytes are read back with distrust; a value comes back exactly.
//! - Deliberately absent: watching a transaction, and changing anything. The database is the only user of this crate.

mod changes;
mod codec;
mod shape;
mod value;

pub use changes::{Change, Changeset, Sequence, SequenceChange, TableChanges};
pub use codec::{DamagedChangeset, decode, decode_key, encode, encode_key};
pub use shape::{Kind, Shapes, TableShape, quoted};
pub use value::{Row, Stored};
