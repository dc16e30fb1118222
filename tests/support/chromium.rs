//! A headless Chromium for the browser tests: Debian's `chromium` behind `chromium-driver`, with a profile of its own.
//!
//! Nothing here skips: without the two programs a test fails and says what to install. Every wait has a deadline, and
//! dropping the browser ends the session first, because a killed driver leaves its browser behind.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
const CHROMIUM: &str = "/usr/bin/chromium";
/// How long the driver may take to start, and to answer a request of ours.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running browser. Its driver, its session and its profile end with it.
pub(crate) struct Chromium {
    client: Client,
    session: String,
    driver: Driver,
    _profile: TempDir,
}

impl Chromium {
    /// Starts a browser with an empty profile and one empty tab.
    pub(crate) async fn start() -> Self {
        Self::keeping(json!({ "browser": "ALL" })).await
    }

    /// The same, and what it asks of the network is kept for [`Chromium::requests`].
    pub(crate) async fn watched() -> Self {
        Self::keeping(json!({ "browser": "ALL", "performance": "ALL" })).await
    }

    /// Starts a browser whose driver keeps these logs.
    async fn keeping(logs: Value) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a directory for the browser's profile");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&profile, logs))
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .unwrap_or_else(|fault| {
                panic!("no Chromium session (is Debian's `chromium` installed?): {fault}")
            });
        let session = client
            .session_id()
            .await
            .expect("the session's id")
            .expect("a session was opened");
        Self {
            client,
            session,
            driver,
            _profile: profile,
        }
    }

    /// The WebDriver client, one current tab at a time.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks the browser by its DevTools protocol: the result of `command`.
    pub(crate) fn devtools(&self, command: &str, params: &Value) -> Value {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({ "cmd": command, "params": params }).to_string();
        let answer = self.driver.call("POST", &path, &body);
        let mut answer: Value = serde_json::from_str(&answer).expect("the driver answers in JSON");
        answer["value"].take()
    }

    /// What the console has said at level SEVERE since the last call, failed requests included.
    pub(crate) fn console_errors(&self) -> Vec<String> {
        let entries = self.log("browser");
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(message).collect()
    }

    /// The address of everything that was asked for since the last call, by a browser that is [`Chromium::watched`].
    pub(crate) fn requests(&self) -> Vec<String> {
        let events = self.log("performance");
        let events = events
            .iter()
            .filter_map(|entry| serde_json::from_str::<Value>(&message(entry)).ok());
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|event| Some(event["message"]["params"]["request"]["url"].as_str()?.to_owned()))
            .collect()
    }

    /// What the driver has kept of this kind since the last call.
    fn log(&self, kind: &str) -> Vec<Value> {
        let path = format!("/session/{}/se/log", self.session);
        let answer = self
            .driver
            .call("POST", &path, &json!({ "type": kind }).to_string());
        let answer: Value = serde_json::from_str(&answer).expect("the driver answers in JSON");
        let entries = answer.get("value").and_then(Value::as_array);
        entries
            .unwrap_or_else(|| panic!("no {kind} log in {answer}"))
            .clone()
    }
}

fn message(entry: &Value) -> String {
    entry["message"].as_str().unwrap_or_default().to_owned()
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.driver
            .call("DELETE", &format!("/session/{}", self.session), "");
    }
}

fn capabilities(profile: &TempDir, logs: Value) -> serde_json::Map<String, Value> {
    let user_data = format!("--user-data-dir={}", profile.path().display());
    let capabilities = json!({
        "goog:loggingPrefs": logs,
        "goog:chromeOptions": { "binary": CHROMIUM, "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", user_data,
        ] },
    });
    capabilities.as_object().expect("an object").clone()
}

/// The `chromedriver` process on a port of its own choice; killed on drop.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|fault| {
                panic!("{CHROMEDRIVER} did not start ({fault}): apt-get install chromium chromium-driver")
            });
        let output = BufReader::new(process.stdout.take().expect("standard output is piped"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(send.send(line)))
        });
        let mut driver = Self { process, port: 0 };
        while driver.port == 0 {
            let line = lines
                .recv_timeout(PATIENCE)
                .expect("chromedriver says which port it took");
            driver.port = port_in(&line).unwrap_or(0);
        }
        driver
    }

    /// One request on a connection of its own. Blocking, so that `drop` can use it; a driver that is gone answers "".
    fn call(&self, method: &str, path: &str, body: &str) -> String {
        let exchange = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let (host, length) = (format!("127.0.0.1:{}", self.port), body.len());
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}"
            )?;
            let mut answer = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while answer.read_line(&mut line)? > 2 {
                let header = line.to_ascii_lowercase();
                length = header
                    .strip_prefix("content-length:")
                    .map_or(length, |n| n.trim().parse().unwrap_or(0));
                line.clear();
            }
            let mut body = String::new();
            answer.take(length).read_to_string(&mut body)?;
            Ok(body)
        };
        exchange().unwrap_or_default()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The port in "ChromeDriver was started successfully on port 41234."
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}
