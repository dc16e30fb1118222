//! What is not taken: dead letters, credentials, receivers that are gone, requests that cannot be made.

use serde_json::{Value, json};

use crate::receiver::{Act, Receiver};
use crate::stage::{
    QUICK, crm, deliveries, done, event, metric, post, post_all, settled, shown, story, until, with_crm,
};
use crate::support::with;

#[tokio::test]
async fn a_dead_letter_is_tried_again_when_asked_and_arrives_under_its_id() {
    let receiver = Receiver::start(|_, _| Act::said(404, "no such list")).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &id, "DEAD").await;
    assert_eq!(
        (&dead["lastClass"], &dead["lastError"]),
        (&json!("4xx"), &json!("404: no such list"))
    );
    assert_eq!(story(&appliance, &id).await["status"], "FAILED");
    assert_eq!(
        metric(&appliance, "gantry_dead_letters{destination=\"crm\"}").await,
        1.0
    );
    receiver.then(|_, _| Act::status(200));
    let path = format!("/api/deliveries/{}/retry", dead["id"].as_str().unwrap());
    let revived = done(&appliance, &path).await;
    assert_eq!(revived["id"], dead["id"]);
    settled(&appliance, &id, "DELIVERED").await;
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("x-request-id"), got[1].header("x-request-id"));
    assert_eq!(story(&appliance, &id).await["status"], "COMPLETED");
    let again = appliance.admin.post(&path, &Value::Null).await;
    assert!(
        again.problem(409)["detail"]
            .as_str()
            .unwrap()
            .contains("DELIVERED")
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn refused_credentials_pause_the_destination_and_use_nothing_up() {
    let receiver = Receiver::start(|_, _| Act::said(401, "who are you")).await;
    let appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 1")).await;
    let id = post(&appliance, &event("k-1")).await;
    let given_back = settled(&appliance, &id, "RETRYING").await;
    assert_eq!(given_back["attempts"], 1, "it is on record");
    let crm = shown(&appliance, "crm").await;
    assert_eq!(
        crm["paused"]["reason"],
        "it answered 401: our credentials are refused"
    );
    assert_eq!(crm["retrying"], 1);
    receiver.then(|_, _| Act::status(200));
    assert_eq!(receiver.got().len(), 1, "nothing more is sent meanwhile");
    done(&appliance, "/api/destinations/crm/resume").await;
    let delivered = settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(delivered["attempts"], 2);
    let history = story(&appliance, &id).await["deliveries"][0]["history"].clone();
    assert_eq!(
        (&history[0]["status"], &history[1]["status"]),
        (&json!(401), &json!(200))
    );
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("x-request-id"), got[1].header("x-request-id"));
    let returned = "gantry_deliveries_total{destination=\"crm\",outcome=\"returned\"}";
    assert_eq!(metric(&appliance, returned).await, 1.0);
}

