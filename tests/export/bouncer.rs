//! PgBouncer before a server, in transaction mode: every transaction may be on another connection.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::postgres::{Database, Server, as_server, own};

/// No start may take longer.
const BOUND: Duration = Duration::from_secs(20);
/// What its socket is named by.
const PORT: u16 = 6432;

/// A PgBouncer. Dropping it ends it.
pub(crate) struct Bouncer {
    directory: TempDir,
    child: Child,
}

impl Bouncer {
    pub(crate) async fn before(server: &Server) -> Self {
        let directory = tempfile::tempdir().unwrap();
        own(directory.path());
        let settings = format!(
            "[databases]\n\
             launch = host={} dbname=launch user=gantry\n\
             [pgbouncer]\n\
             listen_port = {PORT}\n\
             unix_socket_dir = {}\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = 3\n\
             server_login_retry = 1\n\
             logfile = {}/log\n",
            server.directory().display(),
            directory.path().display(),
            directory.path().display(),
        );
        let path = directory.path().join("pgbouncer.ini");
        fs::write(&path, settings).unwrap();
        own(&path);
        let child = as_server(Path::new("/usr/sbin/pgbouncer"), directory.path())
            .args(["-q", "pgbouncer.ini"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the package pgbouncer is installed");
        let bouncer = Self { directory, child };
        bouncer.ready().await;
        bouncer
    }

    /// Where `gantry` finds the database.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://gantry@/launch?host={}&port={PORT}",
            self.directory.path().display()
        )
    }

    async fn ready(&self) {
        let until = Instant::now() + BOUND;
        while Database::open(&self.url()).await.is_err() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "it does not start: {log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::QUIT);
        let _ = self.child.wait();
    }
}
