//! What a page takes for granted: a shell in an empty directory with `gantry` at hand, and addresses that are free.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The longest that the blocks of a page may take together, in seconds.
const BOUND_S: &str = "150";

/// Notes whatever fails and goes on, as somebody would who types it line by line, and leaves nothing running.
const OPENING: &str = r#"
set -E -o pipefail
trap 'echo "$? $BASH_COMMAND" >> "$HERE/failed"' ERR
trap 'kill $(jobs -p) 2> /dev/null; wait' EXIT
"#;

/// A directory, and the addresses that stand for those on the pages.
pub(crate) struct Ground {
    pub(crate) at: TempDir,
    /// What is written on the pages, and what stands for it.
    stands_for: Vec<(String, String)>,
}

/// What came of a script.
#[derive(Debug)]
pub(crate) struct Said {
    /// All it wrote, to either.
    pub(crate) text: String,
    /// The commands that failed, each behind its status.
    pub(crate) failed: Vec<String>,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let [public, admin, receiver] = [(); 3].map(|()| free_port());
        let stands_for = [
            // It is built already, and begins in a directory of its own.
            ("cargo build --release\n", String::new()),
            ("export PATH=\"$PWD/target/release:$PATH\"\n", String::new()),
            ("cd \"$(mktemp -d)\"\n", String::new()),
            // Who types it is asked.
            (
                "gantry person erase --email ann@example.com\n",
                "gantry person erase --email ann@example.com --yes\n".to_owned(),
            ),
            ("https://launch.example", format!("http://127.0.0.1:{public}")),
            ("127.0.0.1:8080", format!("127.0.0.1:{public}")),
            ("127.0.0.1:8081", format!("127.0.0.1:{admin}")),
            ("https://crm.example", format!("http://127.0.0.1:{receiver}")),
            ("127.0.0.1:9000", format!("127.0.0.1:{receiver}")),
            ("(\"127.0.0.1\", 9000)", format!("(\"127.0.0.1\", {receiver})")),
        ];
        Self {
            at: tempfile::tempdir().unwrap(),
            stands_for: stands_for
                .map(|(written, meant)| (written.to_owned(), meant))
                .into(),
        }
    }

    /// From now on `meant` stands for what is written.
    pub(crate) fn read(&mut self, written: &str, meant: &str) {
        self.stands_for.insert(0, (written.to_owned(), meant.to_owned()));
    }

    /// A text of a page, as it is meant here.
    pub(crate) fn meant(&self, text: &str) -> String {
        let replace = |text: String, (written, meant): &(String, String)| text.replace(written, meant);
        self.stands_for.iter().fold(text.to_owned(), replace)
    }

    /// Where the page's server is for visitors.
    pub(crate) fn public(&self) -> String {
        self.meant("127.0.0.1:8080")
    }

    /// Runs a script, all that it started included.
    pub(crate) fn run(&self, script: &str) -> Said {
        let here = self.at.path();
        fs::write(here.join("script"), format!("{OPENING}{}", self.meant(script))).unwrap();
        fs::write(here.join("failed"), "").unwrap();
        let output = self
            .command("bash")
            .args(["-c", "exec bash script 2>&1"])
            .output()
            .unwrap();
        let failed = fs::read_to_string(here.join("failed")).unwrap();
        Said {
            text: text(&output.stdout),
            failed: failed.lines().map(str::to_owned).collect(),
        }
    }

    /// A program, here: within a bound, with `gantry` at hand and its addresses in the environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_gantry")).parent().unwrap();
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", BOUND_S, "env", "-u", "GANTRY_ADMIN_TOKEN"])
            .arg(format!("PATH={}:{}", binary.display(), path()))
            .arg(program)
            .current_dir(self.at.path())
            .env("HERE", self.at.path())
            .env("GANTRY_SERVER__PUBLIC", self.public())
            .env("GANTRY_SERVER__ADMIN", self.meant("127.0.0.1:8081"))
            .env("VOTER_SECRET", "a secret of tests")
            .stdin(Stdio::null());
        command
    }
}

impl Said {
    /// Fails unless these came, in this order.
    #[track_caller]
    pub(crate) fn assert_has(&self, wanted: &[&str]) {
        let mut rest = self.text.as_str();
        for text in wanted {
            let Some((_, behind)) = rest.split_once(text) else {
                panic!("no {text:?} in:\n{}\n(failed: {:#?})", self.text, self.failed);
            };
            rest = behind;
        }
    }

    /// Fails unless these commands failed, and no other.
    #[track_caller]
    pub(crate) fn assert_failed(&self, wanted: &[&str]) {
        assert_eq!(self.failed, wanted, "{}", self.text);
    }
}

/// What a program wrote; fails unless it ended well.
#[track_caller]
pub(crate) fn said(output: &Output) -> String {
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}: {out}{error}", output.status);
    out
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[expect(
    clippy::disallowed_methods,
    reason = "programs are found where the runner finds them"
)]
fn path() -> String {
    std::env::var("PATH").unwrap()
}
