//! Aligned columns, by the width characters have on a terminal.

use unicode_width::UnicodeWidthStr;

use crate::page::{Page, Style, one_line};

/// Widest cell that is shown whole; `--json` has everything.
const WIDEST_CELL: usize = 80;
const GAP: &str = "  ";

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// One cell.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Text in a style; what is too long is cut.
    pub fn new(style: Style, text: &str) -> Self {
        Self { text: shorten(&one_line(text)), style }
    }

    /// Plain text.
    pub fn plain(text: &str) -> Self {
        Self::new(Style::Plain, text)
    }

    fn width(&self) -> usize {
        self.text.width()
    }
}

/// Rows under titles.
#[derive(Debug)]
pub struct Table {
    titles: Vec<(Cell, Side)>,
    rows: Vec<Vec<Cell>>,
    head: Option<usize>,
}

impl Table {
    /// An empty table under these titles.
    pub fn new(titles: &[(&str, Side)]) -> Self {
        let titles = titles.iter().map(|(title, side)| (Cell::new(Style::Bold, title), *side)).collect();
        Self { titles, rows: Vec::new(), head: None }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Everything so far is the head: a line goes under it.
    pub fn end_head(&mut self) {
        self.head = Some(self.rows.len());
    }

    /// Puts the table on the page. The last column is not padded.
    pub fn put(&self, page: &mut Page) {
        let widths: Vec<usize> = (0..self.titles.len()).map(|column| self.width(column)).collect();
        let titles: Vec<Cell> = self.titles.iter().map(|(title, _)| title.clone()).collect();
        let line = widths.iter().map(|width| Cell::new(Style::Dim, &"-".repeat(*width))).collect();
        let mut rows: Vec<&Vec<Cell>> = std::iter::once(&titles).chain(&self.rows).collect();
        if let Some(head) = self.head {
            rows.insert(head + 1, &line);
        }
        for row in rows {
            for (column, cell) in row.iter().enumerate() {
                let width = widths.get(column).copied().unwrap_or(0);
                let side = self.titles.get(column).map_or(Side::Left, |(_, side)| *side);
                put_cell(page, cell, width, side, column > 0);
            }
            page.end();
        }
    }

    fn width(&self, column: usize) -> usize {
        let title = self.titles.get(column).map_or(0, |(title, _)| title.width());
        self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).fold(title, usize::max)
    }
}

fn put_cell(page: &mut Page, cell: &Cell, width: usize, side: Side, gap: bool) {
    let padding = " ".repeat(width.saturating_sub(cell.width()));
    if gap {
        page.plain(GAP);
    }
    match side {
        Side::Left => page.put(cell.style, &cell.text).plain(&padding),
        Side::Right => page.plain(&padding).put(cell.style, &cell.text),
    };
}

fn shorten(text: &str) -> String {
    if text.width() <= WIDEST_CELL {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.to_string().width() >= WIDEST_CELL {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
