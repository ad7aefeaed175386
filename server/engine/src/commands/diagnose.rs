//! The part of `tgp doctor` that looks inside an open project.

use tgp_project::{Patient, examine};
use tgp_protocol::client::project::HealthCheck;

use crate::Engine;

impl Engine {
    /// Looks at everything an open project needs, in the order in which one thing needs the other.
    pub fn examine(&self) -> Vec<HealthCheck> {
        let mut checks = examine(&Patient {
            root: self.root(),
            config: self.config(),
            environment: &self.environment,
            library: &self.library().library,
            library_folder: self.library_folder(),
            mount: self.mount(),
            gate: self.gate(),
            database: &|| self.database(),
            session: self.session(),
            installation: self.installation(),
        });
        checks.push(tgp_task::examine(self.branches()));
        checks
    }
}
