//! Signatures by the vendors' own libraries are taken, and ours are by them.
//!
//! `tests/run` fetches the libraries into `target/vendors`, at the versions of `requirements.txt` and `package.json`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use gantry::clock::Clock;
use http::Method;
use serde_json::{Value, json};

use support::Appliance;
use support::http::{Answer, Door};

/// A library, and the source it signs for.
struct Vendor {
    library: &'static str,
    source: &'static str,
    preset: &'static str,
    secret: &'static str,
    /// Whether its signature has a time.
    timed: bool,
}

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const VENDORS: [Vendor; 6] = [
    Vendor {
        library: "stripe",
        source: "stripe",
        preset: "stripe",
        secret: "whsec_5c7f2a9d",
        timed: true,
    },
    Vendor {
        library: "slack-sdk",
        source: "slack",
        preset: "slack",
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        timed: true,
    },
    Vendor {
        library: "standardwebhooks",
        source: "standard",
        preset: "standard-webhooks",
        secret: WHSEC,
        timed: true,
    },
    Vendor {
        library: "svix",
        source: "svix",
        preset: "standard-webhooks",
        secret: WHSEC,
        timed: true,
    },
    Vendor {
        library: "octokit",
        source: "github",
        preset: "github",
        secret: "It's a Secret to Everybody",
        timed: false,
    },
    // Its secret is a pair of keys, made for each run.
    Vendor {
        library: "sendgrid",
        source: "sendgrid",
        preset: "sendgrid",
        secret: "",
        timed: true,
    },
];

