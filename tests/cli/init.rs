//! `gantry init`: what is told by flags and what is asked on a terminal becomes files that `check` accepts.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command as Process, Stdio};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

use super::ground::{directory, gantry, stderr, stdout};

/// What is written at `at`, without comments, line by line; it passes `check`, from wherever that is run.
fn written(at: &Path) -> Vec<String> {
    let valid = stdout(&gantry(at, &["check"]).code(0));
    assert_eq!(valid, "gantry.toml is valid\n");
    let path = at.join("gantry.toml");
    gantry(
        Path::new("/"),
        &["check", "--config", path.to_str().expect("text")],
    )
    .code(0);
    let text = fs::read_to_string(path).expect("a configuration");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn holds(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|written| written == line), "{line} in {lines:?}");
    }
}

fn init(at: &Path, flags: &[&str]) -> Assert {
    gantry(at, &[&["init"], flags].concat())
}

/// `gantry init` at a terminal of its own, which `script` gives it.
struct Terminal {
    script: Child,
    screen: BufReader<ChildStdout>,
    seen: String,
}

impl Terminal {
    fn open(at: &Path, flags: &str) -> Self {
        let binary = assert_cmd::cargo::cargo_bin("gantry");
        let command = format!("'{}' init {flags}", binary.display());
        let mut script = Process::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(at)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script, of Debian's bsdutils");
        let screen = script.stdout.take().expect("a screen");
        Self {
            script,
            screen: BufReader::new(screen),
            seen: String::new(),
        }
    }

    /// Waits for a question, and answers it.
    fn answers(&mut self, question: &str, answer: &str) -> &mut Self {
        self.sees(question);
        self.sees("> ");
        let keyboard = self.script.stdin.as_mut().expect("a keyboard");
        keyboard
            .write_all(format!("{answer}\n").as_bytes())
            .expect("typed");
        self
    }

    /// Reads up to these words; what was seen before them is done with.
    fn sees(&mut self, words: &str) {
        let mut screen = self.screen.by_ref().bytes();
        while !self.seen.ends_with(words) {
            let byte = screen.next().unwrap_or_else(|| panic!("{words}: {}", self.seen));
            self.seen.push(char::from(byte.expect("a screen")));
        }
        self.seen.clear();
    }

    /// What is shown at the end, and how it ended.
    fn ends(mut self) -> (String, Option<i32>) {
        let mut rest = String::new();
        self.screen.read_to_string(&mut rest).expect("a screen");
        let ended = self.script.wait().expect("it ends");
        (rest, ended.code())
    }
}

#[test]
fn init_makes_files_that_check_and_verify_accept_and_shows_the_token_once() {
    let at = directory();
    let told = stdout(&gantry(at.path(), &["init", "launch"]).code(0));
    assert_eq!(told.matches("gty_").count(), 1, "{told}");
    let there = at.path().join("launch");
    assert_eq!(
        stdout(&gantry(&there, &["check"]).code(0)),
        "gantry.toml is valid\n"
    );
    let verified = stdout(&gantry(&there, &["verify", "gantry.redb"]).code(0));
    assert!(verified.ends_with("gantry.redb is clean\n"), "{verified}");
    let report = stdout(&gantry(&there, &["verify", "gantry.redb", "--json"]).code(0));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["clean"], true);
    assert!(report["checks"].as_array().expect("checks").len() > 3, "{report}");
}

#[test]
fn init_refuses_to_touch_what_is_there() {
    let at = directory();
    gantry(at.path(), &["init"]).code(0);
    let before = fs::read(at.path().join("gantry.redb")).expect("a data file");
    let told = stderr(&gantry(at.path(), &["init"]).code(1));
    assert!(
        told.starts_with("gantry: ") && told.contains("gantry.toml is there already"),
        "{told}"
    );
    fs::remove_file(at.path().join("gantry.toml")).expect("removed");
    let told = stderr(&gantry(at.path(), &["init"]).code(1));
    assert!(told.contains("gantry.redb is there already"), "{told}");
    assert!(!at.path().join("gantry.toml").exists());
    assert_eq!(
        fs::read(at.path().join("gantry.redb")).expect("a data file"),
        before
    );
}

#[test]
fn init_does_not_repeat_a_token_that_was_chosen() {
    let at = directory();
    let mut command = Command::cargo_bin("gantry").expect("the binary");
    let made = command
        .current_dir(at.path())
        .env("GANTRY_ADMIN_TOKEN", "chosen-by-hand")
        .arg("init")
        .assert();
    let told = stdout(&made.code(0));
    assert!(
        told.contains("as in GANTRY_ADMIN_TOKEN") && !told.contains("chosen-by-hand"),
        "{told}"
    );
}

#[test]
fn what_flags_say_is_written_and_nobody_is_asked() {
    let at = directory();
    let flags = [
        "--origin",
        "http://127.0.0.1:3000",
        "--domain",
        "shop.example",
        "--domain",
        "www.shop.example",
        "--admin-domain",
        "gantry.shop.example",
        "--launch",
        "2026-12-01T00:01:00",
        "--alerts-url",
        "https://hooks.slack.com/services/T0/B0/very-secret",
    ];
    let told = init(at.path(), &flags).code(0);
    assert_eq!(stderr(&told), "");
    let lines = written(at.path());
    holds(
        &lines,
        &[
            "public = \"[::]:443\"",
            "domains = [\"shop.example\", \"www.shop.example\"]",
            "admin_domain = \"gantry.shop.example\"",
            "origin = \"http://127.0.0.1:3000\"",
            "at = \"2026-12-01T00:01:00\"",
            "timezone = \"America/Los_Angeles\"",
            "to = [\"alerts\"]",
            "preset = \"slack\"",
        ],
    );
    // The address is a secret: it stands in a file of its own, and nowhere else.
    let all = format!("{lines:?}{}", stdout(&told));
    assert!(!all.contains("very-secret"), "{all}");
    let alerts = at.path().join("alerts.url");
    let mode = fs::metadata(&alerts).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = fs::read_to_string(alerts).expect("an address");
    assert_eq!(kept, "https://hooks.slack.com/services/T0/B0/very-secret\n");
}

