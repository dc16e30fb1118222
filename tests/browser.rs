//! `<gantry-poll>`, `/gantry.js` and the report in a real browser, against a real appliance.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a browser that fails ends the test, and says where"
)]

#[path = "support/chromium.rs"]
mod chromium;
#[path = "support/conversions.rs"]
mod conversions;
#[path = "support/launch_day.rs"]
mod launch_day;
#[path = "browser/report.rs"]
mod report;
#[path = "browser/script.rs"]
mod script;
#[path = "support/site.rs"]
mod site;
mod support;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use chromium::Chromium;
use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use http::StatusCode;
use serde_json::{Value, json};
use support::Appliance;

/// A maker's page, with the two lines that show a poll.
const PAGE: &str = r#"<!doctype html>
<html lang="en">
<title>Launch day</title>
<script src="/gantry.js"></script>
<gantry-poll poll="launch-day"></gantry-poll>
"#;

/// The maker's site.
fn maker() -> Router {
    Router::new()
        .route("/", get(Html(PAGE)))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
}

#[tokio::test]
async fn a_vote_in_one_tab_moves_the_other_and_counts_once() {
    let appliance = Appliance::build().site(maker()).start().await;
    appliance
        .create_poll(json!({
            "pollId": "launch-day",
            "question": "What should ship first?",
            "options": [{ "id": "dark-mode", "label": "Dark mode" }, { "id": "offline", "label": "Works offline" }],
        }))
        .await;
    let page = appliance.public_url();
    let chromium = Chromium::start().await;
    let browser = chromium.client();

    let first = browser.window().await.expect("the first tab");
    browser.goto(&page).await.expect("the page");
    wait_for(browser, ".total", "0 votes · live").await;
    let second = browser.new_window(true).await.expect("a second tab").handle;
    browser
        .switch_to_window(second.clone())
        .await
        .expect("the second tab");
    browser.goto(&page).await.expect("the page");
    wait_for(browser, ".total", "0 votes · live").await;

    // One votes, the other moves.
    browser.switch_to_window(first).await.expect("the first tab");
    option(browser, "Works offline")
        .await
        .click()
        .await
        .expect("a click");
    wait_for(browser, "[role=status]", "Thank you, your vote is counted.").await;
    browser.switch_to_window(second).await.expect("the second tab");
    wait_for(browser, ".total", "1 vote · live").await;
    wait_for(browser, "[aria-pressed=true] .label", "Works offline").await;
    assert_eq!(
        chromium.console_errors(),
        [""; 0],
        "a plain vote leaves the console silent"
    );

    // The same visitor comes back and tries once more.
    browser.goto(&page).await.expect("the page");
    wait_for(browser, "[role=status]", "You have voted.").await;
    wait_for(browser, "[aria-pressed=true] .label", "Works offline").await;
    option(browser, "Dark mode").await.click().await.expect("a click");
    wait_for(browser, "[role=status]", "Your vote was already counted.").await;
    wait_for(browser, ".total", "1 vote · live").await;
    wait_for(browser, "[aria-pressed=true] .label", "Works offline").await;
    let errors = chromium.console_errors();
    assert!(
        matches!(errors.as_slice(), [refusal] if refusal.contains("/api/vote") && refusal.contains("409")),
        "the browser notes the 409 and nothing else: {errors:?}"
    );
}

/// Waits until the poll shows `text` at `selector`; after ten seconds fails and tells what it shows instead.
async fn wait_for(browser: &Client, selector: &str, text: &str) {
    let script = r#"
        const [selector, text, done] = arguments;
        const deadline = Date.now() + 10000;
        const look = () => {
            const root = document.querySelector("gantry-poll").shadowRoot;
            const shown = root?.querySelector(selector)?.textContent ?? null;
            if (shown === text || Date.now() > deadline) done(shown);
            else setTimeout(look, 20);
        };
        look();
    "#;
    let shown = browser
        .execute_async(script, vec![json!(selector), json!(text)])
        .await
        .expect("the page answers");
    assert_eq!(shown, json!(text), "what the poll shows at {selector}");
}

/// The button that votes for `label`.
async fn option(browser: &Client, label: &str) -> Element {
    let script = r#"
        const buttons = document.querySelector("gantry-poll").shadowRoot.querySelectorAll("button");
        return [...buttons].find((button) => button.querySelector(".label").textContent === arguments[0]);
    "#;
    let found = browser
        .execute(script, vec![json!(label)])
        .await
        .expect("the page answers");
    let reference = found
        .as_object()
        .and_then(|found| found.values().next())
        .and_then(Value::as_str);
    let reference = reference.unwrap_or_else(|| panic!("no option {label:?}"));
    Element::from_element_id(browser.clone(), ElementRef::from(reference.to_owned()))
}