/// Asks the script that speaks for a library.
fn ask(library: &str, ask: &Value) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (vendors, scripts) = (root.join("target/vendors"), root.join("tests/vendors"));
    let mut command = match library {
        "octokit" | "sendgrid" => {
            let mut node = Command::new("node");
            node.arg(scripts.join("vendors.mjs")).arg(&vendors);
            node
        }
        _ => {
            let mut python = Command::new(vendors.join("venv/bin/python"));
            python.arg(scripts.join("vendors.py"));
            python
        }
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let started = command.spawn();
    let mut child =
        started.unwrap_or_else(|fault| panic!("{library}: {fault}; tests/run fetches the libraries"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(ask.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{library} fails; tests/run fetches the libraries"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sign(library: &str, secret: &str, (id, at): (&str, i64), body: &str) -> Value {
    let question =
        json!({ "do": "sign", "library": library, "secret": secret, "id": id, "at": at, "body": body });
    ask(library, &question)["headers"].clone()
}

fn is_valid(library: &str, secret: &str, headers: &Value, body: &str) -> bool {
    let question =
        json!({ "do": "verify", "library": library, "secret": secret, "headers": headers, "body": body });
    ask(library, &question)["valid"].as_bool().unwrap()
}

fn now_s() -> i64 {
    Clock::System.now().0.div_euclid(1_000)
}

/// What the vendor says under this id, in short.
fn body(vendor: &Vendor, id: &str) -> String {
    let body = match vendor.preset {
        "stripe" => json!({ "id": id, "object": "event", "type": "charge.succeeded" }),
        "slack" => json!({ "event_id": id, "type": "event_callback" }),
        "sendgrid" => {
            json!([{ "sg_event_id": id, "event": "open" }, { "sg_event_id": format!("{id}-2"), "event": "click" }])
        }
        _ => json!({ "for": id, "text": "Grüße, 世界" }),
    };
    body.to_string()
}

async fn post(door: &Door, vendor: &Vendor, headers: &Value, body: &str) -> Answer {
    let mut door = door.clone();
    for (name, value) in headers.as_object().unwrap() {
        door = door.with(name.clone().leak(), value.as_str().unwrap());
    }
    let path = format!("/api/webhooks/{}", vendor.source);
    door.send(Method::POST, &path, body.to_owned().into()).await
}

/// The body with its last bit but some changed.
fn changed(body: &str) -> String {
    let mut bytes = body.as_bytes().to_vec();
    let at = bytes.iter().rposition(u8::is_ascii_alphanumeric).unwrap();
    bytes[at] ^= 1;
    String::from_utf8(bytes).unwrap()
}

async fn appliance(sendgrid: &Value) -> Appliance {
    let mut builder = Appliance::build();
    for (nth, vendor) in VENDORS.iter().enumerate() {
        let secret = match vendor.preset {
            "sendgrid" => sendgrid["public"].as_str().unwrap(),
            _ => vendor.secret,
        };
        let name = format!("SECRET_{nth}");
        let (source, preset) = (vendor.source, vendor.preset);
        builder = builder.variable(&name, secret).config(&format!(
            "[[webhook]]\nsource = \"{source}\"\npreset = \"{preset}\"\nsecret = \"env:{name}\"\ntype = \"WEBHOOK\""
        ));
    }
    builder.start().await
}

#[tokio::test]
async fn what_their_libraries_sign_is_taken_once_and_nothing_near_it_is() {
    let keys = ask("sendgrid", &json!({ "do": "keys" }));
    let appliance = appliance(&keys).await;
    let mut recorded = 0;
    for vendor in &VENDORS {
        let (secret, public) = match vendor.preset {
            "sendgrid" => (
                keys["private"].as_str().unwrap(),
                keys["public"].as_str().unwrap(),
            ),
            _ => (vendor.secret, vendor.secret),
        };
        let library = vendor.library;
        let body = body(vendor, "id-1");
        let headers = sign(library, secret, ("id-1", now_s()), &body);
        assert!(
            is_valid(library, public, &headers, &body),
            "{library} knows its own"
        );
        let first = post(&appliance.public, vendor, &headers, &body).await;
        assert_eq!(first.status, 202, "{library}: {}", first.text());
        let again = post(&appliance.public, vendor, &headers, &body).await;
        assert_eq!(
            (again.status, again.header("x-event-status")),
            (200, "DUPLICATE"),
            "{library}"
        );
        recorded += if vendor.preset == "sendgrid" { 2 } else { 1 };

        let other = changed(&body);
        assert!(!is_valid(library, public, &headers, &other), "{library}");
        post(&appliance.public, vendor, &headers, &other)
            .await
            .problem(401);
        let signature = headers.as_object().unwrap().keys();
        let signature = signature
            .into_iter()
            .find(|name| name.contains("signature"))
            .unwrap();
        let mut forged = headers.clone();
        forged[signature] = json!(changed(headers[signature].as_str().unwrap()));
        post(&appliance.public, vendor, &forged, &body).await.problem(401);
        if vendor.timed {
            let old = sign(library, secret, ("id-2", now_s() - 301), &body);
            post(&appliance.public, vendor, &old, &body).await.problem(401);
            let early = sign(library, secret, ("id-3", now_s() + 330), &body);
            post(&appliance.public, vendor, &early, &body).await.problem(401);
        }
        let list = appliance.admin.get("/api/events?limit=100").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), recorded, "{library}");
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_a_trial_signs_is_known_to_their_libraries() {
    let keys = ask("sendgrid", &json!({ "do": "keys" }));
    let appliance = appliance(&keys).await;
    for vendor in &VENDORS {
        let path = format!("/api/webhooks/{}/test", vendor.source);
        let shown = appliance.admin.post(&path, &json!({})).await.json();
        let request = &shown["request"];
        if vendor.preset == "sendgrid" {
            // Its private key is its own.
            assert_eq!(
                (&shown["signed"], &shown["verdict"]),
                (&json!(false), &json!("accepted"))
            );
            continue;
        }
        let body = request["body"].as_str().unwrap();
        let (library, headers) = (vendor.library, &request["headers"]);
        assert!(
            is_valid(library, vendor.secret, headers, body),
            "{library}: {shown}"
        );
        assert!(
            !is_valid(library, vendor.secret, headers, &changed(body)),
            "{library}"
        );
    }
}

#[tokio::test]
async fn what_is_delivered_is_known_to_the_libraries_of_standard_webhooks_and_svix() {
    const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    // Nobody listens on port 1: the request is what is looked at.
    let toml = "[egress]\nallow = [\"127.0.0.0/8\"]\n[[destination]]\nname = \"crm\"\nurl = \"http://127.0.0.1:1/\"\n\
                signing_secret = [\"env:NEW\", \"env:OLD\"]\n";
    let builder = Appliance::build().config(toml);
    let appliance = builder.variable("NEW", WHSEC).variable("OLD", OLD).start().await;
    let sample = json!({ "payload": { "text": "Grüße, 世界" } });
    let shown = appliance
        .admin
        .post("/api/destinations/crm/test", &sample)
        .await
        .json();
    let (headers, body) = (
        &shown["request"]["headers"],
        shown["request"]["body"].as_str().unwrap(),
    );
    for library in ["standardwebhooks", "svix"] {
        for secret in [WHSEC, OLD] {
            assert!(is_valid(library, secret, headers, body), "{library}: {shown}");
            assert!(!is_valid(library, secret, headers, &changed(body)), "{library}");
        }
        let stranger = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(!is_valid(library, stranger, headers, body), "{library}");
    }
}
