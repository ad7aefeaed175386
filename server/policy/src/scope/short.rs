//! The short forms of a scope and the rules they stand for.

use std::sync::Arc;

use tgp_capability::{Operation, Quantity};
use tgp_model::{AgentName, Decision};

use super::ScopeSettings;
use crate::file_error::{FileProblem, Located, Place};
use crate::rule::block::{Block, BlockRole, TargetField, glob};
use crate::rule::condition::{Comparison, Condition};
use crate::rule::{Rule, sample};
use crate::yaml::{Fields, Node};
use tgp_capability::TargetKind;
use tgp_pattern::{Pattern, Spelling, TextKind};
use tgp_token::text_kind;

/// The folders of the configuration that may be written.
const ALLOWED_DIRS: &str = "@fs.allowedDirs";
/// The hosts of the configuration that may be fetched from.
const FETCH_HOSTS: &str = "@allowedFetchUrls";
/// How scopes write the mount.
const MOUNT: &str = "tools";

/// What the short forms are read with.
pub(super) struct Short<'a> {
    pub(super) file: Arc<str>,
    pub(super) agent: &'a AgentName,
    pub(super) settings: &'a ScopeSettings,
}

/// Operations and capabilities a short form is about.
#[derive(Clone, Copy)]
enum About {
    Operations(&'static [Operation]),
    Capabilities(&'static [&'static str]),
    Capability(&'static str),
    Everything,
}

const LOOKS: About = About::Operations(&[Operation::Read]);
const CHANGES: About = About::Operations(&[Operation::Write, Operation::Delete]);
const REACHES_OUT: About = About::Operations(&[Operation::Network]);
const RUNS: About = About::Operations(&[Operation::Execute]);

impl Short<'_> {
    /// The rules of all short forms that stand there.
    pub(super) fn read(&self, fields: &Fields<'_>) -> Result<Vec<Rule>, Located> {
        let mut rules = Vec::new();
        if let Some(node) = fields.get("paths") {
            self.paths(node, &mut rules)?;
        }
        if let Some(node) = fields.get("tools") {
            self.tools(node, &mut rules)?;
        }
        if let Some(node) = fields.get("database") {
            self.database(node, &mut rules)?;
        }
        if let Some(node) = fields.get("commands") {
            self.commands(node, &mut rules)?;
        }
        if let Some(node) = fields.get("network") {
            self.network(node, &mut rules)?;
        }
        if let Some(node) = fields.get("tasks") {
            self.tasks(node, &mut rules)?;
        }
        if let Some(node) = fields.get("can_delegate") {
            let patterns = self.patterns(node, TargetKind::Agent, Decision::Allow)?;
            self.push(
                &mut rules,
                "can_delegate",
                node.place,
                Decision::Allow,
                About::Capability("delegate"),
                Some(patterns),
            );
        }
        Ok(rules)
    }

