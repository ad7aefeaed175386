//! `list_files`: what is there, a page at a time.

use std::collections::BTreeSet;

use tgp_model::ActionType;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::tools::{ListFilesInput, ListFilesOutput};

use crate::{Call, Engine};
use tgp_gate::Action;

/// Entries of one page where the caller says nothing: about 10,000 tokens of usual paths would be 1,500.
const PAGE: u32 = 1_000;

impl Engine {
    /// Lists files of the library (`tools/...`) and the project, recursively and sorted.
    pub fn list_files(&self, call: &Call, input: ListFilesInput) -> Result<ListFilesOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileList, format!("Listed `{}`", input.dir));
        let result = action.carry_out(&mut |action| self.list_page(call, action, &input));
        action.end(result)
    }

    fn list_page(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &ListFilesInput,
    ) -> Result<ListFilesOutput, Refusal> {
        let dir = Engine::parse_path(&input.dir)?;
        action.facts.files = vec![dir.clone()];
        let all = self.list_paths(Some(call), action, &dir)?;
        let offset = input.offset.unwrap_or(0);
        let limit = input.limit.unwrap_or(PAGE).clamp(1, PAGE);
        let end = offset.saturating_add(limit);
        let (from, to) = (offset as usize, end as usize);
        let more = all.len() > to;
        let files: Vec<String> = all.into_iter().skip(from).take(to - from).collect();
        let waiting = self.library().in_review()?;
        let waiting: BTreeSet<String> =
            waiting.keys().filter_map(|path| Some(self.mount().show(path)?.to_string())).collect();
        let pending = files.iter().filter(|path| waiting.contains(*path)).cloned().collect();
        Ok(ListFilesOutput { files, pending, next_offset: more.then_some(end) })
    }
}
