//! `gantry serve` and `gantry demo`: commands that run until they are told to stop.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::args::{Addresses, Globals};
use super::exit::{Code, Failure};
use super::target::{self, ADMIN_TOKEN};
use crate::app::{self, Launch};
use crate::config::{self, Overrides, Sources};
use crate::demo;
use crate::model::key::KeySecret;
use crate::runtime::{Inherited, logs};

/// Where systemd says which stream is the journal's.
const JOURNAL_STREAM: &str = "JOURNAL_STREAM";
/// How long blocking reads may hold up the end of a process that has stopped in order.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

/// Runs the appliance.
pub(super) fn serve(globals: Globals, addresses: &Addresses) -> Result<Code, Failure> {
    if globals.url.is_some() || globals.token_file.is_some() {
        return Err(Failure::usage(
            "--url and --token-file speak to a server; this would be one",
        ));
    }
    let overrides = Overrides {
        public: addresses.public,
        admin: addresses.admin,
        data: globals.data,
    };
    let sources = Sources::from_process(globals.config.clone(), overrides.clone())?;
    let config = config::load_checked(&sources, &app::CHECKS)?;
    let given = target::variable(&sources, ADMIN_TOKEN).filter(|token| !token.is_empty());
    let admin_token = given.map(|token| KeySecret::from_text(&token));
    let journal = target::variable(&sources, JOURNAL_STREAM);
    let logs = logs::init(&config.telemetry, journal.as_deref());
    let inherited = Inherited::from_process()
        .map_err(|error| Failure::io("cannot take the sockets that were handed over", &error))?;
    let runtime = runtime()?;
    let stopped = runtime.block_on(app::serve(Launch {
        config,
        config_path: globals.config,
        overrides,
        logs: Some(logs),
        admin_token,
        site: None,
        inherited,
    }));
    runtime.shutdown_timeout(LEAVE_WITHIN);
    match stopped {
        Ok(()) => Ok(Code::Done),
        Err(stopped) => Err(Failure::new(Code::of(stopped.exit_code()), stopped)),
    }
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::io("cannot start", &error))
}

/// Runs the demonstration.
pub(super) fn demo(seconds: Option<u64>) -> Result<Code, Failure> {
    let runtime = runtime()?;
    let passed = runtime.block_on(demo::run(demo::Settings { seconds }));
    runtime.shutdown_timeout(LEAVE_WITHIN);
    match passed {
        Ok(true) => Ok(Code::Done),
        Ok(false) => Ok(Code::No),
        Err(error) => Err(Failure::new(Code::Io, format_args!("{error:#}"))),
    }
}
