//! `gantry check`: the configuration, read as `serve` would read it.

use std::io::Write;

use serde_json::json;

use super::args::{Addresses, Globals};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::target;
use crate::app::CHECKS;
use crate::config::{self, Faults, Overrides};

/// Says that the configuration is valid, or names every fault.
pub(super) fn check(globals: &Globals, addresses: &Addresses, out: &mut Out) -> Result<Code, Failure> {
    let overrides = Overrides {
        public: addresses.public,
        admin: addresses.admin,
        data: globals.data.clone(),
    };
    let sources = target::checked(globals, overrides)?;
    let checked = config::load_checked(&sources, &CHECKS);
    if out.format() == Format::Json {
        let faults = checked.as_ref().err();
        let faults: Vec<_> = faults.into_iter().flat_map(Faults::iter).collect();
        let listed: Vec<_> = faults
            .iter()
            .map(
                |fault| json!({"place": fault.place.to_string(), "key": fault.key, "message": fault.message}),
            )
            .collect();
        out.json(&json!({"valid": faults.is_empty(), "faults": listed}))?;
        return Ok(if faults.is_empty() {
            Code::Done
        } else {
            Code::Config
        });
    }
    checked?;
    match &sources.file {
        Some(file) => writeln!(out, "{} is valid", file.path.display())?,
        None => writeln!(
            out,
            "there is no {} here; the defaults are valid",
            config::DEFAULT_PATH
        )?,
    }
    Ok(Code::Done)
}
