//! Talking to a Git remote: the only use of the git program, with nothing of the user's environment able to run a hook.
//!
//! - Comes in: a repository, the URL of its remote, credentials from the environment, what to fetch or push.
//! - Goes out: refs fetched or pushed, or an error that holds no credential.
//! - Stays true: credentials are never in an argument, a file or a log; every talk ends in time.
//! - Deliberately absent: reading or writing objects; the repo room does that.

mod credentials;
mod interrupt;
mod talk;
mod url;

pub use credentials::Credentials;
pub use interrupt::Interrupt;
pub use talk::{RemoteError, Talk};
pub use url::{RemoteUrl, RemoteUrlProblem};
