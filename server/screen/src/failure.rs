//! Why a command did not do what was asked.

use std::any::Any;
use std::io;

use tgp_protocol::client::Refusal;

use crate::code::{Code, Signal};

/// Expected failures apart from bugs.
#[derive(Debug)]
pub enum Failure {
    /// The answer itself says it: a check that found mistakes. Nothing more is printed.
    Said,
    /// The same with an exit code of its own.
    SaidWith(Code),
    /// The engine refused, or the work failed.
    Refused(Box<Refusal>),
    /// The command line is well-formed, and still cannot be meant.
    Usage {
        /// The facts.
        message: String,
        /// What to do, where there is something to say.
        hint: Option<String>,
    },
    /// The answer could not be written.
    Output(io::Error),
    /// A bug in tgp.
    Bug(String),
    /// A signal asked the process to end.
    Ended(Signal),
}

impl Failure {
    /// What a caught panic says.
    pub fn bug(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Self::Bug(text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
    }

    /// A command line that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Box<Refusal>> for Failure {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal)
    }
}
