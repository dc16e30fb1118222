//! `gantry serve` and `gantry demo`: commands that run until they are told to stop.

use std::time::Duration;

use super::args::{Addresses, Globals};
use super::exit::{Code, Failure};
use crate::app::{self, Launch};
use crate::config::{self, Overrides, Sources};
use crate::demo;
use crate::runtime::logs;

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
    let config = config::load(&sources)?;
    let logs = logs::init(&config.telemetry);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::io("cannot start", &e))?;
    let stopped = runtime.block_on(app::serve(Launch {
        config,
        config_path: globals.config,
        overrides,
        logs: Some(logs),
    }));
    runtime.shutdown_timeout(LEAVE_WITHIN);
    match stopped {
        Ok(()) => Ok(Code::Done),
        Err(stopped) => Err(Failure::new(Code::of(stopped.exit_code()), stopped)),
    }
}

/// Runs the demonstration.
pub(super) fn demo(seconds: Option<u64>) -> Result<Code, Failure> {
    match demo::run(demo::Settings { seconds }) {
        Ok(true) => Ok(Code::Done),
        Ok(false) => Ok(Code::No),
        Err(error) => Err(Failure::new(Code::Io, format_args!("{error:#}"))),
    }
}
