//! `gantry init`: a configuration, a data file and an admin token, where there were none.
//!
//! Flow: what flags say and what is asked on a terminal (`answers`) → the packaged configuration with that in it (`text`) →
//! the files. Nothing that is there is touched, and nothing is made before everything is known.
//!
//! An address for alerts is a secret as often as not, so it has a file of its own, which the configuration names.

mod answers;
mod text;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Globals, InitArgs};
use super::exit::{Code, Failure};
use super::offline::{IfMissing, replace_admin};
use super::out::{Format, Out};
use super::target;
use crate::config::{Config, DEFAULT_PATH, Overrides, Sources};
use crate::model::key::KeySecret;
use answers::Answers;
use text::AlertsTo;

/// Where the address is kept that alerts go to, beside the configuration.
const ALERTS_PATH: &str = "alerts.url";

/// What is to be made.
struct Files {
    config: PathBuf,
    data: PathBuf,
    /// Only where the address of alerts was said, and not where it is.
    alerts: Option<PathBuf>,
}

/// Makes the files in the directory. Nothing that is there is touched.
pub(super) fn init(globals: &Globals, args: &InitArgs, out: &mut Out) -> Result<Code, Failure> {
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
    let directory = &args.directory;
    let mut files = Files {
        config: directory.join(DEFAULT_PATH),
        data: directory.join(Config::default().store.path),
        alerts: None,
    };
    files.are_not_there()?;
    // What lies in the working directory is none of its business.
    let sources = Sources {
        file: None,
        ..Sources::from_process(None, Overrides::default())?
    };
    let answers = Answers::gather(args, &sources)?;
    let is_reference = |url: &String| {
        ["env:", "file:", "credential:"]
            .iter()
            .any(|form| url.starts_with(form))
    };
    files.alerts = answers
        .alerts
        .as_ref()
        .filter(|url| !is_reference(url))
        .map(|_| directory.join(ALERTS_PATH));
    files.are_not_there()?;
    fs::create_dir_all(directory).map_err(|e| unwritten(directory, &e))?;
    files.write(&answers, &sources)?;
    let chosen = target::variable(&sources, target::ADMIN_TOKEN).filter(|token| !token.is_empty());
    let secret = chosen.as_deref().map(KeySecret::from_text);
    // Half of it would refuse the next attempt.
    let made = replace_admin(&files.data, secret, IfMissing::Make).inspect_err(|_| files.take_back())?;
    // A token the operator chose is known to them, and stays out of terminals and logs.
    let shown = chosen.is_none().then(|| made.expose());
    tell(&files, directory, shown, out)
}

fn tell(files: &Files, directory: &Path, token: Option<&str>, out: &mut Out) -> Result<Code, Failure> {
    let Files { config, data, alerts } = files;
    if out.format() == Format::Json {
        out.json(&json!({"config": config, "data": data, "alertsUrl": alerts, "adminToken": token}))?;
        return Ok(Code::Done);
    }
    writeln!(out, "configuration  {}", config.display())?;
    writeln!(out, "data file      {}", data.display())?;
    if let Some(alerts) = alerts {
        writeln!(out, "alerts go to   what stands in {}", alerts.display())?;
    }
    match token {
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

impl Files {
    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.config, &self.data].into_iter().chain(&self.alerts)
    }

    fn are_not_there(&self) -> Result<(), Failure> {
        for path in self.all() {
            if path.symlink_metadata().is_ok() {
                let why = format_args!("{} is there already; nothing was changed", path.display());
                return Err(Failure::new(Code::No, why));
            }
        }
        Ok(())
    }

    /// Writes the configuration, and the address that alerts go to.
    fn write(&self, answers: &Answers, sources: &Sources) -> Result<(), Failure> {
        let said = answers.alerts.as_deref();
        let named = said.and_then(|url| url.strip_prefix("file:")).map(Path::new);
        let reference = match self.alerts.as_deref().or(named) {
            None => answers.alerts.clone(),
            // So that it is found from wherever the configuration is read.
            Some(path) => {
                let whole = std::path::absolute(path).map_err(|e| unwritten(path, &e))?;
                Some(format!("file:{}", whole.display()))
            }
        };
        let preset = answers.preset(sources)?;
        let text = answers.text(reference.as_deref().map(|url| AlertsTo { url, preset }));
        if let (Some(path), Some(url)) = (&self.alerts, said) {
            write_new(path, &format!("{url}\n"), OWNER).map_err(|e| unwritten(path, &e))?;
        }
        write_new(&self.config, &text, ANYBODY).map_err(|e| {
            if let Some(ours) = &self.alerts {
                let _ = fs::remove_file(ours);
            }
            unwritten(&self.config, &e)
        })
    }

    /// Removes both, once they were written. What cannot be removed is named by the next attempt.
    fn take_back(&self) {
        for path in [Some(&self.config), self.alerts.as_ref()].into_iter().flatten() {
            let _ = fs::remove_file(path);
        }
    }
}

/// Who may read a file, as far as the process's mask lets them.
const OWNER: u32 = 0o600;
const ANYBODY: u32 = 0o666;

/// Writes a file that was not there, so that it survives a power cut; half of it does not stay.
fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("cannot make {}", path.display()), error)
}
