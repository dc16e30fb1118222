//! Limits per client address, and whose address that is.

use serde_json::json;

use crate::support::http::{Answer, Door};
use crate::support::{ADMIN_TOKEN, Appliance, ballot};

const TIGHT: &str = "[limits]\nvote = \"1/h burst 2\"\npage = \"1/h burst 3\"\nauth = \"1/5min burst 3\"";
const BEHIND_A_PROXY: &str = "[server]\ntrusted_proxies = [\"loopback\", \"10.0.0.0/8\"]";

async fn limited(server: &str) -> Appliance {
    let appliance = Appliance::build().config(server).config(TIGHT).start().await;
    appliance.open_poll("best").await;
    appliance
}

async fn vote(door: &Door, user: &str) -> Answer {
    door.post("/api/vote", &ballot("best", "a", (user, "k"))).await
}

#[tokio::test]
async fn a_vote_over_the_limit_is_told_when_to_come_back() {
    let appliance = limited("").await;
    let first = vote(&appliance.public, "u-1").await;
    assert_eq!(first.status, 202);
    assert_eq!(first.header("ratelimit-policy"), "\"vote\";q=2;w=7200");
    assert_eq!(first.header("ratelimit"), "\"vote\";r=1;t=3600");
    // A refusal for another reason takes its token and says so too; what comes then is not looked at.
    let second = appliance.public.post("/api/vote", &json!({})).await;
    second.problem(422);
    assert_eq!(second.header("ratelimit"), "\"vote\";r=0;t=7200");
    let large = bytes::Bytes::from(vec![b'x'; 5_000]);
    let third = appliance
        .public
        .send(http::Method::POST, "/api/vote", large)
        .await;
    third.problem(429);
    let wait: u64 = third.header("retry-after").parse().expect("seconds");
    assert!((3_590..=3_600).contains(&wait), "{wait} s");
    assert_eq!(third.header("ratelimit-policy"), "\"vote\";q=2;w=7200");
    assert!(third.header("ratelimit").starts_with("\"vote\";r=0;"));
    assert_eq!(
        appliance.store.standing("best").expect("the poll").tally.total(),
        1
    );
}

#[tokio::test]
async fn classes_are_limited_apart_and_reading_has_its_own() {
    let appliance = limited("").await;
    for user in ["u-1", "u-2"] {
        vote(&appliance.public, user).await;
    }
    vote(&appliance.public, "u-3").await.problem(429);
    for path in ["/api/polls/best", "/api/polls/best", "/api/polls/none"] {
        assert_ne!(appliance.public.get(path).await.status, 429);
    }
    appliance.public.get("/api/polls/best").await.problem(429);
    appliance.public.get("/api/polls/best/stream").await.problem(429);
    assert_eq!(appliance.public.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_socket_is_not_limited() {
    let appliance = limited("").await;
    for number in 0..10 {
        let answer = vote(&appliance.owner, &format!("u-{number}")).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (202, ""));
    }
}

#[tokio::test]
async fn what_a_stranger_says_of_its_address_is_not_believed() {
    let appliance = limited("").await;
    for (number, status) in [(1, 202), (2, 202), (3, 429), (4, 429)] {
        let door = appliance
            .public
            .with("x-forwarded-for", &format!("203.0.113.{number}"));
        assert_eq!(vote(&door, &format!("u-{number}")).await.status, status);
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_rightmost_untrusted_hop_is_the_client() {
    let appliance = limited(BEHIND_A_PROXY).await;
    let mut users = 0;
    let mut cast = async |forwarded: &str| {
        users += 1;
        let door = appliance.public.with("x-forwarded-for", forwarded);
        vote(&door, &format!("u-{users}")).await.status
    };
    // One client, whatever it writes further left and whichever of our proxies it comes through.
    assert_eq!(cast("203.0.113.1").await, 202);
    assert_eq!(cast("1.2.3.4, 203.0.113.1, 10.0.0.7").await, 202);
    assert_eq!(cast("5.6.7.8, 203.0.113.1:4711").await, 429);
    // Another one, and IPv6 by its /64.
    assert_eq!(cast("203.0.113.2").await, 202);
    assert_eq!(cast("2001:db8:1:2::a").await, 202);
    assert_eq!(cast("[2001:db8:1:2:8000::b]").await, 202);
    assert_eq!(cast("2001:db8:1:2::c").await, 429);
    assert_eq!(cast("2001:db8:1:3::c").await, 202);
    assert_eq!(cast("::ffff:203.0.113.2").await, 202);
    assert_eq!(cast("203.0.113.2").await, 429);
}

#[tokio::test]
async fn guessing_keys_is_limited_and_locks_nobody_out() {
    let appliance = limited("").await;
    let guess = appliance.stranger.with_key("gty_guess");
    for _ in 0..3 {
        guess.get("/api/keys").await.problem(401);
    }
    let refused = guess.get("/api/keys").await;
    refused.problem(429);
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|wait| wait <= 300)
    );
    let right = appliance.stranger.with_key(ADMIN_TOKEN);
    assert_eq!(right.get("/api/keys").await.status, 200);
    appliance.stranger.get("/api/keys").await.problem(401);
}
