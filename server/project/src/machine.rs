//! The machine's policy files in force: those that lie there, or the last good version where one is broken.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tgp_gate::Reload;
use tgp_policy::JudgeSettings;
use tgp_trust::{MachineFiles, MachinePolicy, Material, ProjectHome, Stamp};

use crate::open_error::OpenEngineError;

/// Where the last good version is kept, outside the project.
const KEPT: &str = "machine-policy.json";

/// The machine's files that count, and what to say where they are not those that lie there.
pub(crate) fn machine_in_force(
    machine: &MachinePolicy,
    home: &ProjectHome,
    settings: &JudgeSettings,
) -> Result<(MachineFiles, Option<String>), OpenEngineError> {
    let kept = kept(home);
    let (found, problem) = match machine.read() {
        Err(error) => (MachineFiles::default(), OpenEngineError::from(error)),
        Ok(found) => {
            // Where there is no file none can be wrong, and reading the built-in rules alone takes a tenth of a start.
            let is_empty = found.texts().is_empty();
            let wrong = if is_empty { None } else { tgp_gate::read_rules(settings, found.files()).err() };
            let Some(error) = wrong else {
                if kept.unwrap_or_default() != *found.texts() {
                    let text = serde_json::to_vec_pretty(found.texts()).unwrap_or_default();
                    home.remember(KEPT, &text)?;
                }
                return Ok((found, None));
            };
            (found, OpenEngineError::from(error))
        }
    };
    // Where there never was a good version everything is denied: the project is not opened.
    let Some(last) = kept else { return Err(problem) };
    Ok((
        found.replaced(last),
        Some(format!("{problem}; the last good version of the machine's policy is in force")),
    ))
}

/// The last good version; none where there never was one, or it cannot be read.
fn kept(home: &ProjectHome) -> Option<BTreeMap<String, String>> {
    let text = home.remembered(KEPT).ok()??;
    serde_json::from_slice(&text).ok()
}

/// The folders of the machine's files as the judge guards them: absolute, and relative to a project they lie in.
pub(crate) fn guarded(machine: &MachinePolicy, root: &Path) -> Vec<String> {
    let folders = machine.folders();
    let inside = folders.iter().filter_map(|folder| folder.strip_prefix(root).ok());
    inside
        .chain(folders.iter().map(std::path::PathBuf::as_path))
        .map(|path| path.display().to_string())
        .collect()
}

/// Name and text of every file that decides.
pub(crate) fn all<'f>(material: &'f Material, machine: &'f MachineFiles) -> Vec<(&'f str, &'f str)> {
    material.files().chain(machine.files()).collect()
}

/// What was in force when somebody asked last.
struct Known {
    stamp: Option<Stamp>,
    material: Material,
    machine: MachineFiles,
    complaint: Option<String>,
}

