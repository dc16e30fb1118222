//! The real binary, for what only a process can be told: signals, and an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::stage::until;
use crate::support::http::Door;

/// What it writes to standard error.
const LOG: &str = "log";

/// A server that is killed with its test.
pub(crate) struct Process {
    child: Child,
    directory: PathBuf,
}

impl Process {
    /// Starts it with the `gantry.toml` of a directory, which it works in, and further variables of its environment.
    pub(crate) fn start(directory: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
        command.args(["serve", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        command.env("GANTRY_ADMIN_TOKEN", "gty_of-this-test");
        command.envs(variables.iter().copied());
        let log = std::fs::File::create(directory.join(LOG)).expect("a file");
        command.current_dir(directory).stdin(Stdio::null()).stderr(log);
        Self {
            child: command.spawn().expect("it starts"),
            directory: directory.to_owned(),
        }
    }

    /// Waits until it has logged these words.
    pub(crate) async fn said(&self, words: &str) {
        let log = self.directory.join(LOG);
        let said = || std::fs::read_to_string(&log).expect("the log").contains(words);
        until(|| async { said().then_some(()) }).await;
    }

    /// Its unix socket.
    pub(crate) fn owner(&self) -> Door {
        Door::unix(&self.directory.join("gantry.redb.sock"))
    }

    pub(crate) fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("told");
    }

    pub(crate) async fn end(mut self) -> ExitStatus {
        self.tell(Signal::TERM);
        tokio::task::spawn_blocking(move || self.child.wait().expect("it ends"))
            .await
            .expect("waited")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
