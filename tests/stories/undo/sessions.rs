//! Whole sessions and agents taken back, also in random order.

use serde_json::json;
use tgp_tests::{Project, Session};

use super::{TOOL, dump, files, library, number, refused, run, shop, sql, status, undo, writing};

fn session_of(project: &Project, action: &str) -> String {
    let log = project.json(&["timeline", "--limit", "1000"]);
    let rows = log["actions"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == action).unwrap();
    row["session"].as_str().unwrap().to_owned()
}

/// A session of an agent with a tool that writes files and rows.
pub(super) fn session_as(project: &Project, agent: &str) -> Session {
    project.write(
        &format!(".tgp/scopes/{agent}.yaml"),
        format!(
            "agent: {agent}\npaths: {{ read: [\"**\"], write: [\"tools/**\", \"@fs.allowedDirs\"] }}\n\
             tools: {{ write: [\"tools/**\"], run: [\"tools/**\"] }}\n\
             database: {{ read: [\"*\"], write: [\"*\"], schema: [] }}\ntasks: {{ undo: own }}\n"
        ),
    );
    connected(project, agent)
}

pub(super) fn connected(project: &Project, agent: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
    session.connect(tgp_tests::Era::Legacy);
    session
}

#[test]
fn a_whole_session_comes_back_and_the_undo_of_it_as_well() {
    let project = shop();
    writing(&project).stop();
    project.write("out/a.txt", "before\n");
    let world = || (files(&project, "out"), dump(&project), library(&project));
    let before = world();
    let mut session = project.session();
    let first = run(&mut session, &["out/a.txt"], "1\n", &["INSERT INTO users (name) VALUES ('Alan')"]);
    session.write("tools/add.ts", TOOL);
    session.write("out/b/new.txt", "new\n");
    run(&mut session, &["out/a.txt", "out/b/new.txt"], "2\n", &["UPDATE users SET name = name || '?'"]);
    sql(&mut session, "DELETE FROM notes");
    session.write("tools/add.ts", &TOOL.replace("Adds.", "Adds two."));
    let after = world();
    let number = session_of(&project, &first);
    let asked = refused(&project, &["--session", &number]);
    assert_eq!(asked["code"], "terminal.required", "{asked}");
    assert_eq!(world(), after, "nothing is done before a person said so");
    let done = undo(&project, &["--session", &number, "--yes"]);
    assert_eq!(done["undone"].as_array().unwrap().len(), 6, "{done}");
    assert_eq!(world(), before);
    project.tgp(&["redo"]).succeeded();
    assert_eq!(world(), after);
}

#[test]
fn a_session_that_took_back_some_of_its_own_comes_back_as_a_whole() {
    let project = shop();
    writing(&project).stop();
    let world = || (files(&project, "out"), dump(&project), library(&project));
    let before = world();
    let mut session = project.session();
    let kept = run(&mut session, &["out/a.txt"], "1\n", &["UPDATE users SET name = 'Zoe' WHERE id = 1"]);
    let gone = run(&mut session, &["out/a.txt"], "2\n", &["UPDATE users SET name = 'Yan' WHERE id = 1"]);
    session.call("undo_action", json!({ "action": gone })).done();
    let after = world();
    let done = undo(&project, &["--session", &session_of(&project, &kept), "--yes"]);
    assert_eq!(world(), before, "{done}");
    assert_eq!(status(&project, &gone), "undone");
    project.tgp(&["redo"]).succeeded();
    assert_eq!(world(), after);
    assert_eq!((status(&project, &kept), status(&project, &gone)), ("executed".into(), "undone".into()));
}

#[test]
fn undoing_one_agent_since_a_time_leaves_the_other_agent_and_what_was_before() {
    let project = shop();
    let mut ada = session_as(&project, "ada");
    ada.write("tools/writer.ts", super::WRITER);
    let mut bob = session_as(&project, "bob");
    sql(&mut ada, "INSERT INTO notes VALUES ('of ada', 0)");
    let begun = std::time::SystemTime::now();
    // The clock of the timeline counts milliseconds; the next action lies in a later one.
    while begun.elapsed().unwrap().as_millis() < 1_100 {
        std::thread::yield_now();
    }
    run(&mut ada, &["out/ada.txt"], "ada\n", &["UPDATE users SET name = 'Zoe' WHERE id = 1"]);
    run(&mut bob, &["out/bob.txt"], "bob\n", &["UPDATE users SET name = 'Yan' WHERE id = 2"]);
    ada.write("tools/ada.ts", TOOL);
    bob.write("tools/bob.ts", TOOL);
    sql(&mut ada, "DELETE FROM notes WHERE text IS NULL");
    let done = undo(&project, &["--agent", "ada", "--since", "1s", "--yes"]);
    assert_eq!(done["undone"].as_array().unwrap().len(), 3, "{done}");
    assert_eq!(files(&project, "out"), [("bob.txt".to_owned(), b"bob\n".to_vec())]);
    let tools = library(&project);
    assert!(tools.contains("tools/bob.ts") && !tools.contains("tools/ada.ts"), "{tools}");
    let one = |sql: &str| project.database().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT group_concat(name) FROM users"), "Ada,Yan");
    assert_eq!(one("SELECT count(*) || '' FROM notes WHERE text IS NULL OR text = 'of ada'"), "2");
}

