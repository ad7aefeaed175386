//! A copy of the database before something is kept that cannot be taken back: what is possible afterwards.

use tgp_gate::Action;
use tgp_protocol::client::Refusal;

use crate::engine::Engine;

/// Largest database that is copied.
const LARGEST: u64 = 1 << 30;

impl Engine {
    /// Where the action cannot be taken back, copies the database as it was before, and says where it lies. The
    /// transaction is still open: the copy does not hold what it changed. Without a copy the action goes on, and says so.
    pub(crate) fn back_up(&self, action: &mut Action<'_>) -> Result<(), Refusal> {
        let Some(why) = &action.facts.irreversible else { return Ok(()) };
        let folder = self.state_folder().join("backups");
        let name = format!("{}.db", action.id);
        let copied = tgp_backup::back_up(self.database()?.path(), &folder, &name, LARGEST);
        let said = match copied {
            Ok(_) => {
                let shown = self.library_folder().join("state/backups").and_then(|folder| folder.join(&name));
                let shown = shown.map_or(name, |path| path.to_string());
                if let Some(fields) = action.facts.details.as_object_mut() {
                    fields.insert("backup".to_owned(), shown.clone().into());
                }
                format!("{why}; the database as it was before is `{shown}`")
            }
            Err(error) => format!("{why}; there is no copy of the database from before: {error}"),
        };
        action.facts.irreversible = Some(said);
        Ok(())
    }
}
