//! Letters, by the real binary, to a mail server that really listens. A process of its own is told by its environment whom
//! to trust, as an operator tells it.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::mail_server::{GO, MailServer};
use crate::stage::{QUICK, destination, outward, route, until};
use crate::support::http::Door;

const MAIL: &str = r#"
preset = "smtp"
auth = { basic = { user = "ann", password = "env:PASSWORD" } }
mail = { from = "Launch <hello@x.example>", to = "{{ payload.email }}", subject = "Hi {{ payload.name }}", text = "Hello" }
"#;
const PASSWORD: &str = "hunter2-canary";

/// `gantry serve`, whose every event goes to a mail server. Dropping it kills it.
struct Serving {
    child: Child,
    owner: Door,
    _directory: TempDir,
}

impl Serving {
    async fn start(server: &MailServer, scheme: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let url = format!("{scheme}://{}", server.at);
        let tables = [
            destination("crm", &url, &format!("{QUICK}{MAIL}")),
            route(&["crm"]),
        ];
        std::fs::write(at("gantry.toml"), outward(&tables)).unwrap();
        let certificate = BASE64_STANDARD.encode(&server.certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
        std::fs::write(at("trusted.pem"), pem).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_gantry"))
            .args([
                "serve",
                "--public",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--config",
            ])
            .arg(at("gantry.toml"))
            .arg("--data")
            .arg(at("gantry.redb"))
            .env("PASSWORD", PASSWORD)
            .env("SSL_CERT_FILE", at("trusted.pem"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let owner = Door::unix(&at("gantry.redb.sock"));
        let socket = at("gantry.redb.sock");
        until(|| async {
            std::os::unix::net::UnixStream::connect(&socket)
                .is_ok()
                .then_some(())
        })
        .await;
        Self {
            child,
            owner,
            _directory: directory,
        }
    }

    async fn send(&self, key: &str, payload: Value) -> String {
        let event =
            json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": key, "payload": payload });
        let answer = self.owner.post("/api/events", &event).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the event's delivery is as wanted.
    async fn delivery(&self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(|| async {
            let items = self.owner.get("/api/deliveries").await.json()["items"].clone();
            let mut items = items.as_array()?.iter();
            let found = items.find(|delivery| delivery["eventId"] == event && wanted(delivery));
            found.cloned()
        })
        .await
    }

    async fn settled(&self, event: &str, status: &str) -> Value {
        self.delivery(event, |delivery| delivery["status"] == status)
            .await
    }

    async fn paused(&self) -> Value {
        let crm = self.owner.get("/api/destinations/crm").await.json();
        crm["paused"]["reason"].clone()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The letters a server was handed, each with all its headers.
fn letters(server: &MailServer) -> Vec<String> {
    let heard = server.heard().into_iter();
    heard.filter(|said| said.contains("Message-ID: ")).collect()
}

#[tokio::test]
async fn a_letter_that_is_put_off_is_handed_over_again_as_the_same_letter() {
    let tries = AtomicUsize::new(0);
    let script = move |line: &str| match line {
        "." => [Some("451 4.3.0 try later\r\n"), Some(GO), None][tries.fetch_add(1, Ordering::SeqCst).min(2)],
        _ => None,
    };
    let server = MailServer::start(script, false).await;
    let serving = Serving::start(&server, "smtp").await;
    let id = serving
        .send("k-0", json!({ "email": "ann@y.example", "name": "Zoë" }))
        .await;
    let delivery = serving.settled(&id, "DELIVERED").await;
    assert_eq!(delivery["attempts"], 3);
    let letters = letters(&server);
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| *letter == letters[0]), "{letters:?}");
    let id = delivery["id"].as_str().unwrap();
    assert!(
        letters[0].contains(&format!("Message-ID: <{id}@x.example>\r\n")),
        "{}",
        letters[0]
    );
}

#[tokio::test]
async fn a_refused_letter_is_dead_and_refused_credentials_use_nothing_up() {
    let logins = Arc::new(AtomicUsize::new(0));
    let script = move |line: &str| match line {
        "RCPT TO:<nobody@y.example>" => Some("550 5.1.1 no such user\r\n"),
        _ if line.starts_with("AUTH") && logins.fetch_add(1, Ordering::SeqCst) == 1 => {
            Some("535 5.7.8 not hunter2-canary\r\n")
        }
        _ => None,
    };
    let server = MailServer::start(script, true).await;
    let serving = Serving::start(&server, "smtps").await;
    let refused = serving
        .send("k-0", json!({ "email": "nobody@y.example", "name": "N" }))
        .await;
    let dead = serving.settled(&refused, "DEAD").await;
    let last = (&dead["lastClass"], &dead["lastError"]);
    assert_eq!(last, (&json!("4xx"), &json!("550: 5.1.1 no such user")));
    let kept = serving
        .send("k-1", json!({ "email": "ann@y.example", "name": "Ann" }))
        .await;
    let waiting = serving.settled(&kept, "RETRYING").await;
    assert_eq!(waiting["lastError"], "535: 5.7.8 not [secret]");
    assert_eq!(
        serving.paused().await,
        "it answered 535: our credentials are refused"
    );
    let resumed = serving
        .owner
        .post("/api/destinations/crm/resume", &Value::Null)
        .await;
    assert_eq!(resumed.status, 200);
    serving.settled(&kept, "DELIVERED").await;
    for (key, email, name) in [
        ("k-2", "a@y.example, b@y.example", "A"),
        ("k-3", "a@y.example", "A\r\nBcc: b@y.example"),
    ] {
        let injected = serving.send(key, json!({ "email": email, "name": name })).await;
        assert_eq!(serving.settled(&injected, "DEAD").await["lastClass"], "render");
    }
    assert_eq!(letters(&server).len(), 1);
}

#[tokio::test]
async fn a_server_without_starttls_is_told_nothing_and_the_letter_waits() {
    let server = MailServer::start(|line| line.starts_with("EHLO").then_some("250 hi\r\n"), false).await;
    let serving = Serving::start(&server, "smtp").await;
    let id = serving
        .send("k-0", json!({ "email": "ann@y.example", "name": "Ann" }))
        .await;
    let again =
        |delivery: &Value| delivery["attempts"].as_u64() >= Some(2) && delivery["lastError"].is_string();
    let waiting = serving.delivery(&id, again).await;
    let error = waiting["lastError"].as_str().unwrap();
    assert!(error.contains("does not offer STARTTLS"), "{error}");
    let heard = server.heard();
    assert!(heard.iter().all(|line| line.starts_with("EHLO")), "{heard:?}");
}

#[tokio::test]
async fn a_sample_of_a_letter_is_shown_as_it_is_sent() {
    let server = MailServer::start(|_| None, false).await;
    let serving = Serving::start(&server, "smtp").await;
    let trial = serving
        .owner
        .post("/api/destinations/crm/test", &json!({}))
        .await
        .json();
    let came = (&trial["verdict"], &trial["answer"]["status"]);
    assert_eq!(came, (&json!("delivered"), &json!(250)), "{trial}");
    assert_eq!(trial["request"]["method"], "MAIL");
    let body = trial["request"]["body"].as_str().unwrap();
    assert!(body.contains("To: ann@example.com\r\n"), "{body}");
    assert!(!trial.to_string().contains(PASSWORD), "{trial}");
    assert_eq!(letters(&server).len(), 1);
}
