//! The way to the database is encrypted, and who is at its end proves who that is.

use serde_json::Value;

use crate::authority::Authority;
use crate::postgres::Server;
use crate::stage::{Receiver, current, events, init, post_all, settings, until};
use crate::support::{Appliance, Builder};

/// An appliance that exports to `url`, where `authority` is who vouches.
fn exporting(receiver: &Receiver, url: &str, authority: &Authority) -> Builder {
    Appliance::build()
        .config(&settings(receiver.at))
        .config(
            "[export.postgres]\nurl = \"env:DATABASE_URL\"\nevery = \"100ms\"\ntls_ca = \"env:DATABASE_CA\"",
        )
        .variable("DATABASE_URL", url)
        .variable("DATABASE_CA", &authority.pem())
}

/// What `export init` is told.
async fn refused(builder: Builder) -> String {
    let appliance = builder.start().await;
    let answer = appliance.admin.post("/api/postgres/init", &Value::Null).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    post_all(&appliance, &events(0..1)).await;
    let failing = until(&appliance, |status| status["state"] == "failing").await;
    let why = failing["failure"]["message"].as_str().unwrap().to_owned();
    assert!(answer.text().contains("the database cannot be reached"), "{why}");
    why
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_encrypted_to_a_server_that_an_authority_vouches_for_and_to_no_other() {
    let (authority, other) = (Authority::new(), Authority::new());
    let shown = authority.sign(&["localhost"]);
    let server = Server::secured(&shown.certificate, &shown.key).await;
    let receiver = Receiver::start().await;
    let by_name = server.url_by("localhost");
    let appliance = exporting(&receiver, &by_name, &authority).start().await;
    init(&appliance).await;
    post_all(&appliance, &events(0..20)).await;
    current(&appliance).await;
    let owner = server.superuser("launch").await;
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE usename = 'gantry' AND ssl AND version = 'TLSv1.3'";
    assert_eq!(owner.count(encrypted).await, 1);
    assert_eq!(owner.count("SELECT count(*) FROM marketing_events").await, 20);
    appliance.stop().await;

    let why = refused(exporting(&receiver, &by_name, &other)).await;
    assert!(why.contains("certificate"), "{why}");
    let why = refused(exporting(&receiver, &server.url_by("127.0.0.1"), &authority)).await;
    assert!(why.contains("certificate") && why.contains("127.0.0.1"), "{why}");
    owner.run("ALTER SYSTEM SET ssl = off").await;
    owner.query("SELECT pg_reload_conf()").await;
    let why = refused(exporting(&receiver, &by_name, &authority)).await;
    assert!(why.contains("TLS"), "{why}");
}
