//! Single calls over stdio, warm: run a tool, read 1 KiB, write 1 KiB.

use serde_json::{Value, json};
use tgp_tests::Session;

use crate::measure::{Aim, Figure, Row, Unit, repeat, times};
use crate::peer;
use crate::stock::{KIBIBYTE, Stock, kibibyte};

const NODE_SERVER: &str = "Node MCP server with isolated-vm";
const FILESYSTEM: &str = "filesystem reference server (Node)";

fn exec(session: &mut Session, runs: usize) -> Figure {
    repeat(runs, |_| {
        let answer = session.exec("tools/math/fib.ts", json!({ "n": 10 }));
        assert_eq!(*answer.result(), json!(55));
    })
}

fn call(session: &mut Session, runs: usize, tool: &str, mut arguments: impl FnMut(usize) -> Value) -> Figure {
    repeat(runs, |number| {
        let answer = session.call(tool, arguments(number));
        assert!(!answer.is_error(), "{:#}", answer.raw);
    })
}

pub(crate) fn measure(stock: &Stock, effort: f64) -> Vec<Row> {
    let folder = stock.peers();
    let mut ours = stock.project.session();
    let mut node = peer::connect(&mut peer::forge(&folder));
    let mut files = peer::connect(&mut peer::filesystem(&folder));
    let inside = |path: &str| folder.join(path).to_str().unwrap().to_owned();

    let exec = (exec(&mut ours, times(2_000, effort)), exec(&mut node, times(400, effort)));
    let runs = times(2_000, effort);
    let read = (
        call(&mut ours, runs, "read_file", |_| json!({ "path": KIBIBYTE })),
        call(&mut files, runs, "read_text_file", |_| json!({ "path": inside(KIBIBYTE) })),
    );
    let runs = times(500, effort);
    let write = (
        call(
            &mut ours,
            runs,
            "write_file",
            |n| json!({ "path": format!("tools/notes/n{n}.ts"), "content": kibibyte(n) }),
        ),
        call(
            &mut files,
            runs,
            "write_file",
            |n| json!({ "path": inside(&format!("n{n}.ts")), "content": kibibyte(n) }),
        ),
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
