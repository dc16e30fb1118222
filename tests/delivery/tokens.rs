//! Access tokens: fetched once for all, replaced before they end and when they are refused, and kept by what they are
//! fetched with.

use std::time::Duration;

use serde_json::{Value, json};

use crate::issuer::{Issuer, SECRETS, bearer};
use crate::process::Process;
use crate::receiver::{Act, Receiver};
use crate::stage::{
    QUICK, deliveries, destination, done, event, outward, post, post_all, route, settled, shown, story, until,
};
use crate::support::{Appliance, Builder};

/// Calls under way at once: what a destination has when nothing is written.
const PLACES: usize = 8;

/// Tried once: whatever is charged is a dead letter.
const ONCE: &str = r#"
rate = "1000/s burst 100"
pace_jitter = 0.0
timeout = "2s"
retry = { for = "24h", base = "10ms", cap = "40ms", jitter = 0.0, attempts = 1 }
breaker = "off"
"#;

fn with_secrets(toml: &str) -> Builder {
    let build = Appliance::build().config(toml);
    SECRETS
        .into_iter()
        .fold(build, |build, (name, value)| build.variable(name, value))
}

fn crm(api: &Receiver, issuer: &Issuer) -> Builder {
    let lines = format!("{ONCE}\n{}", issuer.auth());
    with_secrets(&outward(&[
        destination("crm", &api.url(), &lines),
        route(&["crm"]),
    ]))
}

/// Waits until `crm` is paused: why.
async fn paused(appliance: &Appliance) -> String {
    until(|| async {
        let reason = shown(appliance, "crm").await["paused"]["reason"].clone();
        reason.as_str().map(str::to_owned)
    })
    .await
}

