//! Signatures: every attempt is signed anew, under one id, by every key.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, event, post, settled, with_crm};

const KEYS: [&str; 2] = [
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
];

/// As a receiver reckons it.
fn signature(key: &str, got: &Got) -> String {
    let key = BASE64_STANDARD.decode(key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (got.header("webhook-id"), got.header("webhook-timestamp"));
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&got.body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn every_attempt_is_signed_by_both_keys_under_one_id_at_its_own_time() {
    let receiver = Receiver::start(|nth, _| match nth {
        0 => Act::retry_after(503, "1"),
        _ => Act::status(200),
    })
    .await;
    let lines = format!("{QUICK}\nsigning_secret = [\"env:NEW\", \"env:OLD\"]");
    let appliance = with_crm(&receiver.url(), &lines)
        .variable("NEW", &format!("whsec_{}", KEYS[0]))
        .variable("OLD", KEYS[1])
        .start()
        .await;
    let id = post(&appliance, &event("k-1")).await;
    let delivery = settled(&appliance, &id, "DELIVERED").await;
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    for got in &got {
        assert_eq!(delivery["id"], got.header("webhook-id"));
        let at: i64 = got.header("webhook-timestamp").parse().unwrap();
        assert!((got.at_ms / 1_000 - at).abs() <= 1, "{at}, at {}", got.at_ms);
        let signatures = KEYS.map(|key| signature(key, got)).join(" ");
        assert_eq!(got.header("webhook-signature"), signatures);
    }
    let at = |n: usize| got[n].header("webhook-timestamp").to_owned();
    assert_ne!(at(0), at(1), "each attempt has its own time");
    for key in KEYS {
        for path in ["/api/destinations", "/api/deliveries", "/metrics"] {
            assert!(!appliance.owner.get(path).await.text().contains(key), "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_signed() {
    let receiver = Receiver::glad().await;
    let appliance = crate::stage::crm(&receiver.url(), QUICK).await;
    post(&appliance, &event("k-1")).await;
    let got = receiver.wait(1).await;
    assert!(got[0].headers.keys().all(|name| !name.starts_with("webhook-")));
}