#[test]
fn a_file_two_agents_wrote_in_turns_is_a_conflict_and_nothing_is_done() {
    let project = shop();
    let mut ada = session_as(&project, "ada");
    let mut bob = session_as(&project, "bob");
    ada.write("out/a.txt", "ada\n");
    bob.write("out/a.txt", "bob\n");
    ada.write("out/a.txt", "ada again\n");
    ada.write("out/own.txt", "own\n");
    let said = refused(&project, &["--agent", "ada", "--yes"]);
    assert_eq!(said["code"], "undo.conflict", "{said}");
    assert_eq!(files(&project, "out").len(), 2);
    assert_eq!(project.read("out/a.txt"), "ada again\n");
}

/// A small generator of its own, so that a seed says everything.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const STATEMENTS: [&str; 10] = [
    "INSERT INTO users (name) VALUES ('a'), ('b')",
    "INSERT INTO notes VALUES ('x', random() / 7.0), (zeroblob(9), NULL)",
    "UPDATE users SET name = name || '+' WHERE id % 2 = 0",
    "UPDATE users SET id = id + 100 WHERE id = (SELECT max(id) FROM users)",
    "UPDATE notes SET text = coalesce(text, 'was null') || rowid",
    "DELETE FROM users WHERE id = (SELECT min(id) FROM users)",
    "DELETE FROM notes WHERE rowid % 2",
    "INSERT OR REPLACE INTO users (id, name) VALUES (2, 'replaced'), (7, 'seven')",
    "DELETE FROM log",
    "DELETE FROM notes",
];

fn some_step(session: &mut Session, dice: &mut Dice, done: &mut Vec<String>) {
    let text = format!("{}\n", dice.below(1_000_000));
    let file = dice.pick(&["out/a.txt", "out/b.txt", "out/c/d.txt", "out/c/e/f.txt"]);
    let tool = dice.pick(&["tools/one.ts", "tools/two.ts", "tools/in/three.ts"]);
    let (one, two) = (dice.pick(&STATEMENTS), dice.pick(&STATEMENTS));
    match dice.below(6) {
        0 => done.push(number(&session.write(file, &text))),
        1 => done.push(number(&session.write(tool, &TOOL.replace("Adds.", text.trim())))),
        2 => done.push(sql(session, one)),
        3 => done.push(run(session, &[file, "out/b.txt"], &text, &[one, two])),
        4 => {
            let args = json!({ "files": [file], "text": text, "sql": [one, "INSERT INTO users (name) VALUES (NULL)"] });
            session.exec("tools/writer.ts", args).refused();
        }
        _ => {
            // The newest that changed something; an undo of it may be undone in its turn.
            let Some(action) = done.pop() else { return };
            let answer = session.call("undo_action", json!({ "action": action }));
            if !answer.is_error() {
                done.push(number(&answer));
            }
        }
    }
}

#[test]
fn any_session_that_is_taken_back_leaves_the_world_as_it_was() {
    for seed in 1..=12_u64 {
        let project = shop();
        writing(&project).stop();
        project.write("out/a.txt", "before\n");
        let world = || (files(&project, "out"), dump(&project), library(&project));
        let before = world();
        let mut session = project.session();
        let first = number(&session.write("tools/first.ts", TOOL));
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut done = Vec::new();
        for _ in 0..14 {
            some_step(&mut session, &mut dice, &mut done);
        }
        let after = world();
        undo(&project, &["--session", &session_of(&project, &first), "--yes"]);
        assert_eq!(world(), before, "seed {seed}");
        assert!(!project.path("out/c").exists(), "seed {seed}: a folder is left");
        project.tgp(&["redo"]).succeeded();
        assert_eq!(world(), after, "made again, seed {seed}");
    }
}
