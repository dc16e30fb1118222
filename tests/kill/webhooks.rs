//! One webhook, a thousand times at once, before, across and after a kill: one event, and everybody is told that it is there.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use gantry::clock::Clock;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::asking::start;
use crate::assert_clean_offline;
use crate::process::{self, Answer, Chance, Connection, Server};

/// At once, each over a connection of its own.
const TOGETHER: usize = 1_000;
/// Within so long after the first has been sent, the server is killed.
const KILL_WITHIN_US: u64 = 60_000;

const TOML: &str = r#"
[limits]
webhook = "off"

[[webhook]]
source = "shop"
preset = "hmac"
header = "X-Sig"
signed = "{timestamp}.{body}"
timestamp_header = "X-At"
secret = "env:SHOP_SECRET"
type = "ORDER_PAID"
key = "{{ body.id }}"
"#;
const SECRET: &str = "s3cret";

/// The order of this number, as its shop sends it: signed at this moment.
fn request(number: u64) -> String {
    let body = format!(r#"{{"id":"order-{number}"}}"#);
    let at = Clock::System.now().0.div_euclid(1_000);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let tag = mac.finalize().into_bytes();
    let signature: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "POST /api/webhooks/shop HTTP/1.1\r\nHost: gantry\r\nX-At: {at}\r\nX-Sig: {signature}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends one request over many connections, all of them open before the first is used; what was answered.
async fn at_once(to: SocketAddr, request: &str) -> JoinSet<Option<Answer>> {
    let mut lines = Vec::new();
    for _ in 0..TOGETHER {
        lines.push(Connection::open(to).await.unwrap());
    }
    let mut sending = JoinSet::new();
    for mut line in lines {
        let request = request.to_owned();
        sending.spawn(async move {
            line.send(request.as_bytes()).await.ok()?;
            line.answer().await.ok()
        });
    }
    sending
}

/// The ids that were told; every answer is a 2xx, and at most `new` of them 202.
fn ids(answers: &[Answer], new: usize) -> BTreeSet<String> {
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert!(accepted <= new, "{accepted} of {}", answers.len());
    let id = |answer: &Answer| {
        assert!([200, 202].contains(&answer.status), "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    answers.iter().map(id).collect()
}

async fn events(server: &Server) -> usize {
    let list = server.admin("GET /api/events?limit=1000", "").await.json();
    list["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_sent_a_thousand_times_at_once_is_one_event_across_kills_too() {
    process::raise_descriptors();
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let secret = directory.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let toml = TOML.replace("env:SHOP_SECRET", &format!("file:{}", secret.display()));
    std::fs::write(data.with_extension("toml"), toml).unwrap();
    let mut server = start(&data);

    let all = at_once(server.public, &request(0)).await.join_all().await;
    let all: Vec<Answer> = all.into_iter().flatten().collect();
    assert_eq!(all.len(), TOGETHER);
    assert_eq!(ids(&all, 1).len(), 1);
    assert_eq!(all.iter().filter(|answer| answer.status == 202).count(), 1);
    assert_eq!(events(&server).await, 1);

    let kills = process::size(5, 50);
    for order in 1..=kills {
        let sending = at_once(server.public, &request(order)).await;
        sleep(Duration::from_micros(chance.below(KILL_WITHIN_US))).await;
        server.kill();
        let told: Vec<Answer> = sending.join_all().await.into_iter().flatten().collect();
        let known = ids(&told, 1);
        server = start(&data);
        let again = at_once(server.public, &request(order)).await.join_all().await;
        let again: Vec<Answer> = again.into_iter().flatten().collect();
        assert_eq!(again.len(), TOGETHER);
        let ids = ids(&again, usize::from(known.is_empty()));
        assert_eq!(ids.len(), 1);
        assert!(
            known.is_subset(&ids),
            "{known:?} was told before, {ids:?} after the kill"
        );
        assert_eq!(events(&server).await as u64, order + 1);
    }
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
}
