//! What a person allowed beforehand or when asked: questions with their answers, and tokens, as far as they change.
//!
//! - Comes in: a connection to the state database, inside a transaction of the store's.
//! - Goes out: questions and tokens with what became of them; why one does not hold.
//! - Stays true: an answer counts only for what the person saw, and once; a token never pays more than its budget
//!   before it is used; what was seen too late stays too late.
//! - Deliberately absent: transactions, the audit chain, a clock, signatures. The store is the only user of this crate.

mod approval;
pub mod approvals;
mod error;
mod row;
mod token;
pub mod tokens;

pub use approval::{Answer, ApprovalFilter, ApprovalProblem, ApprovalRow, ApprovalUse, Question};
pub use error::ConsentError;
pub use token::{Amounts, Budget, NewToken, TokenProblem, TokenRow, TokenSpend, TokenUse};
