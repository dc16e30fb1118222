//! Within a step of the launch's plan: what was begun is done after all, two minutes later, and told of once.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gantry::clock::Clock;
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::asking::{settled, start};
use crate::process::{Server, Start};
use crate::witness::Witness;
use crate::{assert_clean_offline, configure};

const HOUR_MS: i64 = 3_600_000;
/// Each step, and the hours until the launch while it is to be done.
const STEPS: [(&str, i64); 6] = [
    ("preflight-72h", 71),
    ("preflight-24h", 23),
    ("warm", 1),
    ("dead-letters", -7),
    ("report", -25),
    ("archive", -49),
];
/// What was begun is begun again after two minutes.
const BOUND: Duration = Duration::from_secs(200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_within_which_it_was_killed_is_done_after_all_and_told_of_once() {
    let tries = join_all(STEPS.map(killed_within)).await;
    let again = tries.iter().filter(|tries| **tries == 2).count();
    println!("{again} of {} steps were begun again", STEPS.len());
    assert!(again > 0, "no kill came within a step");
}

/// Kills it as soon as it says that the step begins; how often the step was begun in all.
async fn killed_within((step, hours): (&'static str, i64)) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let told = Witness::start(Duration::ZERO).await;
    let at = Clock::System.now().plus(hours * HOUR_MS);
    configure(&data, told.at, &plan(directory.path(), &at.to_string()));
    let first = Start::new(&data).arg("--config").arg(data.with_extension("toml"));
    let named = format!("\"{step}\"");
    spawn_blocking(move || first.killed_once_it_says(&["a step of the plan begins", &named]))
        .await
        .unwrap();

    let server = start(&data);
    let done = done(&server, step).await;
    settled(&server, "crm").await;
    let messages = told.ids();
    let of_step: Vec<&String> = messages
        .keys()
        .filter(|key| key.contains(&format!(":{step}:")))
        .collect();
    assert!(
        of_step.len() == 1 && of_step[0].ends_with(":done"),
        "{step}: {messages:?}"
    );
    let tries = done["tries"].as_u64().unwrap();
    assert!((1..=2).contains(&tries), "{done}");
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
    tries
}

/// A site of one page that is kept warm, a launch then, and who is told of it.
fn plan(directory: &Path, at: &str) -> String {
    let site = directory.join("site");
    std::fs::create_dir(&site).unwrap();
    std::fs::write(site.join("index.html"), "<h1>The launch</h1>").unwrap();
    format!(
        r#"
        [pages]
        root = "{}"
        warm_hosts = ["shop.example"]

        [[pages.rule]]
        path = "/*"
        ttl = "1h"
        warm = ["/"]

        [alerts]
        to = ["crm"]

        [launch]
        at = "{at}"
        "#,
        site.display()
    )
}

/// Waits until a step is done, and shows it.
async fn done(server: &Server, step: &str) -> Value {
    let begun = Instant::now();
    loop {
        let launch = server.admin("GET /api/launch", "").await.json();
        let steps = launch["steps"].as_array().unwrap().iter();
        let found = steps.into_iter().find(|one| one["id"] == step).unwrap();
        if found["state"] == "done" {
            return found.clone();
        }
        assert!(
            begun.elapsed() < BOUND,
            "{step} is not done after {BOUND:?}: {found}"
        );
        sleep(Duration::from_millis(250)).await;
    }
}