#[tokio::test]
async fn one_token_is_fetched_for_all_destinations_with_the_same_settings() {
    let issuer = Issuer::start(json!(3600)).await;
    let (one, other) = (
        Receiver::start(issuer.judge()).await,
        Receiver::start(issuer.judge()).await,
    );
    let lines = format!("{ONCE}\n{}", issuer.auth());
    let tables = [
        destination("one", &one.url(), &lines),
        destination("other", &other.url(), &lines),
        route(&["one", "other"]),
    ];
    let appliance = with_secrets(&outward(&tables)).start().await;
    let events: Vec<Value> = (0..50).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    for receiver in [&one, &other] {
        for got in receiver.wait(50).await {
            assert_eq!(got.header("authorization"), bearer(1));
        }
    }
    assert_eq!(issuer.calls(), 1);
    let asked = &issuer.receiver.got()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/token"));
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn a_token_that_ends_is_replaced_and_each_refresh_token_used_once() {
    let issuer = Issuer::start(json!(0)).await;
    let api = Receiver::start(issuer.judge()).await;
    let appliance = crm(&api, &issuer).start().await;
    for turn in 1..=5 {
        let id = post(&appliance, &event(&format!("k-{turn}"))).await;
        settled(&appliance, &id, "DELIVERED").await;
        assert_eq!(api.got()[turn - 1].header("authorization"), bearer(turn));
        assert_eq!(
            issuer.calls(),
            turn,
            "the issuer refuses a token that it has replaced"
        );
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_delivery_goes_again_uncharged() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(issuer.judge()).await;
    let appliance = crm(&api, &issuer).start().await;
    let first = post(&appliance, &event("k-0")).await;
    settled(&appliance, &first, "DELIVERED").await;
    issuer.revoke();
    let events: Vec<Value> = (1..=20).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    until(|| async { (shown(&appliance, "crm").await["delivered"] == 21).then_some(()) }).await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!((&crm["dead"], &crm["paused"]), (&json!(0), &Value::Null));
    assert_eq!(
        issuer.calls(),
        2,
        "those that were refused together wait for one call"
    );
    let all = deliveries(&appliance, "limit=100").await;
    let again = all
        .iter()
        .find(|delivery| delivery["attempts"] == 2)
        .expect("one went again");
    let history =
        story(&appliance, again["eventId"].as_str().unwrap()).await["deliveries"][0]["history"].clone();
    assert_eq!(
        (&history[0]["status"], &history[1]["status"]),
        (&json!(401), &json!(200))
    );
}

#[tokio::test]
async fn a_receiver_that_takes_no_token_at_all_pauses_the_destination() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(|_, _| Act::said(401, "you may not")).await;
    let appliance = crm(&api, &issuer).start().await;
    let id = post(&appliance, &event("k-1")).await;
    assert_eq!(
        paused(&appliance).await,
        "it answered 401: our credentials are refused"
    );
    assert_eq!(
        (issuer.calls(), api.got().len()),
        (2, 2),
        "one more token is tried, and no more"
    );
    api.then(issuer.judge());
    done(&appliance, "/api/destinations/crm/resume").await;
    settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(issuer.calls(), 3);
}

#[tokio::test]
async fn a_refused_refresh_pauses_the_destination_says_why_and_burns_nothing() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(issuer.judge()).await;
    let mut appliance = crm(&api, &issuer).variable("STALE", "rfresh-stale").start().await;
    appliance
        .reload(|toml| toml.replace("env:REFRESH", "env:STALE"))
        .await;
    let events: Vec<Value> = (0..100).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    let reason = paused(&appliance).await;
    let expected =
        "its token server refuses a refresh: it answered 400 invalid_grant: our credentials are refused";
    assert_eq!(reason, expected);
    until(|| async { (shown(&appliance, "crm").await["leased"] == 0).then_some(()) }).await;
    assert!(api.got().is_empty());
    // Those who wait share a refusal; who comes between it and the pause may hear another.
    assert!(issuer.calls() <= PLACES, "{} calls", issuer.calls());
    appliance
        .reload(|toml| toml.replace("env:STALE", "env:REFRESH"))
        .await;
    until(|| async { (shown(&appliance, "crm").await["delivered"] == 100).then_some(()) }).await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!((&crm["dead"], &crm["paused"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn a_token_server_that_is_slow_down_or_talks_nonsense_charges_nothing() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(issuer.judge()).await;
    let appliance = crm(&api, &issuer).start().await;
    for (n, act) in [
        Act::said(200, "<html>"),
        Act::said(200, r#"{"access_token":""}"#),
        Act::retry_after(503, "1"),
        Act::Close,
    ]
    .into_iter()
    .enumerate()
    {
        let calls = issuer.calls();
        issuer.receiver.then(move |_, _| act.clone());
        issuer.revoke();
        post(&appliance, &event(&format!("k-{n}"))).await;
        until(|| async { (issuer.calls() > calls).then_some(()) }).await;
        let held = until(|| async {
            let held = shown(&appliance, "crm").await["held"].clone();
            held.is_object().then_some(held)
        })
        .await;
        assert_eq!(held["why"], "retry-after");
        issuer.gives_again();
        until(|| async { (shown(&appliance, "crm").await["delivered"] == n + 1).then_some(()) }).await;
    }
    let calls = issuer.calls();
    let slow = issuer.judge();
    api.then(slow);
    issuer.revoke();
    issuer
        .receiver
        .then(|_, _| Act::said(500, "").after(Duration::from_millis(700)));
    let events: Vec<Value> = (10..30).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    until(|| async { (issuer.calls() > calls).then_some(()) }).await;
    issuer.gives_again();
    until(|| async { (shown(&appliance, "crm").await["delivered"] == 24).then_some(()) }).await;
    assert_eq!(
        issuer.calls(),
        calls + 2,
        "who comes meanwhile waits for the call that is under way"
    );
    let crm = shown(&appliance, "crm").await;
    assert_eq!((&crm["dead"], &crm["paused"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn a_trial_bears_a_token_and_shows_none() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(issuer.judge()).await;
    let appliance = crm(&api, &issuer).start().await;
    let path = "/api/destinations/crm/test";
    let tried = appliance.admin.post(path, &json!({})).await.json();
    assert_eq!(
        (
            &tried["answer"]["status"],
            &tried["request"]["headers"]["authorization"]
        ),
        (&json!(200), &json!("[secret]"))
    );
    assert_eq!(api.got()[0].header("authorization"), bearer(1));
    issuer.revoke();
    let tried = appliance.admin.post(path, &json!({})).await.json();
    assert_eq!(tried["verdict"], "given back, and sent anew");
    let tried = appliance.admin.post(path, &json!({})).await.json();
    assert_eq!(tried["verdict"], "delivered");
    assert_eq!(api.got()[2].header("authorization"), bearer(2));
}

#[tokio::test]
async fn a_replaced_refresh_token_outlives_a_kill_before_its_access_token_was_used() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(|_, _| Act::Silence).await;
    let directory = tempfile::tempdir().unwrap();
    let lines = format!("{QUICK}\n{}", issuer.auth());
    let toml = outward(&[destination("crm", &api.url(), &lines), route(&["crm"])]);
    std::fs::write(directory.path().join("gantry.toml"), toml).unwrap();
    let server = Process::start(directory.path(), &SECRETS);
    server.said("ready").await;
    let posted = server.owner().post("/api/events", &event("k-1")).await;
    assert_eq!(posted.status, 202, "{}", posted.text());
    // The first call is under way: what it bears was given beside a refresh token that replaces the configured one.
    assert_eq!(api.wait(1).await[0].header("authorization"), bearer(1));
    drop(server);

    api.then(issuer.judge());
    let server = Process::start(directory.path(), &SECRETS);
    let got = api.wait(2).await;
    assert_eq!(
        got[1].header("authorization"),
        bearer(2),
        "the configured one is worth nothing any more"
    );
    assert_eq!(got[0].header("x-request-id"), got[1].header("x-request-id"));
    assert_eq!(issuer.calls(), 2);
    let report = server.owner().post("/api/verify", &Value::Null).await.json();
    assert_eq!(report["clean"], true, "{report}");
    assert!(server.end().await.success());
}

#[tokio::test]
async fn other_secrets_in_the_configuration_begin_with_the_token_it_names() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::start(issuer.judge()).await;
    let appliance = crm(&api, &issuer).start().await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DELIVERED").await;
    let directory = appliance.stop().await;
    // Its owner has authorized anew: the file's token is of the past.
    let lines = format!("{ONCE}\n{}", issuer.auth().replace("env:REFRESH", "env:ANEW"));
    let toml = outward(&[destination("crm", &api.url(), &lines), route(&["crm"])]);
    let appliance = with_secrets(&toml)
        .variable("ANEW", "rfresh-anew")
        .directory(directory)
        .start()
        .await;
    post(&appliance, &event("k-2")).await;
    paused(&appliance).await;
    let form = String::from_utf8(issuer.receiver.got()[1].body.clone()).unwrap();
    assert_eq!(form, "grant_type=refresh_token&refresh_token=rfresh-anew");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_token_server_that_is_out_of_bounds_is_never_called() {
    let issuer = Issuer::start(json!(3600)).await;
    let api = Receiver::listen("127.0.0.2:0".parse().unwrap(), issuer.judge()).await;
    let lines = format!("{QUICK}\n{}", issuer.auth());
    let toml = outward(&[destination("crm", &api.url(), &lines), route(&["crm"])]);
    let toml = toml.replace("127.0.0.0/8", "127.0.0.2/32");
    let appliance = with_secrets(&toml).start().await;
    let id = post(&appliance, &event("k-1")).await;
    let waiting = settled(&appliance, &id, "RETRYING").await;
    let said = waiting["lastError"].as_str().unwrap();
    assert!(
        said.starts_with("its token server gives no access token: not sent: "),
        "{said}"
    );
    assert_eq!((issuer.calls(), api.got().len()), (0, 0));
}
