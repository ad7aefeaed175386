//! TypeScript in; diagnostics, argument schema and plain JavaScript modules out.
//!
//! - Comes in: the text of a tool, a way to ask for the text of others (`ReadSource`), the project's settings.
//! - Goes out: a `CheckReport` for people and agents, or a `Bundle` of ES modules for the sandbox.
//! - Stays true: no text makes this process stop or hang; source is bounded by a scan before any parser sees it, and
//!   the parser runs on a stack of its own. The same text gives the same bytes and the same hash.
//! - Deliberately absent: files, network, a type checker, a cache. Only this crate knows oxc.

mod arguments;
mod bounds;
mod front;
mod link;
mod mentions;
mod resolve;
mod schema;
mod settings;
mod source_map;
mod worker;

pub use arguments::{ArgumentProblem, ArgumentSchema};
pub use front::Property;
pub use link::{Bundle, BundleError, CheckReport, Module, bundle, check, strip_types};
pub use mentions::{imported_tool, mentions};
pub use settings::{EffectsFault, ReadSource, Settings, SourceKind};
pub use source_map::SourceMap;
pub use tgp_standards::mentions::{Mention, MentionKind, Mentions};
pub use tgp_standards::{Rule, rules};

/// Largest source the compiler takes, in bytes. A larger file costs parse time before anything can be said about it.
pub const LARGEST_SOURCE: usize = 256 * 1024;

/// The type declarations of what a tool finds in the sandbox (`tgp`, `fetch`, `console`, ...), for editors and for
/// a type checker.
pub fn tgp_d_ts() -> &'static str {
    include_str!("tgp.d.ts")
}