#[tokio::test]
async fn an_expired_token_burns_nothing_and_everything_arrives_after_a_reload_with_another() {
    let receiver = Receiver::start(|_, got| match got.header("authorization") {
        "Bearer new" => Act::status(200),
        _ => Act::said(401, "the token has expired"),
    })
    .await;
    let lines = format!("{QUICK}\nheaders = {{ Authorization = \"env:OLD\" }}");
    let mut appliance = with_crm(&receiver.url(), &lines)
        .variable("OLD", "Bearer old")
        .variable("NEW", "Bearer new")
        .start()
        .await;
    let events: Vec<_> = (0..500).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    until(|| async {
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .map(drop)
    })
    .await;
    let calls = until(|| async {
        let crm = shown(&appliance, "crm").await;
        (crm["leased"] == 0).then(|| receiver.got().len())
    })
    .await;
    assert!(calls <= 8, "{calls} calls with a token that is refused");
    // A pause of the owner's own is none of this.
    appliance.reload(|toml| toml.replace("env:OLD", "env:NEW")).await;
    until(|| async { (shown(&appliance, "crm").await["delivered"] == 500).then_some(()) }).await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!((&crm["dead"], &crm["paused"]), (&json!(0), &Value::Null), "{crm}");
    done(&appliance, "/api/destinations/crm/pause").await;
    appliance.reload(str::to_owned).await;
    assert_eq!(
        shown(&appliance, "crm").await["paused"]["reason"],
        "paused by hand"
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_403_pauses_only_where_it_is_about_credentials() {
    let receiver = Receiver::start(|_, _| Act::said(403, "the contact has opted out")).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DEAD").await;
    assert_eq!(shown(&appliance, "crm").await["paused"], Value::Null);
    receiver.then(|_, _| Act::said(403, r#"{"error":"invalid api key"}"#));
    let id = post(&appliance, &event("k-2")).await;
    settled(&appliance, &id, "RETRYING").await;
    let reason = shown(&appliance, "crm").await["paused"]["reason"].clone();
    assert_eq!(reason, "it answered 403: our credentials are refused");
}

#[tokio::test]
async fn a_receiver_that_is_gone_makes_a_dead_letter_and_a_pause() {
    let receiver = Receiver::start(|_, _| Act::status(410)).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DEAD").await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!(crm["paused"]["reason"], "it answered 410: it is gone for good");
    assert_eq!((&crm["dead"], &crm["pending"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn an_event_the_template_does_not_fit_is_a_dead_letter_and_no_call() {
    let receiver = Receiver::glad().await;
    let lines = format!("{QUICK}\nbody = '{{\"phone\": {{{{ payload.phone | tojson }}}}}}'");
    let appliance = crm(&receiver.url(), &lines).await;
    let without = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &without, "DEAD").await;
    assert_eq!(dead["lastClass"], "render");
    let said = dead["lastError"].as_str().unwrap();
    assert!(said.contains("template") && said.contains("line 1"), "{said}");
    let fits = with(event("k-2"), json!({ "payload": { "phone": "1" } }));
    let fits = post(&appliance, &fits).await;
    settled(&appliance, &fits, "DELIVERED").await;
    assert_eq!(receiver.got().len(), 1);
    let dead = "gantry_deliveries_total{destination=\"crm\",outcome=\"dead\"}";
    assert_eq!(metric(&appliance, dead).await, 1.0);
}

#[tokio::test]
async fn attempts_and_time_run_out() {
    let receiver = Receiver::start(|_, _| Act::status(500)).await;
    let retry = r#"retry = { for = "24h", base = "5ms", cap = "5ms", jitter = 0.0, attempts = 3 }"#;
    let appliance = crm(&receiver.url(), &format!("rate = \"1000/s burst 100\"\n{retry}")).await;
    let id = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &id, "DEAD").await;
    assert_eq!((&dead["attempts"], receiver.got().len()), (&json!(3), 3));

    let retry = r#"retry = { for = "300ms", base = "100ms", cap = "100ms", jitter = 0.0 }"#;
    let appliance = crm(&receiver.url(), &format!("rate = \"1000/s burst 100\"\n{retry}")).await;
    let id = post(&appliance, &event("k-1")).await;
    let dead = settled(&appliance, &id, "DEAD").await;
    let attempts = dead["attempts"].as_u64().unwrap();
    assert!((2..=3).contains(&attempts), "{dead}");
}

#[tokio::test]
async fn an_address_that_is_out_of_bounds_is_never_called() {
    let receiver = Receiver::glad().await;
    let toml = crate::stage::outward(&[
        crate::stage::destination("crm", &receiver.url(), QUICK),
        crate::stage::route(&["crm"]),
    ]);
    let toml = toml.replace("127.0.0.0/8", "10.0.0.0/8");
    let mut appliance = crate::support::Appliance::build().config(&toml).start().await;
    let id = post(&appliance, &event("k-1")).await;
    until(|| async {
        let all = deliveries(&appliance, "class=network").await;
        (!all.is_empty()).then_some(())
    })
    .await;
    let said = deliveries(&appliance, "").await[0]["lastError"].clone();
    assert!(said.as_str().unwrap().contains("out of bounds"), "{said}");
    assert!(receiver.got().is_empty());
    appliance
        .reload(|toml| toml.replace("10.0.0.0/8", "127.0.0.0/8"))
        .await;
    settled(&appliance, &id, "DELIVERED").await;
}
