//! `/gantry.js` on pages of every kind: what it tells, and to whom it tells nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Html;
use axum::routing::get;
use gantry::model::page::PageRequest;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::chromium::Chromium;
use crate::site::serve;
use crate::support::Appliance;

/// A page that loads the script from `script`, with `attributes`.
fn page(script: &str, attributes: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><title>Launch</title><script src=\"{script}/gantry.js\" {attributes}></script>"
    )
}

/// What pages told: the path, and the body.
type Told = mpsc::UnboundedReceiver<(String, Value)>;

/// A site that serves the script as Gantry does, and notes what is told.
async fn listener() -> (String, Told) {
    let appliance = Appliance::start().await;
    let script = appliance.public.get("/gantry.js").await.text().to_owned();
    let (send, told) = mpsc::unbounded_channel();
    let send = Arc::new(send);
    let note = move |request: Request| {
        let send = Arc::clone(&send);
        async move {
            let path = request.uri().path().to_owned();
            let kind = request.headers()["content-type"]
                .to_str()
                .unwrap_or_default()
                .to_owned();
            assert!(
                kind.starts_with("text/plain"),
                "{kind}: another would be asked for first"
            );
            let body = axum::body::to_bytes(request.into_body(), 4_096)
                .await
                .expect("a body");
            let body = serde_json::from_slice(&body).expect("JSON");
            drop(send.send((path, body)));
            StatusCode::ACCEPTED
        }
    };
    let routes = Router::new()
        .route(
            "/gantry.js",
            get(move || async move { ([("content-type", "text/javascript")], script) }),
        )
        .route("/page", get(|| async { Html(page("", "")) }))
        .route("/quiet", get(|| async { Html(page("", "data-views=\"none\"")) }))
        .route("/told", get(|| async { Html(page("", "data-views=\"all\"")) }))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .fallback(note);
    (serve(routes).await, told)
}

async fn next(told: &mut Told) -> (String, Value) {
    let wait = std::time::Duration::from_secs(20);
    let next = tokio::time::timeout(wait, told.recv()).await;
    next.expect("something is told within twenty seconds")
        .expect("the site runs")
}

#[tokio::test]
async fn a_single_page_app_tells_where_it_goes_and_what_was_reached() {
    let (own, mut told) = listener().await;
    let elsewhere = own.clone();
    let foreign = Router::new()
        .route("/", get(move || async move { Html(page(&elsewhere, "")) }))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT));
    let foreign = serve(foreign).await;
    let chromium = Chromium::start().await;
    let browser = chromium.client();
    let run = |script: &'static str| async move {
        browser
            .execute(script, Vec::new())
            .await
            .expect("the page answers")
    };

    // Gantry counted the first page of its own; where the app goes from there it cannot see.
    browser
        .goto(&format!("{own}/page?utm_source=x"))
        .await
        .expect("a page");
    run("history.pushState({}, '', '/step?b=1'); history.pushState({}, '', '/step?b=1#part')").await;
    let (path, view) = next(&mut told).await;
    assert_eq!((path.as_str(), &view["path"]), ("/api/view", &json!("/step?b=1")));
    assert_eq!(view["referrer"], json!(format!("{own}/page?utm_source=x")));
    run("history.go(-2)").await;
    assert_eq!(
        next(&mut told).await.1["path"],
        "/page?utm_source=x",
        "back, past what was the same page"
    );
    let kept = run("return gantry.convert('signup', { value: 19.5, idempotencyKey: 'order-7' })").await;
    assert_eq!(kept, json!(true));
    let (path, reached) = next(&mut told).await;
    assert_eq!(path, "/api/convert");
    assert_eq!(
        reached,
        json!({ "goal": "signup", "value": "19.5", "idempotencyKey": "order-7" })
    );
    run("navigator.sendBeacon = undefined; gantry.convert('lead')").await;
    assert_eq!(
        next(&mut told).await,
        ("/api/convert".to_owned(), json!({ "goal": "lead" })),
        "by fetch"
    );
    assert_eq!(run("return document.cookie").await, json!(""));

    // A page that did not come through Gantry is told from the first.
    browser
        .goto(&format!("{foreign}/?ref=friend"))
        .await
        .expect("a page");
    assert_eq!(
        next(&mut told).await.1,
        json!({ "path": "/?ref=friend", "referrer": "" })
    );
    // Whoever says so is told of, or is not.
    browser.goto(&format!("{own}/quiet")).await.expect("a page");
    run("history.pushState({}, '', '/secret')").await;
    browser.goto(&format!("{own}/told")).await.expect("a page");
    assert_eq!(
        next(&mut told).await.1["path"],
        "/told",
        "nothing of the quiet page came before it"
    );
    assert_eq!(chromium.console_errors(), [""; 0]);

    // Nothing is told of those who ask for it.
    let quiet = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })";
    chromium.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &json!({ "source": quiet }),
    );
    browser.goto(&format!("{own}/told")).await.expect("a page");
    assert_eq!(
        run("history.pushState({}, '', '/on'); return gantry.convert('signup')").await,
        json!(false)
    );
    run("navigator.sendBeacon('/api/end', '{}')").await;
    assert_eq!(next(&mut told).await.0, "/api/end");
}

#[tokio::test]
async fn what_a_page_says_was_reached_is_a_conversion_on_disk() {
    let site = Router::new()
        .route("/", get(|| async { Html(page("/_g", "")) }))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT));
    let goals = "[server]\nprefix = \"/_g\"\n[funnel]\ngoals = [{ name = \"signup\" }]\n";
    let appliance = Appliance::build().config(goals).site(site).start().await;
    let chromium = Chromium::start().await;
    let browser = chromium.client();
    browser.goto(&appliance.public_url()).await.expect("the page");
    let reached = "const order = { value: 19.5, idempotencyKey: 'order-7' };
        gantry.convert('signup', order); gantry.convert('signup', order); gantry.convert('signup', { value: '0.01' });
        history.pushState({}, '', '/welcome')";
    browser
        .execute(reached, Vec::new())
        .await
        .expect("the page answers");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let amounts = loop {
        let all = PageRequest {
            limit: 10,
            after: None,
        };
        let counted = appliance.store.conversions(all).await.expect("conversions").items;
        let mut amounts: Vec<String> = counted
            .iter()
            .filter_map(|one| Some(one.value?.to_string()))
            .collect();
        amounts.sort();
        if amounts.len() >= 2 || std::time::Instant::now() > deadline {
            break amounts;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(
        amounts,
        ["0.01", "19.50"],
        "one for each, however often it is told"
    );
    let told = "const done = arguments[0];
        const views = () => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/_g/api/view'));
        const look = () => (views().length ? done(views()[0].responseStatus) : setTimeout(look, 20));
        look();";
    let status = browser
        .execute_async(told, Vec::new())
        .await
        .expect("the page answers");
    assert_eq!(status, json!(202), "below the prefix, as plain text");
    assert_eq!(chromium.console_errors(), [""; 0]);
    appliance.assert_clean().await;
}
