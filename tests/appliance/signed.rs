//! Polls whose voters the maker vouches for, and polls that cap addresses.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::support::{Appliance, Builder, ballot, draft, with};

const SECRET: &str = "a-voter-secret-long-enough-to-be-one";

fn with_secret() -> Builder {
    Appliance::build()
        .config("[polls]\nvoter_secret = \"env:VOTER_SECRET\"")
        .variable("VOTER_SECRET", SECRET)
}

fn token(poll: &str, user: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(format!("{poll}\n{user}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_signed_poll_counts_only_voters_the_maker_vouches_for() {
    let appliance = with_secret().start().await;
    appliance
        .create_poll(with(draft("best"), json!({ "voter": "signed" })))
        .await;
    let vote = |user, key, token: serde_json::Value| {
        with(ballot("best", "a", (user, key)), json!({ "voterToken": token }))
    };
    for wrong in [
        json!(null),
        json!(""),
        json!(7),
        json!(token("best", "u-2")),
        json!(token("other", "u-1")),
        json!(token("best", "u-1")[..62]),
        json!("g".repeat(64)),
        json!(format!("+{}", &token("best", "u-1")[1..])),
    ] {
        appliance
            .public
            .post("/api/vote", &vote("u-1", "k-1", wrong))
            .await
            .problem(401);
    }
    assert_eq!(appliance.total("best").await, 0);

    let good = json!(token("best", "u-1"));
    let answer = appliance
        .public
        .post("/api/vote", &vote("u-1", "k-1", good.clone()))
        .await;
    assert_eq!(answer.status, 202);
    // 422 before 401; 401 before replay, duplicate and closing; a good token changes nothing about those.
    appliance
        .public
        .post("/api/vote", &vote("u-1", "", json!("no")))
        .await
        .problem(422);
    appliance
        .public
        .post("/api/vote", &vote("u-1", "k-1", json!("no")))
        .await
        .problem(401);
    appliance
        .public
        .post("/api/vote", &vote("u-1", "k-2", good.clone()))
        .await
        .problem(409);
    appliance.admin.post("/api/polls/best/close", &json!(null)).await;
    appliance
        .public
        .post("/api/vote", &vote("u-2", "k-1", json!("no")))
        .await
        .problem(401);
    let again = appliance
        .public
        .post("/api/vote", &vote("u-1", "k-1", good))
        .await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    assert_eq!(appliance.total("best").await, 1);
}

#[tokio::test]
async fn without_a_voter_secret_a_signed_poll_takes_no_vote() {
    let appliance = Appliance::start().await;
    appliance
        .create_poll(with(draft("best"), json!({ "voter": "signed" })))
        .await;
    let vote = with(
        ballot("best", "a", ("u-1", "k")),
        json!({ "voterToken": token("best", "u-1") }),
    );
    appliance.public.post("/api/vote", &vote).await.problem(401);
}

#[tokio::test]
async fn a_cap_counts_votes_by_address_and_ipv6_by_its_64() {
    let appliance = Appliance::build()
        .config("[server]\ntrusted_proxies = [\"loopback\"]")
        .start()
        .await;
    appliance
        .create_poll(with(draft("best"), json!({ "perAddress": 2 })))
        .await;
    let from = |address| appliance.public.with("x-forwarded-for", address);
    for (address, user, status) in [
        ("203.0.113.1", "u-1", 202),
        ("203.0.113.1", "u-2", 202),
        ("203.0.113.1", "u-3", 403),
        ("203.0.113.2", "u-3", 202),
        ("2001:db8:1:2::a", "u-4", 202),
        ("2001:db8:1:2:ffff::b", "u-5", 202),
        ("2001:db8:1:2::c", "u-6", 403),
        ("2001:db8:1:3::c", "u-6", 202),
        ("::ffff:203.0.113.2", "u-7", 202),
        ("203.0.113.2", "u-8", 403),
        // Who has voted is told so, whatever the address has used up.
        ("203.0.113.1", "u-1", 202),
    ] {
        let answer = from(address)
            .post("/api/vote", &ballot("best", "a", (user, "k")))
            .await;
        assert_eq!(answer.status, status, "{address} {user}: {}", answer.text());
    }
    assert_eq!(appliance.total("best").await, 7);
    appliance.assert_clean().await;
}
