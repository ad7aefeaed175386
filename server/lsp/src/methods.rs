//! What each request does: one file a noun.

use crate::method::{Method, changes, reads};

mod approvals;
mod branches;
mod scopes;
mod snapshots;
mod status;
mod timeline;
mod tools;

/// The one request that is answered without a project.
pub(crate) const STATUS: &str = "tgp/status";

/// The table.
pub(crate) fn all() -> Vec<Method> {
    vec![
        reads(STATUS, "Says how the project stands; answers without a project, too.", status::status),
        reads("tgp/branches/list", "Lists agents' branches, those that wait for you first.", branches::list),
        reads("tgp/branches/show", "Shows a branch with its actions and files.", branches::show),
        reads("tgp/branches/diff", "Shows what a branch changes.", branches::diff),
        changes("tgp/branches/merge", "Brings a branch into the one that is checked out.", branches::merge),
        changes("tgp/branches/discard", "Puts a branch away; it is kept for 30 days.", branches::discard),
        changes("tgp/branches/restore", "Takes a discarded branch back.", branches::restore),
        changes("tgp/branches/reopen", "Sends a branch back to its agent, with a note.", branches::reopen),
        reads("tgp/content", "Gives one file of a commit or of a snapshot.", branches::content),
        reads("tgp/timeline/list", "Lists what was done, a page at a time, the newest last.", timeline::list),
        reads("tgp/timeline/show", "Shows one action with what it changed.", timeline::show),
        changes("tgp/timeline/undo", "Takes actions back.", timeline::undo),
        changes("tgp/timeline/redo", "Makes again what was taken back last.", timeline::redo),
        reads("tgp/approvals/list", "Lists what agents ask you.", approvals::list),
        reads("tgp/approvals/show", "Shows one question with its whole preview.", approvals::show),
        reads(
            "tgp/approvals/approve",
            "Says yes to a question, for exactly what was shown.",
            approvals::approve,
        ),
        reads("tgp/approvals/deny", "Says no to a question.", approvals::deny),
        reads("tgp/scopes/list", "Lists the scopes in force.", scopes::list),
        reads("tgp/scopes/show", "Shows the scope that counts for an agent.", scopes::show),
        reads("tgp/scopes/check", "Reads a scope and names what is wrong with it.", scopes::check),
        reads("tgp/scopes/preview", "Says what would change if a scope were set.", scopes::preview),
        changes("tgp/scopes/set", "Puts a scope in force, as it was previewed.", scopes::set),
        reads("tgp/snapshots/list", "Lists snapshots, the newest first.", snapshots::list),
        changes("tgp/snapshots/create", "Takes a snapshot.", snapshots::create),
        reads("tgp/snapshots/show", "Shows one snapshot.", snapshots::show),
        reads("tgp/snapshots/diff", "Shows what changed since a snapshot, or between two.", snapshots::diff),
        changes("tgp/snapshots/restore", "Makes things what a snapshot has.", snapshots::restore),
        reads("tgp/tools/list", "Lists the tools of the library.", tools::list),
        reads("tgp/tools/show", "Shows a tool with its arguments and its last runs.", tools::show),
        reads(
            "tgp/tools/check",
            "Checks a tool as it lies in the library's folder, with its types.",
            tools::check,
        ),
        changes("tgp/tools/run", "Runs a tool as agents run it.", tools::run),
        reads(
            "tgp/policy/explain",
            "Says what the rules decide about an action nobody does.",
            tools::explain,
        ),
    ]
}
