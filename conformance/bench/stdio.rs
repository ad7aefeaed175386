//! Single calls over stdio, warm: run a tool, read 1 KiB, write 1 KiB.

use serde_json::{Value, json};
use tgp_tests::Session;

use crate::measure::{Aim, Figure, Row, Unit, side_by_side, times};
use crate::peer;
use crate::stock::{KIBIBYTE, Stock, kibibyte};

const NODE_SERVER: &str = "Node MCP server with isolated-vm";
const FILESYSTEM: &str = "filesystem reference server (Node)";

/// Runs the tool.
fn exec(session: &mut Session) {
    let answer = session.exec("tools/math/fib.ts", json!({ "n": 10 }));
    assert_eq!(*answer.result(), json!(55));
}

/// Calls a tool; it must do what was asked.
fn call(session: &mut Session, tool: &str, arguments: Value) {
    let answer = session.call(tool, arguments);
    assert!(!answer.is_error(), "{:#}", answer.raw);
}

pub(crate) fn measure(stock: &Stock, effort: f64) -> Vec<Row> {
    let folder = stock.peers();
    let mut ours = stock.project.session();
    let mut node = peer::connect(&mut peer::forge(&folder));
    let mut files = peer::connect(&mut peer::filesystem(&folder));
    let inside = |path: &str| folder.join(path).to_str().unwrap().to_owned();

    let runs = (times(2_000, effort), times(500, effort));
    let exec = side_by_side(runs, |_| exec(&mut ours), |_| exec(&mut node));
    let runs = (times(2_000, effort), times(1_000, effort));
    let read = side_by_side(
        runs,
        |_| call(&mut ours, "read_file", json!({ "path": KIBIBYTE })),
        |_| call(&mut files, "read_text_file", json!({ "path": inside(KIBIBYTE) })),
    );
    let one_note = |path: String, n: usize| json!({ "path": path, "content": kibibyte(n) });
    let runs = (times(500, effort), times(500, effort));
    let write = side_by_side(
        runs,
        |n| call(&mut ours, "write_file", one_note(format!("tools/notes/n{n}.ts"), n)),
        |n| call(&mut files, "write_file", one_note(inside(&format!("n{n}.ts")), n)),
    );
    for session in [ours, node, files] {
        session.stop();
    }
    let row = |what, peer_name, figures: (Figure, Figure), aim| Row {
        what,
        peer_name,
        size: Some(stock.size),
        unit: Unit::Time,
        ours: figures.0,
        peer: figures.1,
        aim,
    };
    vec![
        row("`exec_tool` over stdio, warm, `fib(10)`", NODE_SERVER, exec, Aim::Ahead(5.0)),
        row("read 1 KiB over stdio, judged and recorded", FILESYSTEM, read, Aim::Ahead(2.0)),
        row(
            "write 1 KiB over stdio, a durable commit (peer: no history)",
            FILESYSTEM,
            write,
            Aim::Ahead(1.0),
        ),
    ]
}
