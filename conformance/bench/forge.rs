//! The forge loop: a new tool is written, committed, checked and run.

use serde_json::json;
use tgp_tests::Session;

use crate::measure::{Aim, Row, Unit, side_by_side, times};
use crate::peer;
use crate::stock::{FIB, Stock};

/// Forges one tool.
fn forge(session: &mut Session, number: usize) {
    let path = format!("tools/forged/tool{number}.ts");
    let source = FIB.replace("sequence", &format!("sequence, take {number}"));
    session.write(&path, &source);
    assert_eq!(session.check(&path)["valid"], true);
    assert_eq!(*session.exec(&path, json!({ "n": 10 })).result(), json!(55));
}

pub(crate) fn measure(stock: &Stock, effort: f64) -> Vec<Row> {
    let mut ours = stock.project.session();
    let mut node = peer::connect(&mut peer::forge(&stock.peers()));
    let runs = (times(200, effort), times(50, effort));
    let figures = side_by_side(runs, |number| forge(&mut ours, number), |number| forge(&mut node, number));
    ours.stop();
    node.stop();
    vec![Row {
        what: "forge loop: write + commit + check + run a new tool",
        peer_name: "Node: strip types, isolate, `git commit`",
        size: Some(stock.size),
        unit: Unit::Time,
        ours: figures.0,
        peer: figures.1,
        aim: Aim::Ahead(5.0),
    }]
}
