//! A data file that has grown: 1,000,000 events, 100,000 dead letters. (A fiftieth of it, where `GANTRY_TEST_LONG` is not set.)

use serde_json::Value;

use crate::desk::Desk;
use crate::large_file::{config, grow};
use crate::pages::every;
use crate::support::Appliance;
use crate::support::http::soon;

/// From a page's first question to the API until it is whole: the most it may take on a machine that does other things
/// besides, in milliseconds. What was measured is printed; on two quiet cores it is below 300.
const USABLE_MS: f64 = 3_000.0;

#[tokio::test]
async fn every_page_is_usable_at_once_over_a_file_that_has_grown() {
    let directory = tempfile::tempdir().expect("a directory");
    grow(&directory.path().join("gantry.redb")).await;
    let appliance = Appliance::build()
        .config(&config())
        .directory(directory)
        .start()
        .await;
    let dead = appliance
        .admin
        .get("/api/deliveries?status=DEAD&limit=1")
        .await
        .json();
    let event = dead["items"][0]["eventId"].as_str().expect("a dead letter");
    appliance.open_poll("first").await;

    let desk = Desk::of(&appliance).await;
    let mut slow = Vec::new();
    let mut note = |path: &str, took: Value| {
        let Some(took) = took.as_f64() else { return };
        println!("{path:<60} {took:>7.0} ms");
        if took > USABLE_MS {
            slow.push(format!("{path}: {took:.0} ms"));
        }
    };
    let took = "return trial.took()";
    for page in every("first", event, "crm") {
        desk.open(&page.path).await;
        note(&page.path, desk.run(took, vec![]).await);
    }
    for path in [
        "/events?status=FAILED",
        "/events?type=CONTENT_PUBLISH",
        "/events?q=0000000000000007",
        "/events?q=nothing-is-called-so",
    ] {
        desk.open(path).await;
        note(path, desk.run(took, vec![]).await);
    }
    assert_eq!(slow, [""; 0]);

    // Its lists page: what follows is asked for and comes.
    desk.open("/events").await;
    let first = desk.run(SHOWN, vec![]).await;
    desk.press("^(show|load)? ?(more|older|next)").await;
    soon(async {
        while desk.run(SHOWN, vec![]).await == first {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    desk.assert_quiet("lists");
}

/// What a list shows.
const SHOWN: &str =
    "return [...document.querySelectorAll('main tbody tr, main li')].map((row) => row.textContent)";
