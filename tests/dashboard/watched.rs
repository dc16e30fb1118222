//! What is watched: the line that says something is wrong, certificates, and whether word of it arrives.

use serde_json::{Value, json};

use crate::desk::{Desk, Screen};
use crate::looks::{AXE, look};
use crate::receiver::{Act, Receiver};
use crate::screenshots::keep;
use crate::stage::Stage;
use crate::support::Appliance;
use crate::support::http::soon;

const SCREEN: Screen = Screen {
    width: 390,
    scheme: "dark",
};

/// An appliance with a name for which nobody signs a certificate, which tells `slack` at once.
async fn unsigned(slack: &Receiver) -> Appliance {
    let config = format!(
        r#"
[server]
domains = ["shop.example"]
acme_directory = "https://127.0.0.1:1/directory"
[egress]
allow = ["127.0.0.0/8"]
[[destination]]
name = "slack"
preset = "slack"
url = "{}"
[alerts]
to = ["slack"]
[alerts.rules]
certificate_expiry = "< 14d"
"#,
        slack.url()
    );
    Appliance::build().config(&config).start().await
}

#[tokio::test]
async fn a_name_without_a_certificate_is_the_first_thing_its_owner_sees_and_a_test_arrives() {
    let slack = Receiver::start(|_, _| Act::said(200, "ok")).await;
    let appliance = unsigned(&slack).await;
    let desk = Desk::of(&appliance).await;
    desk.open("/").await;
    desk.says("Alert: certificate_expiry").await;
    desk.follow("see the alerts").await;
    desk.says("certificate_expiry shop\\.example").await;
    desk.says("Told: slack\\.").await;
    desk.says("shop\\.example the next is asked for in \\d+ min.* The last attempt failed: .* none yet")
        .await;

    soon(async {
        while slack.got().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    desk.press("send a test").await;
    desk.says("The test has arrived at slack").await;
    let texts: Vec<Value> = slack.got().iter().map(|got| got.json()["text"].clone()).collect();
    let [alert, test] = &texts[..] else {
        panic!("{texts:?}")
    };
    assert!(
        alert
            .to_string()
            .contains("Alert: certificate_expiry (shop.example)."),
        "{alert}"
    );
    assert!(
        test.to_string().contains("Test: alerts of Gantry arrive here"),
        "{test}"
    );

    // The page is legible with it, and accessible.
    let axe = std::fs::read_to_string(AXE).expect("axe-core, which tests/run fetches");
    desk.open("/system").await;
    desk.run(&axe, vec![]).await;
    let faults = look(&desk, SCREEN).await;
    keep(&desk, SCREEN, "unsigned-system").await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn how_alerts_stand_and_where_a_test_did_not_arrive_is_said_in_words() {
    let gone = Receiver::start(|_, _| Act::said(404, "no_service")).await;
    let appliance = unsigned(&gone).await;
    // Who is told is paused: it is said beside its name.
    let path = "/api/destinations/slack/pause";
    let paused = appliance.admin.post(path, &json!({})).await;
    assert!(paused.status < 300, "{}", paused.text());
    let desk = Desk::of(&appliance).await;
    desk.open("/system").await;
    desk.says("Told: slack \\(paused").await;
    desk.says("\\d+ rules kept to, or off").await;
    let resumed = appliance
        .admin
        .post("/api/destinations/slack/resume", &json!({}))
        .await;
    assert!(resumed.status < 300, "{}", resumed.text());
    desk.press("send a test").await;
    desk.says("slack: .*404").await;
}

#[tokio::test]
async fn votes_and_comments_at_product_hunt_stand_beside_visits() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/funnel").await;
    desk.says("Product Hunt my-product Votes 412").await;
    desk.says("Comments 57 asked again in \\d+ min").await;
}
