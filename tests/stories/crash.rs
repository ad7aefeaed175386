//! A process killed before each call that changes a file, from a request to its answer: a write to the library, a tool
//! run with SQL and files, a statement, and the undo of each. What is there afterwards is the old state or the new one,
//! the timeline says which, and the audit chain is whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tgp_tests::remote::git;
use tgp_tests::{Era, Finished, Project, Session, places};

/// More calls than any of these requests makes.
pub(crate) const MOST: usize = 400;
/// How long an answer may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const BEFORE: &str = "/** Before. */\nexport default (): string => 'before';\n";
const AFTER: &str = "/** After. */\nexport default (): string => 'after';\n";
const WORKS: &str = "/** Notes a sale, in the database and in two files. */
export default (args: { name: string }): string => {
  tgp.exec_sql('INSERT INTO sales (name) VALUES (?)', [args.name]);
  tgp.exec_sql(\"UPDATE stock SET left_over = left_over - 1 WHERE item = 'cup'\", []);
  tgp.write_file('out/new.txt', args.name);
  tgp.write_file('out/old.txt', 'after');
  return args.name;
};
";

/// The library that kills, built once by the C compiler that Rust links with.
pub(crate) fn killer() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kill_at.so");
        let source = places::repository().join("tests/stories/crash/kill_at.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&path).arg(source).arg("-ldl");
        Finished::run(&mut compiler).succeeded();
        (folder, path)
    });
    path
}

/// A project with everything that is done to it, and a copy of it to begin from again and again.
struct Stage {
    project: Project,
    copy: PathBuf,
}

/// Where everything of a project is: its folder and the user's state folder.
pub(crate) const PARTS: [&str; 2] = ["project", "state"];

impl Stage {
    /// `prepare` does in a session what comes before the request.
    fn new(prepare: impl FnOnce(&mut Session)) -> Self {
        let project = Project::with_settings("database: 'sqlite:shop.db', fs: { allowedDirs: ['out'] },");
        let shop = project.database();
        shop.execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE sales (name TEXT); \
             CREATE TABLE stock (item TEXT, left_over INTEGER); INSERT INTO stock VALUES ('cup', 10)",
        )
        .unwrap();
        drop(shop);
        project.write("out/old.txt", "before");
        let mut session = project.session();
        session.write("tools/note.ts", BEFORE);
        session.write("tools/work.ts", WORKS);
        prepare(&mut session);
        session.stop();
        let copy = project.above().join("copy");
        for part in PARTS {
            copy_folder(&project.above().join(part), &copy.join(part));
        }
        Self { project, copy }
    }

    /// Everything as it was before the request.
    fn reset(&self) {
        for part in PARTS {
            let place = self.project.above().join(part);
            fs::remove_dir_all(&place).unwrap();
            copy_folder(&self.copy.join(part), &place);
        }
    }

    /// Sends the request to a process that dies before its `number`th call. Whether it was answered.
    fn dies_at(&self, number: usize, tool: &str, arguments: &Value) -> bool {
        let armed = self.project.above().join("armed");
        let _ = fs::remove_file(&armed);
        let mut command = self.project.command(&["mcp"]);
        command.env("LD_PRELOAD", killer()).env("CRASH_ARMED", &armed);
        let mut session = Session::start(&mut command);
        session.connect(Era::Legacy);
        fs::write(armed.with_extension("new"), number.to_string()).unwrap();
        fs::rename(armed.with_extension("new"), &armed).unwrap();
        let id = session.ask_call(tool, arguments);
        let answer = session.next_message(PATIENCE);
        if let Some(answer) = &answer {
            assert_eq!(answer["id"], json!(id), "{answer:#}");
            assert_ne!(answer["result"]["isError"], json!(true), "{answer:#}");
        }
        fs::remove_file(&armed).unwrap();
        session.kill();
        answer.is_some()
    }

    /// What of the world the requests change, in words.
    fn world(&self) -> String {
        let library = self.project.path(".tgp");
        let note = git(&library, &["show", "HEAD:tools/note.ts"]).succeeded().stdout.clone();
        let shop = self.project.database();
        let sales: i64 = shop.query_row("SELECT count(*) FROM sales", [], |row| row.get(0)).unwrap();
        let left: i64 = shop.query_row("SELECT left_over FROM stock", [], |row| row.get(0)).unwrap();
        let file = |name: &str| fs::read_to_string(self.project.path(name)).unwrap_or_default();
        format!(
            "note {note:?}, {sales} sales, {left} left, {:?}, {:?}",
            file("out/new.txt"),
            file("out/old.txt")
        )
    }

    /// All actions, the oldest first.
    fn actions(&self) -> Vec<Value> {
        let log = self.project.json(&["timeline", "--limit", "1000"]);
        log["actions"].as_array().unwrap().clone()
    }

    /// Kills at each call in turn. `kind` is the type of the action the request becomes.
    fn kill_everywhere(&self, kind: &[&str], tool: &str, arguments: &Value) {
        let known = self.actions().len();
        let old = self.world();
        self.reset();
        assert!(self.dies_at(MOST, tool, arguments), "{tool} makes more calls than that");
        self.actions();
        let new = self.world();
        assert_ne!(old, new, "the request changes something");
        let mut seen = (0, 0);
        for number in 1..=MOST {
            self.reset();
            let answered = self.dies_at(number, tool, arguments);
            let at = format!("killed before call {number}");
            let actions = self.actions(); // The first look afterwards puts right what the process left.
            let world = self.world();
            assert!(
                world == old || world == new,
                "{at}: a third state\n old {old}\n new {new}\n now {world}"
            );
            let fresh = &actions[known..];
            assert!(fresh.iter().all(|row| row["status"] != "pending"), "{at}: {fresh:#?}");
            let done = fresh
                .iter()
                .filter(|row| kind.contains(&row["type"].as_str().unwrap()) && row["status"] == "executed");
            assert_eq!(
                done.count(),
                usize::from(world == new),
                "{at}: the timeline says\n{fresh:#?}\n{world}"
            );
            assert!(!answered || world == new, "{at}: what was answered is there");
            let verified = self.project.tgp(&["audit", "verify"]);
            assert_eq!(verified.code, Some(0), "{at}: {}", verified.both());
            assert_eq!(self.project.litter(), Vec::<PathBuf>::new(), "{at}");
            let side = if world == old { &mut seen.0 } else { &mut seen.1 };
            *side += 1;
            if answered {
                assert!(seen.0 > 3 && seen.1 > 0, "it was killed too seldom: {seen:?}");
                return;
            }
        }
        panic!("{tool} was never answered");
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    Finished::run(copy.arg("-a").arg(from).arg(to)).succeeded();
}

