//! What a person is shown of an action before it happens: a diff for a file, the rows for SQL.

use std::fmt::Write as _;

use serde_json::Value;
use tgp_database::{RunLimits, SqlLook, SqlParams};
use tgp_files::Place;
use tgp_gate::Shown;
use tgp_gate::preview::plain;
use tgp_model::RepoPath;
use tgp_model::mount::Location;
use tgp_protocol::client::Refusal;
use tgp_undo::preview::{BOUND_ROWS, rows_before, shown_file, shown_large, shown_rows, statement};

use crate::engine::Engine;
use crate::refusal::{from_files, from_sql};

/// Largest file whose earlier content is shown.
const LARGEST: u64 = 16 << 20;

impl Engine {
    /// What a write would change in a file, as the agent names it.
    pub(crate) fn shown_write(&self, path: &RepoPath, content: &str) -> Result<Shown, Refusal> {
        match self.mount().locate(path) {
            Location::Library(stored) => {
                let before = self.library().read(&stored)?;
                Ok(shown_file(&path.to_string(), before.as_deref(), content))
            }
            Location::Project(inside) => self.shown_at(path.as_str(), &Place::from(&inside), content),
        }
    }

    /// The same for a place. What is too large to be shown is named with its size, and bound by its hash.
    pub(crate) fn shown_at(&self, name: &str, place: &Place, content: &str) -> Result<Shown, Refusal> {
        let looked = self.files().look(place).map_err(|error| from_files(&error))?;
        if !looked.exists() {
            return Ok(shown_file(name, None, content));
        }
        let place = &looked.leads_to;
        if looked.size > LARGEST {
            let hash = self.files().fingerprint(place).map_err(|error| from_files(&error))?;
            return Ok(shown_large(name, looked.size, hash.unwrap_or_default(), content));
        }
        let before = self.files().read_direct(place, LARGEST).map_err(|error| from_files(&error))?;
        Ok(shown_file(name, Some(&before), content))
    }

    /// What a statement would change, counted inside a transaction that is rolled back.
    pub(crate) fn shown_sql(
        &self,
        sql: &str,
        params: &SqlParams,
        shown_params: &Value,
        look: &SqlLook,
        limits: RunLimits,
    ) -> Result<Shown, Refusal> {
        let preview =
            self.database()?.preview(sql, params, BOUND_ROWS, limits).map_err(|error| from_sql(&error))?;
        let mut text = statement(sql, shown_params);
        if look.kind == tgp_database::SqlKind::Read {
            let _ = writeln!(text, "reads {}", look.reads.join(", "));
        }
        text.push_str(&shown_rows(&preview));
        for why in &preview.irreversible {
            let _ = writeln!(text, "cannot be undone: {why}");
        }
        Ok(Shown { preview: plain(&text), pre_images: rows_before(&preview) })
    }
}
