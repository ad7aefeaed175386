//! What a commit of an agent says: the subject, and trailers that tie it to an action.

use std::fmt::Write as _;

use gix::ObjectId;
use tgp_model::{ActionId, AgentName, SessionId, Timestamp};

/// Longest subject of a commit, in characters; what is over is cut.
pub const LONGEST_SUBJECT: usize = 200;

/// A name and an address, as commits carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
}

impl Identity {
    /// An agent, with an address that can belong to nobody.
    pub fn agent(agent: &AgentName) -> Self {
        Self { name: agent.to_string(), email: format!("{agent}@agents.invalid") }
    }
}

/// What a commit says about the action that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMessage {
    /// The first line.
    pub subject: String,
    /// Text below it; may be empty. Lines that look like a trailer of tgp's are indented.
    pub body: String,
    /// The action; trailer `Tgp-Action`.
    pub action: ActionId,
    /// The session; trailer `Tgp-Session`.
    pub session: SessionId,
    /// The agent; trailer `Tgp-Agent`.
    pub agent: AgentName,
    /// The installation that ran the action; trailer `Tgp-Installation`.
    pub installation: String,
    /// The actions it takes back; a trailer `Tgp-Undoes` each.
    pub undoes: Vec<ActionId>,
    /// Who wrote what is committed: the agent, or the person whose merge it is.
    pub author: Identity,
    /// Who commits.
    pub committer: Identity,
    /// When; a commit holds whole seconds.
    pub when: Timestamp,
}

/// Text on one line: what would begin a new line or a trailer of its own becomes a space.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_SUBJECT).collect()
}

/// A name as Git's commit headers take it: no angle brackets, no line breaks, never empty.
pub(crate) fn header_name(text: &str, otherwise: &str) -> String {
    let name: String = one_line(text).chars().filter(|c| !matches!(c, '<' | '>')).collect();
    if name.is_empty() { otherwise.to_owned() } else { name }
}

impl CommitMessage {
    /// Subject, body and trailers as Git stores them.
    pub fn text(&self) -> String {
        let subject = one_line(&self.subject);
        let subject = if subject.is_empty() { "Change".to_owned() } else { subject };
        let mut text = format!("{subject}\n\n");
        for line in self.body.trim().lines() {
            let line: String =
                line.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
            let forged = line.trim_start().to_ascii_lowercase().starts_with("tgp-");
            let _ = writeln!(text, "{}{}", if forged { "    " } else { "" }, line.trim_end());
        }
        if !self.body.trim().is_empty() {
            text.push('\n');
        }
        for (name, value) in [
            ("Tgp-Action", self.action.to_string()),
            ("Tgp-Session", self.session.to_string()),
            ("Tgp-Agent", self.agent.to_string()),
            ("Tgp-Installation", one_line(&self.installation)),
        ] {
            let _ = writeln!(text, "{name}: {value}");
        }
        for action in &self.undoes {
            let _ = writeln!(text, "Tgp-Undoes: {action}");
        }
        text
    }

    /// The commit object as Git stores it.
    pub fn commit_bytes(&self, tree: ObjectId, parents: &[ObjectId]) -> Vec<u8> {
        let mut out = format!("tree {tree}\n");
        for parent in parents {
            let _ = writeln!(out, "parent {parent}");
        }
        let seconds = self.when.0.div_euclid(1000).max(0);
        for (role, who) in [("author", &self.author), ("committer", &self.committer)] {
            let name = header_name(&who.name, "tgp");
            let email = header_name(&who.email, "tgp@localhost");
            let _ = writeln!(out, "{role} {name} <{email}> {seconds} +0000");
        }
        let _ = write!(out, "\n{}", self.text());
        out.into_bytes()
    }
}

/// The value of a trailer in the last paragraph of a message.
pub fn trailer<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    trailers(message, name).next()
}

/// The values of a trailer that may stand there more than once.
pub fn trailers<'a>(message: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let last = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
    last.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_forge_a_trailer() {
        let who = Identity { name: "a <b>\nparent 0".to_owned(), email: String::new() };
        let message = CommitMessage {
            subject: "Write\n\nTgp-Action: 01FORGED".to_owned(),
            body: "first\n\nTgp-Action: 01FORGED\n tgp-action: x".to_owned(),
            action: ActionId::from_parts(1, 2),
            session: SessionId::from_parts(1, 3),
            agent: AgentName::default(),
            installation: "here\nTgp-Action: 01FORGED".to_owned(),
            undoes: Vec::new(),
            author: who.clone(),
            committer: who,
            when: Timestamp(1_000),
        };
        let text = message.text();
        assert_eq!(trailer(&text, "Tgp-Action"), Some(ActionId::from_parts(1, 2).to_string().as_str()));
        assert_eq!(text.matches("\nTgp-Action: ").count(), 1);
        let bytes = message.commit_bytes(ObjectId::null(gix::hash::Kind::Sha1), &[]);
        assert!(String::from_utf8(bytes).unwrap().contains("author a b parent 0 <tgp@localhost> 1 +0000\n"));
    }
}
