//! Behind the proxies whose configuration is given: the real nginx and the real Caddy, with that configuration but for its
//! names, ports and certificates.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Appliance, ballot};

/// Until a proxy answers.
const BOUND: Duration = Duration::from_secs(30);

/// A proxy that runs until it is dropped.
struct Proxy {
    child: Child,
    _directory: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").port()
}

fn packaging(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name);
    std::fs::read_to_string(path).expect("it is there")
}

/// nginx with our server blocks; the ports of http and https.
fn nginx(to: SocketAddr) -> (Proxy, u16, u16) {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name).display().to_string();
    let certificate =
        rcgen::generate_simple_self_signed(vec!["launch.example".to_owned()]).expect("a certificate");
    std::fs::write(at("fullchain.pem"), certificate.cert.pem()).expect("written");
    std::fs::write(at("privkey.pem"), certificate.signing_key.serialize_pem()).expect("written");
    let (http, https) = (free_port(), free_port());
    let ours = packaging("nginx/gantry.conf")
        .replace("127.0.0.1:8080", &to.to_string())
        .replace("listen 80;", &format!("listen 127.0.0.1:{http};"))
        .replace("listen 443 ", &format!("listen 127.0.0.1:{https} "))
        .replace("/etc/letsencrypt/live/launch.example", &at(""));
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {};\n", at(name)))
        .concat();
    let whole = format!(
        "daemon off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{ours}\n}}\n",
        at("pid")
    );
    std::fs::write(at("nginx.conf"), whole).expect("written");
    let nginx = |more: &[&str]| {
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p", &at(""), "-c", &at("nginx.conf")]);
        command.args(more).stdin(Stdio::null());
        command
    };
    let tested = nginx(&["-t"]).output().expect("nginx");
    let said = String::from_utf8_lossy(&tested.stderr).into_owned();
    assert!(tested.status.success() && !said.contains("[warn]"), "{said}");
    let child = nginx(&[]).stderr(Stdio::null()).spawn().expect("nginx");
    let proxy = Proxy {
        child,
        _directory: directory,
    };
    (proxy, http, https)
}

/// Caddy with our site, without a certificate; its port.
fn caddy(to: SocketAddr) -> (Proxy, u16) {
    let directory = tempfile::tempdir().expect("a directory");
    let port = free_port();
    let ours = packaging("caddy/Caddyfile")
        .replace("127.0.0.1:8080", &to.to_string())
        .replace("launch.example {", &format!("http://launch.example:{port} {{"));
    let file = directory.path().join("Caddyfile");
    std::fs::write(&file, format!("{{\n\tadmin off\n}}\n{ours}")).expect("written");
    let caddy = |words: &[&str]| {
        let mut command = Command::new("caddy");
        command.args(words).args(["--adapter", "caddyfile", "--config"]);
        // It keeps its certificates where it is at home.
        command
            .env("XDG_DATA_HOME", directory.path())
            .env("HOME", directory.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/caddy/Caddyfile");
    let validated = caddy(&["validate"]).arg(original).status().expect("caddy");
    assert!(validated.success());
    let child = caddy(&["run"]).arg(&file).spawn().expect("caddy");
    let proxy = Proxy {
        child,
        _directory: directory,
    };
    (proxy, port)
}

/// Asks the proxy as curl does: the status, and the body.
fn curl(url: &str, more: &[&str]) -> (u16, String) {
    let resolve = url.split('/').nth(2).expect("an authority");
    let output = Command::new("curl")
        .args([
            "--silent",
            "--insecure",
            "--max-time",
            "10",
            "--write-out",
            "\n%{http_code}",
        ])
        .args(["--resolve", &format!("{resolve}:127.0.0.1")])
        .args(more)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .expect("curl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

async fn asked(url: String, more: &'static [&'static str]) -> (u16, String) {
    tokio::task::spawn_blocking(move || curl(&url, more))
        .await
        .expect("it runs")
}

/// Waits until it answers.
async fn answers(url: &str) {
    let began = Instant::now();
    while asked(format!("{url}/readyz"), &[]).await.0 != 200 {
        assert!(began.elapsed() < BOUND, "{url} does not answer");
    }
}

async fn behind() -> Appliance {
    let appliance = Appliance::build()
        .config("[server]\ntrusted_proxies = [\"loopback\"]\n[limits]\nvote = \"1/min burst 1\"\npage = \"off\"\n")
        .start()
        .await;
    appliance.open_poll("best").await;
    appliance
}

/// What visitors find behind a proxy: votes, streams that do not wait, and limits that what they say of themselves does
/// not move.
async fn serves_visitors(url: &str) {
    answers(url).await;
    let (status, _) = asked(format!("{url}/api/polls/best"), &[]).await;
    assert_eq!(status, 200);
    // It goes on for ever: what came within a second is shown.
    let (_, stream) = asked(
        format!("{url}/api/polls/best/stream"),
        &["--no-buffer", "--max-time", "1"],
    )
    .await;
    assert!(stream.contains("event: results"), "{stream:?}");
    let body = ballot("best", "a", ("u-1", "k-1"));
    let (status, said) = vote(url, &body, "203.0.113.1").await;
    assert_eq!(status, 202, "{said}");
    let (status, said) = vote(url, &ballot("best", "a", ("u-2", "k-2")), "203.0.113.2").await;
    assert_eq!(status, 429, "who says to be another is still the same: {said}");
}

async fn vote(url: &str, body: &Value, says: &str) -> (u16, String) {
    let (url, body) = (format!("{url}/api/vote"), body.to_string());
    let says = format!("X-Forwarded-For: {says}");
    tokio::task::spawn_blocking(move || curl(&url, &["--header", &says, "--data", &body]))
        .await
        .expect("it runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_as_it_is_given_visitors_vote_and_watch() {
    let appliance = behind().await;
    let (_proxy, http, https) = nginx(appliance.public.address());
    serves_visitors(&format!("https://launch.example:{https}")).await;
    let (status, _) = asked(format!("http://launch.example:{http}/launch"), &[]).await;
    assert_eq!(status, 301, "visitors are led to https");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_caddy_as_it_is_given_visitors_vote_and_watch() {
    let appliance = behind().await;
    let (_proxy, port) = caddy(appliance.public.address());
    serves_visitors(&format!("http://launch.example:{port}")).await;
}
