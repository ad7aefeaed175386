//! The plot of the page: one panel a measure, both sides over the size of the library, drawn as SVG by hand.

use std::fmt::Write as _;

use crate::SIZES;
use crate::measure::{Row, Unit};

/// Width and height of one panel, margins included.
const PANEL: (f64, f64) = (300.0, 190.0);
/// Room inside a panel: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (52.0, 34.0, 12.0, 26.0);
/// Panels side by side.
const ACROSS: usize = 3;

/// Values of one side over the sizes.
type Line = Vec<(f64, f64)>;

#[allow(clippy::cast_precision_loss, reason = "sizes and places are small")]
fn line(rows: &[&Row], value: impl Fn(&Row) -> f64) -> Line {
    rows.iter().filter_map(|row| row.size.map(|size| ((size as f64).log10(), value(row)))).collect()
}

/// Draws all measures that were taken at several sizes.
#[allow(clippy::cast_precision_loss, reason = "sizes and places are small")]
pub(crate) fn draw(rows: &[Row]) -> String {
    let mut measures: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.size.is_some()) {
        if !measures.contains(&row.what) {
            measures.push(row.what);
        }
    }
    let down = measures.len().div_ceil(ACROSS);
    let (width, height) = (PANEL.0 * ACROSS as f64, PANEL.1 * down as f64 + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"10\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (place, what) in measures.iter().enumerate() {
        let of_measure: Vec<&Row> =
            rows.iter().filter(|row| row.what == *what && row.size.is_some()).collect();
        let at = ((place % ACROSS) as f64 * PANEL.0, (place / ACROSS) as f64 * PANEL.1);
        panel(&mut svg, at, what, &of_measure);
    }
    let base = height - 10.0;
    writeln!(
        svg,
        "<text x=\"12\" y=\"{base}\"><tspan fill=\"#1f6feb\">tgp</tspan>, <tspan fill=\"#d29922\">peer</tspan>: median over \
         the number of tools in the library; both axes are logarithmic</text>\n</svg>"
    )
    .unwrap();
    svg
}

fn panel(svg: &mut String, at: (f64, f64), what: &str, rows: &[&Row]) {
    let sides = [("#1f6feb", line(rows, |row| row.ours.p50)), ("#d29922", line(rows, |row| row.peer.p50))];
    let values = sides.iter().flat_map(|(_, line)| line.iter().map(|(_, value)| value.log10()));
    let (low, high) =
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = (low.floor(), high.ceil().max(low.floor() + 1.0));
    let inner = (PANEL.0 - MARGIN.0 - MARGIN.2, PANEL.1 - MARGIN.1 - MARGIN.3);
    let x = |size: f64| at.0 + MARGIN.0 + (size - 1.0) / 3.0 * inner.0;
    let y = |value: f64| at.1 + MARGIN.1 + (high - value.log10()) / (high - low) * inner.1;
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>",
        at.0 + 12.0,
        at.1 + 20.0,
        escape(what)
    )
    .unwrap();
    let unit = rows.first().map_or(Unit::Time, |row| row.unit);
    let mut power = low;
    while power <= high {
        let (value, height) = (10f64.powf(power), y(10f64.powf(power)));
        let (left, right) = (at.0 + MARGIN.0, at.0 + MARGIN.0 + inner.0);
        writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{right}\" y1=\"{height:.1}\" y2=\"{height:.1}\" stroke=\"#ddd\"/>"
        )
        .unwrap();
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 4.0,
            height + 3.0,
            label(value, unit)
        )
        .unwrap();
        power += 1.0;
    }
    for size in SIZES {
        #[allow(clippy::cast_precision_loss, reason = "sizes are small")]
        let place = x((size as f64).log10());
        let base = at.1 + PANEL.1 - 10.0;
        writeln!(svg, "<text x=\"{place:.1}\" y=\"{base}\" text-anchor=\"middle\">{size}</text>").unwrap();
    }
    for (colour, line) in &sides {
        let points: Vec<String> =
            line.iter().map(|(size, value)| format!("{:.1},{:.1}", x(*size), y(*value))).collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        )
        .unwrap();
    }
}

fn label(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Megabytes => format!("{value:.0} MB"),
        Unit::Time if value >= 1e6 => format!("{:.0} s", value / 1e6),
        Unit::Time if value >= 1e3 => format!("{:.0} ms", value / 1e3),
        Unit::Time => format!("{value:.0} us"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('`', "")
}
