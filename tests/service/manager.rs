//! A service manager that knows one unit: ours, in a directory of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::process::{Answer, Connection};

/// No start, reload or stop may take longer.
const BOUND: Duration = Duration::from_secs(60);
const TOKEN: &str = "token-of-the-service-tests";
const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/gantry.service");
const AS_UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/service/as-unit");

/// It holds the sockets for as long as it lives, whoever serves them.
pub(crate) struct Manager {
    directory: TempDir,
    sockets: Vec<(&'static str, TcpListener)>,
    notified: UnboundedReceiver<String>,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Where plain HTTP is led over.
    pub(crate) plain: SocketAddr,
    child: Option<Child>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Manager {
    /// With both sockets, at free ports.
    pub(crate) fn new(config: &str) -> Self {
        Self::with(config, &["public", "admin"])
    }

    /// With sockets of these names.
    pub(crate) fn with(config: &str, names: &[&'static str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for part in ["bin", "etc", "state", "credentials"] {
            std::fs::create_dir(directory.path().join(part)).unwrap();
        }
        let sockets: Vec<_> = names
            .iter()
            .map(|name| (*name, TcpListener::bind("127.0.0.1:0").unwrap()))
            .collect();
        let at = |wanted: &str| {
            let socket = sockets.iter().find(|(name, _)| *name == wanted);
            socket.map_or(SocketAddr::from(([127, 0, 0, 1], 0)), |(_, socket)| {
                socket.local_addr().unwrap()
            })
        };
        let (public, admin, plain) = (at("public"), at("admin"), at("http"));
        let manager = Self {
            notified: listen(&directory.path().join("notify")),
            directory,
            sockets,
            public,
            admin,
            plain,
            child: None,
            said: Arc::default(),
        };
        manager.configure(config);
        manager.install();
        manager
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The directory that is the service's own.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub(crate) fn configure(&self, config: &str) {
        std::fs::write(self.path("etc/gantry.toml"), config).unwrap();
    }

    pub(crate) fn credential(&self, name: &str, secret: &str) {
        std::fs::write(self.path("credentials").join(name), secret).unwrap();
    }

    /// Puts the binary in its place as dpkg does, whether or not the one before it runs.
    pub(crate) fn install(&self) {
        let new = self.path("bin/gantry.dpkg-new");
        std::fs::copy(env!("CARGO_BIN_EXE_gantry"), &new).unwrap();
        std::fs::rename(new, self.path("bin/gantry")).unwrap();
    }

    /// The unit's command, with our directories in the place of the machine's.
    fn command(&self) -> Vec<String> {
        let unit = std::fs::read_to_string(UNIT).unwrap();
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart="));
        let [bin, etc] = ["bin", "etc"].map(|name| self.path(name).display().to_string());
        line.expect("it has a command")
            .replace("/usr/bin", &bin)
            .replace("/etc/gantry", &etc)
            .split(' ')
            .map(str::to_owned)
            .collect()
    }

    /// Starts it, and returns at once.
    pub(crate) fn begin(&mut self) {
        // A duplicate is inherited; the original is not.
        let handed: Vec<(&str, OwnedFd)> = self
            .sockets
            .iter()
            .map(|(name, socket)| (*name, rustix::io::dup(socket).unwrap()))
            .collect();
        let mut command = Command::new(AS_UNIT);
        command.arg(UNIT);
        for (name, fd) in &handed {
            command.arg(format!("{}={name}", fd.as_raw_fd()));
        }
        let mut child = command
            .arg("--")
            .args(self.command())
            .current_dir(self.state())
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("NOTIFY_SOCKET", self.path("notify"))
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env("STATE_DIRECTORY", self.state())
            .env("WATCHDOG_USEC", "1000000")
            .env("GANTRY_ADMIN_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3 with its module seccomp");
        let stderr = child.stderr.take().expect("it is piped");
        let said = Arc::clone(&self.said);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                said.lock().unwrap().push(line);
            }
        });
        self.child = Some(child);
    }

    /// Starts it, and waits until it says that it is ready.
    pub(crate) async fn start(&mut self) {
        self.begin();
        self.told("READY=1").await;
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        kill_process(Pid::from_child(child), signal).expect("it is ours");
    }

    /// `systemctl reload`.
    pub(crate) async fn reload(&mut self) {
        self.signal(Signal::HUP);
        self.told("RELOADING=1").await;
        self.told("READY=1").await;
    }

    /// `systemctl stop`; the sockets stay open.
    pub(crate) async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let ended = self.ended().await;
        assert_eq!(ended.code(), Some(0), "{:#?}", self.said());
        self.told("STOPPING=1").await;
    }

    /// Waits until it ends.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let wait = tokio::task::spawn_blocking(move || child.wait().unwrap());
        timeout(BOUND, wait).await.expect("it ends in time").unwrap()
    }

    /// Waits until it says `wanted`; what it says before that is passed over.
    pub(crate) async fn told(&mut self, wanted: &str) {
        loop {
            let Ok(came) = timeout(BOUND, self.notified.recv()).await else {
                panic!("no {wanted} within {BOUND:?}: {:#?}", self.said());
            };
            if came.expect("somebody listens").lines().any(|line| line == wanted) {
                return;
            }
        }
    }

    /// Waits for a line of its log.
    pub(crate) async fn hears(&self, wanted: &str) -> String {
        let heard = async {
            loop {
                if let Some(line) = self.said().into_iter().find(|line| line.contains(wanted)) {
                    return line;
                }
                // The pipe may be read a moment after it was written to.
                tokio::task::yield_now().await;
            }
        };
        timeout(BOUND, heard).await.expect("it says so")
    }

    /// Every line of its log so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Asks as the administrator, over a fresh connection.
    pub(crate) async fn ask(&self, what: &str, body: &str) -> Answer {
        let mut connection = Connection::open(self.admin).await.expect("it listens");
        connection.ask(what, TOKEN, body).await.expect("it answers")
    }

    /// Makes the poll of the tests, and a key that may send events.
    pub(crate) async fn furnish(&self) -> String {
        let options = r#"[{"id":"a","label":"A"},{"id":"b","label":"B"},{"id":"c","label":"C"}]"#;
        let poll = format!(r#"{{"pollId":"best","question":"Which?","options":{options}}}"#);
        let made = self.ask("POST /api/polls", &poll).await;
        assert_eq!(made.status, 201, "{made:?}");
        let made = self
            .ask("POST /api/keys", r#"{"name":"sources","scope":"ingest"}"#)
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["key"].as_str().expect("a key").to_owned()
    }

    pub(crate) async fn assert_clean(&self) {
        let report = self.ask("POST /api/verify", "{}").await.json();
        assert_eq!(report["clean"], true, "{report:#}");
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Takes what it is told as soon as it comes: whoever tells it waits for that.
fn listen(at: &Path) -> UnboundedReceiver<String> {
    let socket = UnixDatagram::bind(at).unwrap();
    let (say, told) = unbounded_channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read) = socket.recv(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            if say.send(text).is_err() {
                break;
            }
        }
    });
    told
}

/// A line of its log without the priority that the journal takes off; and that priority.
pub(crate) fn priority(line: &str) -> (Option<u8>, &str) {
    let parts = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    match parts {
        Some((number, text)) if number.len() == 1 => (number.parse().ok(), text),
        _ => (None, line),
    }
}

/// Runs a command under the unit's lists; what it says.
pub(crate) fn under_the_unit(command: &[&str]) -> String {
    let output = Command::new(AS_UNIT)
        .arg(UNIT)
        .arg("--")
        .args(command)
        .stdin(Stdio::null())
        .output()
        .expect("python3 with its module seccomp");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// What the kernel says of a process.
pub(crate) fn status_of(pid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.expect("the kernel says it")
        .trim_start_matches(':')
        .trim()
        .to_owned()
}
