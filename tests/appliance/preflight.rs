//! The preflight: what speaks against a launch, what does not, and that nobody is told of it.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::Appliance;

const WEBHOOKS: &str = "[[webhook]]\nsource = \"shop\"\npreset = \"stripe\"\nsecret = \"env:HOOK\"\ntype = \"SOLD\"\n\
    [[webhook]]\nsource = \"repo\"\npreset = \"github\"\nsecret = \"env:HOOK\"\ntype = \"STARRED\"\n\
    [[webhook]]\nsource = \"mail\"\npreset = \"mailgun\"\nsecret = \"env:HOOK\"\ntype = \"MAIL\"\n\
    [[webhook]]\nsource = \"chat\"\npreset = \"slack\"\nsecret = \"env:HOOK\"\ntype = \"CHAT\"\n";

async fn preflight(appliance: &Appliance) -> Value {
    let answer = appliance.admin.get("/api/preflight").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The verdict of a check, of one of several where `of` names it.
fn verdict<'v>(preflight: &'v Value, id: &str, of: Option<&str>) -> &'v str {
    let checks = preflight["checks"].as_array().expect("checks");
    let mut found = checks
        .iter()
        .filter(|check| check["id"] == id && check["of"] == json!(of));
    let check = found
        .next()
        .unwrap_or_else(|| panic!("{id} {of:?} in {preflight}"));
    check["verdict"].as_str().expect("a verdict")
}

#[tokio::test]
async fn it_is_go_once_everything_is_as_it_must_be_and_nobody_was_told_anything() {
    let receiver = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = receiver.local_addr().expect("an address");
    let config = format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[[destination]]\nname = \"crm\"\nurl = \"http://{at}/secret\"\n{WEBHOOKS}"
    );
    let appliance = Appliance::build()
        .config(&config)
        .variable("HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .start()
        .await;
    let mut called = JoinSet::new();
    called.spawn(async move {
        let mut heard = Vec::new();
        for _ in 0..2 {
            let (mut caller, _) = receiver.accept().await.expect("a caller");
            caller.read_to_end(&mut heard).await.expect("it hung up");
        }
        heard
    });

    let before = preflight(&appliance).await;
    assert_eq!(before["go"], false, "there is no backup: {before}");
    assert_eq!(verdict(&before, "backup", None), "no-go");
    assert_eq!(verdict(&before, "warm", None), "unknown");
    assert_eq!(verdict(&before, "destination-reached", Some("crm")), "go");
    for source in ["shop", "repo", "mail", "chat"] {
        assert_eq!(verdict(&before, "signature", Some(source)), "go", "{before}");
    }
    let made = appliance.admin.post("/api/backups", &json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let after = preflight(&appliance).await;
    assert_eq!(verdict(&after, "backup", None), "go");
    // Whether NTP keeps the clock is up to the machine this runs on.
    assert_eq!(after["go"], verdict(&after, "clock", None) != "no-go", "{after}");
    assert_eq!(
        called.join_next().await.expect("a call").expect("called"),
        b"",
        "nothing was sent"
    );
    assert!(!after.to_string().contains("secret"), "{after}");
    let events = appliance.admin.get("/api/events").await.json();
    assert_eq!(events["items"], json!([]), "no sample was recorded");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_destination_that_takes_no_connection_is_a_no_go_and_so_is_one_that_is_paused() {
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = gone.local_addr().expect("an address");
    drop(gone);
    let config = format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[[destination]]\nname = \"crm\"\nurl = \"http://{at}\"\n"
    );
    let appliance = Appliance::build().config(&config).start().await;
    let now = preflight(&appliance).await;
    assert_eq!(verdict(&now, "destination-reached", Some("crm")), "no-go");
    assert_eq!(verdict(&now, "destinations", None), "go");
    let paused = appliance
        .admin
        .post("/api/destinations/crm/pause", &json!({}))
        .await;
    assert!(paused.status < 300, "{}", paused.text());
    assert_eq!(
        verdict(&preflight(&appliance).await, "destinations", None),
        "no-go"
    );
    let told = appliance.gantry(&["preflight"]);
    assert_eq!(told.status.code(), Some(1));
}
