//! What is served under which name, to whom, and by which certificate.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::authority::Authority;
use crate::client::Client;
use crate::site;
use crate::support::http::{Answer, soon, written};
use crate::support::{ADMIN_TOKEN, Appliance, ballot};

pub(crate) const SITE: &str = "shop.example";
pub(crate) const DESK: &str = "gantry.example";
const HSTS: &str = "strict-transport-security";

/// An appliance with a site and a dashboard by HTTPS, whose certificates are files.
pub(crate) struct Served {
    pub(crate) appliance: Appliance,
    pub(crate) authority: Authority,
    files: TempDir,
}

impl Served {
    pub(crate) async fn start(more: &str) -> Self {
        let (authority, files) = (Authority::new(), tempfile::tempdir().expect("a directory"));
        let (certificate, key) = authority.sign(&[SITE, DESK]).write(files.path());
        let server = format!(
            "[server]\ndomains = [{SITE:?}]\nadmin_domain = {DESK:?}\nhttp = \"127.0.0.1:0\"\n\
             tls_cert = {certificate:?}\ntls_key = {key:?}\n{more}"
        );
        Self {
            appliance: Appliance::build().config(&server).start().await,
            authority,
            files,
        }
    }

    /// A client of the public address.
    pub(crate) fn public(&self) -> Client {
        Client {
            to: self.appliance.public.address(),
            roots: self.authority.roots(),
        }
    }

    /// A client of the admin address.
    pub(crate) fn admin(&self) -> Client {
        Client {
            to: self.appliance.admin.address(),
            roots: self.authority.roots(),
        }
    }
}

/// A site that says what it was asked.
async fn asked(headers: HeaderMap) -> String {
    let of = |name: &str| {
        let all: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|v| v.to_str().unwrap_or("?"))
            .collect();
        all.join(" | ")
    };
    format!(
        "{} {} {} {}",
        of("host"),
        of("x-forwarded-proto"),
        of("x-forwarded-for"),
        of("cookie")
    )
}

#[tokio::test]
async fn a_page_is_served_by_http_2_and_by_1_1_and_its_origin_is_told_that_it_was_by_https() {
    let origin = site::serve(Router::new().route("/", get(asked)).route("/launch", get(asked))).await;
    let served = Served::start(&format!(
        "[pages]\norigin = {origin:?}\n[[pages.rule]]\npath = \"/launch\"\nttl = \"60s\"\n"
    ))
    .await;
    for line in [served.public().many(SITE).await, served.public().one(SITE).await] {
        let crumbs = [("cookie", "a=1"), ("cookie", "b=2")];
        let mut headers = HeaderMap::new();
        for (name, crumb) in crumbs {
            headers.append(name, HeaderValue::from_static(crumb));
        }
        let address = format!("https://{SITE}/");
        let page = line.send((Method::GET, &address), headers, Bytes::new()).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(
            page.text().starts_with("shop.example https 127.0.0.1 a=1"),
            "{}",
            page.text()
        );
        assert_eq!(page.header(HSTS), "max-age=15552000");
        // Also of a page that is kept for all, whoever asked first.
        let kept = line.get(&format!("https://{SITE}/launch")).await;
        assert_eq!(kept.text(), "shop.example https  ");
    }
}

#[tokio::test]
async fn a_page_is_kept_warm_for_the_name_that_is_served_before_anybody_has_asked() {
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let page = move |headers: HeaderMap| async move {
        let told_by = asked(headers).await;
        drop(told.send(told_by.clone()));
        told_by
    };
    let origin = site::serve(Router::new().route("/launch", get(page))).await;
    let served = Served::start(&format!(
        "[pages]\norigin = {origin:?}\n[[pages.rule]]\npath = \"/launch\"\nttl = \"60s\"\nwarm = [\"/launch\"]\n"
    ))
    .await;
    let heard = soon(hears.recv()).await;
    assert_eq!(heard.as_deref(), Some("shop.example https  "));
    drop(served);
}

#[tokio::test]
async fn votes_are_cast_and_watched_by_http_2() {
    let served = Served::start("").await;
    served.appliance.open_poll("best").await;
    let line = served.public().many(SITE).await;
    let stream = format!("https://{SITE}/api/polls/best/stream");
    let stream = line
        .begin((Method::GET, &stream), HeaderMap::new(), Bytes::new())
        .await;
    let mut stream = stream.expect("a stream").into_body();
    let mut told = String::new();
    let mut until = async |expected: &str| {
        while !told.contains(expected) {
            let frame = soon(stream.frame()).await;
            let frame = frame.expect("the stream goes on").expect("a frame");
            told.push_str(&String::from_utf8_lossy(&frame.into_data().expect("data")));
        }
    };
    until("\"totalVotes\":0").await;
    let post = async |path: &str, body: Bytes| {
        let address = format!("https://{SITE}{path}");
        line.send((Method::POST, &address), HeaderMap::new(), body).await
    };
    let vote = written(&ballot("best", "a", ("ann", "1")));
    assert_eq!(post("/api/vote", vote.clone()).await.status, 202);
    assert_eq!(
        post("/api/vote", vote).await.header("idempotent-replayed"),
        "true"
    );
    assert_eq!(post("/api/vote", vec![b' '; 5_000].into()).await.status, 413);
    until("\"totalVotes\":1").await;
    // On the same connection, as often as anybody likes.
    for _ in 0..200 {
        assert_eq!(line.get(&format!("https://{SITE}/healthz")).await.status, 200);
    }
    let results = line.get(&format!("https://{SITE}/api/polls/best")).await;
    assert_eq!(results.json()["totalVotes"], 1);
}

