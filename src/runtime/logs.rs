//! Logs: one line per event on standard error, as text for people or as JSON for machines. In the journal each line has
//! its priority.
//!
//! Our own events follow the configured level. Other crates are held at warnings, whatever the level: what they say at
//! `debug` contains addresses and headers, which our logs never do.

use std::io::{self, IsTerminal, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::{LogFormat, LogLevel, Telemetry};

/// The target of our own events.
const OURS: &str = "gantry";

/// The running log; changes its level.
#[derive(Clone, Debug)]
pub struct LogHandle(reload::Handle<Targets, Registry>);

impl LogHandle {
    /// Logs from this level on. Nothing happens where another log was set up first, as in tests.
    pub fn set_level(&self, level: LogLevel) {
        // The only fault is a log that is gone, and there is nowhere to say so.
        let _ = self.0.reload(targets(level));
    }
}

/// Sets up the log of the process, on standard error: text on a terminal and JSON elsewhere, or as configured. Called
/// once, before the first event; where a log is already set up, that one stays. `journal` is what systemd says of its
/// stream, in `$JOURNAL_STREAM`.
pub fn init(telemetry: &Telemetry, journal: Option<&str>) -> LogHandle {
    let to = if io::stderr().is_terminal() {
        To::Terminal
    } else if journal.is_some_and(is_standard_error) {
        To::Journal
    } else {
        To::Other
    };
    let (filter, handle) = reload::Layer::new(targets(telemetry.level));
    // A second log is refused: the first, which is at work, stays.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines(telemetry.log, to))
        .try_init();
    LogHandle(handle)
}

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<Targets, Registry>, Registry>;

/// What standard error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Terminal,
    Journal,
    Other,
}

/// Whether standard error is the stream of this device and inode, `DEVICE:INODE` (systemd.exec(5)): a variable that was
/// inherited may speak of another.
fn is_standard_error(stream: &str) -> bool {
    let Ok(is) = rustix::fs::fstat(io::stderr()) else {
        return false;
    };
    stream.split_once(':') == Some((&is.st_dev.to_string(), &is.st_ino.to_string()))
}

/// Writes events as lines. On a terminal text is coloured, unless `NO_COLOR` is set.
fn lines(format: LogFormat, to: To) -> Box<dyn Layer<Filtered> + Send + Sync> {
    let as_json = match format {
        LogFormat::Auto => to != To::Terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let layer = fmt::layer().with_writer(to);
    if as_json {
        return layer.json().flatten_event(true).with_span_list(false).boxed();
    }
    if to == To::Terminal {
        return layer.boxed();
    }
    layer.with_ansi(false).boxed()
}

impl MakeWriter<'_> for To {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(None)
    }

    fn make_writer_for(&self, event: &Metadata<'_>) -> Line {
        Line((*self == Self::Journal).then(|| priority(*event.level())))
    }
}

/// What the journal reads from the start of a line (sd-daemon(3)), and does not show.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// A line on standard error, with its priority before it. The formatter hands over each event whole.
struct Line(Option<&'static str>);

impl Write for Line {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let Some(priority) = self.0 else {
            return io::stderr().write(event);
        };
        // In one piece, so that no other line comes between.
        io::stderr().write_all(&[priority.as_bytes(), event].concat())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Our events from `level` on, everybody else's warnings at most.
fn targets(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new()
        .with_target(OURS, ours)
        .with_default(ours.min(LevelFilter::WARN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_level_does_not_loosen_other_crates() {
        let filter = targets(LogLevel::Trace);
        assert!(filter.would_enable("gantry::store", &Level::TRACE));
        assert!(!filter.would_enable("hyper::proto", &Level::INFO));
        assert!(filter.would_enable("hyper::proto", &Level::WARN));
        let quiet = targets(LogLevel::Error);
        assert!(!quiet.would_enable("gantry::store", &Level::WARN));
        assert!(!quiet.would_enable("hyper::proto", &Level::WARN));
    }

    #[test]
    fn only_the_stream_that_is_named_is_the_journal() {
        let is = rustix::fs::fstat(io::stderr()).unwrap();
        assert!(is_standard_error(&format!("{}:{}", is.st_dev, is.st_ino)));
        for other in [
            format!("{}:{}", is.st_dev, is.st_ino + 1),
            String::new(),
            ":".to_owned(),
        ] {
            assert!(!is_standard_error(&other), "{other}");
        }
    }

    #[test]
    fn a_log_can_be_set_up_twice_and_its_level_changed() {
        let telemetry = Telemetry::default();
        init(&telemetry, None).set_level(LogLevel::Debug);
        init(&telemetry, Some("8:12")).set_level(LogLevel::Error);
    }
}
