//! A day at the desk: each test is something its owner comes to do.

use gantry::clock::Clock;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::receiver::Act;
use crate::stage::{Stage, post_all};
use crate::support::http::soon;
use crate::support::{ADMIN_TOKEN, Appliance};

#[tokio::test]
async fn who_signs_in_sees_the_launch_and_who_signs_out_sees_nothing() {
    let stage = Stage::full().await;
    let desk = Desk::before(&stage.appliance).await;
    desk.open("/polls").await;
    assert_eq!(
        desk.path().await,
        "/sign-in",
        "nobody sees a page without a session"
    );
    drop(desk.chromium.console_errors());

    desk.fill("token", "gty_not-the-token").await;
    desk.press("^sign in").await;
    desk.find("alert", "token|not|wrong").await;
    assert_eq!(desk.path().await, "/sign-in");
    desk.fill("token", ADMIN_TOKEN).await;
    desk.press("^sign in").await;
    desk.find("heading", "polls").await;
    assert_eq!(desk.path().await, "/polls", "where they wanted to go");

    let stored = desk
        .run("return JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href])", vec![])
        .await
        .to_string();
    assert!(
        !stored.contains(ADMIN_TOKEN),
        "no script can read the token: {stored}"
    );
    desk.open("/").await;
    desk.press("sign out").await;
    desk.find("button", "^sign in").await;
    desk.browser().back().await.expect("back");
    desk.find("button", "^sign in").await;
}

#[tokio::test]
async fn a_link_from_the_terminal_signs_in_once() {
    let stage = Stage::empty().await;
    let made = stage
        .appliance
        .owner
        .post("/api/session/links", &Value::Null)
        .await;
    let link = made.json()["url"].as_str().expect("a link").to_owned();
    let (_, fragment) = link
        .split_once("#link=")
        .expect("in the fragment, which is never sent");
    let desk = Desk::before(&stage.appliance).await;
    desk.open(&format!("/sign-in#link={fragment}")).await;
    desk.find("button", "sign out").await;
    assert_ne!(desk.path().await, "/sign-in");
    let asked = desk.chromium.requests().concat();
    assert!(
        !asked.contains(fragment),
        "it is in no address that was sent: {asked}"
    );

    let other = Desk::before(&stage.appliance).await;
    other.open(&format!("/sign-in#link={fragment}")).await;
    other.find("alert", "link").await;
    assert_eq!(other.path().await, "/sign-in", "it opens once");
}

#[tokio::test]
async fn a_poll_is_made_and_a_vote_in_another_window_moves_it() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    let owner = desk.browser().window().await.expect("the first tab");
    desk.open("/polls").await;
    desk.press("new poll|create a poll").await;
    desk.fill("id", "which").await;
    desk.fill("question", "Which <b>comes</b> first?").await;
    desk.fill("option 1", "Dark mode").await;
    desk.fill("option 2", "Works offline").await;
    desk.press("^create").await;
    desk.says("Which <b>comes</b> first\\?").await;
    if desk.path().await != "/polls/which" {
        desk.follow("which").await;
    }
    desk.says("0 votes").await;

    // A visitor votes on the maker's page.
    desk.tab().await;
    let page = stage.appliance.public_url();
    desk.browser().goto(&page).await.expect("the maker's page");
    let vote = r#"
        const [done] = arguments;
        const look = () => {
            const button = document.querySelector("gantry-poll")?.shadowRoot?.querySelector("button");
            if (!button) return setTimeout(look, 20);
            button.click();
            done(button.textContent);
        };
        look();
    "#;
    let voted = desk.ask(vote, vec![]).await;
    assert!(
        voted.as_str().unwrap_or_default().contains("Dark mode"),
        "{voted}"
    );
    desk.turn_to(&owner).await;
    desk.says("\\b1 vote\\b").await;

    // Its words are mended, and it is closed and opened again.
    desk.press("^close").await;
    desk.press("^close").await;
    desk.find("button", "open again|reopen|^open").await;
    assert_eq!(stage.appliance.results("which").await["open"], false);
}

