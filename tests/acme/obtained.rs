//! The whole appliance with names of its own, and an authority that knows nothing of it yet.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::Client;
use crate::pebble::Pebble;
use crate::support::Appliance;
use crate::support::http::BOUND;

const SITE: &str = "shop.example";
const DESK: &str = "gantry.shop.example";

async fn certificates(appliance: &Appliance) -> Vec<Value> {
    let status = appliance.admin.get("/api/status").await.json();
    status["certificates"].as_array().expect("a list").clone()
}

/// What the preflight says of a name's certificate.
async fn certificate_check(appliance: &Appliance, name: &str) -> Value {
    let preflight = appliance.admin.get("/api/preflight").await.json();
    let checks = preflight["checks"].as_array().expect("checks").iter();
    let mut found = checks.filter(|check| check["id"] == "certificate" && check["of"] == name);
    found.next().expect("a check of the name").clone()
}

/// Waits until every name has its certificate.
async fn all_there(appliance: &Appliance) -> Vec<Value> {
    let until = Instant::now() + BOUND;
    loop {
        let certificates = certificates(appliance).await;
        if certificates.iter().all(|item| item["state"] == "ok") {
            return certificates;
        }
        assert!(Instant::now() < until, "{certificates:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn each_name_is_served_by_a_certificate_of_its_own_which_outlives_restarts_and_enters_no_copy() {
    let pebble = Pebble::start().await;
    let config = format!(
        "[server]\ndomains = [{SITE:?}]\nadmin_domain = {DESK:?}\n{}",
        pebble.keys()
    );
    let appliance = Appliance::build().config(&config).start().await;
    pebble.looks_at(appliance.public.address());
    let client = Client {
        to: appliance.public.address(),
        roots: pebble.roots().await,
    };
    let items = all_there(&appliance).await;
    assert_eq!(
        (&items[0]["name"], &items[1]["name"]),
        (&json!(SITE), &json!(DESK))
    );
    for item in &items {
        let issuer = item["issuer"].as_str().expect("an issuer");
        assert!(issuer.contains("Pebble Intermediate CA"), "{item}");
        assert_eq!(item["lastError"], Value::Null);
        assert!(item["nextTryAt"].as_str() < item["expiresAt"].as_str(), "{item}");
    }
    let shown = async |client: &Client, name: &str| {
        let line = client.many(name).await;
        let page = format!("https://{name}/healthz");
        let page = line
            .send((http::Method::GET, &page), HeaderMap::new(), Bytes::new())
            .await;
        assert_eq!((page.status, page.text().trim()), (200, "ok"));
        line.shown
    };
    let (site, desk) = (shown(&client, SITE).await, shown(&client, DESK).await);
    assert_ne!(site, desk);
    assert_eq!(pebble.orders(), 2);
    for name in [SITE, DESK] {
        let check = certificate_check(&appliance, name).await;
        assert_eq!(check["verdict"], "go", "{check}");
        let detail = check["detail"].as_str().expect("a detail");
        assert!(detail.starts_with("it holds for 89 d"), "{check}");
    }
    // Whoever looks for a proof when none is asked for is refused.
    client.handshake(SITE, b"acme-tls/1").await.expect_err("no proof");
    appliance.assert_clean().await;

    let copies = tempfile::tempdir().expect("a directory");
    let copy = copies.path().join("copy.redb");
    let made = appliance.gantry(&["backup", copy.to_str().expect("text")]);
    assert!(made.status.success(), "{made:?}");
    let holds = |path: &std::path::Path| {
        let bytes = std::fs::read(path).expect("a file");
        let mark = b"PRIVATE KEY";
        bytes.windows(mark.len()).any(|window| window == mark)
    };
    assert!(!holds(&copy));

    let directory = appliance.stop().await;
    assert!(
        holds(&directory.path().join("gantry.redb")),
        "else nothing is shown by the above"
    );
    let again = Appliance::build()
        .config(&config)
        .directory(directory)
        .start()
        .await;
    let client = Client {
        to: again.public.address(),
        ..client
    };
    assert_eq!(shown(&client, SITE).await, site, "from the first moment");
    assert_eq!(shown(&client, DESK).await, desk);
    assert_eq!(pebble.orders(), 2);
}

#[tokio::test]
async fn a_name_that_does_not_lead_here_is_no_go_is_told_of_and_found_by_doctor() {
    let pebble = Pebble::start().await;
    let config = format!(
        "[alerts.rules]\ncertificate_expiry = \"< 14d\"\n[server]\ndomains = [{SITE:?}]\n{}",
        pebble.keys()
    );
    let appliance = Appliance::build().config(&config).start().await;
    pebble.looks_at(None);
    let until = Instant::now() + BOUND;
    let error = loop {
        let item = certificates(&appliance).await.remove(0);
        if let Some(error) = item["lastError"].as_str() {
            break error.to_owned();
        }
        assert!(Instant::now() < until, "{item}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let check = certificate_check(&appliance, SITE).await;
    assert_eq!(check["verdict"], "no-go", "{check}");
    let alert = loop {
        let alerts = appliance.admin.get("/api/alerts").await.json();
        let mut items = alerts["items"].as_array().expect("items").iter();
        let rule = items.find(|item| item["rule"] == "certificate_expiry");
        let rule = rule.expect("the rule").clone();
        if rule["state"] == "firing" {
            break rule;
        }
        assert!(Instant::now() < until, "{rule}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(
        (&alert["certificate"], &alert["value"]),
        (&json!(SITE), &json!(0.0))
    );

    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gantry.toml");
    std::fs::write(&path, &config).expect("written");
    let told = appliance.gantry(&["doctor", "--json", "--config", path.to_str().expect("text")]);
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let mut findings = told["findings"].as_array().expect("findings").iter();
    let of = format!("certificate {SITE}");
    let found = findings.find(|found| found["subject"] == of).expect("a finding");
    assert_eq!(found["verdict"], "bad", "{found}");
    for said in [&check["detail"], &found["found"]] {
        assert!(said.as_str().expect("words").contains(&error), "{said}: {error}");
    }
    appliance.assert_clean().await;
}
