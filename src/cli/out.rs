//! Standard output: where every fact goes, and the only thing that writes there.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;
use serde_json::Value;

use super::args::Globals;
use super::show::{Paint, Table, printable};

/// The width that is assumed where no terminal tells another, in columns.
const DEFAULT_COLUMNS: u16 = 80;

/// Facts for people or for machines, as the caller asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Tables and sentences.
    Text,
    /// One JSON document.
    Json,
}

/// Standard output. A reader who goes away (`| head`) is no fault: what is written afterwards is dropped.
pub(super) struct Out {
    to: Box<dyn Write>,
    format: Format,
    paint: Paint,
    on_terminal: bool,
    gone: bool,
}

impl Out {
    /// The process's standard output, coloured on a terminal unless that is unwanted.
    pub(super) fn stdout(globals: &Globals) -> Self {
        let on_terminal = io::stdout().is_terminal();
        let coloured = on_terminal && !globals.no_color;
        Self {
            to: Box::new(BufWriter::new(io::stdout())),
            format: if globals.json { Format::Json } else { Format::Text },
            paint: if coloured { Paint::Colour } else { Paint::Plain },
            on_terminal,
            gone: false,
        }
    }

    /// Whether facts go out as JSON.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Whether text is coloured.
    pub(super) fn paint(&self) -> Paint {
        self.paint
    }

    /// Whether somebody still reads.
    pub(super) fn is_read(&self) -> bool {
        !self.gone
    }

    /// Begins a picture that takes the place of the one before: an empty screen, or, where there is none, a line between.
    pub(super) fn next_picture(&mut self) -> io::Result<()> {
        let between = if self.on_terminal {
            "\u{1b}[2J\u{1b}[H"
        } else {
            "\n"
        };
        self.write_all(between.as_bytes())
    }

    /// Writes text that is JSON already, in a line.
    pub(super) fn json_line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self, "{text}")
    }

    /// The terminal's width in columns.
    pub(super) fn columns(&self) -> usize {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let columns = size.map(|size| size.ws_col).filter(|columns| *columns > 0);
        usize::from(columns.filter(|_| self.on_terminal).unwrap_or(DEFAULT_COLUMNS))
    }

    /// Writes a table.
    pub(super) fn table(&mut self, table: &Table) -> io::Result<()> {
        let text = table.render(self.paint);
        self.write_all(text.as_bytes())
    }

    /// Remarks that a list goes on behind `next`, where it does.
    pub(super) fn more(&mut self, next: &Value) -> io::Result<()> {
        let cursor = match next {
            Value::Null => return Ok(()),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.flush()?;
        let _ = writeln!(io::stderr(), "There are more: --cursor {}", printable(&cursor));
        Ok(())
    }

    /// Writes a value as JSON, with its line end: in one line, or indented on a terminal.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = if self.on_terminal {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        writeln!(self, "{}", text.map_err(io::Error::other)?)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        match self.to.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        match self.to.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(())
            }
            flushed => flushed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_who_goes_away_is_no_fault() {
        let mut out = Out {
            to: Box::new(Gone),
            format: Format::Text,
            paint: Paint::Plain,
            on_terminal: false,
            gone: false,
        };
        writeln!(out, "first").unwrap();
        assert!(!out.is_read());
        out.flush().unwrap();
        writeln!(out, "second").unwrap();
    }
}
