//! Percentiles of both sides, measured in turns so that whatever else the machine does meets both alike.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};

/// How often both sides take turns.
const ROUNDS: usize = 10;
/// Calls timed together: one alone is shorter than a look at the clock is exact.
const BATCH: usize = 8;

/// Measures both sides; `runs` calls of each. The row has the shape the benchmark reads; figures are microseconds.
pub(crate) fn row<A, B>(
    what: &str,
    peer_name: &str,
    size: Option<usize>,
    runs: (usize, usize),
    mut ours: impl FnMut(usize) -> A,
    mut peer: impl FnMut(usize) -> B,
) -> Value {
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    turn(runs.0 / ROUNDS, &mut Vec::new(), &mut ours);
    turn(runs.1 / ROUNDS, &mut Vec::new(), &mut peer);
    for _ in 0..ROUNDS {
        turn(runs.0 / ROUNDS, &mut of_ours, &mut ours);
        turn(runs.1 / ROUNDS, &mut of_peer, &mut peer);
    }
    json!({ "what": what, "peer_name": peer_name, "size": size, "ours": figure(of_ours), "peer": figure(of_peer) })
}

fn turn<T>(runs: usize, samples: &mut Vec<f64>, work: &mut impl FnMut(usize) -> T) {
    for batch in 0..runs.div_ceil(BATCH).max(1) {
        let begun = Instant::now();
        for number in 0..BATCH {
            black_box(work(batch * BATCH + number));
        }
        #[allow(clippy::cast_precision_loss, reason = "a batch is small")]
        samples.push(begun.elapsed().as_secs_f64() * 1e6 / BATCH as f64);
    }
}

fn figure(mut samples: Vec<f64>) -> Value {
    samples.sort_by(f64::total_cmp);
    let at = |hundredths: usize| samples[(samples.len() * hundredths / 100).min(samples.len() - 1)];
    json!({ "p50": at(50), "p99": at(99) })
}