#[tokio::test]
async fn an_event_is_followed_from_its_intake_to_a_dead_letter_to_its_receiver() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/events").await;
    let lead = json!({ "type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": "lead-1", "payload": { "email": "ann@example.com" } });
    post_all(&stage.appliance.admin, &[lead]).await;
    // It comes by itself.
    desk.says("LEAD_CAPTURE").await;
    desk.click("link", "lead-1|LEAD_CAPTURE|[0-9a-f]{8}-").await;
    desk.says("ann@example\\.com").await;
    desk.says("crm").await;
    desk.says("422").await;
    desk.says("this address is not known to us").await;

    stage.crm.then(|_, _| Act::said(200, "welcome"));
    desk.open("/dead-letters").await;
    desk.says("crm").await;
    desk.press("^retry").await;
    desk.find("dialog", "").await;
    desk.press("^retry").await;
    soon(async {
        while stage
            .deliveries("DELIVERED")
            .await
            .as_array()
            .is_none_or(Vec::is_empty)
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    desk.says("no dead letters|nothing is dead|none").await;
}

#[tokio::test]
async fn a_page_is_purged() {
    let stage = Stage::empty().await;
    let visitor = &stage.appliance.public;
    assert_eq!(visitor.get("/launch/pricing").await.status, 200);
    assert_eq!(visitor.get("/launch/pricing").await.header("x-cache"), "HIT");
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/site").await;
    desk.says("/launch/pricing").await;
    desk.fill("path", "/launch/pricing").await;
    desk.press("^purge").await;
    if desk.shows("dialog", "").await {
        desk.press("^purge").await;
    }
    desk.says("1 page|purged").await;
    assert_eq!(visitor.get("/launch/pricing").await.header("x-cache"), "MISS");
}

#[tokio::test]
async fn spend_is_added_and_cac_follows() {
    let stage = Stage::full().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/funnel").await;
    let before = cac(&desk).await;
    desk.press("add spend|record spend").await;
    desk.fill("amount", "5000.00").await;
    desk.fill("source", "google").await;
    desk.press("^(add|record|save)").await;
    let changed = async {
        loop {
            let now = cac(&desk).await;
            if now != before {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let after = soon(changed).await;
    assert!(
        after.contains(|c: char| c.is_ascii_digit()),
        "{before} became {after}"
    );
    desk.says("5,?000\\.00").await;
}

/// What the page says of CAC.
async fn cac(desk: &Desk) -> String {
    let read = r#"
        const text = document.querySelector("main").innerText.replace(/\s+/g, " ");
        return /\bCAC\b[^\d–—-]*([\d.,]+|[–—-])/i.exec(text)?.[1] ?? "";
    "#;
    let said = desk.run(read, vec![]).await;
    said.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_revoked() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/system").await;
    desk.press("new key|create a? ?key").await;
    desk.fill("name", "robot").await;
    desk.fill("scope", "ingest").await;
    desk.press("^create").await;
    desk.says("gty_").await;
    let key = desk.run("return /gty_[\\w-]{20,}/.exec(document.body.innerText)?.[0] ?? [...document.querySelectorAll('input')].map((one) => one.value).find((value) => value.startsWith('gty_'))", vec![]).await;
    let key = key.as_str().expect("it is shown").to_owned();
    let sender = stage.appliance.public.with_key(&key);
    let event = |key: &str| json!({ "type": "LEAD_CAPTURE", "source": "robot", "idempotencyKey": key, "payload": {} });
    assert_eq!(sender.post("/api/events", &event("k-1")).await.status, 202);
    desk.open("/system").await;
    desk.says("robot").await;
    let text = desk
        .run("return document.body.innerText", vec![])
        .await
        .to_string();
    assert!(!text.contains(&key), "it is shown once");
    desk.press("^revoke").await;
    desk.find("dialog", "").await;
    desk.press("^revoke").await;
    soon(async {
        while sender.post("/api/events", &event("k-2")).await.status != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_preflight_is_run_and_says_why_not() {
    let stage = Stage::empty().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/launch").await;
    desk.press("run preflight").await;
    desk.says("say no, at").await;
    desk.says("A backup of the last day is there\\s*there is none")
        .await;
    desk.says("crm: It takes connections\\s*within \\d+ ms").await;
}

#[tokio::test]
async fn a_step_of_the_plan_is_seen_to_be_done_by_whoever_has_the_page_open() {
    // In a few seconds it is a day until then.
    let launch = Clock::System.now().plus(24 * 3_600_000 + 10_000).to_string();
    let config = format!("[launch]\nat = \"{}\"\ntimezone = \"UTC\"\n", &launch[..19]);
    let appliance = Appliance::build().config(&config).start().await;
    let desk = Desk::of(&appliance).await;
    desk.open("/launch").await;
    desk.says("later\\s*Preflight, the day before").await;
    desk.says("done\\s*Preflight, the day before").await;
}
