//! Rows, written as CSV (RFC 4180) or as NDJSON.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What opens a formula in a spreadsheet (OWASP, "CSV Injection").
const OPENS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

/// What stands in a column.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// What people wrote.
    Text(String),
    /// What we wrote: a number, an instant, a name of ours.
    Plain(Value),
    /// JSON as it came.
    Json(String),
}

impl Cell {
    pub(super) fn plain(value: impl Into<Value>) -> Self {
        Self::Plain(value.into())
    }

    pub(super) fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }
}

impl Format {
    pub(super) const ALL: [Self; 2] = [Self::Csv, Self::Ndjson];

    /// Its name, and the ending of its files.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// As a `Content-Type`.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// What stands before the rows.
    pub(super) fn heading(self, columns: &[&str], out: &mut String) {
        if self == Self::Csv {
            out.push_str(&columns.join(","));
            out.push_str("\r\n");
        }
    }

    /// Writes a row, which has a cell for every column.
    pub(super) fn row(self, columns: &[&str], cells: Vec<Cell>, out: &mut String) {
        match self {
            Self::Csv => csv(cells, out),
            Self::Ndjson => ndjson(columns, cells, out),
        }
    }
}

fn csv(cells: Vec<Cell>, out: &mut String) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        match cell {
            Cell::Text(text) | Cell::Json(text) => quoted(&harmless(text), out),
            Cell::Plain(Value::Null) => {}
            Cell::Plain(Value::String(text)) => quoted(&text, out),
            Cell::Plain(value) => out.push_str(&value.to_string()),
        }
    }
    out.push_str("\r\n");
}

/// The text as no spreadsheet takes it for a formula.
fn harmless(text: String) -> String {
    match text.starts_with(OPENS_FORMULA) {
        true => format!("'{text}"),
        false => text,
    }
}

fn quoted(text: &str, out: &mut String) {
    if !text.contains(['"', ',', '\r', '\n']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

fn ndjson(columns: &[&str], cells: Vec<Cell>, out: &mut String) {
    out.push('{');
    for (number, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if number > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(*column).to_string());
        out.push(':');
        match cell {
            Cell::Text(text) => out.push_str(&Value::from(text).to_string()),
            Cell::Plain(value) => out.push_str(&value.to_string()),
            Cell::Json(text) => out.push_str(&in_one_line(text)),
        }
    }
    out.push_str("}\n");
}

/// JSON without the line breaks that may stand between its parts; what is none becomes a string.
fn in_one_line(text: String) -> String {
    let is_json = serde_json::from_str::<&RawValue>(&text).is_ok();
    match is_json && !text.contains(['\r', '\n']) {
        true => text,
        false => serde_json::from_str(&text)
            .map_or_else(|_| Value::from(text).to_string(), |v: Value| v.to_string()),
    }
}

/// A member of a JSON object, whatever its sender made it.
pub(super) fn member(object: &Map<String, Value>, name: &str) -> Cell {
    match object.get(name) {
        Some(Value::String(text)) => Cell::text(text),
        Some(other @ (Value::Array(_) | Value::Object(_))) => Cell::Json(other.to_string()),
        Some(other) => Cell::Plain(other.clone()),
        None => Cell::Plain(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(format: Format, cells: Vec<Cell>) -> String {
        let mut out = String::new();
        format.row(&["a", "b", "c"], cells, &mut out);
        out
    }

    #[test]
    fn what_opens_a_formula_is_quoted_and_our_numbers_are_not() {
        for opens in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            let written = row(Format::Csv, vec![Cell::text(opens)]);
            assert!(written.trim_start_matches('"').starts_with('\''), "{written:?}");
        }
        assert_eq!(
            row(Format::Csv, vec![Cell::plain(-3), Cell::text("a=1")]),
            "-3,a=1\r\n"
        );
    }

    #[test]
    fn a_member_that_is_no_text_is_one_cell_and_opens_no_formula() {
        let object: Map<String, Value> =
            serde_json::from_str(r#"{"email":["a","=1+1"],"name":{"x":",=cmd"},"n":-1}"#).unwrap();
        let cells = ["email", "name", "n"].map(|name| member(&object, name));
        assert_eq!(
            row(Format::Csv, cells.to_vec()),
            "\"[\"\"a\"\",\"\"=1+1\"\"]\",\"{\"\"x\"\":\"\",=cmd\"\"}\",-1\r\n"
        );
    }

    #[test]
    fn a_cell_is_one_cell_whatever_it_holds() {
        let cells = vec![
            Cell::text("a,\"b\"\nc"),
            Cell::Plain(Value::Null),
            Cell::Json("{\"x\":1}".into()),
        ];
        assert_eq!(
            row(Format::Csv, cells.clone()),
            "\"a,\"\"b\"\"\nc\",,\"{\"\"x\"\":1}\"\r\n"
        );
        let line = row(Format::Ndjson, cells);
        assert_eq!(line, "{\"a\":\"a,\\\"b\\\"\\nc\",\"b\":null,\"c\":{\"x\":1}}\n");
        assert_eq!(
            row(Format::Ndjson, vec![Cell::Json("{\n\"x\": 1}".into())]),
            "{\"a\":{\"x\":1}}\n"
        );
    }
}
