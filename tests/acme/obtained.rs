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
