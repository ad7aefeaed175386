//! The rules of a project, found without opening the rest of it.

use tgp_gate::RuleSet;

use crate::coming_sandbox::ComingSandbox;
use crate::in_force;
use crate::machine::{all, machine_in_force};
use crate::open_error::OpenEngineError;
use crate::open_project::OpenProject;

/// The rules as they lie in the project, trusted or not, and those of the machine.
pub fn present_rules(project: &OpenProject) -> Result<RuleSet, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let (evaluated, material) = in_force::present(project, &root, &sandbox)?;
    let settings = in_force::settings_of(project, &root, &evaluated)?;
    let machine = project.machine.read()?;
    Ok(RuleSet::new(settings, all(&material, &machine)))
}

/// The rules in force.
pub fn rules_in_force(project: &OpenProject) -> Result<RuleSet, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let in_force = in_force::decide(project, &root, &sandbox)?;
    let settings = in_force::settings_of(project, &root, &in_force.evaluated)?;
    let (machine, _) = machine_in_force(&project.machine, &in_force.home, &settings)?;
    Ok(RuleSet::new(settings, all(&in_force.material, &machine)))
}

/// The rules in force with one file more, or another text in one, such as `scopes/coder.yaml`.
pub fn rules_with_file(project: &OpenProject, name: &str, text: &str) -> Result<RuleSet, OpenEngineError> {
    let root = in_force::canonical(&project.root)?;
    let sandbox = ComingSandbox::later(&project.cache);
    let in_force = in_force::decide(project, &root, &sandbox)?;
    let settings = in_force::settings_of(project, &root, &in_force.evaluated)?;
    let (machine, _) = machine_in_force(&project.machine, &in_force.home, &settings)?;
    let material = in_force.material.with(name, text.to_owned());
    Ok(RuleSet::new(settings, all(&material, &machine)))
}
