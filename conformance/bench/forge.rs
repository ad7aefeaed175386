//! The forge loop: a new tool is written, committed, checked and run.

use serde_json::json;
use tgp_tests::Session;

use crate::measure::{Aim, Figure, Row, Unit, repeat, times};
use crate::peer;
use crate::stock::{FIB, Stock};

fn forge(session: &mut Session, runs: usize, side: &str) -> Figure {
    repeat(runs, |number| {
        let path = format!("tools/forged/{side}{number}.ts");
        let source = FIB.replace("sequence", &format!("sequence, take {number}"));
        session.write(&path, &source);
        assert_eq!(session.check(&path)["valid"], true);
        assert_eq!(*session.exec(&path, json!({ "n": 10 })).result(), json!(55));
    })
}

pub(crate) fn measure(stock: &Stock, effort: f64) -> Vec<Row> {
    let mut ours = stock.project.session();
    let mut node = peer::connect(&mut peer::forge(&stock.peers()));
    let figures = (forge(&mut ours, times(200, effort), "a"), forge(&mut node, times(40, effort), "b"));
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
