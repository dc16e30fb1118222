//! A PostgreSQL server of one's own: made in a directory that goes with it, heard on a unix socket there.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::Database;

/// No start may take longer.
const BOUND: Duration = Duration::from_secs(60);
/// How often it is looked whether it has begun.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Who may run a server: nobody else who is root may.
const RUNS_AS: &str = "postgres";
/// What its socket is named by, where it is heard nowhere else.
const PORT: u16 = 5432;
/// Its own superuser.
const SUPERUSER: &str = "postgres";

/// A server. Dropping it ends it.
pub(crate) struct Server {
    directory: TempDir,
    /// Where it is heard beside its socket, if anywhere.
    port: Option<u16>,
    child: Child,
    stopped: Vec<Pid>,
}

impl Server {
    /// A server with a database `launch` that belongs to the role `gantry`.
    pub(crate) async fn start() -> Self {
        Self::made(None).await
    }

    /// One that is heard on a port of the loopback too, and shows a certificate there, which it has with its key in PEM.
    pub(crate) async fn secured(certificate: &str, key: &str) -> Self {
        Self::made(Some([certificate, key])).await
    }

    async fn made(pair: Option<[&str; 2]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        own(directory.path());
        let mut initdb = as_server(&bin("initdb"), directory.path());
        initdb
            .args([
                "-D",
                "data",
                "-U",
                SUPERUSER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ])
            .stdout(Stdio::null());
        assert!(initdb.status().unwrap().success(), "initdb fails");
        let nowhere = "listen_addresses = ''\n".to_owned();
        let (port, heard) = pair.map_or((None, nowhere), |pair| secured(directory.path(), pair));
        let conf = File::options()
            .append(true)
            .open(directory.path().join("data/postgresql.conf"));
        conf.unwrap().write_all(heard.as_bytes()).unwrap();
        let child = run(directory.path());
        let server = Self {
            directory,
            port,
            child,
            stopped: Vec::new(),
        };
        server.ready().await;
        let owner = server.superuser("postgres").await;
        owner.run("CREATE ROLE gantry LOGIN").await;
        owner.run("CREATE DATABASE launch OWNER gantry").await;
        server
    }

    /// Where its sockets are.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Where `gantry` finds the database.
    pub(crate) fn url(&self) -> String {
        self.socket_of("gantry", "launch")
    }

    /// Where `gantry` finds the database by the name of its host.
    pub(crate) fn url_by(&self, host: &str) -> String {
        let port = self.port.expect("it is heard there");
        format!("postgres://gantry@{host}:{port}/launch?sslmode=verify-full")
    }

    /// Its socket is named by its port, also where nobody hears that.
    fn socket_of(&self, role: &str, database: &str) -> String {
        let (at, port) = (self.directory().display(), self.port.unwrap_or(PORT));
        format!("postgres://{role}@/{database}?host={at}&port={port}")
    }

    /// A session of the superuser.
    pub(crate) async fn superuser(&self, database: &str) -> Database {
        Database::open(&self.socket_of(SUPERUSER, database))
            .await
            .expect("it lets its superuser in")
    }

    /// Ends the postmaster as nothing can be ended, and starts it again.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.start_again().await;
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn end(&mut self) {
        self.go_on();
        kill_process(Pid::from_child(&self.child), Signal::QUIT).unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it after it has ended.
    pub(crate) async fn start_again(&mut self) {
        self.child = run(self.directory.path());
        self.ready().await;
    }

    /// Stops every process of it where it stands.
    pub(crate) fn stop(&mut self) {
        let postmaster = Pid::from_child(&self.child);
        self.stopped = children(postmaster);
        self.stopped.push(postmaster);
        for pid in &self.stopped {
            // One that has ended meanwhile needs no stopping.
            let _ = kill_process(*pid, Signal::STOP);
        }
    }

    /// Lets them go on.
    pub(crate) fn go_on(&mut self) {
        for pid in std::mem::take(&mut self.stopped).iter().rev() {
            let _ = kill_process(*pid, Signal::CONT);
        }
    }

    /// Waits until it takes connections. One that does not start, because what was killed has not quite ended, is started
    /// anew.
    async fn ready(&self) {
        let until = Instant::now() + BOUND;
        let url = self.socket_of(SUPERUSER, "postgres");
        while Database::open(&url).await.is_err() {
            assert!(Instant::now() < until, "it does not start: {}", self.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_on();
        let _ = kill_process(Pid::from_child(&self.child), Signal::QUIT);
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            println!("PostgreSQL's last words:\n{}", last.join("\n"));
        }
    }
}

/// What has it show a pair on a port that is free, and the port.
fn secured(directory: &Path, pair: [&str; 2]) -> (Option<u16>, String) {
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| directory.join(name));
    for (path, pem) in [&certificate, &key].into_iter().zip(pair) {
        fs::write(path, pem).unwrap();
        own(path);
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let settings = format!(
        "listen_addresses = 'localhost'\nport = {port}\nssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
        certificate.display(),
        key.display()
    );
    (Some(port), settings)
}

/// Runs the postmaster, over and over until it stays: what was killed may still hold its memory.
fn run(directory: &Path) -> Child {
    let until = Instant::now() + BOUND;
    loop {
        let log = File::options()
            .create(true)
            .append(true)
            .open(directory.join("log"))
            .unwrap();
        let mut command = as_server(&bin("postgres"), directory);
        // What a commit has written survives a killed process, if not a power cut: nobody cuts the power here.
        command
            .args(["-D", "data", "-k", &directory.display().to_string()])
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .args([
                "-c",
                "shared_buffers=32MB",
                "-c",
                "max_connections=20",
                "-c",
                "autovacuum=off",
            ])
            .stdout(Stdio::null())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let watched = Instant::now() + Duration::from_millis(300);
        while Instant::now() < watched {
            std::thread::sleep(LOOK_EVERY);
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        if child.try_wait().unwrap().is_none() {
            return child;
        }
        assert!(Instant::now() < until, "it does not start");
    }
}

/// A command in `directory`, run by who may run a server.
pub(crate) fn as_server(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    if let Some((uid, gid)) = other() {
        command.uid(uid).gid(gid);
    }
    command
}

/// Gives a file to who runs the server.
pub(crate) fn own(path: &Path) {
    if let Some((uid, gid)) = other() {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

/// Who runs the server where we are root, whom it refuses.
fn other() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with(&format!("{RUNS_AS}:")));
    let fields: Vec<&str> = line.expect("the package makes the user").split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

/// A program of the newest version that is installed.
fn bin(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("the package postgresql is installed");
    let version = versions
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok())
        .max();
    Path::new("/usr/lib/postgresql")
        .join(version.expect("a version").to_string())
        .join("bin")
        .join(name)
}

/// The processes that `parent` has started.
fn children(parent: Pid) -> Vec<Pid> {
    let parent = format!("PPid:\t{}", parent.as_raw_nonzero());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().map_while(Result::ok) {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == parent) {
            found.extend(pid.and_then(Pid::from_raw));
        }
    }
    found
}
