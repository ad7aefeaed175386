//! A remote that accepts and never speaks (a captive portal, a dropped VPN), and what others can see of a talk with one.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use tgp_tests::{Project, Session, process};

use crate::sources::HELLO;

/// Command lines of all running programs that hold this text.
pub(crate) fn programs_that_name(text: &str) -> Vec<String> {
    let listed = fs::read_dir("/proc").unwrap().flatten();
    let lines = listed.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(text)).collect()
}

/// A server that accepts, and a project whose library has it as remote.
fn project() -> (TcpListener, String, Project) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.git", server.local_addr().unwrap());
    let project = Project::new();
    project.configure(&format!("git: {{ repo: '{url}' }},"));
    (server, url, project)
}

#[test]
fn a_remote_that_never_speaks_does_not_keep_a_session_from_beginning() {
    let (_server, url, project) = project();
    let begun = Instant::now();
    let mut session = Session::start(project.command(&["mcp"]).env("TGP_LOG", "info"));
    session.connect(tgp_tests::Era::Legacy);
    let taken = begun.elapsed();
    assert!(taken < Duration::from_secs(8), "hosts wait ten seconds: {taken:?}");
    session.write("tools/hello.ts", HELLO);
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.close_stdin();
    assert!(session.wait().success());
    let said = session.complaints();
    assert!(said.contains("the remote was not reached"), "{said}");
    assert_eq!(programs_that_name(&url), Vec::<String>::new());
}

#[test]
fn sigterm_while_the_remote_is_waited_for_ends_the_process_and_its_git() {
    let (server, url, project) = project();
    let mut session = project.wire();
    let (connection, _) = server.accept().unwrap();
    let begun = Instant::now();
    process::terminate(session.child());
    session.wait();
    let taken = begun.elapsed();
    assert!(taken < Duration::from_secs(3), "it did not wait for the remote: {taken:?}");
    assert_eq!(programs_that_name(&url), Vec::<String>::new());
    // Its git is gone as well: the connection ends.
    let mut rest = Vec::new();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    (&connection).read_to_end(&mut rest).unwrap();
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
    project.configure("");
    let listed = project.tgp(&["log"]);
    assert_eq!(listed.code, Some(0), "{}", listed.both());
}

#[test]
fn a_person_is_told_what_takes_so_long() {
    let (server, _url, project) = project();
    for command in ["sync", "doctor"] {
        let mut waiting = project
            .command(&[command])
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let _connection = server.accept().unwrap();
        let mut said = String::new();
        let mut stderr = std::io::BufReader::new(waiting.stderr.take().unwrap());
        while !said.contains("slow to answer") {
            assert_ne!(std::io::BufRead::read_line(&mut stderr, &mut said).unwrap(), 0, "{command}: {said}");
        }
        process::terminate(&waiting);
        process::wait(&mut waiting);
    }
}

#[test]
fn sigterm_during_a_sync_ends_its_git_too() {
    let (server, url, project) = project();
    let mut command = project.command(&["sync"]);
    let mut sync =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let (_connection, _) = server.accept().unwrap();
    process::terminate(&sync);
    let status = process::wait(&mut sync);
    assert_eq!(status.code(), Some(143), "{status}");
    assert_eq!(programs_that_name(&url), Vec::<String>::new());
}

#[test]
fn no_command_line_holds_a_credential_while_a_sync_runs() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x.git", server.local_addr().unwrap());
    let secret = "ghp_s3cretT0kenOfThisTest";
    let project = Project::new().environment("TGP_TEST_TOKEN", secret);
    project.configure(&format!(
        "git: {{ repo: '{url}', auth: {{ token: process.env.TGP_TEST_TOKEN, user: 'bot' }} }},"
    ));
    let mut command = project.command(&["sync"]);
    let mut sync =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    // The talk is under way: git and what it started are there to be looked at.
    let (_connection, _) = server.accept().unwrap();
    let talking = programs_that_name(&url);
    assert!(talking.iter().any(|line| line.starts_with("git ")), "{talking:?}");
    assert!(talking.iter().any(|line| line.contains("remote-http")), "{talking:?}");
    assert_eq!(programs_that_name(secret), Vec::<String>::new());
    process::terminate(&sync);
    process::wait(&mut sync);
    for file in tgp_tests::project::walk(&project.root()) {
        let text = fs::read(&file).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&text).contains(secret), "{}", file.display());
    }
}
