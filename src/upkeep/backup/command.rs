//! The command that is run with each new backup: the only process that is ever started.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long it may take.
const WITHIN: Duration = Duration::from_secs(3_600);
/// How much of what it says is kept, in characters.
const SAID: usize = 300;

/// Runs `command` by the shell, which has the backup's path as `$1` and in `GANTRY_BACKUP`; a command that names neither is
/// given it as its last word.
///
/// # Errors
/// How it ended, and the last line of its standard error.
pub(super) async fn run(command: &str, backup: &Path) -> Result<(), String> {
    let names_it = command.contains("$1") || command.contains("GANTRY_BACKUP");
    let script = match names_it {
        true => command.to_owned(),
        false => format!("{command} \"$1\""),
    };
    let child = Command::new("/bin/sh")
        .arg("-c")
        .arg(script)
        .arg("gantry")
        .arg(backup)
        .env("GANTRY_BACKUP", backup)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let ended = timeout(WITHIN, child.wait_with_output()).await;
    let ended = ended.map_err(|_| format!("has not ended within {} s", WITHIN.as_secs()))?;
    let ended = ended.map_err(|error| error.to_string())?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let last: String = said
        .lines()
        .last()
        .unwrap_or_default()
        .chars()
        .take(SAID)
        .collect();
    Err(format!("ended with {}: {last}", ended.status))
}
