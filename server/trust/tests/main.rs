//! What lies outside the project, tried in a folder of its own.
#![allow(clippy::unwrap_used, reason = "in a test, a broken precondition ends it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tgp_model::Timestamp;
use tgp_trust::{How, Material, ProjectHome, TrustError, UserState, differences};

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
