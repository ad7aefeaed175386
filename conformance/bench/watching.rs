//! A person watches agents in an editor: how soon what one did is seen, and what a long timeline costs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::process::PATIENCE;
use tgp_tests::{Editor, Era, Project, Session};

use crate::measure::{Figure, microseconds, times};
use crate::page::both_times;
use crate::trust::Line;

/// Rows of one page, as the editors ask for them.
const PAGE: usize = 100;
/// Rows of the short timeline and of the long one.
const ROWS: [usize; 2] = [1_000, 100_000];
/// Calls of the agent that are under way at once while the timeline grows.
const AT_ONCE: usize = 50;

/// Every line about watching.
pub(crate) fn measure(effort: f64) -> Vec<Line> {
    let mut lines = vec![visible(effort)];
    lines.extend(timeline(effort));
    lines
}

fn agent(project: &Project) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(Era::Legacy);
    session
}

fn editor(project: &Project) -> Editor {
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    editor.connect(&project.root(), &json!({ "approvals": true }));
    editor.message_of("tgp/changed");
    editor
}

fn page(editor: &mut Editor, before: Option<&str>, limit: usize) -> Vec<Value> {
    let mut params = json!({ "limit": limit });
    if let Some(before) = before {
        params["before"] = json!(before);
    }
    let listed = editor.done("tgp/timeline/list", params);
    listed["actions"].as_array().expect("actions are a list").clone()
}

/// From the moment an agent's call is sent until the editor was told and has the action in its list.
fn visible(effort: f64) -> Line {
    let project = Project::new();
    let (mut session, mut editor) = (agent(&project), editor(&project));
    let samples = (0..times(200, effort)).map(|number| {
        // The server looks at fixed intervals: calls come at every point between two looks.
        std::thread::sleep(Duration::from_millis((number as u64 * 7) % 50));
        let path = format!("tools/seen/n{number}.ts");
        let content = format!("/** Number {number}. */\nexport default () => 'seen';\n");
        let begun = Instant::now();
        let call = session.ask_call("write_file", &json!({ "path": path, "content": content }));
        loop {
            let told = editor.message(|message| message["method"] == "tgp/changed", PATIENCE);
            assert!(told.is_some(), "the editor is told of {path}");
            if page(&mut editor, None, 5).iter().any(|one| one.to_string().contains(&path)) {
                break;
            }
        }
        let took = microseconds(begun.elapsed());
        session.answer_of_call(call).done();
        took
    });
    let figure = Figure::of(samples.collect());
    session.stop();
    editor.stop();
    Line {
        what: "an agent's write, sent in another process, until an editor was told and lists it".to_owned(),
        of: "-".to_owned(),
        ours: both_times(figure),
        beside: "-".to_owned(),
        aim: "at most 200 ms, of 99 in 100".to_owned(),
        met: Some(figure.p99 <= 200e3),
    }
}

/// Makes the timeline this long, with reads of an agent. Reads are noted in groups; when the agent has gone, all are.
fn grow(project: &Project, so_far: usize, rows: usize) {
    let mut session = agent(project);
    let read = json!({ "path": "tools/note.ts" });
    let mut left = rows - so_far;
    while left > 0 {
        let calls: Vec<u64> = (0..left.min(AT_ONCE)).map(|_| session.ask_call("read_file", &read)).collect();
        left -= calls.len();
        for call in calls {
            session.answer_of_call(call).done();
        }
    }
    session.stop();
}

/// The pages of one timeline: what they are, and which action each comes before.
struct Pages {
    rows: usize,
    before: [(&'static str, Option<String>); 3],
}

/// Walks the whole timeline once: how long it is, and where its middle and its end are.
fn walk(editor: &mut Editor) -> Pages {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let found = page(editor, ids.last().map(String::as_str), 1_000);
        let newest_first = found.iter().rev().map(|one| one["id"].as_str().expect("an id").to_owned());
        ids.extend(newest_first);
        if found.is_empty() {
            break;
        }
    }
    let middle = ids.get(ids.len() / 2).cloned();
    let last = ids.get(ids.len() - PAGE - 1).cloned();
    Pages { rows: ids.len(), before: [("first", None), ("middle", middle), ("last", last)] }
}

fn timeline(effort: f64) -> Vec<Line> {
    let project = Project::new();
    let mut session = agent(&project);
    session.write("tools/note.ts", "/** A note. */\nexport default () => 'note';\n");
    session.stop();
    let mut measured = Vec::new();
    let mut so_far = 0;
    for rows in ROWS {
        grow(&project, so_far, rows);
        so_far = rows;
        // An editor that opens the project now: nothing of a shorter timeline is in its memory.
        let mut editor = editor(&project);
        let pages = walk(&mut editor);
        assert!(pages.rows >= rows, "{} rows are listed", pages.rows);
        for (name, before) in pages.before {
            let mut most = 0;
            let samples = (0..times(200, effort)).map(|_| {
                let begun = Instant::now();
                let found = page(&mut editor, before.as_deref(), PAGE);
                let took = microseconds(begun.elapsed());
                most = most.max(found.len());
                took
            });
            let figure = Figure::of(samples.collect());
            measured.push((rows, name, figure, most));
        }
        editor.stop();
    }
    let (short, long) = measured.split_at(3);
    let line = |((_, name, short, _), (_, _, long, most)): (&Measured, &Measured)| Line {
        what: format!("the {name} page of a timeline; {most} rows are in the answer"),
        of: "100,000 rows".to_owned(),
        ours: both_times(*long),
        beside: format!("{} (of 1,000 rows)", both_times(*short)),
        aim: format!("at most {PAGE} rows"),
        met: Some(*most <= PAGE),
    };
    short.iter().zip(long).map(line).collect()
}

/// Rows, page, time, and the most rows an answer held.
type Measured = (usize, &'static str, Figure, usize);
