//! Whom a destination's TLS trusts, what it shows, and which HTTP it speaks.

use http::Version;
use serde_json::json;

use crate::stage::{QUICK, destination, event, outward, post, route, settled, until, with_crm};
use crate::support::Appliance;
use crate::tls_receiver::{Authority, Manner, TlsReceiver};

/// Sends a sample: what came of it, the status or the error.
async fn tried(appliance: &Appliance) -> String {
    let answer = appliance
        .admin
        .post("/api/destinations/crm/test", &json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let trial = answer.json();
    match trial["error"].as_str() {
        Some(error) => error.to_owned(),
        None => trial["answer"]["status"].to_string(),
    }
}

/// What comes of a sample to `receiver`, where destinations are trusted by `authority`.
async fn tried_by(receiver: &TlsReceiver, authority: &Authority) -> String {
    let appliance = with_crm(&receiver.url(), &format!("{QUICK}\ntls_ca = \"env:CA\""))
        .variable("CA", &authority.pem())
        .start()
        .await;
    tried(&appliance).await
}

#[tokio::test]
async fn a_private_authority_vouches_where_it_is_named_and_nowhere_else() {
    let (authority, other) = (Authority::new(), Authority::new());
    let receiver = TlsReceiver::start(&authority.receiver("127.0.0.1"), Manner::default()).await;
    assert_eq!(tried_by(&receiver, &authority).await, "200");
    let refused = tried_by(&receiver, &other).await;
    assert!(
        refused.starts_with("TLS failed: ") && refused.contains("UnknownIssuer"),
        "{refused}"
    );
    let appliance = with_crm(&receiver.url(), QUICK).start().await;
    assert!(tried(&appliance).await.contains("UnknownIssuer"));
    assert_eq!(receiver.seen().len(), 1, "nothing is sent to whom is not trusted");
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_names_another_host_is_refused() {
    let authority = Authority::new();
    for (own, why) in [
        (authority.expired(), "expired"),
        (authority.receiver("other.example"), "not valid for"),
        (authority.receiver("127.0.0.2"), "not valid for"),
    ] {
        let receiver = TlsReceiver::start(&own, Manner::default()).await;
        let refused = tried_by(&receiver, &authority).await;
        assert!(
            refused.starts_with("TLS failed: ") && refused.contains(why),
            "{why}: {refused}"
        );
        assert_eq!(receiver.seen().len(), 0, "{why}");
    }
}

#[tokio::test]
async fn a_receiver_that_asks_who_we_are_is_shown_our_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let manner = Manner {
        callers: Some(&authority),
        ..Manner::default()
    };
    let receiver = TlsReceiver::start(&authority.receiver("127.0.0.1"), manner).await;
    let none = tried_by(&receiver, &authority).await;
    assert!(none.contains("CertificateRequired"), "{none}");
    for (own, welcome) in [(authority.caller(), true), (other.caller(), false)] {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("ca.pem"), authority.pem()).unwrap();
        std::fs::write(at("own.pem"), &own.pem).unwrap();
        std::fs::write(at("key.pem"), own.key.serialize_pem()).unwrap();
        let tls = format!(
            "tls_ca = {:?}\ntls_cert = {:?}\ntls_key = \"file:{}\"",
            at("ca.pem"),
            at("own.pem"),
            at("key.pem").display()
        );
        let appliance = with_crm(&receiver.url(), &format!("{QUICK}\n{tls}"))
            .start()
            .await;
        let came = tried(&appliance).await;
        match welcome {
            true => {
                assert_eq!(came, "200");
                assert_eq!(receiver.seen()[0].caller, Some(own.certificate));
            }
            false => assert!(came.starts_with("TLS failed: "), "{came}"),
        }
    }
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn certificates_are_read_again_at_a_reload() {
    let authority = Authority::new();
    let receiver = TlsReceiver::start(&authority.receiver("127.0.0.1"), Manner::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, Authority::new().pem()).unwrap();
    let mut appliance = with_crm(&receiver.url(), &format!("{QUICK}\ntls_ca = {file:?}"))
        .start()
        .await;
    let id = post(&appliance, &event("k-1")).await;
    let waiting = settled(&appliance, &id, "RETRYING").await;
    assert!(waiting["lastError"].as_str().unwrap().contains("TLS failed"));
    std::fs::write(&file, authority.pem()).unwrap();
    appliance.reload(str::to_owned).await;
    settled(&appliance, &id, "DELIVERED").await;
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_asked_for_and_the_receiver_can() {
    let authority = Authority::new();
    let own = authority.receiver("127.0.0.1");
    for (lines, two, spoken) in [
        ("http_version = \"2\"", true, Version::HTTP_2),
        ("http_version = \"2\"", false, Version::HTTP_11),
        ("", true, Version::HTTP_11),
    ] {
        let manner = Manner {
            two,
            ..Manner::default()
        };
        let receiver = TlsReceiver::start(&own, manner).await;
        let lines = format!("{QUICK}\ntls_ca = \"env:CA\"\n{lines}");
        let appliance = with_crm(&receiver.url(), &lines)
            .variable("CA", &authority.pem())
            .start()
            .await;
        let id = post(&appliance, &event("k-1")).await;
        let delivery = settled(&appliance, &id, "DELIVERED").await;
        let [seen] = &receiver.seen()[..] else {
            panic!("one call")
        };
        assert_eq!(seen.version, spoken, "{lines}");
        assert_eq!(delivery["id"], seen.headers["x-request-id"].to_str().unwrap());
        assert_eq!(seen.headers["accept-encoding"], "identity");
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(body["idempotencyKey"], "k-1");
    }
}

#[tokio::test]
async fn destinations_that_are_reached_alike_share_a_connection_and_others_do_not() {
    let authority = Authority::new();
    let manner = Manner {
        two: true,
        ..Manner::default()
    };
    let receiver = TlsReceiver::start(&authority.receiver("127.0.0.1"), manner).await;
    let two = format!("{QUICK}\ntls_ca = \"env:CA\"\nhttp_version = \"2\"\nconcurrency = 1");
    let one = format!("{QUICK}\ntls_ca = \"env:CA\"\nconcurrency = 1");
    let mut tables = Vec::new();
    for (name, lines) in [("a", &two), ("b", &two), ("c", &one)] {
        tables.push(destination(name, &receiver.url(), lines));
    }
    tables.push(route(&["a"]));
    let mut appliance = Appliance::build()
        .config(&outward(&tables))
        .variable("CA", &authority.pem())
        .start()
        .await;
    for (name, calls, connections) in [("a", 1, 1), ("b", 2, 1), ("c", 3, 2)] {
        appliance
            .reload(|toml| format!("{}{}", toml.split("[[route]]").next().unwrap(), route(&[name])))
            .await;
        post(&appliance, &event(name)).await;
        until(|| async { (receiver.seen().len() == calls).then_some(()) }).await;
        assert_eq!(receiver.connections(), connections, "{name}");
    }
}
