//! Logs: one line per event on standard error, as text for people or as JSON for machines.
//!
//! Our own events follow the configured level. Other crates are held at warnings, whatever the level: what they say at
//! `debug` contains addresses and headers, which our logs never do.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
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
/// once, before the first event; where a log is already set up, that one stays.
pub fn init(telemetry: &Telemetry) -> LogHandle {
    let on_terminal = io::stderr().is_terminal();
    let (filter, handle) = reload::Layer::new(targets(telemetry.level));
    // A second log is refused: the first, which is at work, stays.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines(telemetry.log, on_terminal))
        .try_init();
    LogHandle(handle)
}

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<Targets, Registry>, Registry>;

/// Writes events as lines. On a terminal text is coloured, unless `NO_COLOR` is set.
fn lines(format: LogFormat, on_terminal: bool) -> Box<dyn Layer<Filtered> + Send + Sync> {
    let as_json = match format {
        LogFormat::Auto => !on_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let layer = fmt::layer().with_writer(io::stderr);
    if as_json {
        return layer.json().flatten_event(true).with_span_list(false).boxed();
    }
    if on_terminal {
        return layer.boxed();
    }
    layer.with_ansi(false).boxed()
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
    use tracing::Level;

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
    fn a_log_can_be_set_up_twice_and_its_level_changed() {
        let telemetry = Telemetry::default();
        init(&telemetry).set_level(LogLevel::Debug);
        init(&telemetry).set_level(LogLevel::Error);
    }
}
