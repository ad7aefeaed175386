//! The capabilities tgp itself has: kernel tools and the commands of the trust layer.

use crate::capability::{Capability, Compensation, effects};
use crate::quantity::Unit;
use crate::registry::{RegisterError, Registry};
use crate::risk::{Operation, Risk, RiskLevel};

/// Capabilities whose compensation was shown to bring the world back: the stories of `compensation.rs` run each, then
/// its compensation, and compare the world before and after. Nothing else of tgp's own may say that it has one.
pub const PROVEN: [&str; 24] = [
    "action.undo",
    "action.undo_other",
    "branch.discard",
    "branch.merge",
    "branch.reopen",
    "branch.restore",
    "delegate",
    "fs.delete",
    "fs.move",
    "fs.patch",
    "fs.write",
    "library.sync",
    "note.save",
    "policy.apply",
    "scope.set",
    "sequence.run",
    "snapshot.restore",
    "sql.write",
    "task.finish",
    "task.open",
    "token.mint",
    "token.revoke",
    "tool.run",
    "trust",
];

/// A registry with everything tgp can do.
pub fn registry() -> Result<Registry, RegisterError> {
    let mut registry = Registry::empty();
    let groups = [files(), tools(), sql(), network(), actions(), reviews(), persons()];
    for capability in groups.into_iter().flatten() {
        check_proven(&capability)?;
        registry.register(capability)?;
    }
    Ok(registry)
}

/// Refuses a capability that says it can be taken back and was not seen to be.
pub fn check_proven(capability: &Capability) -> Result<(), RegisterError> {
    let changes = capability.operation != Operation::Read && capability.id != CHANGES_NOTHING;
    let claims = capability.compensation.supported || capability.side_effects.reversible;
    if changes && claims && !PROVEN.contains(&capability.id.as_str()) {
        return Err(RegisterError::Unproven { id: capability.id.clone() });
    }
    Ok(())
}

/// A request that changes nothing at the other end has nothing to take back.
const CHANGES_NOTHING: &str = "net.fetch";

fn undo(strategy: &str) -> Compensation {
    Compensation::by("action.undo", strategy)
}

fn risk(level: RiskLevel, why: &str) -> Risk {
    Risk { level, justification: why.to_owned() }
}

fn files() -> Vec<Capability> {
    let bytes = |capability: Capability| capability.measuring("bytes", Some(Unit::Bytes));
    let earlier = "The content before is kept and put back.";
    vec![
        Capability::read("fs.list", "project", "Lists files."),
        Capability::read("fs.read", "project", "Reads a file."),
        bytes(Capability::write("fs.write", "project", "Creates or replaces a file.", undo(earlier))),
        bytes(Capability::write("fs.patch", "project", "Changes a part of files.", undo(earlier))),
        Capability::delete("fs.delete", "project", "Removes files.", undo(earlier)),
        Capability::write("fs.move", "project", "Moves files to other names.", undo("They are moved back.")),
        Capability::read("fs.search", "project", "Searches the files the agent may read."),
    ]
}

fn tools() -> Vec<Capability> {
    let sync = Capability::new(
        "library.sync",
        Operation::Network,
        risk(
            RiskLevel::High,
            "What is pushed is seen by others; a later commit takes it back, not from sight.",
        ),
        effects(false, "remote", "Pulls from and pushes to the library's remote."),
        Compensation::by(
            "library.sync",
            "Undo the actions, then sync again: the remote gets the reverting commits.",
        ),
    );
    let run = Capability::new(
        "tool.run",
        Operation::Execute,
        risk(RiskLevel::Medium, "It runs sandboxed; each thing it does is judged by itself."),
        effects(true, "sandbox", "Runs a tool of the library."),
        undo("What the run changed is put back."),
    );
    vec![
        Capability::read("tool.check", "library", "Checks a tool."),
        run.measuring("cpu", Some(Unit::Time)).measuring("memory", Some(Unit::Bytes)),
        Capability::read("tool.find", "library", "Searches the tools."),
        sync,
    ]
}

fn sql() -> Vec<Capability> {
    let rows = |capability: Capability| capability.measuring("rows", None);
    let inverse = "The inverse changeset is applied, row by row.";
    vec![
        rows(Capability::read("sql.read", "database", "Reads from tables.")),
        rows(Capability::write("sql.write", "database", "Changes rows.", undo(inverse))),
        Capability::write_irreversible(
            "sql.schema",
            "database",
            "Changes the schema; no changeset holds that.",
            Compensation::none(),
        ),
    ]
}

fn network() -> Vec<Capability> {
    let fetch = Capability::new(
        "net.fetch",
        Operation::Network,
        risk(RiskLevel::Medium, "It asks a host for something; the host learns that it was asked."),
        effects(true, "network", "Sends a request that changes nothing (GET, HEAD)."),
        Compensation::none(),
    );
    let send = Capability::new(
        "net.send",
        Operation::Network,
        risk(RiskLevel::Critical, "What another machine did because of it cannot be had back from here."),
        effects(false, "network", "Sends a request that may change something (POST, PUT, PATCH, DELETE)."),
        Compensation::none(),
    );
    vec![
        fetch.measuring("bytes", Some(Unit::Bytes)).tagged(["outgoing"]),
        send.measuring("bytes", Some(Unit::Bytes)).tagged(["outgoing"]),
    ]
}