    fn paths(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["read", "write", "forbidden", "require_approval"])?;
        let path = TargetKind::Path;
        self.list(&fields, "read", "paths.read", (path, Decision::Allow, LOOKS), rules)?;
        self.list(&fields, "write", "paths.write", (path, Decision::Allow, CHANGES), rules)?;
        self.list(&fields, "forbidden", "paths.forbidden", (path, Decision::Deny, About::Everything), rules)?;
        let ask = (path, Decision::RequireApproval, CHANGES);
        self.list(&fields, "require_approval", "paths.require_approval", ask, rules)
    }

    /// `write` and `run` as lists; whoever has tools at all may find and check them.
    fn tools(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["write", "run", "sync"])?;
        let place = node.place;
        self.list(&fields, "write", "tools.write", (TargetKind::Path, Decision::Allow, CHANGES), rules)?;
        self.list(
            &fields,
            "run",
            "tools.run",
            (TargetKind::Tool, Decision::Allow, About::Capability("tool.run")),
            rules,
        )?;
        let find = About::Capabilities(&["tool.find", "sequence.run"]);
        self.push(rules, "tools.find", place, Decision::Allow, find, None);
        let mount = Pattern::folder(self.settings.mount.as_str(), Spelling::Exact);
        let all = Some((TargetKind::Tool, vec![mount]));
        self.push(rules, "tools.check", place, Decision::Allow, About::Capability("tool.check"), all);
        if fields.get("sync").map(Node::flag).transpose()? == Some(true) {
            self.push(rules, "tools.sync", place, Decision::Allow, About::Capability("library.sync"), None);
        }
        Ok(())
    }

    fn database(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["read", "write", "schema"])?;
        let forms = [
            ("read", "database.read", "database.read.none", "sql.read"),
            ("write", "database.write", "database.write.none", "sql.write"),
            ("schema", "database.schema", "database.schema.none", "sql.schema"),
        ];
        for (field, id, without, name) in forms {
            let before = rules.len();
            let about = About::Capability(name);
            self.list(&fields, field, id, (TargetKind::Table, Decision::Allow, about), rules)?;
            // `select 1` touches no table, and who may read some may ask it.
            if rules.len() > before {
                self.push(rules, without, node.place, Decision::Allow, about, None);
                if let Some(rule) = rules.last_mut() {
                    rule.matching.when = vec![no_targets()];
                }
            }
        }
        Ok(())
    }

    fn commands(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["allowed", "forbidden", "require_approval"])?;
        let kind = TargetKind::Command;
        self.list(&fields, "allowed", "commands.allowed", (kind, Decision::Allow, RUNS), rules)?;
        let deny = (kind, Decision::Deny, About::Everything);
        self.list(&fields, "forbidden", "commands.forbidden", deny, rules)?;
        let ask = (kind, Decision::RequireApproval, RUNS);
        self.list(&fields, "require_approval", "commands.require_approval", ask, rules)
    }

    fn network(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["allowed", "forbidden", "require_approval"])?;
        let kind = TargetKind::Host;
        self.list(&fields, "allowed", "network.allowed", (kind, Decision::Allow, REACHES_OUT), rules)?;
        let deny = (kind, Decision::Deny, About::Everything);
        self.list(&fields, "forbidden", "network.forbidden", deny, rules)?;
        let ask = (kind, Decision::RequireApproval, REACHES_OUT);
        self.list(&fields, "require_approval", "network.require_approval", ask, rules)
    }

    /// Whoever has tasks at all may see what was done and what became of a question.
    fn tasks(&self, node: &Node, rules: &mut Vec<Rule>) -> Result<(), Located> {
        let fields = node.fields(&["open", "undo"])?;
        let mut allow = |id, about| self.push(rules, id, node.place, Decision::Allow, about, None);
        allow(
            "tasks.see",
            About::Capabilities(&["action.list", "approval.status", "task.diff", "task.list"]),
        );
        if fields.get("open").map(Node::flag).transpose()? == Some(true) {
            allow("tasks.open", About::Capabilities(&["task.open", "task.finish", "note.save"]));
        }
        if fields.get("open").map(Node::flag).transpose()? == Some(true) {
            // Whoever may open tasks may ask for what comes of them; a person answers, whatever else is written.
            let ask = Decision::RequireApproval;
            self.push(rules, "tasks.merge", node.place, ask, About::Capability("branch.merge"), None);
        }
        let mut allow = |id, about| self.push(rules, id, node.place, Decision::Allow, about, None);
        match fields.get("undo").map(|node| Ok((node, node.text()?))).transpose()? {
            None | Some((_, "none")) => {}
            Some((_, "own")) => allow("tasks.undo", About::Capability("action.undo")),
            Some((_, "any")) => {
                allow("tasks.undo", About::Capabilities(&["action.undo", "action.undo_other"]));
            }
            Some((node, other)) => {
                let known = "none, own, any";
                return Err(FileProblem::UnknownValue { value: other.to_owned(), known }.at(node.place));
            }
        }
        Ok(())
    }

    /// One list of a short form: a rule about its targets, none where the list is empty.
    fn list(
        &self,
        fields: &Fields<'_>,
        field: &'static str,
        id: &str,
        (kind, effect, about): (TargetKind, Decision, About),
        rules: &mut Vec<Rule>,
    ) -> Result<(), Located> {
        let Some(node) = fields.get(field) else { return Ok(()) };
        node.list()?;
        let (kind, patterns) = match id {
            "tools.write" | "tools.run" => (kind, self.tool_patterns(node)?),
            _ => self.patterns(node, kind, effect)?,
        };
        if !patterns.is_empty() {
            self.push(rules, id, node.place, effect, about, Some((kind, patterns)));
        }
        Ok(())
    }

    fn patterns(
        &self,
        node: &Node,
        kind: TargetKind,
        effect: Decision,
    ) -> Result<(TargetKind, Vec<Pattern>), Located> {
        let spelling = TargetField::spelling_of(kind, BlockRole::Match(effect).spelling());
        let mut patterns = Vec::new();
        for item in node.list()? {
            let text = item.text()?;
            let compile = |text: &str| glob(text, item, text_kind(kind), spelling);
            match (kind, text) {
                (TargetKind::Path, ALLOWED_DIRS) => {
                    let dirs = self.settings.allowed_dirs.iter().map(tgp_model::RepoPath::as_str);
                    let all = dirs.chain(self.settings.host_dirs.iter().map(String::as_str));
                    patterns.extend(all.map(|dir| Pattern::folder(dir, spelling)));
                }
                (TargetKind::Host, FETCH_HOSTS) => {
                    for host in &self.settings.fetch_hosts {
                        patterns.push(compile(host)?);
                    }
                }
                (TargetKind::Agent, _) => patterns.push(compile(sample::name(item)?.as_str())?),
                _ => patterns.push(compile(text)?),
            }
        }
        Ok((kind, patterns))
    }

    /// Tools are written `tools/...` wherever the mount is.
    fn tool_patterns(&self, node: &Node) -> Result<Vec<Pattern>, Located> {
        let mount = self.settings.mount.as_str();
        let mut patterns = Vec::new();
        for item in node.list()? {
            let text = item.text()?;
            let Some(rest) = text.strip_prefix(MOUNT).filter(|rest| rest.starts_with('/')) else {
                let why = format!("`{text}` has to begin with `{MOUNT}/`, wherever the library is mounted");
                return Err(FileProblem::Value { why }.at(item.place));
            };
            let under = format!("{}{rest}", escape(mount));
            patterns.push(glob(under.trim_start_matches('/'), item, TextKind::Folders, Spelling::Exact)?);
        }
        Ok(patterns)
    }

    fn push(
        &self,
        rules: &mut Vec<Rule>,
        id: &str,
        place: Place,
        effect: Decision,
        about: About,
        target: Option<(TargetKind, Vec<Pattern>)>,
    ) {
        let spelling = BlockRole::Match(effect).spelling();
        let mut matching = Block::everything();
        match about {
            About::Operations(operations) => matching.operation = Some(operations.to_vec()),
            About::Capabilities(names) => {
                matching.capability = Some(names.iter().map(|name| Pattern::literal(name)).collect());
            }
            About::Capability(name) => matching.capability = Some(vec![Pattern::literal(name)]),
            About::Everything => {}
        }
        matching.target = target.map(|(kind, patterns)| TargetField {
            kind,
            spelling: TargetField::spelling_of(kind, spelling),
            patterns,
        });
        rules.push(Rule {
            id: format!("scope.{id}"),
            effect,
            reason: reason(id, self.agent),
            file: self.file.clone(),
            place,
            scope: Some(self.agent.clone()),
            matching,
            except: Vec::new(),
        });
    }
}

fn reason(id: &str, agent: &AgentName) -> String {
    match id.rsplit_once('.') {
        Some((_, "forbidden")) => format!("It is forbidden in the scope of `{agent}`."),
        Some((_, "require_approval")) => format!("The scope of `{agent}` wants a person's yes for it."),
        _ => String::new(),
    }
}

fn no_targets() -> Condition {
    Condition {
        attribute: "targets".to_owned(),
        comparison: Comparison::Equal,
        quantity: Quantity::whole(0),
        source: "targets = 0".to_owned(),
    }
}

/// Makes a path literal inside a glob.
fn escape(path: &str) -> String {
    path.chars().flat_map(|c| "*?[]{}\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