/// Gives the files in force whenever another version was trusted, or the machine's files changed.
pub(crate) fn reload(
    home: ProjectHome,
    machine: MachinePolicy,
    settings: JudgeSettings,
    material: Material,
    files: MachineFiles,
) -> Reload {
    let known = Known { stamp: home.stamp(), material, machine: files, complaint: None };
    let known = Mutex::new(known);
    Box::new(move || {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = home.stamp();
        let mut changed = false;
        if known.stamp != stamp {
            known.stamp = stamp;
            match home.trusted() {
                Ok(trusted) => {
                    known.material = trusted?.material;
                    changed = true;
                }
                Err(error) => {
                    tracing::error!(%error, "what was trusted cannot be read; the rules in force stay");
                }
            }
        }
        if !machine.is_same(&known.machine) {
            let complaint = match machine_in_force(&machine, &home, &settings) {
                Ok((files, complaint)) => {
                    known.machine = files;
                    changed = true;
                    complaint
                }
                Err(error) => Some(error.to_string()),
            };
            if let Some(text) = complaint.as_ref().filter(|text| known.complaint.as_ref() != Some(*text)) {
                tracing::error!("{text}");
            }
            known.complaint = complaint;
        }
        let texts = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        changed.then(|| all(&known.material, &known.machine).into_iter().map(texts).collect())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]
mod tests {
    use std::fs;

    use tempfile::TempDir;
    use tgp_model::AgentName;
    use tgp_policy::{Request, Target};
    use tgp_trust::UserState;

    use super::*;

    const GOOD: &str =
        "version: 1\nrules:\n  - { id: no-plans, effect: deny, match: { path: [\"plans/**\"] } }\n";
    const BAD: &str = "version: 1\nrules:\n  - { id: no-plans, effect: permit, match: {} }\n";

    struct World {
        folder: TempDir,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("etc")).unwrap();
            Self { folder }
        }

        fn machine(&self) -> MachinePolicy {
            MachinePolicy::new(self.folder.path().join("etc"), Some(self.folder.path().join("user")))
        }

        fn put(&self, text: &str) {
            fs::write(self.folder.path().join("etc/limits.yaml"), text).unwrap();
        }

        fn home(&self) -> ProjectHome {
            let state = self.folder.path().join("state").display().to_string();
            let environment = BTreeMap::from([("TGP_STATE_DIR".to_owned(), state)]);
            UserState::find(&environment).unwrap().project(self.folder.path())
        }

        fn settings(&self) -> JudgeSettings {
            let guarded = guarded(&self.machine(), &fs::canonicalize(self.folder.path()).unwrap());
            JudgeSettings { library: ".tgp".parse().unwrap(), guarded, ..JudgeSettings::default() }
        }

        fn in_force(&self) -> Result<(MachineFiles, Option<String>), OpenEngineError> {
            machine_in_force(&self.machine(), &self.home(), &self.settings())
        }
    }

    fn may_read<'f>(
        settings: &JudgeSettings,
        files: impl IntoIterator<Item = (&'f str, &'f str)>,
        path: &str,
    ) -> String {
        let judge = tgp_gate::read_rules(settings, files).unwrap();
        let agent: AgentName = "coder".parse().unwrap();
        let verdict = judge.judge(&Request::new(agent, "fs.read", vec![Target::host_path(path)]));
        verdict.rules.first().map(|rule| format!("{} {}", rule.level.as_str(), rule.id)).unwrap_or_default()
    }

    #[test]
    fn the_administrator_s_file_narrows_and_is_named_with_its_level() {
        let world = World::new();
        world.put(GOOD);
        let (files, note) = world.in_force().unwrap();
        assert_eq!(note, None);
        assert_eq!(may_read(&world.settings(), files.files(), "plans/a"), "admin no-plans");
        assert!(may_read(&world.settings(), files.files(), "docs/a").starts_with("scope "));
    }

    #[test]
    fn a_broken_file_of_the_machine_denies_where_there_never_was_a_good_one() {
        let world = World::new();
        world.put(BAD);
        let error = world.in_force().unwrap_err();
        assert!(error.to_string().contains("admin/limits.yaml:3:29"), "{error}");
    }

    #[test]
    fn a_broken_file_of_the_machine_leaves_the_last_good_version_in_force_in_every_process() {
        let world = World::new();
        world.put(GOOD);
        world.in_force().unwrap();
        world.put(BAD);
        let (files, note) = world.in_force().unwrap();
        let note = note.unwrap();
        assert!(note.contains("admin/limits.yaml:3:29") && note.contains("last good version"), "{note}");
        assert_eq!(may_read(&world.settings(), files.files(), "plans/a"), "admin no-plans");
        // Mended, or taken away, what lies there counts again.
        fs::remove_file(world.folder.path().join("etc/limits.yaml")).unwrap();
        let (files, note) = world.in_force().unwrap();
        assert_eq!((files.files().count(), note), (0, None));
        world.put(BAD);
        assert_eq!(world.in_force().unwrap().0.files().count(), 0, "no rule was the last good version");
    }

    #[test]
    fn a_running_process_takes_a_good_change_and_keeps_its_rules_over_a_broken_one() {
        let world = World::new();
        let (files, _) = world.in_force().unwrap();
        let reload = reload(world.home(), world.machine(), world.settings(), Material::default(), files);
        assert!(reload().is_none());
        world.put(GOOD);
        let names: Vec<String> = reload().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["admin/limits.yaml"]);
        assert!(reload().is_none());
        world.put(&format!("{BAD}# broken\n"));
        assert_eq!(reload().unwrap()[0].1, GOOD, "the last good version");
        assert!(reload().is_none());
    }

    #[test]
    fn no_agent_reaches_the_machine_s_policy_where_it_lies_within_reach() {
        let world = World::new();
        let settings = world.settings();
        let root = fs::canonicalize(world.folder.path()).unwrap();
        let absolute = root.join("etc/limits.yaml").display().to_string();
        for path in ["etc/limits.yaml", "ETC/limits.yaml", "user/new.yaml", &absolute] {
            assert_eq!(may_read(&settings, [], path), "built_in builtin.policy", "{path}");
        }
        assert!(may_read(&settings, [], "etcetera/a.yaml").starts_with("scope "));
    }
}
