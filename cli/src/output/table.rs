//! Tables, and lists of properties, without lines: they can be read, and cut by columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement};

use super::{HEADING, paint, shown};

/// A table; a cell is shown on one line, or wrapped where the terminal ends.
pub(crate) struct Table {
    table: comfy_table::Table,
    has_header: bool,
}

impl Table {
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        let mut table = Self { table: comfy_table::Table::new(), has_header: true };
        table.table.set_header(header.map(str::to_uppercase));
        table
    }

    /// A name and a value a row.
    pub(crate) fn properties() -> Self {
        Self { table: comfy_table::Table::new(), has_header: false }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) -> &mut Self {
        self.table.add_row(cells.map(|cell| shown(&cell).into_owned()));
        self
    }

    #[allow(clippy::needless_pass_by_value, reason = "most values are made for it")]
    pub(crate) fn property(&mut self, name: &str, value: impl ToString) -> &mut Self {
        self.row([name.to_owned(), value.to_string()])
    }

    /// Leaves a property out that isn't there.
    pub(crate) fn property_if(&mut self, name: &str, value: Option<impl ToString>) -> &mut Self {
        if let Some(value) = value {
            self.property(name, value);
        }
        self
    }

    /// The same with the numbers in these columns under each other.
    pub(crate) fn right(mut self, columns: &[usize]) -> Self {
        for &column in columns {
            if let Some(column) = self.table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self
    }

    /// The text of it, within a width where there is one.
    pub(super) fn laid_out(mut self, width: Option<u16>) -> String {
        self.table.load_style(NOTHING);
        if let Some(width) = width {
            self.table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        for column in self.table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let mut text = String::new();
        for (at, line) in self.table.lines().enumerate() {
            let line = line.trim_end();
            text += &if at == 0 && self.has_header { paint(line, HEADING) } else { line.to_owned() };
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_nothing_stands_around_them() {
        let mut table = Table::new(["key", "bytes"]);
        table.row(["a".to_owned(), "1".to_owned()]).row(["long-key".to_owned(), "12345".to_owned()]);
        let text = anstream::adapter::strip_str(&table.right(&[1]).laid_out(None)).to_string();
        assert_eq!(text, "KEY       BYTES\na             1\nlong-key  12345\n");
    }

    #[test]
    fn a_cell_can_not_break_out_of_its_line() {
        let mut table = Table::properties();
        table.property("key", "a\nb\u{1b}[2J");
        assert_eq!(table.laid_out(None), "key  a\\nb\\u{1b}[2J\n");
    }
}
