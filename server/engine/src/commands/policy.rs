//! `tgp policy explain` and `tgp policy diff`: what the judge would say, without anything being done.

use std::collections::BTreeSet;

use tgp_model::RepoPath;
use tgp_model::mount::Location;
use tgp_policy::{AttributeValue, Judge, Request, Target, Verdict};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::commands::exec_sql::sql_requests;
use crate::refusal::{from_files, from_sql};
use crate::{Engine, Question};
use tgp_gate::{Comparison, Looks, from_store};
use tgp_store::{ActionRow, UndoPart};

impl Engine {
    /// What the judge in force says about an action, with every rule it rests on. Nothing is noted and nothing done.
    pub fn explain(&self, question: &Question) -> Result<Verdict, Refusal> {
        let mut targets = Vec::new();
        let mut capability = question.capability.clone();
        let mut besides = None;
        for path in &question.paths {
            targets.extend(self.looked_at(&Self::parse_path(path)?)?);
        }
        if let Some(sql) = &question.sql {
            let look = self.database()?.look(sql).map_err(|error| from_sql(&error))?;
            let mut asked = sql_requests(&look);
            // What it reads besides is a request of its own; the answer is the stricter one.
            besides = asked.split_off(1).pop();
            let own = asked.pop();
            capability = capability.or_else(|| own.as_ref().map(|(own, _)| (*own).to_owned()));
            targets.extend(own.into_iter().flat_map(|(_, tables)| tables));
        }
        for tool in &question.tools {
            targets.push(Target::tool(&Self::parse_path(tool)?));
        }
        targets.extend(question.tables.iter().map(|name| Target::table(name)));
        targets.extend(question.hosts.iter().map(|host| Target::host(host)));
        targets.extend(question.commands.iter().map(|line| Target::command(line.split_whitespace())));
        let capability = capability.ok_or_else(|| {
            Refusal::new(ErrorCode::ArgumentsInvalid, "no capability is named")
                .with_hint("`tgp capability list` shows them")
        })?;
        let mut request = Request::new(question.agent.clone(), capability, targets);
        let attributes = question.attributes.iter();
        request.attributes =
            attributes.map(|(name, value)| (name.clone(), AttributeValue::parse(value))).collect();
        let judge = self.gate().judge();
        let verdict = judge.judge(&request);
        let Some((capability, tables)) = besides else { return Ok(verdict) };
        let read = judge.judge(&Request::new(question.agent.clone(), capability, tables));
        Ok(if read.decision > verdict.decision { read } else { verdict })
    }

    /// Judges the newest `last` actions again, by the rules in force and by `other`.
    pub fn compare_rules(&self, other: &Judge, last: u32) -> Result<Comparison, Refusal> {
        let statement = |sql: &str| Some(sql_requests(&self.database().ok()?.look(sql).ok()?));
        let tables = |row: &ActionRow| {
            let mut tables = BTreeSet::new();
            for action in &row.undo_of {
                for part in self.store().undo_data(*action).ok()? {
                    let UndoPart::Changeset { bytes, .. } = part else { continue };
                    let changed = tgp_database::changed_rows(&bytes, 0).ok()?;
                    tables.extend(changed.tables.into_iter().map(|count| count.table));
                }
            }
            Some(tables.into_iter().collect())
        };
        let looks = Looks { statement: &statement, tables: &tables };
        Comparison::of(self.store(), &self.gate().judge(), other, last, looks)
            .map_err(|error| from_store(&error))
    }

    /// A path as it was named, and where it leads.
    fn looked_at(&self, path: &RepoPath) -> Result<Vec<Target>, Refusal> {
        let mut targets = vec![Target::path(path)];
        if let Location::Project(path) = self.mount().locate(path) {
            let looked = self.files().look(&path).map_err(|error| from_files(&error))?;
            if looked.leads_to.is_in_project() && looked.leads_to.path() != &path {
                targets.push(Target::path(looked.leads_to.path()));
            }
        }
        Ok(targets)
    }
}
