//! The owner's way in: the unix socket beside the data file, and the admin token at the first start.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::{Running, Stopped};

/// Where the socket of a data file is.
#[must_use]
pub fn path_of(data: &Path) -> PathBuf {
    beside(data, ".sock")
}

fn beside(data: &Path, suffix: &str) -> PathBuf {
    let mut path = data.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Listens beside the data file, for its owner alone. We hold the file's lock, so a socket that is there is stale.
pub(super) fn listen(data: &Path) -> Result<(UnixListener, PathBuf), Stopped> {
    let path = path_of(data);
    let refused = |source| Stopped::Listen {
        what: path.display().to_string(),
        source,
    };
    remove(&path);
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(&path);
    rustix::process::umask(before);
    let listener = listener.map_err(refused)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(refused)?;
    Ok((listener, path))
}

pub(super) fn remove(path: &Path) {
    // One that is gone already is as good.
    let _ = fs::remove_file(path);
}

/// Shows a new admin token once: on the terminal, or in a file of its own where there is none.
pub(super) fn show_token(running: &Running) {
    let Some(secret) = &running.new_token else { return };
    if io::stderr().is_terminal() {
        let link = running.dashboard.first_link();
        let link = link.map_or_else(String::new, |link| {
            format!("  The dashboard, signed in, by this link once within ten minutes (another: `gantry key link`):\n\n    {link}\n\n")
        });
        let text = format!(
            "\n  Admin token, shown this once:\n\n    {}\n\n{link}",
            secret.expose()
        );
        let _ = io::stderr().write_all(text.as_bytes());
        return;
    }
    let path = beside(running.store.path(), ".admin-token");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| writeln!(file, "{}", secret.expose()));
    match written {
        Ok(()) => {
            tracing::warn!(path = %path.display(), "the admin token is in this file; keep it and remove the file")
        }
        Err(error) => {
            tracing::error!(%error, path = %path.display(), "the admin token could not be written; make another with `gantry key reset`")
        }
    }
}
