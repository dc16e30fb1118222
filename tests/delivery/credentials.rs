//! Who we are to a receiver: a name and a password, or a signature of the request.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, deliveries, event, post, settled, shown, until, with_crm};

#[tokio::test]
async fn a_name_and_a_password_are_sent_and_others_after_a_reload() {
    let receiver = Receiver::start(|_, got| {
        let said = got.header("authorization").strip_prefix("Basic ").unwrap();
        let said = String::from_utf8(BASE64_STANDARD.decode(said).unwrap()).unwrap();
        match said.as_str() {
            "gantry:second" => Act::status(200),
            _ => Act::said(401, &format!("no {said}")),
        }
    })
    .await;
    let lines = format!("{QUICK}\nauth = {{ basic = {{ user = \"gantry\", password = \"env:FIRST\" }} }}");
    let mut appliance = with_crm(&receiver.url(), &lines)
        .variable("FIRST", "first-password")
        .variable("SECOND", "second")
        .start()
        .await;
    let id = post(&appliance, &event("k-1")).await;
    until(|| async {
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .map(drop)
    })
    .await;
    let waiting = &deliveries(&appliance, "").await[0];
    assert_eq!(waiting["lastError"], "401: no [secret]");
    appliance
        .reload(|toml| toml.replace("env:FIRST", "env:SECOND"))
        .await;
    settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(shown(&appliance, "crm").await["paused"], json!(null));
}

#[tokio::test]
async fn every_attempt_is_signed_anew_by_oauth_1() {
    let receiver = Receiver::start(|nth, got| match nth {
        0 => Act::said(503, got.header("authorization")),
        _ => Act::status(200),
    })
    .await;
    let keys = ["consumer_key", "consumer_secret", "token", "token_secret"];
    let written = keys
        .map(|key| format!("{key} = \"env:{}\"", key.to_uppercase()))
        .join(", ");
    let lines = format!("{QUICK}\nauth = {{ oauth1 = {{ {written} }} }}");
    let build = with_crm(&format!("{}?a=b", receiver.url()), &lines);
    let appliance = keys
        .iter()
        .fold(build, |build, key| {
            build.variable(&key.to_uppercase(), &format!("{key}-canary"))
        })
        .start()
        .await;
    let id = post(&appliance, &event("k-1")).await;
    let delivery = settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(delivery["attempts"], 2);
    assert!(
        !delivery["lastError"].to_string().contains("canary"),
        "{delivery}"
    );
    let part = |n: usize, name: &str| {
        let header = receiver.got()[n].header("authorization").to_owned();
        let header = header.strip_prefix("OAuth ").expect("its scheme").to_owned();
        let mut parts = header.split(", ").filter_map(|part| part.split_once('='));
        let found = parts
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.trim_matches('"').to_owned());
        found.unwrap_or_else(|| panic!("{name} in {header}"))
    };
    for n in 0..2 {
        assert_eq!(part(n, "oauth_consumer_key"), "consumer_key-canary");
        assert_eq!(part(n, "oauth_token"), "token-canary");
        assert_eq!(part(n, "oauth_signature_method"), "HMAC-SHA1");
        let at: i64 = part(n, "oauth_timestamp").parse().unwrap();
        assert!((receiver.got()[n].at_ms / 1_000 - at).abs() <= 1);
    }
    for own in ["oauth_nonce", "oauth_signature"] {
        assert_ne!(part(0, own), part(1, own), "{own}");
    }
}
