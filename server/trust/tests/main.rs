//! What lies outside the project, tried in a folder of its own.
#![allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tgp_model::Timestamp;
use tgp_trust::{How, MachinePolicy, Material, ProjectHome, TrustError, UserState, differences};

struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("project/.tgp/policy")).unwrap();
        fs::create_dir_all(folder.path().join("project/.tgp/scopes")).unwrap();
        let world = Self { folder };
        world.put("tgp.config.ts", "export default {};\n");
        world
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).unwrap();
    }

    fn material(&self) -> Material {
        Material::read(&self.root(), &self.root().join(".tgp")).unwrap()
    }

    fn home(&self) -> ProjectHome {
        let state = self.folder.path().join("state").display().to_string();
        let environment = BTreeMap::from([("TGP_STATE_DIR".to_owned(), state)]);
        UserState::find(&environment).unwrap().project(&self.root())
    }
}

#[test]
fn nothing_is_trusted_before_a_person_did_and_then_exactly_that_content() {
    let world = World::new();
    assert_eq!(world.home().trusted().unwrap(), None);
    let stamp = world.home().stamp();
    world.put(".tgp/scopes/coder.yaml", "agent: coder\n");
    let kept = world.home().trust(world.material(), "ada", Timestamp(7)).unwrap();
    assert_ne!(world.home().stamp(), stamp);
    world.put(".tgp/scopes/coder.yaml", "agent: coder\npaths: { write: ['**'] }\n");
    world.put(".tgp/policy/more.yaml", "version: 1\nrules: []\n");
    let trusted = world.home().trusted().unwrap().unwrap();
    assert_eq!(trusted, kept);
    assert_eq!(trusted.material.get("scopes/coder.yaml"), Some("agent: coder\n"));
    let found: Vec<_> = differences(&trusted.material, &world.material())
        .into_iter()
        .map(|difference| (difference.name, difference.how))
        .collect();
    assert_eq!(
        found,
        [("policy/more.yaml".to_owned(), How::Added), ("scopes/coder.yaml".to_owned(), How::Changed)]
    );
}

#[test]
fn two_projects_have_two_homes() {
    let (one, other) = (World::new(), World::new());
    one.home().trust(one.material(), "ada", Timestamp(1)).unwrap();
    assert_eq!(other.home().trusted().unwrap(), None);
    assert_ne!(one.home().key("token").unwrap(), other.home().key("token").unwrap());
}

#[test]
fn a_record_that_was_changed_by_hand_is_refused() {
    let world = World::new();
    world.home().trust(world.material(), "ada", Timestamp(1)).unwrap();
    let path = world.home().folder().join("trusted.json");
    let text =
        fs::read_to_string(&path).unwrap().replace("export default {};", "export default { strict: false };");
    fs::write(&path, text).unwrap();
    assert!(matches!(world.home().trusted(), Err(TrustError::Damaged { .. })));
    fs::write(&path, "{").unwrap();
    assert!(matches!(world.home().trusted(), Err(TrustError::Damaged { .. })));
}

#[cfg(unix)]
#[test]
fn what_others_could_have_written_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.home().trust(world.material(), "ada", Timestamp(1)).unwrap();
    let key = world.home().key("token").unwrap();
    assert_eq!(world.home().key("token").unwrap(), key, "it is made once");
    for name in ["trusted.json", "token.key"] {
        let path = world.home().folder().join(name);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    }
    assert!(matches!(world.home().trusted(), Err(TrustError::NotPrivate { .. })));
    assert!(matches!(world.home().key("token"), Err(TrustError::NotPrivate { .. })));
    fs::set_permissions(world.home().folder(), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = world.home().trust(world.material(), "ada", Timestamp(2));
    assert!(matches!(refused, Err(TrustError::NotPrivate { .. })));
}

#[cfg(unix)]
#[test]
fn a_policy_file_that_is_a_link_or_no_text_is_refused_by_name() {
    let world = World::new();
    std::os::unix::fs::symlink("/etc/passwd", world.root().join(".tgp/policy/link.yaml")).unwrap();
    let refused = Material::read(&world.root(), &world.root().join(".tgp"));
    assert!(
        matches!(&refused, Err(TrustError::Material { name, .. }) if name == "policy/link.yaml"),
        "{refused:?}"
    );
    fs::remove_file(world.root().join(".tgp/policy/link.yaml")).unwrap();
    fs::write(world.root().join(".tgp/scopes/bad.yaml"), [0xff, 0xfe]).unwrap();
    let refused = Material::read(&world.root(), &world.root().join(".tgp"));
    assert!(
        matches!(&refused, Err(TrustError::Material { name, .. }) if name == "scopes/bad.yaml"),
        "{refused:?}"
    );
}

