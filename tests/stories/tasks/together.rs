//! Several agents and processes in one repository at once.

use std::thread;

use serde_json::json;
use tgp_tests::remote::git;
use tgp_tests::{Project, beside};

use super::{branch, is_whole, number, session_of, shop, start, text};

const PROCESSES: usize = 8;
const WRITES: usize = 12;

#[test]
fn eight_processes_work_in_one_repository_each_on_its_own_branch() {
    let project = shop();
    let protected = project.protect();
    let names: Vec<String> = thread::scope(|scope| {
        let begun: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let project = &project;
                scope.spawn(move || {
                    let mut coder = session_of(project, "coder");
                    let name = start(&mut coder, "the same task");
                    for write in 0..WRITES {
                        let answer =
                            coder.write("src/lines.txt", &format!("process {process} write {write}\n"));
                        assert_eq!(branch(&answer), name);
                    }
                    assert_eq!(
                        text(&mut coder, "src/lines.txt"),
                        format!("process {process} write {}\n", WRITES - 1)
                    );
                    coder.stop();
                    name
                })
            })
            .collect();
        begun.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut different = names.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), PROCESSES, "{names:?}");
    for (process, name) in names.iter().enumerate() {
        let last = format!("process {process} write {}\n", WRITES - 1);
        assert_eq!(project.on_branch(name, "src/lines.txt"), Some(last));
        assert_eq!(project.git(&["rev-list", "--count", &format!("main..{name}")]), WRITES.to_string());
    }
    protected.holds();
    is_whole(&project);
    assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0));
}

#[test]
fn eight_processes_change_one_branch_and_each_change_is_there() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "undone by many");
    let written: Vec<String> =
        (0..PROCESSES).map(|n| number(&coder.write(&format!("src/many/{n}.ts"), "1\n"))).collect();
    thread::scope(|scope| {
        for action in &written {
            let project = &project;
            scope.spawn(move || project.tgp(&["undo", action]).succeeded().code);
        }
        for n in 0..WRITES {
            coder.write(&format!("src/stays/{n}.ts"), "2\n");
        }
    });
    let listed = project.git(&["ls-tree", "-r", "--name-only", &name, "src"]);
    assert!(!listed.contains("src/many/"), "{listed}");
    assert_eq!(listed.matches("src/stays/").count(), WRITES, "{listed}");
    assert_eq!(
        project.git(&["rev-list", "--count", &format!("main..{name}")]),
        (2 * PROCESSES + WRITES).to_string()
    );
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_person_s_git_gc_and_commits_meanwhile_take_nothing() {
    let project = Project::in_git(&[("src/a.ts", "0\n")]);
    let mut coder = project.session();
    let name = start(&mut coder, "beside git");
    thread::scope(|scope| {
        let person = scope.spawn(|| {
            for n in 0..6 {
                project.write("README.md", format!("{n}\n"));
                project.commit("More");
                project.git(&["gc", "--quiet"]);
            }
        });
        let mut n = 0;
        while !person.is_finished() || n < WRITES {
            n += 1;
            coder.write("src/a.ts", &format!("{n}\n"));
        }
        person.join().unwrap();
        assert_eq!(project.on_branch(&name, "src/a.ts"), Some(format!("{n}\n")));
        assert_eq!(project.git(&["rev-list", "--count", &name, "^main"]), n.to_string());
    });
    let last = coder.call("list_actions", json!({ "limit": 1 }));
    last.done();
    coder.stop();
    is_whole(&project);
}

#[test]
fn garbage_is_collected_again_and_again_while_an_agent_writes_and_nothing_of_it_is_lost() {
    const FILES: usize = 200;
    let project = shop();
    let mut coder = project.session();
    let name = start(&mut coder, "beside gc");
    let collect = || {
        // Git's own program may find a ref moved beneath it and give up; the next round goes on.
        git(&project.root(), &["prune", "--expire=now"]);
        git(&project.root(), &["gc", "--quiet", "--prune=now"]);
    };
    let ((), rounds) = beside(collect, || {
        for file in 0..FILES {
            coder.write(&format!("src/many/{}/{file}.txt", file % 7), &format!("file {file}\n")).done();
        }
    });
    assert!(rounds > 2, "only {rounds} rounds");
    coder.stop();
    let checked = project.git(&["fsck", "--full", "--strict", "--no-dangling"]);
    assert_eq!(checked, "");
    for file in 0..FILES {
        let path = format!("src/many/{}/{file}.txt", file % 7);
        assert_eq!(project.on_branch(&name, &path), Some(format!("file {file}\n")), "{path}");
    }
    assert_eq!(project.git(&["rev-list", "--count", &format!("main..{name}")]), FILES.to_string());
}
