//! What strangers send that is meant to run: 200 payloads in everything a visitor, a sender or a receiver has a word in, and
//! the owner looks at all of it. Nothing runs, with the policy in force and also without it: the policy is the second wall.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::looks::sentences;
use crate::pages::every;
use crate::receiver::{Act, Receiver};
use crate::stage::{FIREFOX, post_all};
use crate::support::Appliance;
use crate::support::http::soon;

/// How many payloads a poll or an event holds.
const TOGETHER: usize = 10;
/// Attempts of each delivery; the receiver answers each with a payload.
const ATTEMPTS: usize = 10;

#[tokio::test]
async fn nothing_that_strangers_send_runs_at_the_desk() {
    let payloads = Arc::new(payloads());
    let said = Arc::clone(&payloads);
    let receiver = Receiver::start(move |nth, _| Act::said(500, &said[nth % said.len()])).await;
    let appliance = Appliance::build().config(&config(&receiver.url())).start().await;
    ask(&appliance, &payloads).await;
    visit(&appliance, &payloads).await;
    send(&appliance, &payloads).await;
    soon(async {
        while receiver.got().len() < payloads.len() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;

    let events = appliance.admin.get("/api/events?limit=100").await.json()["items"].take();
    let ids: Vec<&str> = events
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["id"].as_str())
        .collect();
    let mut paths: Vec<String> = every("h-0", ids[0], "crm")
        .into_iter()
        .map(|page| page.path)
        .collect();

    // As it is: the policy would complain in the console of whatever it stops.
    let desk = Desk::of(&appliance).await;
    for path in &paths {
        desk.open(path).await;
        assert_unhurt(&desk, path).await;
        desk.assert_quiet(path);
    }

    // Without the policy, and everything there is.
    desk.chromium
        .devtools("Page.setBypassCSP", &json!({ "enabled": true }));
    paths.extend((0..payloads.len() / TOGETHER).map(|n| format!("/polls/h-{n}")));
    paths.extend(ids.iter().map(|id| format!("/events/{id}")));
    paths.push("/api/report".to_owned());
    for path in &paths {
        if path.starts_with("/api/") {
            desk.browser()
                .goto(&format!("{}{path}", desk.admin))
                .await
                .expect("the report");
        } else {
            desk.open(path).await;
            read_on(&desk).await;
        }
        assert_unhurt(&desk, path).await;
    }
    // What a link may say.
    for payload in payloads.iter().step_by(5) {
        let coded: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        for path in [
            format!("/events?q={coded}&type={coded}"),
            format!("/polls/{coded}"),
            format!("/sign-in#link={coded}"),
        ] {
            desk.browser()
                .goto(&format!("{}{path}", desk.admin))
                .await
                .expect("a page");
            desk.ready().await;
            assert_unhurt(&desk, &path).await;
        }
    }
    assert_eq!(desk.foreign(), [""; 0], "nothing was fetched from elsewhere");
}

/// Reads a list to its end, twenty pages at most.
async fn read_on(desk: &Desk) {
    for _ in 0..20 {
        if !desk.shows("button", "^(show|load)? ?(more|older|next)").await {
            break;
        }
        let more = desk.find("button", "^(show|load)? ?(more|older|next)").await;
        if more.attr("disabled").await.expect("an attribute").is_some() || more.click().await.is_err() {
            break;
        }
        desk.ready().await;
        assert_unhurt(desk, "a further page").await;
    }
}

/// Fails if anything ran, or if markup of a payload became part of the page.
async fn assert_unhurt(desk: &Desk, path: &str) {
    let hurt = sentences(desk.run(HURT, vec![]).await);
    assert_eq!(hurt, [""; 0], "{path}");
}

/// What ran, and what only waits for somebody to touch it.
pub(crate) const HURT: &str = r#"
    const faults = (window.trial?.executed ?? []).map((what) => `executed: ${what}`);
    const all = [...document.querySelectorAll("*")];
    for (const element of all) {
        for (const { name, value } of element.attributes) {
            if (/^on/i.test(name)) faults.push(`<${element.localName} ${name}="${value}">`);
            const leads = ["href", "xlink:href", "src", "action", "formaction", "data", "srcdoc", "background", "poster"].includes(name);
            if (leads && /^[\s\x00-\x1f]*(javascript|vbscript|data:text)/i.test(value)) faults.push(`<${element.localName} ${name}="${value}">`);
        }
    }
    const odd = "iframe, frame, object, embed, base, marquee, math, plaintext, keygen, xss, meta[http-equiv=refresh]";
    faults.push(...[...document.querySelectorAll(odd)].map((element) => element.outerHTML));
    return faults;
"#;

pub(crate) fn payloads() -> Vec<String> {
    let payloads: Vec<String> = serde_json::from_str(include_str!("payloads.json")).expect("a list");
    assert_eq!(payloads.len(), 200);
    payloads
}

/// The payload in so many characters, where control characters may not be.
fn fitted(payload: &str, most: usize) -> String {
    payload
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}

/// Polls whose question and options are payloads, and votes of users who are.
async fn ask(appliance: &Appliance, payloads: &[String]) {
    for (n, some) in payloads.chunks(TOGETHER).enumerate() {
        let options: Vec<Value> = some
            .iter()
            .enumerate()
            .map(|(n, payload)| json!({ "id": format!("o{n}"), "label": fitted(payload, 500) }))
            .collect();
        appliance
            .create_poll(json!({ "pollId": format!("h-{n}"), "question": fitted(&some.concat(), 500), "options": options }))
            .await;
    }
    let mut counted = 0;
    for payload in payloads {
        let user = fitted(payload, 64);
        counted += usize::from(appliance.vote("h-0", "o1", (&user, &user)).await.status == 202);
    }
    assert!(counted > 150, "{counted} votes of users called by a payload");
}

/// Visits whose address, campaign, referrer and browser are payloads, and forms that are filled in with them.
async fn visit(appliance: &Appliance, payloads: &[String]) {
    let mut browsers = 0;
    for (n, payload) in payloads.iter().enumerate() {
        let coded: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        let path = format!(
            "/launch/{coded}?utm_source={coded}&utm_medium={coded}&utm_campaign={coded}&utm_term={coded}&utm_content={coded}&ref={coded}"
        );
        let visitor = appliance
            .public
            .with("x-forwarded-for", &format!("203.0.{}.{}", n / 250, n % 250));
        let plain = payload.is_ascii() && !payload.contains(|c: char| c.is_control());
        let firefox = visitor
            .with("user-agent", FIREFOX)
            .with("referer", &format!("https://x.example/{coded}"));
        let view = firefox
            .post(
                "/api/view",
                &json!({ "path": path, "referrer": format!("https://{payload}/") }),
            )
            .await;
        assert!([202, 400, 422].contains(&view.status), "{}", view.text());
        firefox.get(&path).await;
        if plain {
            browsers += 1;
            let odd = visitor.with("user-agent", payload).with("referer", payload);
            odd.get(&path).await;
            odd.post("/api/view", &json!({ "path": path })).await;
            odd.with("user-agent", &format!("Mozilla/5.0 {payload}"))
                .get("/launch/")
                .await;
        }
        let form = json!({ "email": format!("v{n}@example.com"), "name": fitted(payload, 80) });
        let as_json = firefox.with("content-type", "application/json");
        let form = as_json.post("/api/forms/waitlist", &form).await;
        assert!(form.status < 400, "{}", form.text());
        let reached = json!({ "goal": "signup", "visitorId": fitted(payload, 64), "idempotencyKey": fitted(payload, 64) });
        firefox.post("/api/convert", &reached).await;
    }
    assert!(browsers > 150, "{browsers} browsers called by a payload");
}

/// Events that are made of payloads, names and values alike. Their deliveries fail, with payloads for answers.
async fn send(appliance: &Appliance, payloads: &[String]) {
    let events: Vec<Value> = payloads
        .chunks(TOGETHER)
        .enumerate()
        .map(|(n, some)| {
            let payload: serde_json::Map<String, Value> = some
                .iter()
                .map(|payload| (payload.clone(), json!([payload, { "html": payload }])))
                .collect();
            json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": format!("e-{n}"), "payload": payload })
        })
        .collect();
    post_all(&appliance.admin, &events).await;
    let mut taken = 0;
    for payload in payloads {
        let event = json!({ "type": fitted(payload, 32), "source": fitted(payload, 64), "idempotencyKey": fitted(payload, 64), "payload": payload });
        taken += usize::from(appliance.admin.post("/api/events", &event).await.status == 202);
    }
    println!("{taken} events whose type, source and key are payloads");
}

fn config(receiver: &str) -> String {
    format!(
        r#"
[server]
trusted_proxies = ["loopback"]
[limits]
vote = "off"
convert = "off"
form = "off"
page = "off"
webhook = "off"
auth = "off"
[funnel]
currency = "USD"
ltv = "48.00"
goals = [{{ name = "signup" }}]
[[form]]
name = "waitlist"
fields = {{ email = "email required", name = "text 80" }}
event = "FORM"
[egress]
allow = ["127.0.0.0/8"]
[[destination]]
name = "crm"
url = "{receiver}"
rate = "1000/s burst 100"
breaker = "off"
retry = {{ for = "24h", base = "10ms", cap = "40ms", attempts = {ATTEMPTS} }}
[[route]]
type = "LEAD_CAPTURE"
to = ["crm"]
"#
    )
}