#[test]
fn one_answer_alone_changes_its_own_lines_and_json_tells_what_was_made() {
    let at = directory();
    let told = stdout(
        &init(
            at.path(),
            &["launch", "--json", "--alerts-url", "https://ops.example/in"],
        )
        .code(0),
    );
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["alertsUrl"], "launch/alerts.url");
    assert!(told["adminToken"].as_str().expect("a token").starts_with("gty_"));
    let lines = written(&at.path().join("launch"));
    holds(
        &lines,
        &[
            "public = \"127.0.0.1:8080\"",
            "warm_before = \"2h\"",
            "preset = \"http\"",
        ],
    );

    // One that is kept elsewhere stays there.
    let file = at.path().join("kept");
    fs::write(&file, "https://hooks.slack.com/services/x\n").expect("written");
    init(at.path(), &["other", "--alerts-url", "file:kept"]).code(0);
    let other = at.path().join("other");
    let url = format!("url = \"file:{}\"", file.display());
    holds(&written(&other), &[&url, "preset = \"slack\""]);
    assert!(!other.join("alerts.url").exists());
}

#[test]
fn what_cannot_be_written_whole_is_not_left_in_part() {
    let binary = assert_cmd::cargo::cargo_bin("gantry");
    // Of files that may be so many blocks of 512 bytes long, the configuration is none, or the data file.
    for (blocks, refused) in [(1, "gantry.toml"), (64, "gantry.redb")] {
        let at = directory();
        let line = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec '{}' init --yes --alerts-url https://ops.example/in",
            binary.display()
        );
        let made = Command::new("/bin/sh")
            .args(["-c", &line])
            .current_dir(at.path())
            .env_clear()
            .assert();
        let told = stderr(&made.code(74));
        assert!(told.contains(refused) && told.lines().count() == 1, "{told}");
        assert_eq!(
            fs::read_dir(at.path()).expect("a directory").count(),
            0,
            "{refused}"
        );
    }
}

#[test]
fn a_flag_that_cannot_be_taken_is_named_and_nothing_is_made() {
    let at = directory();
    for (flags, said) in [
        (&["--origin", "localhost:3000"][..], "--origin"),
        (&["--domain", "192.0.2.7"], "--domain"),
        (
            &["--domain", "a.example", "--admin-domain", "a.example"],
            "--admin-domain",
        ),
        (&["--launch", "tomorrow"], "--launch"),
        (
            &["--launch", "2026-12-01T00:01:00", "--timezone", "Mars/Olympus"],
            "--timezone",
        ),
        (&["--alerts-url", "slack"], "--alerts-url"),
        (&["--alerts-url", "env:NOT_THERE"], "--alerts-url"),
    ] {
        let told = stderr(&init(at.path(), flags).code(2));
        assert!(told.contains(said), "{flags:?}: {told}");
        assert_eq!(
            fs::read_dir(at.path()).expect("a directory").count(),
            0,
            "{flags:?}"
        );
    }
    fs::write(at.path().join("alerts.url"), "mine").expect("written");
    let told = stderr(&init(at.path(), &["--alerts-url", "https://ops.example/in"]).code(1));
    assert!(told.contains("alerts.url is there already"), "{told}");
    assert_eq!(fs::read_dir(at.path()).expect("a directory").count(), 1);
}

#[test]
fn at_a_terminal_it_asks_what_is_not_said_and_again_where_an_answer_cannot_be_taken() {
    let at = directory();
    let mut terminal = Terminal::open(at.path(), "--origin http://127.0.0.1:3000");
    terminal
        .answers("Which names lead to this machine", "https://shop.example")
        .answers("without scheme, port or star", "shop.example, www.shop.example")
        .answers("dashboard opened?", "")
        .answers("When do you launch?", "2026-12-01T00:01:00")
        .answers("which zone?", "Europe/Berlin")
        .answers("Where do alerts go?", "");
    let (shown, code) = terminal.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("admin token    gty_"), "{shown}");
    let lines = written(at.path());
    holds(
        &lines,
        &[
            "domains = [\"shop.example\", \"www.shop.example\"]",
            "admin_domain = \"\"",
            "at = \"2026-12-01T00:01:00\"",
            "timezone = \"Europe/Berlin\"",
            "to = []",
            "origin = \"http://127.0.0.1:3000\"",
        ],
    );
}

#[test]
fn enter_alone_leaves_everything_as_it_is_packaged_and_so_does_yes() {
    let asked = directory();
    let mut terminal = Terminal::open(asked.path(), "");
    for question in [
        "Where does your site run",
        "Which names",
        "When do you",
        "Where do alerts",
    ] {
        terminal.answers(question, "");
    }
    assert_eq!(terminal.ends().1, Some(0));
    let unasked = directory();
    let (shown, code) = Terminal::open(unasked.path(), "--yes").ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains('?'), "{shown}");
    assert_eq!(written(asked.path()), written(unasked.path()));
}

#[test]
fn who_gives_no_answer_gets_no_files() {
    let at = directory();
    let mut terminal = Terminal::open(at.path(), "");
    // The end of its input, as Ctrl-D makes it.
    terminal.answers("Where does your site run", "\u{4}\u{4}");
    terminal.script.stdin.take();
    let (shown, code) = terminal.ends();
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(fs::read_dir(at.path()).expect("a directory").count(), 0);
}
