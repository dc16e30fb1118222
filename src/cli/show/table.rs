//! Tables: a heading, rows, columns as wide as what stands in them.

use super::{Paint, Tone, printable};

/// The space between two columns.
const GAP: &str = "  ";

/// A column's heading and the side its cells keep to.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Column {
    /// Text.
    Left(&'static str),
    /// Numbers.
    Right(&'static str),
}

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Self::Left(heading) | Self::Right(heading) => heading,
        }
    }

    /// `text` in the column's width; the padding stands outside of the colour.
    fn place(self, text: &str, width: usize, painted: &str) -> String {
        let space = " ".repeat(width.saturating_sub(text.chars().count()));
        match self {
            Self::Left(_) => format!("{painted}{space}"),
            Self::Right(_) => format!("{space}{painted}"),
        }
    }
}

/// A table that is being filled.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Table {
    columns: Vec<Column>,
    rows: Vec<(Tone, Vec<String>)>,
}

impl Table {
    /// A table without rows. Without any heading no heading line is written.
    pub(in crate::cli) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, one cell for each column.
    pub(in crate::cli) fn row(&mut self, tone: Tone, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| printable(&cell)).collect();
        self.rows.push((tone, cells));
    }

    /// Whether there is nothing to show.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, without space at their ends.
    pub(in crate::cli) fn render(&self, paint: Paint) -> String {
        let headings: Vec<String> = self.columns.iter().map(|c| c.heading().to_owned()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|n| self.width(n, &headings))
            .collect();
        let line = |tone: Tone, cells: &[String]| {
            let placed = self.columns.iter().zip(cells).zip(&widths);
            let placed =
                placed.map(|((column, cell), width)| column.place(cell, *width, &paint.paint(tone, cell)));
            let line = placed.collect::<Vec<_>>().join(GAP);
            format!("{}\n", line.trim_end())
        };
        let is_headed = headings.iter().any(|heading| !heading.is_empty());
        let heading = is_headed.then(|| line(Tone::Strong, &headings));
        let rows = self.rows.iter().map(|(tone, cells)| line(*tone, cells));
        heading.into_iter().chain(rows).collect()
    }

    fn width(&self, column: usize, headings: &[String]) -> usize {
        let cells = self.rows.iter().map(|(_, cells)| cells);
        cells
            .map(Vec::as_slice)
            .chain([headings])
            .filter_map(|cells| cells.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::Left("poll"),
            Column::Right("votes"),
            Column::Left("state"),
        ]);
        table.row(Tone::Normal, ["best-feature".into(), "7".into(), "open".into()]);
        table.row(Tone::Quiet, ["größe".into(), "12,345".into(), "closed".into()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let expected =
            "poll           votes  state\nbest-feature       7  open\ngröße         12,345  closed\n";
        assert_eq!(table().render(Paint::Plain), expected);
    }

    #[test]
    fn colour_does_not_move_the_columns() {
        let coloured = table().render(Paint::Colour);
        assert!(
            coloured.contains("\u{1b}[1mpoll\u{1b}[0m           \u{1b}[1mvotes\u{1b}[0m"),
            "{coloured:?}"
        );
        assert!(coloured.contains("best-feature       7  open\n"), "{coloured:?}");
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        let mut table = Table::new([Column::Left("")]);
        table.row(Tone::Normal, ["\u{1b}[2J\n".to_owned()]);
        assert_eq!(table.render(Paint::Plain), "\u{fffd}[2J\u{fffd}\n");
    }
}
