//! `tgp audit`: the audit chain, found without opening the rest of the project.

use tgp_gate::AuditRecord;
use tgp_store::FileAnchor;

use crate::coming_sandbox::ComingSandbox;
use crate::in_force;
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;

/// The audit chain of a project, and its anchor.
pub fn audit_record(project: &OpenProject) -> Result<AuditRecord, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let in_force = in_force::decide(project, &root, &sandbox)?;
    let library = root.join(in_force::library_of(&in_force.evaluated).as_str());
    let anchor = FileAnchor::new(in_force.home.folder(), "audit");
    Ok(AuditRecord::open(library.join("state/tgp.db"), anchor, project.clock.now())?)
}