/// The number of the last action of the session that is not the reading of something.
fn last(session: &mut Session) -> String {
    let log = session.call("list_actions", json!({})).done().clone();
    let changes = ["file_modify", "file_create", "tool_run", "sql_write"];
    let actions = log["actions"].as_array().unwrap();
    let found = actions.iter().find(|row| changes.contains(&row["type"].as_str().unwrap_or_default()));
    found.unwrap_or_else(|| panic!("{log:#}"))["action"].as_str().unwrap().to_owned()
}

fn written() -> Value {
    json!({ "path": "tools/note.ts", "content": AFTER })
}

fn run() -> Value {
    json!({ "path": "tools/work.ts", "args": { "name": "Ada" } })
}

fn statement() -> Value {
    json!({ "sql": "INSERT INTO sales (name) VALUES ('Grace'), ('Alan')" })
}

#[test]
fn a_write_to_the_library_killed_anywhere_is_old_or_new() {
    Stage::new(|_| {}).kill_everywhere(&["file_modify"], "write_file", &written());
}

#[test]
fn a_tool_run_with_sql_and_files_killed_anywhere_is_old_or_new() {
    Stage::new(|_| {}).kill_everywhere(&["tool_run"], "exec_tool", &run());
}

#[test]
fn a_statement_killed_anywhere_is_old_or_new() {
    Stage::new(|_| {}).kill_everywhere(&["sql_write"], "exec_sql", &statement());
}

/// Does something, and takes it back under fire.
fn undo_of(tool: &str, arguments: &Value) {
    let mut action = String::new();
    let stage = Stage::new(|session| {
        session.call(tool, arguments.clone()).done();
        action = last(session);
    });
    stage.kill_everywhere(&["undo"], "undo_action", &json!({ "action": action }));
}

#[test]
fn the_undo_of_a_write_killed_anywhere_is_old_or_new() {
    undo_of("write_file", &written());
}

#[test]
fn the_undo_of_a_tool_run_killed_anywhere_is_old_or_new() {
    undo_of("exec_tool", &run());
}

#[test]
fn the_undo_of_a_statement_killed_anywhere_is_old_or_new() {
    undo_of("exec_sql", &statement());
}

