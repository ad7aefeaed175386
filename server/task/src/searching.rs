//! `search`: lines that match, in the files an agent may read.

use tgp_branches::GitPath;
use tgp_branches::ignore::Selection;
use tgp_branches::search::Query;
use tgp_gate::{Action, Call};
use tgp_model::{AgentName, RepoPath};
use tgp_policy::Target;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tasks::{FoundLine, SearchInput, SearchOutput};

use crate::refusal::from_search;
use crate::rooms::Rooms;

/// Lines given back where the caller says nothing.
const USUAL: u32 = 100;
/// Lines given back at most: about 15,000 tokens of usual lines.
const MOST: u32 = 1_000;
/// Bytes of all lines together at most, under what clients cut off.
const MOST_BYTES: usize = 48 << 10;
/// Lines of one file at most.
const PER_FILE: usize = 200;

impl Rooms<'_> {
    /// Searches below a folder of the project.
    pub fn search(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        folder: &RepoPath,
        input: &SearchInput,
    ) -> Result<SearchOutput, Refusal> {
        action.judge("fs.search", vec![Target::path(folder)])?;
        let view = self.view(call)?;
        let Some(at) = view.at else {
            return Ok(SearchOutput { lines: Vec::new(), more: false, too_large: 0 });
        };
        let limit = input.limit.unwrap_or(USUAL).clamp(1, MOST);
        let query = Query {
            pattern: input.pattern.clone(),
            plain: input.plain,
            ignore_case: input.ignore_case,
            selection: Selection {
                folder: GitPath::from(folder),
                globs: input.globs.clone(),
                ignored: input.ignored,
            },
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            per_file: PER_FILE,
        };
        let judge = self.gate.judge();
        let person = call.agent == AgentName::person();
        let keep = |path: &GitPath| {
            self.seen(path).is_some_and(|path| person || Self::may_read(&judge, &call.agent, &path))
        };
        let found = self.branches.search_where(at, &query, &keep, &call.cancel);
        let found = found.map_err(|error| from_search(&error))?;
        let (mut lines, mut bytes, mut more) = (Vec::new(), 0, found.more);
        for line in found.lines {
            bytes += line.text.len();
            if bytes > MOST_BYTES {
                more = true;
                break;
            }
            lines.push(FoundLine {
                path: line.path.to_string(),
                line: line.line,
                text: String::from_utf8_lossy(&line.text).into_owned(),
            });
        }
        action.facts.used.bytes = u64::try_from(bytes.min(MOST_BYTES)).unwrap_or(u64::MAX);
        Ok(SearchOutput { lines, more, too_large: u32::try_from(found.too_large).unwrap_or(u32::MAX) })
    }
}
