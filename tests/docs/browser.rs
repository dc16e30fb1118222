//! The pages' HTML in Chromium, as a maker would paste it into a site behind Gantry.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use fantoccini::{Client, Locator};
use http::header::CONTENT_SECURITY_POLICY;
use serde_json::json;

use crate::book::{self, Block, Fate};
use crate::chromium::Chromium;
use crate::support::Appliance;

/// All that the element needs, as its page says.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'";
const CONFIG: &str = r#"
[funnel]
goals = [{ name = "signup" }]

[[form]]
name = "waitlist"
fields = { email = "email required", name = "text 80" }
event = "LEAD_CAPTURE"
redirect = "/thanks"
"#;

/// What tells the blocks of the pages apart.
const SHOWN: [&str; 4] = ["<gantry-poll", "new EventSource(", "<form", "gantry.convert("];

#[test]
fn every_block_for_a_browser_is_shown() {
    for block in book::blocks(Fate::Browser) {
        assert!(SHOWN.iter().any(|shown| block.text.contains(shown)), "{block}");
    }
}

/// A page of the site with a block in it.
fn page(block: &Block) -> String {
    let shown = block.text.replace("https://launch.example", "");
    format!("<!doctype html><meta charset=\"utf-8\"><title>A maker's</title>\n{shown}")
}

/// A site of which each page has one block of the pages: `/0`, `/1` and so on. Where no script stands in it, the policy is as strict as
/// can be.
fn site(blocks: &[Block]) -> Router {
    let mut site = Router::new()
        .route(
            "/thanks",
            get(|| async { Html("<!doctype html><title>Thanks</title>") }),
        )
        .route("/favicon.ico", get(|| async {}));
    for (number, block) in blocks.iter().enumerate() {
        let page = page(block);
        let policy = match block.text.contains("<gantry-poll") {
            true => POLICY,
            false => "default-src * 'unsafe-inline'",
        };
        let answer = move || async move { ([(CONTENT_SECURITY_POLICY, policy)], Html(page)) };
        site = site.route(&format!("/{number}"), get(answer));
    }
    site
}

async fn appliance(site: Router) -> Appliance {
    let appliance = Appliance::build().config(CONFIG).site(site).start().await;
    let poll = json!({ "pollId": "best-feature", "question": "What first?",
        "options": [{ "id": "dark", "label": "Dark mode" }, { "id": "api", "label": "An API" }] });
    appliance.create_poll(poll).await;
    appliance
}

#[tokio::test]
async fn what_the_pages_show_for_a_site_works_in_a_browser() {
    let (html, scripts): (Vec<Block>, Vec<Block>) = book::blocks(Fate::Browser)
        .into_iter()
        .partition(|block| block.text.starts_with('<'));
    let appliance = appliance(site(&html)).await;
    let chromium = Chromium::start().await;
    let browser = chromium.client();
    let go = async |number: usize| {
        browser
            .goto(&format!("{}/{number}", appliance.public_url()))
            .await
            .unwrap()
    };
    let numbers = |shown: &str| {
        let has = |(number, block): (usize, &Block)| block.text.contains(shown).then_some(number);
        html.iter().enumerate().filter_map(has).collect::<Vec<usize>>()
    };

    for number in numbers("<gantry-poll") {
        go(number).await;
        shows(browser, POLL, "What first?").await;
    }
    let vote = "document.querySelector('gantry-poll').shadowRoot.querySelector('button').click()";
    browser.execute(vote, vec![]).await.unwrap();
    shows(browser, TOTAL, "1 vote · live").await;
    for script in scripts {
        let told = browser.execute(&format!("return {}", script.text), vec![]).await;
        assert_eq!(told.unwrap(), json!(true), "{script}");
    }
    assert_eq!(chromium.console_errors(), [""; 0]);

    for number in numbers("new EventSource(") {
        go(number).await;
        shows(browser, "document.getElementById('votes')", "1 votes").await;
    }
    for number in numbers("<form") {
        go(number).await;
        for (name, text) in [("email", "ada@example.com"), ("name", "Ada")] {
            let field = browser
                .find(Locator::Css(&format!("[name={name}]")))
                .await
                .unwrap();
            field.send_keys(text).await.unwrap();
        }
        browser
            .find(Locator::Css("button"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        shows(browser, "document.querySelector('title')", "Thanks").await;
    }
    let leads = appliance.admin.get("/api/events?type=LEAD_CAPTURE").await.json();
    assert_eq!(leads["items"].as_array().map(Vec::len), Some(1), "{leads}");
}

pub(crate) const POLL: &str = "document.querySelector('gantry-poll').shadowRoot?.querySelector('.question')";
const TOTAL: &str = "document.querySelector('gantry-poll').shadowRoot?.querySelector('.total')";

/// Waits until an element shows this; after ten seconds fails and tells what it shows instead. (No text becomes a script in the page:
/// a strict policy forbids that.)
pub(crate) async fn shows(browser: &Client, element: &str, wanted: &str) {
    let script = format!(
        r#"
        const [wanted, done] = arguments;
        const deadline = Date.now() + 10000;
        const look = () => {{
            const shown = ({element})?.textContent ?? null;
            if (shown === wanted || Date.now() > deadline) done(shown);
            else setTimeout(look, 20);
        }};
        look();
        "#
    );
    let shown = browser.execute_async(&script, vec![json!(wanted)]).await;
    assert_eq!(shown.unwrap(), json!(wanted), "{element}");
}
