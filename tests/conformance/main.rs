//! Conformance: what a shared cache has to do by RFC 9111, by the public suite `http-cache-tests`, in `strict` mode.
//!
//! `tests/run` fetches the suite into `target/conformance`, at the version of `package.json`. The tests that fail are in
//! `known.txt`, each with its reason; where the list is no longer true, this fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking, says what it measured, and waits"
)]

#[path = "../process/mod.rs"]
mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use process::Start;

/// What has to be reached, in hundredths, of the tests of each kind.
const LEAST: [(&str, usize); 2] = [("required", 89), ("optimal", 71)];

/// The suite's own origin.
struct Origin(Child, u16);

impl Origin {
    fn start(home: &Path, directory: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let server = Command::new("node")
            .arg("server/server.mjs")
            .current_dir(home)
            .env("npm_config_protocol", "http")
            .env("npm_config_port", port.to_string())
            .env("npm_config_pidfile", directory.join("origin.pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("node is there");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the suite's origin does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(server, port)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn home() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = root.join("target/conformance/node_modules/http-cache-tests");
    assert!(
        home.is_dir(),
        "tests/run fetches it: {} is not there",
        home.display()
    );
    home
}

/// The tests that are known to fail, with their reasons.
fn known() -> BTreeMap<String, String> {
    let lines = include_str!("known.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let split = |line: &str| {
        let (name, reason) = line.split_once(": ").expect("a name and a reason");
        (name.to_owned(), reason.to_owned())
    };
    lines.filter(|line| !line.is_empty()).map(split).collect()
}

/// One run of the suite.
struct Ran {
    /// By kind, how many passed and how many there are.
    totals: BTreeMap<String, (usize, usize)>,
    /// Those that failed, but for the mere questions.
    failed: BTreeSet<String>,
}

impl Ran {
    fn of(home: &Path, cache: &str) -> Self {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/suite.mjs");
        let ran = Command::new("node")
            .arg(suite)
            .arg(home)
            .arg(cache)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .expect("node is there");
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success(), "{said}");
        let mut totals = BTreeMap::<String, (usize, usize)>::new();
        let mut failed = BTreeSet::new();
        for line in said.lines() {
            let mut fields = line.split('\t');
            let (Some(kind), Some(name), Some(result)) = (fields.next(), fields.next(), fields.next()) else {
                panic!("not a line of the suite: {line}");
            };
            let total = totals.entry(kind.to_owned()).or_default();
            total.1 += 1;
            if result == "passed" {
                total.0 += 1;
            } else if kind != "check" {
                println!("{line}");
                failed.insert(name.to_owned());
            }
        }
        Self { totals, failed }
    }

    /// What failed both times, and the better totals.
    fn and(mut self, other: Self) -> Self {
        self.failed.retain(|name| other.failed.contains(name));
        for (kind, total) in other.totals {
            let known = self.totals.entry(kind).or_default();
            *known = (*known).max(total);
        }
        self
    }
}

#[test]
fn the_cache_does_what_the_suite_asks_of_one_and_what_it_does_not_is_known() {
    let home = home();
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::start(&home, directory.path());
    let config = directory.path().join("gantry.toml");
    let site = format!(
        "[pages]\norigin = \"http://127.0.0.1:{}\"\nstrict = true\n",
        origin.1
    );
    std::fs::write(&config, site).unwrap();
    let data = directory.path().join("gantry.redb");
    let server = Start::new(&data).arg("--config").arg(&config).run();
    let server = server.unwrap_or_else(|ended| panic!("it does not start: {ended:?}"));

    let cache = format!("http://{}", server.public);
    let known = known();
    let mut ran = Ran::of(&home, &cache);
    // The suite counts seconds of its own: what fails once and not again was late.
    for _ in 0..2 {
        if ran.failed.iter().all(|name| known.contains_key(name)) {
            break;
        }
        ran = ran.and(Ran::of(&home, &cache));
    }
    server.stop();

    for (kind, (passed, all)) in &ran.totals {
        println!("{kind}: {passed} of {all}");
    }
    let news: Vec<_> = ran
        .failed
        .iter()
        .filter(|name| !known.contains_key(*name))
        .collect();
    let mended: Vec<_> = known.keys().filter(|name| !ran.failed.contains(*name)).collect();
    assert!(
        news.is_empty() && mended.is_empty(),
        "known.txt is not true: {news:#?} fail, and {mended:#?} do not"
    );
    for (kind, least) in LEAST {
        let (passed, all) = ran.totals.get(kind).copied().unwrap_or_default();
        assert!(
            all > 0 && passed * 100 >= all * least,
            "{kind}: {passed} of {all}, and {least} % are asked for"
        );
    }
}
