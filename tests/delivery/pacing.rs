//! The pace: no more at once, and no more in a second, than the destination wants.

use std::time::Duration;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, crm, event, post_all};

fn events(count: usize) -> Vec<serde_json::Value> {
    (0..count).map(|n| event(&format!("k-{n}"))).collect()
}

#[tokio::test]
async fn no_more_calls_are_under_way_than_wanted() {
    let slow = || Act::status(200).after(Duration::from_millis(60));
    let receiver = Receiver::start(move |_, _| slow()).await;
    let appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 3")).await;
    post_all(&appliance, &events(40)).await;
    receiver.wait(40).await;
    assert_eq!(receiver.most_at_once(), 3);
}

#[tokio::test]
async fn no_second_holds_more_than_the_rate_allows() {
    let receiver = Receiver::glad().await;
    let started = std::time::Instant::now();
    let appliance = crm(&receiver.url(), "rate = \"50/s\"\nconcurrency = 16").await;
    post_all(&appliance, &events(120)).await;
    let got = receiver.wait(120).await;
    let first = got[0].at - started;
    assert!(
        first >= Duration::from_millis(20),
        "the bucket is empty at first: {first:?}"
    );
    for (n, from) in got.iter().enumerate() {
        let within = got[n..]
            .iter()
            .filter(|got| got.at < from.at + Duration::from_secs(1))
            .count();
        assert!(within <= 50, "{within} within a second of the {n}th");
    }
    let took = got[119].at - got[0].at;
    assert!(took >= Duration::from_millis(2_380), "{took:?}");
    assert!(
        took < Duration::from_millis(4_500),
        "it is not much slower: {took:?}"
    );
}

#[tokio::test]
async fn a_high_rate_is_reached() {
    let receiver = Receiver::glad().await;
    let started = std::time::Instant::now();
    let lines = "rate = \"300/s\"\npace_jitter = 0.0\nconcurrency = 64";
    let appliance = crm(&receiver.url(), lines).await;
    post_all(&appliance, &events(600)).await;
    let got = receiver.wait(600).await;
    // Of fifty each, 550 sends apart: a single one may come late, and the first opens its connection.
    let mean = |got: &[Got]| got.iter().map(|one| one.at - started).sum::<Duration>() / 50;
    let took = mean(&got[550..]) - mean(&got[..50]);
    assert!(took >= Duration::from_millis(1_827), "{took:?}");
    assert!(took < Duration::from_millis(4_600), "{took:?}");
}

#[tokio::test]
async fn a_burst_goes_at_once_after_a_rest() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), "rate = \"10/s burst 5\"\nconcurrency = 16").await;
    post_all(&appliance, &events(5)).await;
    receiver.wait(5).await;
    // The bucket has filled when half a second has passed.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let more: Vec<_> = (0..8).map(|n| event(&format!("more-{n}"))).collect();
    post_all(&appliance, &more).await;
    let got = receiver.wait(13).await;
    let at_once = got[9].at - got[5].at;
    assert!(at_once < Duration::from_millis(250), "{at_once:?}");
    let after = got[12].at - got[5].at;
    assert!(after >= Duration::from_millis(280), "{after:?}");
}
