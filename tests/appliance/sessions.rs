//! Sessions of the dashboard: how one signs in, what a session may, and what everybody else tries with it.

use http::Method;
use serde_json::{Value, json};

use crate::support::http::{Answer, Door};
use crate::support::{ADMIN_TOKEN, Appliance, draft};

/// A browser on the dashboard's own page.
struct Browser(Door);

impl Browser {
    fn new(appliance: &Appliance) -> Self {
        Self(appliance.stranger.with("origin", &appliance.admin_url()))
    }

    /// Signs in, and keeps the cookie that it is given.
    async fn sign_in(&self, proof: &Value) -> Self {
        let answer = self.0.post("/api/session", proof).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        Self(self.0.with("cookie", cookie(&answer)))
    }

    async fn owner(appliance: &Appliance) -> Self {
        let browser = Self::new(appliance);
        browser.sign_in(&json!({"token": ADMIN_TOKEN})).await
    }
}

/// What a browser keeps of the cookie that it is given.
fn cookie(answer: &Answer) -> &str {
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().expect("a cookie")
}

async fn link(appliance: &Appliance) -> String {
    let made = appliance.owner.post("/api/session/links", &json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.json()["url"].as_str().expect("a link").to_owned();
    let (page, token) = url.split_once("#link=").expect("a link in the fragment");
    assert_eq!(page, format!("{}/sign-in", appliance.admin_url()));
    token.to_owned()
}

async fn key(appliance: &Appliance, name: &str, scope: &str) -> String {
    let wanted = json!({"name": name, "scope": scope});
    let made = appliance.admin.post("/api/keys", &wanted).await;
    made.json()["key"].as_str().expect("a key").to_owned()
}

#[tokio::test]
async fn one_signs_in_with_a_key_does_what_it_may_and_signs_out() {
    let appliance = Appliance::start().await;
    let stranger = Browser::new(&appliance).0;
    stranger.get("/api/session").await.problem(401);
    let answer = stranger
        .post("/api/session", &json!({"token": ADMIN_TOKEN}))
        .await;
    let given = answer.header("set-cookie");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Strict"] {
        assert!(given.contains(attribute), "{attribute} in {given}");
    }
    assert!(given.starts_with("gantry_session=") && !given.contains("Secure"));
    assert!(answer.body.is_empty() && answer.header("cache-control") == "no-store");

    let owner = Browser::owner(&appliance).await.0;
    let session = owner.get("/api/session").await.json();
    assert_eq!(
        (&session["who"], &session["scope"]),
        (&json!("admin"), &json!("admin"))
    );
    assert!(
        session["idleEndsAt"].as_str() < session["endsAt"].as_str(),
        "{session}"
    );
    assert_eq!(owner.post("/api/polls", &draft("best")).await.status, 201);
    assert_eq!(owner.get("/api/polls").await.json()["items"][0]["pollId"], "best");

    let out = owner.delete("/api/session").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    owner.get("/api/polls").await.problem(401);
}

#[tokio::test]
async fn a_link_signs_in_once_and_stands_in_no_address() {
    let appliance = Appliance::start().await;
    let token = link(&appliance).await;
    let browser = Browser::new(&appliance);
    let owner = browser.sign_in(&json!({"link": token})).await.0;
    assert_eq!(owner.get("/api/session").await.json()["who"], "admin");
    let again = browser.0.post("/api/session", &json!({"link": token})).await;
    again.problem(401);
    // Whoever only reads may not make one.
    let reader = key(&appliance, "reader", "read").await;
    let reader = appliance.stranger.with_key(&reader);
    reader.post("/api/session/links", &json!({})).await.problem(403);
    for wrong in [
        json!({}),
        json!({"token": "a", "link": "b"}),
        json!({"user": "a"}),
        json!([]),
    ] {
        let status = browser.0.post("/api/session", &wrong).await.status;
        assert!(matches!(status, 400 | 422), "{wrong}: {status}");
    }
}

#[tokio::test]
async fn by_tls_the_cookie_is_bound_to_its_host_and_only_a_trusted_proxy_says_so() {
    for (trusted, name) in [("[\"loopback\"]", "__Host-gantry="), ("[]", "gantry_session=")] {
        let server = format!("[server]\ntrusted_proxies = {trusted}");
        let appliance = Appliance::build().config(&server).start().await;
        let proxied = appliance.stranger.with("x-forwarded-proto", "https");
        let answer = proxied.post("/api/session", &json!({"token": ADMIN_TOKEN})).await;
        let given = answer.header("set-cookie");
        assert!(given.starts_with(name), "{given}");
        assert_eq!(given.contains("; Secure"), name.starts_with("__Host"), "{given}");
    }
}

#[tokio::test]
async fn a_session_is_never_the_one_that_a_browser_came_with() {
    let appliance = Appliance::start().await;
    let token = json!({"token": ADMIN_TOKEN});
    let planted = format!("gantry_session={}", "ab".repeat(32));
    let victim = Browser::new(&appliance).0.with("cookie", &planted);
    let answer = victim.post("/api/session", &token).await;
    assert_ne!(cookie(&answer), planted);
    victim.get("/api/session").await.problem(401);

    // Nor the one that it had before: that one is over.
    let owner = Browser::owner(&appliance).await.0;
    let answer = owner.post("/api/session", &token).await;
    assert_ne!(cookie(&answer), owner.header("cookie"));
    owner.get("/api/session").await.problem(401);
}

