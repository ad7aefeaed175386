//! What the tests share: temporary folders, the git program, short ways to write a change.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tgp_model::{ActionId, AgentName, RepoPath, SessionId, Timestamp};
use tgp_repo::{Change, CommitMessage, Library, LibrarySettings, Line, RemoteUrl, SyncRequest, Written};

pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tgp-test-").tempdir().unwrap()
}

pub(crate) fn path(text: &str) -> RepoPath {
    text.parse().unwrap()
}

pub(crate) fn library(folder: &Path) -> Library {
    Library::init(folder, &LibrarySettings::default(), NOW).unwrap()
}

pub(crate) fn settings_with(remote: &Path) -> LibrarySettings {
    let remote = RemoteUrl::from_settings(None, remote.to_str().unwrap(), Path::new("/")).unwrap();
    LibrarySettings { remote: Some(remote), ..LibrarySettings::default() }
}

pub(crate) fn message(number: u128) -> CommitMessage {
    CommitMessage {
        subject: format!("Write number {number}"),
        action: ActionId::from_parts(1_790_000_000_000, number),
        session: SessionId::from_parts(1_790_000_000_000, 7),
        agent: AgentName::default(),
        installation: "here".to_owned(),
        when: NOW,
    }
}

pub(crate) fn change(at: &str, content: &str) -> Change {
    Change { path: path(at), content: Some(content.into()) }
}

pub(crate) fn delete(at: &str) -> Change {
    Change { path: path(at), content: None }
}

pub(crate) fn write(library: &Library, number: u128, at: &str, content: &str) -> Written {
    library.write(&Line::Trunk, &[change(at, content)], &message(number), None).unwrap()
}

pub(crate) fn read(library: &Library, at: &str) -> Option<String> {
    library.read(&path(at)).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

pub(crate) fn no_pause(_: u32) {}

pub(crate) fn request(number: u128) -> SyncRequest<'static> {
    SyncRequest { message: message(number), attempts: 20, pause: &no_pause, push_trunk: true }
}

/// The git program as a person with an empty configuration would run it.
pub(crate) fn try_git(folder: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args([
            "-c",
            "user.name=Person",
            "-c",
            "user.email=person@localhost",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap()
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = try_git(folder, args);
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    assert!(output.status.success(), "git {args:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// What a person sees: nothing to commit, nothing broken.
pub(crate) fn assert_clean(library: &Library) {
    library.update_index().unwrap();
    assert_eq!(git(library.folder(), &["status", "--porcelain"]), "");
    assert_sound(library.folder());
}

pub(crate) fn assert_sound(folder: &Path) {
    let output = try_git(folder, &["fsck", "--strict", "--no-dangling"]);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !text.contains("error"), "{text}");
}

pub(crate) fn bare(folder: &Path, name: &str) -> PathBuf {
    let remote = folder.join(name);
    git(folder, &["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    remote
}

/// This test binary, started anew to run one test with an environment of its own.
pub(crate) fn another_process(test: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).envs(environment.iter().copied());
    command
}

/// One test in another process that may write no file beyond 64 KiB.
pub(crate) fn with_small_files(test: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).envs(environment.iter().copied());
    command.output().unwrap()
}
