//! Stopping in the middle of calls, and beginning again.

use std::collections::HashSet;
use std::time::Duration;

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, crm, deliveries, done, event, post, post_all, settled, shown, until, with_crm};
use crate::support::http::BOUND;

#[tokio::test]
async fn calls_that_were_cut_off_are_made_again_at_once_under_their_ids() {
    let receiver = Receiver::start(|_, _| Act::Silence).await;
    // A lease outlives the test: only a start returns it in time.
    let lines = "rate = \"1000/s burst 100\"\ntimeout = \"100s\"\nconcurrency = 4";
    let appliance = crm(&receiver.url(), lines).await;
    let events: Vec<_> = (0..6).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    receiver.wait(4).await;
    let begun = deliveries(&appliance, "status=LEASED").await;
    assert_eq!(begun.len(), 4, "no more leases than places");
    let directory = appliance.stop().await;

    receiver.then(|_, _| Act::status(200));
    let appliance = with_crm(&receiver.url(), lines)
        .directory(directory)
        .start()
        .await;
    let got = receiver.wait(10).await;
    let ids = |from: usize, to: usize| -> HashSet<&str> {
        let got = got[from..to].iter();
        got.map(|got| got.header("x-request-id")).collect()
    };
    assert_eq!(ids(4, 10).len(), 6);
    assert!(
        ids(0, 4).is_subset(&ids(4, 10)),
        "those that were cut off come again"
    );
    let delivered = until(|| async {
        let delivered = deliveries(&appliance, "status=DELIVERED").await;
        (delivered.len() == 6).then_some(delivered)
    })
    .await;
    let twice = delivered.iter().filter(|delivery| delivery["attempts"] == 2);
    assert_eq!(twice.count(), 4, "an attempt that was begun is charged");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_call_that_ends_in_time_is_settled_before_the_end() {
    let receiver = Receiver::start(|_, _| Act::status(200).after(Duration::from_millis(300))).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    receiver.wait(1).await;
    let begun = std::time::Instant::now();
    let directory = appliance.stop().await;
    assert!(begun.elapsed() < BOUND / 4, "{:?}", begun.elapsed());
    let appliance = with_crm(&receiver.url(), QUICK)
        .directory(directory)
        .start()
        .await;
    let delivered = settled(&appliance, &id, "DELIVERED").await;
    assert_eq!((&delivered["attempts"], receiver.got().len()), (&1.into(), 1));
}

#[tokio::test]
async fn pauses_outlive_a_restart() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    done(&appliance, "/api/destinations/crm/pause").await;
    done(&appliance, "/api/delivery/pause").await;
    let id = post(&appliance, &event("k-1")).await;
    let directory = appliance.stop().await;
    let appliance = with_crm(&receiver.url(), QUICK)
        .directory(directory)
        .start()
        .await;
    assert_eq!(
        shown(&appliance, "crm").await["paused"]["reason"],
        "paused by hand"
    );
    done(&appliance, "/api/delivery/resume").await;
    let early = tokio::time::timeout(Duration::from_millis(200), receiver.wait(1)).await;
    assert!(early.is_err(), "it is still paused by itself");
    done(&appliance, "/api/destinations/crm/resume").await;
    settled(&appliance, &id, "DELIVERED").await;
}
