//! What a commit says: the subject, and trailers that tie it to an action.

use std::fmt::Write as _;

use tgp_model::{ActionId, AgentName, RepoPath, SessionId, Timestamp};

use crate::settings::Identity;

/// Longest subject of a commit, in characters; what is over is cut.
pub const LONGEST_SUBJECT: usize = 200;

/// One file to be written or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path below the library, such as `tools/a.ts`.
    pub path: RepoPath,
    /// The new content; none deletes the file.
    pub content: Option<Vec<u8>>,
}

/// What a commit says about the action that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMessage {
    /// One line.
    pub subject: String,
    /// The action; trailer `Tgp-Action`.
    pub action: ActionId,
    /// The session; trailer `Tgp-Session`.
    pub session: SessionId,
    /// The agent; trailer `Tgp-Agent`, and the commit's author.
    pub agent: AgentName,
    /// The installation that ran the action; trailer `Tgp-Installation`.
    pub installation: String,
    /// When; a commit holds whole seconds.
    pub when: Timestamp,
}

/// Text on one line: what would begin a new line or a trailer of its own becomes a space.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_SUBJECT).collect()
}

/// A name as Git's commit headers take it: no angle brackets, no line breaks, never empty.
fn header_name(text: &str, otherwise: &str) -> String {
    let name: String = one_line(text).chars().filter(|c| !matches!(c, '<' | '>')).collect();
    if name.is_empty() { otherwise.to_owned() } else { name }
}

impl CommitMessage {
    /// Subject and trailers as Git stores them.
    pub fn text(&self) -> String {
        let subject = one_line(&self.subject);
        let subject = if subject.is_empty() { "Change".to_owned() } else { subject };
        let mut text = format!("{subject}\n\n");
        for (name, value) in [
            ("Tgp-Action", self.action.to_string()),
            ("Tgp-Session", self.session.to_string()),
            ("Tgp-Agent", self.agent.to_string()),
            ("Tgp-Installation", one_line(&self.installation)),
        ] {
            let _ = writeln!(text, "{name}: {value}");
        }
        text
    }

    /// The author: the agent, with an address that can belong to nobody.
    pub(crate) fn author(&self) -> Identity {
        Identity { name: self.agent.to_string(), email: format!("{}@agents.invalid", self.agent) }
    }
}

/// A commit object as Git stores it.
pub(crate) fn commit_bytes(
    tree: gix::ObjectId,
    parents: &[gix::ObjectId],
    author: &Identity,
    committer: &Identity,
    when: Timestamp,
    text: &str,
) -> Vec<u8> {
    let mut out = format!("tree {tree}\n");
    for parent in parents {
        let _ = writeln!(out, "parent {parent}");
    }
    let seconds = when.0.div_euclid(1000).max(0);
    for (role, who) in [("author", author), ("committer", committer)] {
        let name = header_name(&who.name, "tgp");
        let email = header_name(&who.email, "tgp@localhost");
        let _ = writeln!(out, "{role} {name} <{email}> {seconds} +0000");
    }
    let _ = write!(out, "\n{text}");
    out.into_bytes()
}

/// The value of a trailer in the last paragraph of a message.
pub(crate) fn trailer<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let last = message.trim_end().rsplit("\n\n").next()?;
    last.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, installation: &str) -> CommitMessage {
        CommitMessage {
            subject: subject.to_owned(),
            action: ActionId::from_parts(1, 2),
            session: SessionId::from_parts(1, 3),
            agent: AgentName::default(),
            installation: installation.to_owned(),
            when: Timestamp(1_000),
        }
    }

    #[test]
    fn no_text_can_forge_a_trailer() {
        let forged = message("Write\n\nTgp-Action: 01FORGED", "here\nTgp-Action: 01FORGED").text();
        assert_eq!(trailer(&forged, "Tgp-Action"), Some(ActionId::from_parts(1, 2).to_string().as_str()));
        assert_eq!(forged.matches("\nTgp-Action: ").count(), 1);
    }

    #[test]
    fn a_name_cannot_break_the_header() {
        let who = Identity { name: "a <b>\nparent 0".to_owned(), email: String::new() };
        let tree = gix::ObjectId::null(gix::hash::Kind::Sha1);
        let bytes = commit_bytes(tree, &[], &who, &who, Timestamp(0), "x");
        assert!(String::from_utf8(bytes).unwrap().contains("author a b parent 0 <tgp@localhost> 0 +0000\n"));
    }
}
