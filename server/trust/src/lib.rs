//! What a person trusted on this machine, and the keys: both lie outside the project, readable by the user alone.
//!
//! - Comes in: the project's folder, the files that decide how agents are judged, the person's word.
//! - Goes out: the trusted version of those files, how the present ones differ from it, keys.
//! - Stays true: nothing in the project decides anything before a person trusted that exact content; a file here that
//!   somebody else could have written is refused, not read.
//! - Deliberately absent: what the files mean; the judge and the configuration are read elsewhere.

mod error;
mod home;
mod kept;
mod machine;
mod material;
mod private;
mod record;

pub use error::TrustError;
pub use home::{ProjectHome, Stamp, UserState, person};
pub use machine::{MachineFiles, MachinePolicy};
pub use material::{CONFIG, Difference, How, Material, differences};
pub use record::Trusted;
