//! From the start of the process to its first answer, and memory at rest.

use std::process::Command;
use std::time::Instant;

use serde_json::json;
use tgp_tests::{Era, Session};

use crate::measure::{Aim, Figure, Row, Unit, microseconds, times};
use crate::peer;
use crate::stock::Stock;

const FILESYSTEM: &str = "filesystem reference server (Node)";

/// Start to the answer of `initialize`, in microseconds; and memory after `tools/list`, in megabytes.
fn look(command: &mut Command) -> (f64, f64) {
    let begun = Instant::now();
    let mut session = Session::start(command);
    session.connect(Era::Legacy);
    let started = microseconds(begun.elapsed());
    session.request("tools/list", json!({})).expect("tools/list is answered");
    #[allow(clippy::cast_precision_loss, reason = "megabytes")]
    let memory = session.resident() as f64 / 1e6;
    session.stop();
    (started, memory)
}

/// What many starts of one side gave.
#[derive(Default)]
struct Looks {
    started: Vec<f64>,
    memory: Vec<f64>,
}

impl Looks {
    fn add(&mut self, command: &mut Command) {
        let (started, memory) = look(command);
        self.started.push(started);
        self.memory.push(memory);
    }

    fn figures(self) -> (Figure, Figure) {
        (Figure::of(self.started), Figure::of(self.memory))
    }
}

pub(crate) fn measure(stock: &Stock, effort: f64) -> Vec<Row> {
    let runs = times(40, effort);
    let (mut ours, mut peer) = (Looks::default(), Looks::default());
    // The first start reads the files into the system's cache; it is nobody's figure.
    look(&mut stock.project.command(&["mcp"]));
    look(&mut peer::filesystem(&stock.peers()));
    for run in 0..runs {
        ours.add(&mut stock.project.command(&["mcp"]));
        if run % 2 == 0 {
            peer.add(&mut peer::filesystem(&stock.peers()));
        }
    }
    let (ours, peer) = (ours.figures(), peer.figures());
    let row = |what, unit, ours, peer, aim| Row {
        what,
        peer_name: FILESYSTEM,
        size: Some(stock.size),
        unit,
        ours,
        peer,
        aim,
    };
    vec![
        row("process start to first answer", Unit::Time, ours.0, peer.0, Aim::AtMost(15_000.0)),
        row("resident memory, idle", Unit::Megabytes, ours.1, peer.1, Aim::AtMost(40.0)),
    ]
}
