//! `find_tool`: is there a tool already?

use serde_json::json;
use tgp_model::{ActionType, AgentName, RepoPath};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::{FindToolInput, FindToolOutput, FoundTool};

use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_gate::from_store;
use tgp_store::ToolHit;

/// From this score on the answer is to reuse: the prime directive's number.
const REUSE: f64 = 0.85;
/// Tools answered where the caller says nothing.
const USUAL: u32 = 10;
/// Tools answered at most.
const MOST: u32 = 50;

impl Engine {
    /// Ranks tools by name, description and schema.
    pub fn find_tool(&self, call: &Call, input: FindToolInput) -> Result<FindToolOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::ToolFind, format!("Looked for `{}`", input.query));
        action.facts.details = json!({ "query": input.query });
        let result = action.carry_out(&mut |action| self.find(action, &input));
        action.end(result)
    }

    fn find(&self, action: &mut Action<'_>, input: &FindToolInput) -> Result<FindToolOutput, Refusal> {
        action.judge("tool.find", Vec::new())?;
        self.refresh_index()?;
        let limit = input.limit.unwrap_or(USUAL).clamp(1, MOST);
        let hits = self.shown_hits(action.agent(), &input.query, limit)?;
        let in_review = self.library().in_review()?;
        let waiting = |path: &str| {
            let (branch, _) = in_review.get(&path.parse::<RepoPath>().ok()?)?;
            Some(branch.branch.to_string())
        };
        let mut tools = Vec::with_capacity(hits.len());
        for hit in hits {
            let Some(seen) = hit.path.parse().ok().and_then(|path| self.mount().show(&path)) else {
                continue;
            };
            tools.push(FoundTool {
                path: seen.to_string(),
                description: hit.description,
                score: hit.score,
                schema: hit.schema,
                runs: hit.runs,
                pending: waiting(&hit.path),
            });
        }
        let advice = match tools.first() {
            Some(FoundTool { path, score, pending: Some(branch), .. }) if *score >= REUSE => {
                format!(
                    "{path} waits for review on `{branch}`; it runs for its author now, for others after that"
                )
            }
            Some(best) if best.score >= REUSE => format!("reuse this one: {}", best.path),
            Some(best) => format!("forge a new tool, unless {} does it", best.path),
            None => "forge a new tool".to_owned(),
        };
        Ok(FindToolOutput { tools, advice })
    }

    /// The best tools this agent may read or run; others are not told of, and take no place in the list.
    fn shown_hits(&self, agent: &AgentName, query: &str, limit: u32) -> Result<Vec<ToolHit>, Refusal> {
        let is_shown = self.is_shown(agent);
        let mut asked = limit;
        loop {
            let mut hits = self.store().find_tools(query, asked).map_err(|error| from_store(&error))?;
            let is_all = hits.len() < asked as usize;
            hits.retain(|hit| is_shown(&hit.path));
            if is_all || hits.len() >= limit as usize {
                hits.truncate(limit as usize);
                return Ok(hits);
            }
            asked = asked.saturating_mul(4);
        }
    }
}
