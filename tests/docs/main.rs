//! The pages for users, tried as they are written: README, and the pages beside the sources.
//!
//! Each block of code has its row in [`book`], which says what is done with it. Commands run in bash beside a server of
//! their own, programs by Python and Node through a network that loses answers, configuration by `gantry check`, pages in Chromium, and what
//! is for Next.js in a site that it builds and serves (`tests/run` fetches it into `target/docs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod book;
mod browser;
#[path = "../support/chromium.rs"]
mod chromium;
mod front;
mod ground;
mod nextjs;
mod programs;
#[path = "../support/mod.rs"]
mod support;

use std::fs;

use book::{Block, Fate};
use front::Front;
use ground::Ground;
use http::Method;
use support::Appliance;

const SERVER: &str = include_str!("server.sh");
const RECEIVER: &str = include_str!("receiver.sh");
const HOUSEHOLD: &str = include_str!("household.sh");

/// Blocks, one after another.
fn script(before: &[&str], blocks: &[Block]) -> String {
    let texts = blocks.iter().map(|block| block.text.as_str());
    before.iter().copied().chain(texts).collect()
}

#[test]
fn five_minutes_are_as_they_are_told() {
    let ground = Ground::new();
    let said = ground.run(&script(&[], &book::blocks_of("README.md", Fate::Session)));
    // What is killed and what is cut off after three seconds says so.
    let cut_off = "124 timeout 3 curl -N http://127.0.0.1:8080/api/polls/best-feature/stream";
    said.assert_failed(&[&ground.meant(cut_off), "137 wait $server"]);
    said.assert_has(&[
        "HTTP/1.1 202 Accepted",
        "idempotent-replayed: true",
        "HTTP/1.1 409 Conflict",
        "event: results",
        r#""totalVotes":1"#,
        "1 vote",
        // After the kill.
        "1 vote",
        "x-event-status: ACCEPTED",
        "x-event-status: DUPLICATE",
        "grace@example.com",
        "edith@example.com",
    ]);
    let received = fs::read_to_string(ground.at.path().join("received.txt")).unwrap();
    assert_eq!(received.lines().count(), 3, "{received}");
}

#[test]
fn what_the_readme_says_of_every_day_works() {
    let ground = Ground::new();
    let lead = r#"
gantry event send LEAD_CAPTURE --payload '{"email":"ann@example.com"}' --key lead-1
gantry poll create best --question "Which?" --option a="A" --option b="B"
curl -sf http://127.0.0.1:8080/launch/ > /dev/null
"#;
    let said = ground.run(&script(
        &[HOUSEHOLD, SERVER, lead],
        &book::blocks_of("README.md", Fate::Household),
    ));
    said.assert_failed(&[]);
    let leads = fs::read_to_string(ground.at.path().join("leads.csv")).unwrap();
    assert!(leads.contains("ann@example.com"), "{leads}");
}

#[test]
fn polls_are_made_and_voted_in_as_their_page_says() {
    let ground = Ground::new();
    let said = ground.run(&script(
        &[SERVER],
        &book::blocks_of("src/polls/EMBEDDING.md", Fate::Session),
    ));
    said.assert_failed(&[]);
    said.assert_has(&["members", "HTTP/1.1 202 Accepted"]);
}

#[test]
fn events_are_sent_once_though_answers_are_lost() {
    let mut ground = Ground::new();
    let front = Front::before(ground.public());
    ground.read(
        "GANTRY_URL=http://127.0.0.1:8080",
        &format!("GANTRY_URL=http://{}", front.at),
    );
    let commands = script(
        &[SERVER],
        &book::blocks_of("src/events/SENDING.md", Fate::Session),
    );
    let said = ground.run(&format!("{commands}gantry event list\n"));
    said.assert_failed(&[]);
    said.assert_has(&[
        "x-event-status: DUPLICATE",
        "ACCEPTED",
        "ACCEPTED",
        "import",
        "import",
        "script",
    ]);
    assert_eq!(front.asked(), 4, "lost, refused, taken; and the batch");
}

