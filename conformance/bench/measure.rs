//! Samples, percentiles, and one row of the table.

use std::time::{Duration, Instant};

/// What came of many runs of one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    /// The middle.
    pub(crate) p50: f64,
    /// What one in a hundred exceeds.
    pub(crate) p99: f64,
}

impl Figure {
    /// Percentiles of samples in any unit.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        assert!(!samples.is_empty(), "nothing was measured");
        samples.sort_by(f64::total_cmp);
        let at = |hundredths: usize| samples[(samples.len() * hundredths / 100).min(samples.len() - 1)];
        Self { p50: at(50), p99: at(99) }
    }
}

/// How often both sides take turns at the most, so that whatever else the machine does meets both alike.
const ROUNDS: usize = 10;

/// Measures both sides in turns: `times` runs of each in all, after one turn unmeasured. The number handed in is never
/// the same twice.
pub(crate) fn side_by_side(
    times: (usize, usize),
    mut ours: impl FnMut(usize),
    mut peer: impl FnMut(usize),
) -> (Figure, Figure) {
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    let rounds = ROUNDS.min(times.0).min(times.1);
    let (ours_each, peers_each) = (times.0.div_ceil(rounds), times.1.div_ceil(rounds));
    take(ours_each, 0, &mut Vec::new(), &mut ours);
    take(peers_each, 0, &mut Vec::new(), &mut peer);
    for round in 1..=rounds {
        take(ours_each, round, &mut of_ours, &mut ours);
        take(peers_each, round, &mut of_peer, &mut peer);
    }
    (Figure::of(of_ours), Figure::of(of_peer))
}

/// One turn.
fn take(runs: usize, round: usize, samples: &mut Vec<f64>, work: &mut impl FnMut(usize)) {
    for number in 0..runs {
        let begun = Instant::now();
        work(round * runs + number);
        samples.push(microseconds(begun.elapsed()));
    }
}

/// Runs `work` `times` times after a tenth of that unmeasured; the figures are microseconds.
pub(crate) fn repeat(times: usize, mut work: impl FnMut(usize)) -> Figure {
    let warm_up = times.div_ceil(10);
    (0..warm_up).for_each(&mut work);
    let samples = (0..times).map(|number| {
        let begun = Instant::now();
        work(warm_up + number);
        microseconds(begun.elapsed())
    });
    Figure::of(samples.collect())
}

/// A duration in microseconds.
pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// How many runs this much effort means; at least eight.
pub(crate) fn times(full: usize, effort: f64) -> usize {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small counts"
    )]
    let scaled = (full as f64 * effort) as usize;
    scaled.max(8)
}

/// The unit of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Time; figures are microseconds.
    Time,
    /// Memory; figures are megabytes.
    Megabytes,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// At least this many times ahead of the peer, at the median.
    Ahead(f64),
    /// At most this much, in the unit of the row.
    AtMost(f64),
    /// Both of them.
    AheadAndAtMost(f64, f64),
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What is measured.
    pub(crate) what: &'static str,
    /// Beside whom.
    pub(crate) peer_name: &'static str,
    /// Tools in the library; none where there is no library.
    pub(crate) size: Option<usize>,
    /// The unit of both figures.
    pub(crate) unit: Unit,
    /// tgp.
    pub(crate) ours: Figure,
    /// The peer.
    pub(crate) peer: Figure,
    /// What is aimed at.
    pub(crate) aim: Aim,
}

impl Row {
    /// How many times the peer's median is ours.
    pub(crate) fn ratio(&self) -> f64 {
        self.peer.p50 / self.ours.p50
    }

    /// Whether the aim is met.
    pub(crate) fn met(&self) -> bool {
        match self.aim {
            Aim::Ahead(times) => self.ratio() >= times,
            Aim::AtMost(most) => self.ours.p50 <= most,
            Aim::AheadAndAtMost(times, most) => self.ratio() >= times && self.ours.p50 <= most,
        }
    }
}