#[test]
fn a_file_a_person_changed_after_the_kill_is_theirs_and_the_timeline_says_what_became_of_the_rest() {
    let stage = Stage::new(|_| {});
    let known = stage.actions().len();
    let mut said = 0;
    for number in (1..=MOST).step_by(3) {
        stage.reset();
        let answered = stage.dies_at(number, "exec_tool", &run());
        stage.project.write("out/old.txt", "a person's");
        let actions = stage.actions();
        let at = format!("killed before call {number}: {:#?}", &actions[known..]);
        assert_eq!(stage.project.read("out/old.txt"), "a person's", "{at}");
        assert!(actions.iter().all(|row| row["status"] != "pending"), "{at}");
        let run = actions[known..].iter().find(|row| row["type"] == "tool_run");
        let executed = run.is_some_and(|row| row["status"] == "executed");
        assert_eq!(stage.world().contains("1 sales, 9 left"), executed, "{at}");
        said +=
            usize::from(run.is_some_and(|row| row["description"].as_str().unwrap().contains("out/old.txt")));
        assert_eq!(stage.project.tgp(&["audit", "verify"]).code, Some(0), "{at}");
        if answered {
            assert!(said > 0, "no kill came between the files and the note");
            return;
        }
    }
    panic!("it was never answered");
}

/// A person's command killed before each call that changes a file. `world` says in one word what is in force; the
/// timeline has one more executed change of rights exactly where the word is another.
fn command_killed_everywhere(project: &Project, arguments: &[&str], world: impl Fn(&Project) -> String) {
    let copy = project.above().join("copy");
    project.json(&["timeline"]);
    for part in PARTS {
        copy_folder(&project.above().join(part), &copy.join(part));
    }
    let changes = || {
        let log = project.json(&["timeline", "--type", "policy_change"]);
        let actions = log["actions"].as_array().unwrap().clone();
        assert!(actions.iter().all(|row| row["status"] != "pending"), "{log:#}");
        actions.iter().filter(|row| row["status"] == "executed").count()
    };
    let (known, old) = (changes(), world(project));
    let armed = project.above().join("armed");
    let mut seen = (0, 0);
    for number in 1..=MOST {
        for part in PARTS {
            let place = project.above().join(part);
            fs::remove_dir_all(&place).unwrap();
            copy_folder(&copy.join(part), &place);
        }
        fs::write(&armed, number.to_string()).unwrap();
        let preload = killer().display().to_string();
        let path = armed.display().to_string();
        let environment = [("LD_PRELOAD", preload.as_str()), ("CRASH_ARMED", path.as_str())];
        let said = project.at_a_terminal_with(&environment, arguments, "y");
        fs::remove_file(&armed).unwrap();
        let at = format!("{arguments:?} killed before call {number}");
        let done = changes() - known;
        let now = world(project);
        assert_eq!(
            done,
            usize::from(now != old),
            "{at}: {now}, and the timeline says {done}: {}",
            said.both()
        );
        assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0), "{at}");
        let side = if now == old { &mut seen.0 } else { &mut seen.1 };
        *side += 1;
        if said.code == Some(0) {
            assert_ne!(now, old, "{at}: what was answered is there");
            assert!(seen.0 > 3 && seen.1 > 1, "it was killed too seldom: {seen:?}");
            return;
        }
    }
    panic!("{arguments:?} never ended");
}

const NO_PLANS: &str =
    "version: 1\nrules:\n  - { id: no-plans, effect: deny, match: { path: [\"plans/**\"] } }\n";

/// What an agent may do with a plan.
fn decided(project: &Project) -> String {
    let ask = ["policy", "explain", "--capability", "fs.read", "--path", "plans/a.md"];
    project.json(&ask)["decision"].as_str().unwrap().to_owned()
}

#[test]
fn trusting_killed_anywhere_is_in_force_or_not_and_the_timeline_says_which() {
    let project = Project::new().trusting_nothing();
    project.write(".tgp/policy/plans.yaml", NO_PLANS);
    command_killed_everywhere(&project, &["trust"], decided);
}

#[test]
fn applying_a_policy_killed_anywhere_is_in_force_or_not_and_the_timeline_says_which() {
    let project = Project::new().trusting_nothing();
    project.write("plans.yaml", NO_PLANS);
    command_killed_everywhere(&project, &["policy", "apply", "plans.yaml"], decided);
}

#[test]
fn minting_a_token_killed_anywhere_made_one_or_none_and_the_timeline_says_which() {
    let project = Project::new().trusting_nothing();
    let mint = ["token", "mint", "coder", "--grant", "fs.read path:docs/**", "--standing", "--for", "2h"];
    command_killed_everywhere(&project, &mint, |project| {
        let tokens = project.json(&["token", "list"])["tokens"].as_array().unwrap().len();
        // What stands as text is what is listed: a text without its row would be a secret that is worth nothing.
        let home = project.above().join("state/projects");
        let texts = tgp_tests::project::walk(&home);
        let kept = texts.iter().filter(|file| file.parent().is_some_and(|folder| folder.ends_with("tokens")));
        let kept = kept.filter(|file| file.extension().is_none()).count();
        assert_eq!(kept, tokens, "{texts:?}");
        tokens.to_string()
    });
}
