//! A project as it is opened: what of it is in force on this machine, and its rooms, each as the settings say.
//!
//! - Comes in: the folder of a project, the agent, a clock, the environment.
//! - Goes out: open rooms, the rules in force, what waits for a person's trust.
//! - Stays true: nothing counts that a person did not trust here; a mistake is named with file, line and column.
//! - Deliberately absent: commands and doors.

mod audit;
mod change_policy;
mod coming_sandbox;
mod draft;
mod evaluated;
mod examine;
mod found_again;
mod in_force;
mod machine;
mod open;
mod open_error;
mod open_project;
mod open_refusal;
pub mod prepare;
mod question;
mod ref_anchor;
mod rule_set;
mod settings;
mod settings_in_force;
mod vault;

pub use audit::{audit_record, salt_of};
pub use change_policy::{PolicyChange, change_policy};
pub use examine::{Patient, examine};
pub use found_again::{FoundAgain, find_again};
pub use in_force::{PendingTrust, trust_own};
pub use open::OpenRooms;
pub use open_error::OpenEngineError;
pub use open_project::{Hydrate, OpenProject, environment};
pub use open_refusal::from_sync;
pub use question::Question;
pub use rule_set::{present_rules, rules_in_force, rules_with_file};
pub use settings::credentials;
pub use settings_in_force::{SettingsInForce, settings_in_force};