fn actions() -> Vec<Capability> {
    let sequence = Capability::new(
        "sequence.run",
        Operation::Execute,
        risk(RiskLevel::Medium, "Each step is judged by itself; a step that fails takes the others back."),
        effects(true, "project", "Runs a list of actions as one."),
        undo("The steps are compensated in reverse order."),
    );
    let delegate = Capability::new(
        "delegate",
        Operation::Execute,
        risk(RiskLevel::Medium, "The other agent gets a part of what this one may do, for a time."),
        effects(true, "trust", "Hands a narrower token to another agent."),
        Compensation::by("token.revoke", "The token is revoked."),
    );
    let again = "An undo is an action and can be undone.";
    vec![
        Capability::read("action.list", "timeline", "Lists actions."),
        Capability::write("action.undo", "project", "Undoes actions of one's own.", undo(again)),
        Capability::write("action.undo_other", "project", "Undoes actions of others.", undo(again)),
        Capability::read("approval.status", "trust", "Asks what became of a question."),
        sequence,
        delegate,
        Capability::read("task.diff", "project", "Shows what a task changed."),
        Capability::read("task.list", "project", "Lists the agent's own tasks."),
        Capability::write(
            "task.open",
            "project",
            "Opens a branch of the agent's own.",
            undo("The branch is put away, where nothing is done on it any more."),
        ),
        Capability::write(
            "task.finish",
            "project",
            "Hands a branch in, for a person to decide about.",
            undo("The branch is active again."),
        ),
        Capability::write("note.save", "timeline", "Saves a note.", undo("The note is forgotten.")),
    ]
}

/// What persons decide over branches and snapshots; an agent can ask for a merge, and reaches none of the others.
fn reviews() -> Vec<Capability> {
    let decides = |id: &str, description: &str, back: &str| {
        let why = "It decides what becomes of an agent's work; each can be taken back.";
        let side_effects = effects(true, "repository", description);
        Capability::new(id, Operation::Write, risk(RiskLevel::Medium, why), side_effects, undo(back))
            .tagged(["person"])
    };
    let merge = Capability::new(
        "branch.merge",
        Operation::Write,
        risk(RiskLevel::High, "A person's branch and checkout change; a revert takes it back."),
        effects(true, "repository", "Brings an agent's branch into a person's."),
        undo("A commit takes back what was brought in."),
    );
    let delete = Capability::new(
        "snapshot.delete",
        Operation::Delete,
        risk(
            RiskLevel::Critical,
            "What only the snapshot holds is gone, and what needs it is not taken back.",
        ),
        effects(false, "project", "Deletes a snapshot."),
        Compensation::none(),
    );
    vec![
        Capability::read("branch.list", "repository", "Lists agents' branches, shows and compares them.")
            .tagged(["person"]),
        merge,
        decides("branch.discard", "Puts a branch away; it is kept for 30 days.", "The branch comes back."),
        decides("branch.restore", "Takes a discarded branch back.", "It is put away again."),
        decides("branch.reopen", "Sends a branch back to its agent.", "Its status and note are as before."),
        Capability::read("snapshot.list", "project", "Lists snapshots, shows and compares them.")
            .tagged(["person"]),
        Capability::read("snapshot.create", "project", "Takes a snapshot; nothing of the project changes.")
            .tagged(["person"]),
        decides(
            "snapshot.restore",
            "Makes files and rows what a snapshot has.",
            "What was there before is a snapshot itself, and comes back.",
        ),
        delete.tagged(["person"]),
    ]
}

/// What only persons do; `builtin.self` denies each to every agent.
fn persons() -> Vec<Capability> {
    let trust = |id: &str, description: &str, compensation| {
        let why = "It changes what agents may do from now on.";
        let side_effects = effects(true, "trust", description);
        Capability::new(id, Operation::Write, risk(RiskLevel::High, why), side_effects, compensation)
            .tagged(["person"])
    };
    let answer = Capability::new(
        "approval.answer",
        Operation::Execute,
        risk(RiskLevel::Critical, "What it approves happens."),
        effects(false, "trust", "Answers a question for a person."),
        Compensation::none(),
    );
    let earlier = |id: &str| Compensation::by(id, "The content before is applied again.");
    vec![
        answer.tagged(["person"]),
        trust("policy.apply", "Changes policy files.", earlier("policy.apply")),
        trust("scope.set", "Changes the scope of an agent.", earlier("scope.set")),
        trust("trust", "Trusts policy, scopes or configuration as they are now.", earlier("trust")),
        trust("token.mint", "Mints a token.", Compensation::by("token.revoke", "The token is revoked.")),
        trust("token.revoke", "Revokes a token.", Compensation::by("token.mint", "A new token is minted.")),
        Capability::read("token.list", "trust", "Lists tokens, without their secrets.").tagged(["person"]),
        Capability::read("approval.list", "trust", "Lists open questions.").tagged(["person"]),
        Capability::read("audit.verify", "audit", "Verifies the chain."),
        Capability::read("audit.export", "audit", "Exports the chain.").tagged(["person"]),
        Capability::new(
            "audit.archive",
            Operation::Delete,
            risk(
                RiskLevel::Critical,
                "It moves rows out of the table for good; the archive keeps them, and the chain its head.",
            ),
            effects(false, "audit", "Archives the oldest rows."),
            Compensation::none(),
        )
        .tagged(["person"]),
    ]
}
