//! `gantry init`: a configuration, a data file and an admin token, where there were none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::args::Globals;
use super::exit::{Code, Failure};
use super::offline::{IfMissing, replace_admin};
use super::out::{Format, Out};
use super::target;
use crate::config::{Config, DEFAULT_PATH, DEFAULT_TOML, Overrides, Sources};
use crate::model::key::KeySecret;

/// Makes both files in `directory`. Nothing that is there is touched.
pub(super) fn init(globals: &Globals, directory: &Path, out: &mut Out) -> Result<Code, Failure> {
    let flags = [
        globals.config.is_some(),
        globals.data.is_some(),
        globals.url.is_some(),
    ];
    if flags.contains(&true) {
        return Err(Failure::usage(
            "init takes a directory; --config, --data and --url have no place here",
        ));
    }
    let sources = Sources::from_process(None, Overrides::default())?;
    let chosen = target::variable(&sources, target::ADMIN_TOKEN).filter(|token| !token.is_empty());
    let config = directory.join(DEFAULT_PATH);
    let data = directory.join(Config::default().store.path);
    for path in [&config, &data] {
        if path.symlink_metadata().is_ok() {
            let why = format_args!("{} is there already; nothing was changed", path.display());
            return Err(Failure::new(Code::No, why));
        }
    }
    fs::create_dir_all(directory).map_err(|e| unwritten(directory, &e))?;
    write_new(&config, DEFAULT_TOML).map_err(|e| unwritten(&config, &e))?;
    let secret = chosen.as_deref().map(KeySecret::from_text);
    let made = replace_admin(&data, secret, IfMissing::Make).inspect_err(|_| {
        // Half of it would refuse the next attempt. What cannot be removed is named by that attempt.
        let _ = fs::remove_file(&config);
    })?;
    // A token the operator chose is known to them, and stays out of terminals and logs.
    let shown = chosen.is_none().then(|| made.expose());
    if out.format() == Format::Json {
        out.json(&json!({"config": config, "data": data, "adminToken": shown}))?;
        return Ok(Code::Done);
    }
    writeln!(out, "configuration  {}", config.display())?;
    writeln!(out, "data file      {}", data.display())?;
    match shown {
        Some(token) => {
            writeln!(out, "admin token    {token}")?;
            writeln!(
                out,
                "\nThe token is shown this once; `gantry key reset` makes another."
            )?;
        }
        None => writeln!(out, "admin token    as in GANTRY_ADMIN_TOKEN")?,
    }
    let there = directory == Path::new(".");
    let change = if there {
        String::new()
    } else {
        format!("cd {} && ", directory.display())
    };
    writeln!(out, "Start with: {change}gantry serve")?;
    Ok(Code::Done)
}

/// Writes a file that was not there, so that it survives a power cut.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("cannot make {}", path.display()), error)
}