#[test]
fn a_destination_is_added_as_its_page_says() {
    let page = "src/delivery/DESTINATIONS.md";
    let ground = Ground::new();
    let written = book::blocks_of(page, Fate::Configuration);
    let toml = format!("[egress]\nallow = [\"127.0.0.0/8\"]\n{}", script(&[], &written));
    let write = format!("cat > gantry.toml <<'TOML'\n{toml}TOML\n");
    let said = ground.run(&script(
        &[RECEIVER, SERVER, &write],
        &book::blocks_of(page, Fate::Session),
    ));
    said.assert_failed(&[]);
    said.assert_has(&["crm", "204", "try-1", "DELIVERED"]);
    let received = fs::read_to_string(ground.at.path().join("received.txt")).unwrap();
    assert_eq!(
        received
            .matches("Bearer 0123456789 {\"email\": \"ada@example.com\", \"lead\"")
            .count(),
        2,
        "{received}"
    );
}

#[test]
fn the_funnel_is_read_as_its_page_says() {
    let ground = Ground::new();
    let visits = r#"
for source in google google news; do
    curl -sf -A "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36" "http://127.0.0.1:8080/launch/?utm_source=$source" > /dev/null
done
until gantry data funnel --every 1d --by source | grep -q google,2; do sleep 0.2; done
"#;
    let page = "src/funnel/READING.md";
    let program = book::file(Fate::Program, "funnel.py").text;
    let run = format!("cat > funnel.py <<'PYTHON'\n{program}PYTHON\npython3 funnel.py\n");
    let commands = script(
        &[HOUSEHOLD, SERVER, visits],
        &book::blocks_of(page, Fate::Session),
    );
    let said = ground.run(&format!("{commands}{run}"));
    said.assert_failed(&[]);
    said.assert_has(&[
        "Conversions by source",
        r#""key":"google","visits":2"#,
        r#""visits":3"#,
        "google",
        "2 visits",
        "news",
        "1 visits",
    ]);
    let sources = fs::read_to_string(ground.at.path().join("sources.csv")).unwrap();
    assert!(sources.contains("google,2"), "{sources}");
}

#[test]
fn every_configuration_passes_the_check() {
    for block in book::blocks(Fate::Configuration) {
        let ground = Ground::new();
        fs::write(ground.at.path().join("gantry.toml"), &block.text).unwrap();
        let mut check = ground.command("gantry");
        for name in block
            .text
            .split("\"env:")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let secret = match name {
                "DATABASE_URL" => "postgres://gantry:secret@db.example/launch",
                "HEARTBEAT_URL" | "SLACK_WEBHOOK" => "https://hooks.example/T0/B0/x",
                _ => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            };
            check.env(name, secret);
        }
        for name in block
            .text
            .split("\"file:")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            fs::write(ground.at.path().join(name), "Bearer 0123456789").unwrap();
        }
        let output = check.arg("check").output().unwrap();
        assert!(
            output.status.success(),
            "{block}: {}",
            ground::text(&output.stderr)
        );
    }
}

#[tokio::test]
async fn what_is_shown_as_json_is_json_and_an_event_is_taken() {
    for block in book::blocks(Fate::Json) {
        serde_json::from_str::<serde_json::Value>(&block.text)
            .unwrap_or_else(|error| panic!("{block}: {error}"));
    }
    let appliance = Appliance::start().await;
    for block in book::blocks(Fate::Event) {
        let answer = appliance
            .admin
            .send(Method::POST, "/api/events", block.text.clone().into())
            .await;
        // Its day may be over, and then it is none to come.
        let is_over = answer.status == 422 && answer.text().contains("expiresAt");
        assert!(answer.status == 202 || is_over, "{block}: {}", answer.text());
    }
}
