//! Sockets that are handed over: which, and where.

use crate::authority::Authority;
use crate::manager::{Manager, priority};
use crate::process::Connection;

const NAME: &str = "shop.example";

/// What it says last, when it does not start.
async fn refusal(mut manager: Manager) -> (Option<i32>, String) {
    manager.begin();
    let code = manager.ended().await.code();
    // The pipe may be read a moment after its writer has ended.
    let last = loop {
        if let Some(last) = manager.said().last() {
            break last.clone();
        }
        tokio::task::yield_now().await;
    };
    (code, last)
}

#[tokio::test]
async fn what_is_not_handed_over_is_opened() {
    let mut manager = Manager::with("[server]\nadmin = \"127.0.0.1:0\"\n", &["public"]);
    manager.start().await;
    let ready = manager.hears("\"ready\"").await;
    let (level, line) = priority(&ready);
    assert_eq!(level, Some(6), "{line}");
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["address.public"], manager.public.to_string());
    let admin: std::net::SocketAddr = line["address.admin"].as_str().unwrap().parse().unwrap();
    let mut connection = Connection::open(admin).await.expect("it listens");
    assert_eq!(connection.get("/readyz").await.unwrap().status, 200);
    manager.stop().await;
}

#[tokio::test]
async fn an_address_that_is_written_in_two_places_is_refused_where_they_differ() {
    let manager = Manager::new("[server]\npublic = \"127.0.0.1:9\"\n");
    let at = manager.public;
    let (code, said) = refusal(manager).await;
    assert_eq!(code, Some(78), "{said}");
    assert!(
        said.starts_with("gantry: server.public is 127.0.0.1:9, but") && said.contains(&at.to_string()),
        "{said}"
    );
}

#[tokio::test]
async fn an_address_that_is_written_in_two_places_may_be_the_same() {
    let mut manager = Manager::new("");
    manager.configure(&format!("[server]\npublic = \"{}\"\n", manager.public));
    manager.start().await;
    manager.stop().await;
}

#[tokio::test]
async fn plain_http_is_led_over_at_the_socket_that_is_handed_over_for_it() {
    let mut manager = Manager::with("", &["public", "admin", "http"]);
    let (certificate, key) = Authority::new().sign(&[NAME]).write(&manager.state());
    manager.configure(&format!(
        "[server]\ndomains = [\"{NAME}\"]\ntls_cert = \"{}\"\ntls_key = \"{}\"\n",
        certificate.display(),
        key.display(),
    ));
    manager.start().await;
    let mut visitor = Connection::open(manager.plain).await.unwrap();
    let asked = format!("GET /launch?a=b HTTP/1.1\r\nHost: {NAME}\r\n\r\n");
    visitor.send(asked.as_bytes()).await.unwrap();
    let answer = visitor.answer().await.unwrap();
    let to = format!(
        "location: https://{NAME}:{}/launch?a=b\r\n",
        manager.public.port()
    );
    assert!(answer.status == 308 && answer.head.contains(&to), "{answer:?}");
    manager.stop().await;
}

#[tokio::test]
async fn a_socket_for_plain_http_is_refused_where_nobody_is_led_over() {
    let named = format!("[server]\ndomains = [\"{NAME}\"]\nhttp = \"off\"\n");
    for config in ["", &named] {
        let (code, said) = refusal(Manager::with(config, &["public", "admin", "http"])).await;
        assert_eq!(code, Some(78), "{said}");
        assert!(
            said.contains("systemctl disable --now gantry-http.socket"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_socket_that_nobody_would_listen_on_is_refused() {
    let (code, said) = refusal(Manager::with("", &["public", "admin", "visitors"])).await;
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("\"visitors\""), "{said}");
}
