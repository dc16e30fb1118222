//! A data file that has grown: every read of the dashboard is of a few rows, by index or within a bound, and not of the file. With
//! `GANTRY_TEST_LONG` there are 1,000,000 events and 100,000 dead letters in it, else a fiftieth of both.

use std::time::{Duration, Instant};

use crate::large_file::{config, grow};
use crate::support::Appliance;

const VOTES: u32 = 200;
/// How long a read may take where the tests of a whole suite run beside it. What was measured is printed; on two quiet cores it
/// is below 100 ms.
const READ_MAX: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_of_the_dashboard_is_quick_over_a_file_that_has_grown() {
    let directory = tempfile::tempdir().expect("a directory");
    grow(&directory.path().join("gantry.redb")).await;
    let appliance = Appliance::build()
        .config(&config())
        .directory(directory)
        .start()
        .await;
    appliance.open_poll("best").await;
    for n in 0..VOTES {
        let (user, key) = (format!("u-{n}"), format!("k-{n}"));
        appliance.vote("best", "a", (&user, &key)).await;
    }
    let dead = appliance.admin.get("/api/deliveries?status=DEAD&limit=1").await;
    let dead = dead.json()["items"][0].clone();
    let groups = appliance.admin.get("/api/deliveries/groups").await.json();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let (delivery, event) = (text(&dead["id"]), text(&dead["eventId"]));
    let group = text(&groups["items"][0]["id"]);
    let of_some = [
        format!("/api/events/{event}"),
        format!("/api/events?q={event}"),
        format!("/api/deliveries/{delivery}"),
        format!("/api/deliveries?status=DEAD&group={group}"),
    ];
    let mut slow = Vec::new();
    for path in READS.iter().copied().chain(of_some.iter().map(String::as_str)) {
        let mut took = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let answer = appliance.admin.get(path).await;
            took.push(begun.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        let first = took[0];
        took.sort_unstable();
        println!("{path:<70} first {first:>8.1?} median {:>8.1?}", took[2]);
        if took[2] > READ_MAX {
            slow.push(format!("{path}: {:?}", took[2]));
        }
    }
    assert_eq!(slow, [""; 0]);
}

/// What the pages ask for.
const READS: &[&str] = &[
    "/api/status",
    "/api/destinations",
    "/api/destinations/crm",
    "/api/launch",
    "/api/series?names=votes_accepted,http_requests,pages_hits,pages_requests",
    "/api/polls",
    "/api/polls/best",
    "/api/polls/best/timeline",
    "/api/polls/best/votes",
    "/api/events",
    "/api/events?limit=1000",
    "/api/events?status=FAILED",
    "/api/events?status=PENDING",
    "/api/events?type=LEAD_CAPTURE",
    "/api/events?type=LEAD_*",
    "/api/events?type=NOT_THERE",
    "/api/events?source=landing-page&status=COMPLETED",
    "/api/events?q=0000000000000007",
    "/api/events?q=nothing-is-called-so",
    "/api/events?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
    "/api/deliveries/groups",
    "/api/deliveries/groups?destination=crm",
    "/api/deliveries?status=DEAD",
    "/api/deliveries?status=DEAD&errorClass=5xx",
    "/api/deliveries?destination=newsletter",
    "/api/deliveries?destination=crm&status=PENDING",
    "/api/deliveries?status=RETRYING",
    "/api/replays",
    "/api/schedules",
    "/api/webhooks",
    "/api/pages",
    "/api/pages?sort=hits&limit=20",
    "/api/funnel?by=path&every=1d",
    "/api/funnel/apart",
    "/api/roi",
    "/api/spend",
    "/api/backups",
    "/api/keys",
    "/api/audit",
    "/metrics",
];