#[tokio::test]
async fn each_name_leads_to_its_own_and_every_other_is_refused() {
    let served = Served::start("").await;
    let (public, admin) = (served.public(), served.admin());
    for client in [&public, &admin] {
        for name in ["evil.example", "www.shop.example", "localhost"] {
            let refused = client.handshake(name, b"h2").await.expect_err("refused");
            assert!(
                refused.to_string().contains("UnrecognisedName"),
                "{name}: {refused}"
            );
        }
    }
    let line = public.many(SITE).await;
    let status = async |uri: &str| line.get(uri).await.status;
    assert_eq!(status(&format!("https://{SITE}/healthz")).await, 200);
    // One certificate for both names lets a browser ask for both on one connection.
    let shell = line.get(&format!("https://{DESK}/")).await;
    assert!(shell.text().contains("<title>"), "{}", shell.text());
    assert_eq!(shell.header(HSTS), "max-age=15552000");
    assert_eq!(status(&format!("https://{SITE}/api/status")).await, 404);
    assert_eq!(status(&format!("https://{DESK}/api/status")).await, 401);
    for host in ["evil.example", "127.0.0.1", "gantry.example.evil.example"] {
        assert_eq!(status(&format!("https://{host}/")).await, 421, "{host}");
    }
    let line = admin.one(DESK).await;
    assert_eq!(line.get(&format!("https://{DESK}:8081/")).await.status, 200);
    assert_eq!(line.get(&format!("https://{SITE}/")).await.status, 421);
}

#[tokio::test]
async fn the_dashboards_session_is_a_secure_cookie_and_its_links_are_by_https() {
    let served = Served::start("").await;
    let line = served.public().many(DESK).await;
    let ask = async |method: Method, path: &str, headers: &[(&'static str, &str)], body: &Value| -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a value");
            (name.parse().expect("a name"), value)
        });
        let address = format!("https://{DESK}{path}");
        line.send((method, &address), headers.collect(), written(body))
            .await
    };
    let origin = ("origin", "https://gantry.example");
    let signed_in = ask(
        Method::POST,
        "/api/session",
        &[origin],
        &json!({"token": ADMIN_TOKEN}),
    )
    .await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.text());
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-gantry=")
            && cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let kept = cookie.split(';').next().expect("a cookie");
    let link = ask(
        Method::POST,
        "/api/session/links",
        &[origin, ("cookie", kept)],
        &json!({}),
    )
    .await;
    let url = link.json()["url"].as_str().expect("a link").to_owned();
    assert!(url.starts_with("https://gantry.example/sign-in#link="), "{url}");
    // The owner at the machine is shown the name too, which opens on any device.
    let made = served
        .appliance
        .owner
        .post("/api/session/links", &json!({}))
        .await
        .json();
    let begins = format!(
        "https://{DESK}:{}/sign-in#link=",
        served.appliance.public.address().port()
    );
    assert!(
        made["url"].as_str().expect("a link").starts_with(&begins),
        "{made}"
    );
    // A page of the site is no page of the dashboard.
    let foreign = [("origin", "https://shop.example"), ("cookie", kept)];
    assert_eq!(
        ask(Method::POST, "/api/delivery/pause", &foreign, &json!({}))
            .await
            .status,
        403
    );
    // Its name brings nobody in without a key, wherever they come from.
    assert_eq!(ask(Method::GET, "/metrics", &[], &Value::Null).await.status, 401);
}

#[tokio::test]
async fn another_pair_of_files_is_shown_after_a_reload_and_said_everywhere() {
    let mut served = Served::start("").await;
    let first = served.public().one(SITE).await;
    let new = served.authority.sign(&[DESK, SITE]);
    new.write(served.files.path());
    served.appliance.reload(str::to_owned).await;
    let shown = async || served.public().many(SITE).await.shown;
    let until = tokio::time::Instant::now() + crate::support::http::BOUND;
    while shown().await == first.shown {
        assert!(tokio::time::Instant::now() < until, "the old one is still shown");
        tokio::task::yield_now().await;
    }
    // Whoever was here before is served as before.
    assert_eq!(first.get(&format!("https://{SITE}/healthz")).await.status, 200);

    let status = served.appliance.admin.get("/api/status").await.json();
    let item = &status["certificates"][1];
    assert_eq!(
        (&item["name"], &item["state"], &item["issuer"], &item["lastError"]),
        (&json!(DESK), &json!("ok"), &json!("Tests"), &Value::Null),
        "{status}"
    );
    let port = served.appliance.public.address().port();
    assert_eq!(status["publicUrl"], format!("https://{SITE}:{port}"));
    assert_eq!(status["adminUrl"], format!("https://{DESK}:{port}"));
    let told = served.appliance.gantry(&["status"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.contains("certificates") && told.contains("issuer: Tests"),
        "{told}"
    );
    let metrics = served.appliance.admin.get("/metrics").await.text();
    let line = format!("gantry_certificate_expires_seconds{{name=\"{SITE}\"}} ");
    assert!(metrics.contains(&line), "{metrics}");
}
