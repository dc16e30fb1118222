//! `gantry serve` as a process of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Answer, Connection};

/// No start and no stop may take longer, whatever a test measures.
const BOUND: Duration = Duration::from_secs(60);
/// The token of every server's administrator.
pub(crate) const TOKEN: &str = "token-of-the-process-tests";

/// How to start it.
pub(crate) struct Start {
    command: Command,
}

/// A server that runs. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    said: Receiver<String>,
    heard: Vec<String>,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// From starting the process until `/readyz` had answered 200.
    pub(crate) ready_in: Duration,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Everything it wrote to standard error that nobody had heard before.
    pub(crate) said: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

impl Start {
    pub(crate) fn new(data: &Path) -> Self {
        Self::with(Command::new(env!("CARGO_BIN_EXE_gantry")), data)
    }

    /// No file may become longer than `blocks` of 512 bytes: a write beyond is refused with `EFBIG`, not by a signal.
    pub(crate) fn with_file_limit(data: &Path, blocks: u64) -> Self {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#))
            .arg(env!("CARGO_BIN_EXE_gantry"));
        Self::with(command, data)
    }

    /// The binary `gantry` of a directory, to which nothing outside of that exists; its data file is beside it.
    pub(crate) fn within(root: &Path) -> Self {
        let mut command = Command::new("chroot");
        command.arg(root).arg("/gantry");
        Self::with(command, Path::new("/gantry.redb"))
    }

    fn with(mut command: Command, data: &Path) -> Self {
        command
            .args([
                "serve",
                "--public",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .current_dir(data.parent().expect("a directory"))
            .env("GANTRY_ADMIN_TOKEN", TOKEN)
            .env("GANTRY_LIMITS__VOTE", "off")
            .env("GANTRY_LIMITS__PAGE", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Self { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it, and ends it as a power cut would as soon as it has written a line with all of these words.
    pub(crate) fn killed_once_it_says(mut self, words: &[&str]) {
        let mut child = self.command.spawn().expect("the binary can be started");
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let said = lines.any(|line| words.iter().all(|word| line.contains(word)));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        assert!(said, "it ended before it said {words:?}");
    }

    pub(crate) fn run(mut self) -> Result<Server, Ended> {
        let begun = Instant::now();
        let mut child = self.command.spawn().expect("the binary can be started");
        let stderr = child.stderr.take().expect("it is piped");
        let (say, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    break;
                }
            }
        });
        let nowhere = SocketAddr::from(([0; 4], 0));
        let mut server = Server {
            child,
            said,
            heard: Vec::new(),
            public: nowhere,
            admin: nowhere,
            ready_in: Duration::ZERO,
        };
        let Some(line) = server.hear(|line| line.contains(r#""message":"ready""#)) else {
            return Err(server.ended());
        };
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        let address = |name: &str| line[name].as_str().and_then(|text| text.parse().ok());
        server.public = address("address.public").expect("its public address");
        server.admin = address("address.admin").expect("its admin address");
        assert!(is_ready(server.public), "it said that it was ready");
        server.ready_in = begun.elapsed();
        Ok(server)
    }
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Start::new(data)
            .run()
            .unwrap_or_else(|ended| panic!("it does not start: {ended:?}"))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would end it, as far as a process is concerned.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it ends");
    }

    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it is ours");
    }

    /// Stops it in order.
    pub(crate) fn stop(self) {
        self.terminate();
        let ended = self.ended();
        assert_eq!(ended.code(), Some(0), "{}", ended.said);
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(mut self) -> Ended {
        let before = self.heard.len();
        let unheard = self.hear(|_| false);
        assert!(unheard.is_none(), "nothing is looked for");
        let status = self.child.wait().expect("it ends");
        let said = self.heard[before..].join("\n");
        let early = self.heard[..before].join("\n");
        let said = if said.is_empty() { early } else { said };
        Ended { status, said }
    }

    /// Asks as the administrator.
    pub(crate) async fn admin(&self, what: &str, body: &str) -> Answer {
        let mut connection = Connection::open(self.admin).await.expect("it listens");
        connection.ask(what, TOKEN, body).await.expect("it answers")
    }

    /// A connection to the admin address, and the administrator's token.
    pub(crate) async fn desk(&self) -> std::io::Result<(Connection, &'static str)> {
        Ok((Connection::open(self.admin).await?, TOKEN))
    }

    /// Has it check every invariant of its file.
    pub(crate) async fn assert_clean(&self) {
        let answer = self.admin("POST /api/verify", "{}").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let report = answer.json();
        assert_eq!(report["clean"], true, "{report:#}");
    }

    /// Waits for a line; `None` when it ended without.
    fn hear(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let until = Instant::now() + BOUND;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if wanted(&line) {
                        return Some(line);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("nothing happened within {BOUND:?}"),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.heard.extend(self.said.try_iter());
            let last = self.heard.iter().rev().take(20).rev();
            let lines: Vec<&str> = last.map(String::as_str).collect();
            println!("the server's last words:\n{}", lines.join("\n"));
        }
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(BOUND))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: gantry\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    ask().is_ok_and(|text| text.starts_with("HTTP/1.1 200 "))
}