#[test]
fn the_hash_is_over_names_and_texts_with_their_lengths() {
    let world = World::new();
    let one = world.material().with("policy/a.yaml", "x".to_owned()).hash();
    let other = world.material().with("policy/a.yam", "lx".to_owned()).hash();
    assert_ne!(one, other);
    assert_eq!(one.len(), 64);
}

#[test]
fn policy_files_of_plugins_are_trusted_with_the_others() {
    let world = World::new();
    fs::create_dir_all(world.root().join(".tgp/policy/plugins/acme")).unwrap();
    world.put(".tgp/policy/plugins/acme/rules.yaml", "version: 1\nrules: []\n");
    world.put(".tgp/policy/plugins/acme/notes.md", "no rules\n");
    let material = world.material();
    assert_eq!(material.get("policy/plugins/acme/rules.yaml"), Some("version: 1\nrules: []\n"));
    assert_eq!(material.files().count(), 2);
    let before = material.hash();
    world.put(".tgp/policy/plugins/acme/rules.yaml", "version: 1\nrules: [] # more\n");
    assert_ne!(world.material().hash(), before);
    // A file beside the plugins' folders would silently count for nothing.
    world.put(".tgp/policy/plugins/lost.yaml", "version: 1\nrules: []\n");
    let error = Material::read(&world.root(), &world.root().join(".tgp")).unwrap_err();
    assert!(error.to_string().contains("policy/plugins/lost.yaml"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_plugin_s_folder_that_is_a_link_is_refused() {
    let world = World::new();
    fs::create_dir_all(world.root().join(".tgp/policy/plugins")).unwrap();
    let elsewhere = world.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, world.root().join(".tgp/policy/plugins/acme")).unwrap();
    assert!(Material::read(&world.root(), &world.root().join(".tgp")).is_err());
}

#[test]
fn the_machine_s_policy_is_the_administrator_s_and_the_person_s_and_is_seen_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let (admin, user) = (folder.path().join("etc"), folder.path().join("home/tgp/policy"));
    let machine = MachinePolicy::new(admin.clone(), Some(user.clone()));
    let none = machine.read().unwrap();
    assert_eq!(none.files().count(), 0);
    assert!(machine.is_same(&none));
    fs::create_dir_all(&admin).unwrap();
    fs::create_dir_all(&user).unwrap();
    fs::write(admin.join("limits.yaml"), "a").unwrap();
    fs::write(user.join("mine.yml"), "b").unwrap();
    fs::write(user.join(".hidden.yaml"), "c").unwrap();
    fs::write(user.join("notes.txt"), "d").unwrap();
    assert!(!machine.is_same(&none));
    let read = machine.read().unwrap();
    assert_eq!(read.files().collect::<Vec<_>>(), [("admin/limits.yaml", "a"), ("user/mine.yml", "b")]);
    assert!(machine.is_same(&read));
    // A change in place is seen, and so is a file more.
    fs::write(admin.join("limits.yaml"), "aa").unwrap();
    assert!(!machine.is_same(&read));
    let read = machine.read().unwrap();
    fs::remove_file(user.join("mine.yml")).unwrap();
    assert!(!machine.is_same(&read));
}

#[cfg(unix)]
#[test]
fn a_policy_file_of_the_machine_that_others_could_have_written_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let machine = MachinePolicy::new(folder.path().to_owned(), None);
    let file = folder.path().join("limits.yaml");
    fs::write(&file, "version: 1\nrules: []\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(machine.read(), Err(TrustError::NotPrivate { .. })));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(machine.read().unwrap().files().count(), 1);
}

#[cfg(unix)]
#[test]
fn the_machine_s_folders_are_named_as_links_lead_to_them_also_before_they_exist() {
    let folder = tempfile::tempdir().unwrap();
    let real = fs::canonicalize(folder.path()).unwrap().join("dotfiles");
    fs::create_dir(&real).unwrap();
    let link = folder.path().join("config");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let machine = MachinePolicy::new(link.join("tgp/policy"), None);
    assert!(machine.folders().contains(&real.join("tgp/policy")), "{:?}", machine.folders());
}
