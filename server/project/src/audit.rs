//! `tgp audit`: the audit chain, found without opening the rest of the project.

use std::sync::Arc;

use tgp_gate::AuditRecord;
use tgp_model::ActionId;
use tgp_store::{CommitmentKey, FileAnchor};

use crate::coming_sandbox::ComingSandbox;
use crate::in_force;
use crate::open::COMMITMENT_KEY;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;
use crate::ref_anchor::RefAnchor;

/// The audit chain of a project, and its anchor.
pub fn audit_record(project: &OpenProject) -> Result<AuditRecord, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let in_force = in_force::decide(project, &root, &sandbox)?;
    let library = root.join(in_force::library_of(&in_force.evaluated).as_str());
    let anchor = FileAnchor::new(in_force.home.folder(), "audit");
    let second = Arc::new(RefAnchor::of(&library));
    Ok(AuditRecord::open(library.join("state/tgp.db"), anchor, second, project.clock.now())?)
}

/// The salt of one secret that was taken out of what an action noted: with it anybody can check what the value was, and
/// of no other. In hexadecimal. `field` is one of `tgp_gate::REDACTED_FIELDS`, `place` counts from 1.
pub fn salt_of(
    project: &OpenProject,
    action: ActionId,
    field: &str,
    place: u64,
) -> Result<String, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let key = in_force::home(project, &root)?.key(COMMITMENT_KEY)?;
    let salt = CommitmentKey::new(key).salt(&action.to_string(), field, place);
    Ok(tgp_gate::hexadecimal(&salt))
}