#[tokio::test]
async fn pages_of_other_origins_can_do_nothing_with_a_session() {
    let appliance = Appliance::start().await;
    let owner = Browser::owner(&appliance).await.0;
    let bare = appliance.stranger.with("cookie", owner.header("cookie"));
    let port = appliance.admin.address().port();
    let elsewhere = [
        bare.clone(),
        bare.with("origin", "https://evil.example"),
        bare.with("origin", "null"),
        bare.with("origin", &appliance.public_url()),
        bare.with("origin", &format!("http://localhost:{port}")),
        bare.with("sec-fetch-site", "cross-site"),
        bare.with("sec-fetch-site", "same-site"),
        bare.with("sec-fetch-site", "none"),
        bare.with("origin", "https://evil.example")
            .with("sec-fetch-site", "same-origin"),
    ];
    for door in &elsewhere {
        door.post("/api/polls", &draft("theirs")).await.problem(403);
        let theirs = json!({"name": "theirs", "scope": "admin"});
        door.post("/api/keys", &theirs).await.problem(403);
        door.delete("/api/session").await.problem(403);
        let form = door.with("content-type", "application/x-www-form-urlencoded");
        let sent = form.send(Method::POST, "/api/compact", "a=b".into()).await;
        sent.problem(403);
    }
    // One is not signed in by a page of others either, to be watched.
    let theirs = appliance.stranger.with("origin", "https://evil.example");
    let answer = theirs.post("/api/session", &json!({"token": ADMIN_TOKEN})).await;
    answer.problem(403);
    assert!(answer.header("set-cookie").is_empty());
    // What they may still ask for, their browser keeps from them.
    let read = elsewhere[0].get("/api/polls").await;
    assert_eq!(read.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(read.header("access-control-allow-origin"), "");
    elsewhere[1].get("/api/polls").await.problem(403);
    assert_eq!(owner.get("/api/polls").await.json()["items"], json!([]));
    let keys = owner.get("/api/keys").await.json();
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1), "{keys}");
}

#[tokio::test]
async fn a_session_counts_on_the_admin_address_alone() {
    let appliance = Appliance::start().await;
    let owner = Browser::owner(&appliance).await.0;
    let event = json!({"type": "LEAD_CAPTURE", "source": "site", "payload": {}});
    let public = appliance.public.with("cookie", owner.header("cookie"));
    for door in [public.clone(), public.with("origin", &appliance.public_url())] {
        door.post("/api/events", &event).await.problem(401);
        door.get("/api/session").await.problem(404);
    }
}

#[tokio::test]
async fn no_page_is_shown_within_another_and_none_runs_scripts_of_others() {
    let appliance = Appliance::start().await;
    for path in ["/", "/sign-in", "/polls", "/polls/best", "/events/1", "/system"] {
        let page = appliance.stranger.get(path).await;
        assert_eq!(
            (page.status, page.header("x-frame-options")),
            (200, "DENY"),
            "{path}"
        );
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(rule), "{rule} in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    }
}

#[tokio::test]
async fn a_key_in_an_address_opens_nothing() {
    let appliance = Appliance::start().await;
    let link = link(&appliance).await;
    for path in [
        format!("/api/status?key={ADMIN_TOKEN}"),
        format!("/api/status?token={ADMIN_TOKEN}"),
        format!("/api/status?access_token={ADMIN_TOKEN}"),
        format!("/api/session?token={ADMIN_TOKEN}"),
        format!("/api/session?link={link}"),
    ] {
        appliance.stranger.get(&path).await.problem(401);
        let posted = appliance.stranger.post(&path, &json!({})).await;
        assert!(
            posted.status >= 400 && posted.header("set-cookie").is_empty(),
            "{path}"
        );
    }
    let page = format!("/sign-in?link={link}&token={ADMIN_TOKEN}");
    let page = appliance.stranger.get(&page).await;
    assert_eq!(page.status, 200);
    assert!(page.header("set-cookie").is_empty() && !page.text().contains(&link));
}

#[tokio::test]
async fn who_guesses_is_kept_waiting_and_who_knows_gets_in() {
    let appliance = Appliance::build()
        .config("[limits]\nauth = \"1/5min burst 3\"")
        .start()
        .await;
    let browser = Browser::new(&appliance);
    let mut statuses = Vec::new();
    for n in 0..8 {
        let guess = match n % 2 {
            0 => json!({"token": format!("gty_guess-{n}")}),
            _ => json!({"link": format!("{n:064x}")}),
        };
        let answer = browser.0.post("/api/session", &guess).await;
        assert!(answer.header("set-cookie").is_empty());
        if answer.status == 429 {
            let wait: u64 = answer.header("retry-after").parse().expect("seconds");
            assert!((1..=300).contains(&wait), "{wait}");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429, 429, 429, 429]);
    Browser::owner(&appliance).await;
}

#[tokio::test]
async fn a_session_may_what_its_key_may_and_ends_with_it() {
    let appliance = Appliance::start().await;
    let browser = Browser::new(&appliance);
    let token = key(&appliance, "reader", "read").await;
    let reader = browser.sign_in(&json!({"token": token})).await.0;
    assert_eq!(reader.get("/api/session").await.json()["scope"], "read");
    assert_eq!(reader.get("/api/status").await.status, 200);
    reader.post("/api/polls", &draft("best")).await.problem(403);
    let sender = json!({"token": key(&appliance, "sender", "ingest").await});
    browser.0.post("/api/session", &sender).await.problem(403);

    let mut stream = reader.stream("/api/stream").await;
    assert!(stream.next().await.is_some());
    assert_eq!(appliance.admin.delete("/api/keys/reader").await.status, 204);
    reader.get("/api/status").await.problem(401);
    while let Some(frame) = stream.next().await {
        assert!(["", "now", "changed"].contains(&frame.event.as_str()));
    }

    let owner = Browser::owner(&appliance).await.0;
    let reset = appliance.owner.post("/api/keys/admin/reset", &Value::Null).await;
    assert_eq!(reset.status, 200);
    owner.get("/api/polls").await.problem(401);
}
