//! What the tests of the command line share: a directory, the binary, and a server that plays a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread::JoinHandle;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// `gantry` in `at`, with nothing of ours in its environment.
pub(crate) fn gantry(at: &Path, args: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("gantry").expect("the binary");
    command.current_dir(at).env_clear().args(args).assert()
}

pub(crate) fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8")
}

pub(crate) fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("UTF-8")
}

/// A server that gives each connection the next of its answers, whatever is asked, and tells what was asked.
pub(crate) struct Scripted {
    directory: TempDir,
    asked: JoinHandle<Vec<String>>,
}

impl Scripted {
    pub(crate) fn new(answers: &'static [(u16, &'static str)]) -> Self {
        let directory = directory();
        let listener = UnixListener::bind(directory.path().join("gantry.redb.sock")).expect("a socket");
        let serve = move || {
            let answer = |(status, body): &(u16, &str)| {
                let (stream, _) = listener.accept().expect("a connection");
                exchange(stream, *status, body)
            };
            answers.iter().map(answer).collect()
        };
        Self {
            directory,
            asked: std::thread::spawn(serve),
        }
    }

    pub(crate) fn gantry(&self, args: &[&str]) -> Assert {
        gantry(self.directory.path(), args)
    }

    /// Every request: its first line, and its body behind it.
    pub(crate) fn asked(self) -> Vec<String> {
        self.asked.join().expect("the script was played")
    }
}

fn exchange(stream: UnixStream, status: u16, body: &str) -> String {
    let mut reader = BufReader::new(&stream);
    let mut asked = String::new();
    reader.read_line(&mut asked).expect("a request");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().expect("a length");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).expect("a body");
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    (&stream)
        .write_all(format!("{head}{body}").as_bytes())
        .expect("answered");
    let line = asked.trim_end().trim_end_matches(" HTTP/1.1");
    format!("{line} {}", String::from_utf8_lossy(&sent))
        .trim_end()
        .to_owned()
}
