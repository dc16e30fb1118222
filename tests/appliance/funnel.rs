//! Visits, conversions and forms, from the visitor's side and the owner's.

use http::Method;
use serde_json::{Value, json};

use crate::support::Appliance;
use crate::support::http::{Answer, Door};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const FUNNEL: &str = r#"
[funnel]
goals = [{ name = "signup" }, { name = "read", path = "/docs" }, { name = "lead", event = "LEAD_CAPTURE" }]
[launch]
timezone = "America/Los_Angeles"
[server]
trusted_proxies = ["loopback"]
[[form]]
name = "waitlist"
fields = { email = "email required", name = "text 80", terms = "checkbox" }
event = "LEAD_CAPTURE"
redirect = "/thanks"
[[form]]
name = "plain"
fields = { email = "email required" }
event = "LEAD_CAPTURE"
"#;

async fn appliance() -> Appliance {
    Appliance::build().config(FUNNEL).start().await
}

/// A visitor with an address of their own.
fn visitor(appliance: &Appliance, number: u8) -> Door {
    let address = format!("203.0.113.{number}");
    appliance
        .public
        .with("user-agent", FIREFOX)
        .with("x-forwarded-for", &address)
}

async fn look(door: &Door, path: &str) -> Answer {
    let answer = door.post("/api/view", &json!({ "path": path })).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer
}

/// The appliance after a restart, by which everything that was gathered is written.
async fn again(appliance: Appliance) -> Appliance {
    let directory = appliance.stop().await;
    Appliance::build()
        .config(FUNNEL)
        .directory(directory)
        .start()
        .await
}

/// What was counted by the day, by key: visits, conversions and their worth.
async fn counted(appliance: &Appliance, by: &str) -> Value {
    let list = appliance
        .admin
        .get(&format!("/api/funnel?every=1d&by={by}"))
        .await;
    assert_eq!(list.status, 200, "{}", list.text());
    let items = list.json()["items"].as_array().expect("a list").clone();
    let row = |row: &Value| {
        let of = json!([row["visits"], row["conversions"], row["value"]]);
        (row["key"].as_str().expect("a key").to_owned(), of)
    };
    Value::Object(items.iter().map(row).collect())
}

#[tokio::test]
async fn a_conversion_counts_where_its_visitor_came_from_and_a_repeat_does_not() {
    let appliance = appliance().await;
    let (ann, ben) = (visitor(&appliance, 1), visitor(&appliance, 2));
    look(&ann, "/?utm_source=PH&utm_campaign=Launch").await;
    look(&ann, "/pricing").await;
    look(&ben, "/").await;
    let bought = json!({ "goal": "signup", "value": "48.00" });
    let first = ann.post("/api/convert", &bought).await;
    assert_eq!(
        (first.status, first.text()),
        (202, r#"{"status":"accepted","goal":"signup"}"#.into())
    );
    assert!(first.headers.get("idempotent-replayed").is_none());
    let repeat = ann.post("/api/convert", &bought).await;
    assert_eq!(
        (repeat.status, repeat.header("idempotent-replayed")),
        (202, "true")
    );
    let other = json!({ "goal": "signup", "idempotencyKey": "order-7", "value": 0.5 });
    assert!(
        ann.post("/api/convert", &other)
            .await
            .headers
            .get("idempotent-replayed")
            .is_none()
    );
    assert_eq!(
        ben.post("/api/convert", &json!({ "goal": "lead" })).await.status,
        202
    );

    let appliance = again(appliance).await;
    let repeat = visitor(&appliance, 3).post("/api/convert", &other).await;
    assert_eq!(
        repeat.header("idempotent-replayed"),
        "true",
        "it is known after a restart"
    );
    let sources = json!({ "ph": [1, 2, "48.50"], "direct": [2, 1, "0.00"] });
    assert_eq!(counted(&appliance, "source").await, sources);
    let campaigns = json!({ "launch": [1, 2, "48.50"], "none": [2, 1, "0.00"] });
    assert_eq!(counted(&appliance, "campaign").await, campaigns);
    assert_eq!(
        counted(&appliance, "all").await,
        json!({ "all": [3, 3, "48.50"] })
    );
    let paths = json!({ "/": [2, 3, "48.50"], "/pricing": [1, 0, "0.00"] });
    assert_eq!(counted(&appliance, "path").await, paths);
    let goals = json!({ "signup": [0, 2, "48.50"], "lead": [0, 1, "0.00"] });
    assert_eq!(counted(&appliance, "goal").await, goals);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_conversion_is_said_in_the_order_of_the_contract() {
    let appliance = appliance().await;
    let post = |body: Value| {
        let door = appliance.public.clone();
        async move { door.post("/api/convert", &body).await }
    };
    let cases = [
        (json!([]), 422, ""),
        (json!({}), 422, "goal"),
        (json!({ "goal": 7 }), 422, "goal"),
        (json!({ "goal": "nothing", "value": "x" }), 404, ""),
        (json!({ "goal": "signup", "value": "x" }), 422, "value"),
        (json!({ "goal": "signup", "value": "-1.00" }), 422, "value"),
        (json!({ "goal": "signup", "value": "1.00001" }), 422, "value"),
        (
            json!({ "goal": "signup", "visitorId": "x".repeat(65) }),
            422,
            "visitorId",
        ),
        (
            json!({ "goal": "signup", "idempotencyKey": "" }),
            422,
            "idempotencyKey",
        ),
    ];
    for (body, status, field) in cases {
        let answer = post(body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(answer.text().contains(field), "{body}: {}", answer.text());
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{body}"
        );
    }
    let send = |body: Vec<u8>| appliance.public.send(Method::POST, "/api/convert", body.into());
    assert_eq!(send(b"goal=signup".to_vec()).await.status, 400);
    assert_eq!(send(vec![b' '; 4_097]).await.status, 413);
    let beacon = appliance.public.with("content-type", "text/plain;charset=UTF-8");
    let body = br#"{"goal":"signup","value":null}"#.to_vec();
    assert_eq!(
        beacon
            .send(Method::POST, "/api/convert", body.into())
            .await
            .status,
        202
    );
    assert_eq!(appliance.public.get("/api/convert").await.status, 405);
}

#[tokio::test]
async fn the_makers_server_may_speak_of_a_visitor_by_the_name_that_a_view_is_answered_with() {
    let appliance = appliance().await;
    let ann = visitor(&appliance, 1);
    let name = look(&ann, "/?ref=news").await.json()["visitorId"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert_eq!(name.len(), 32);
    let server = appliance.public.with("user-agent", "curl/8");
    let told = json!({ "goal": "signup", "visitorId": name });
    assert_eq!(server.post("/api/convert", &told).await.status, 202);
    let event = json!({ "type": "LEAD_CAPTURE", "source": "crm", "idempotencyKey": "k", "payload": { "visitorId": name } });
    assert_eq!(appliance.admin.post("/api/events", &event).await.status, 202);
    assert_eq!(appliance.admin.post("/api/events", &event).await.status, 200);
    let appliance = again(appliance).await;
    assert_eq!(
        counted(&appliance, "source").await,
        json!({ "news": [1, 2, "0.00"] })
    );
    assert_eq!(counted(&appliance, "goal").await["lead"], json!([0, 1, "0.00"]));
}

#[tokio::test]
async fn those_who_want_not_to_be_followed_are_counted_and_not_known() {
    let appliance = appliance().await;
    let shy = visitor(&appliance, 1).with("sec-gpc", "1");
    assert_eq!(look(&shy, "/?ref=news").await.json()["visitorId"], Value::Null);
    for _ in 0..2 {
        let answer = shy.post("/api/convert", &json!({ "goal": "signup" })).await;
        assert!(answer.headers.get("idempotent-replayed").is_none());
    }
    let bot = appliance.public.with("user-agent", "Googlebot/2.1");
    look(&bot, "/").await;
    let appliance = again(appliance).await;
    let sources = json!({ "news": [1, 0, "0.00"], "direct": [0, 2, "0.00"] });
    assert_eq!(counted(&appliance, "source").await, sources);
    assert_eq!(
        counted(&appliance, "apart").await,
        json!({ "bot": [1, 0, "0.00"] })
    );
}

#[tokio::test]
async fn a_goal_by_path_is_reached_once_by_each_visitor() {
    let appliance = appliance().await;
    for number in [1, 1, 2] {
        look(&visitor(&appliance, number), "/docs?utm_source=hn").await;
    }
    let appliance = again(appliance).await;
    look(&visitor(&appliance, 2), "/docs").await;
    let appliance = again(appliance).await;
    assert_eq!(
        counted(&appliance, "goal").await,
        json!({ "read": [0, 2, "0.00"] })
    );
    assert_eq!(
        counted(&appliance, "source").await,
        json!({ "hn": [3, 2, "0.00"], "direct": [1, 0, "0.00"] })
    );
    let metrics = appliance.owner.get("/metrics").await.text();
    assert!(
        metrics.contains("gantry_conversions_total{goal=\"read\"} 0"),
        "counted before the restart"
    );
}

#[tokio::test]
async fn each_page_that_is_served_is_a_visit_from_the_cache_or_not_and_what_is_no_page_is_none() {
    let site = tempfile::tempdir().expect("a directory");
    for (name, content) in [("index.html", "<h1>Launch</h1>"), ("style.css", "h1 {}")] {
        std::fs::write(site.path().join(name), content).expect("written");
    }
    let pages = format!("[pages]\nroot = {:?}\n", site.path());
    let appliance = Appliance::build().config(FUNNEL).config(&pages).start().await;
    let ann = visitor(&appliance, 1);
    for path in ["/?utm_source=ph", "/?utm_source=ph", "/style.css", "/missing"] {
        let _ = ann.get(path).await;
    }
    assert_eq!(ann.with("sec-fetch-dest", "empty").get("/").await.status, 200);
    assert_eq!(ann.send(Method::HEAD, "/", Vec::new().into()).await.status, 200);
    assert_eq!(
        appliance
            .public
            .with("user-agent", "curl/8")
            .get("/")
            .await
            .status,
        200
    );
    let dropped = appliance.admin.get("/api/funnel/apart").await.json();
    let dropped = dropped["items"].as_array().expect("items").iter();
    let mut why: Vec<_> = dropped
        .map(|item| {
            assert!(item["lastAt"].is_string(), "{item}");
            (&item["reason"], &item["requests"], &item["lastPath"])
        })
        .collect();
    why.sort_by_key(|(reason, ..)| reason.as_str());
    let (one, root) = (json!(1), json!("/"));
    assert_eq!(
        why,
        [
            (&json!("bot"), &one, &root),
            (&json!("no_navigation"), &one, &root)
        ]
    );
    appliance.stranger.get("/api/funnel/apart").await.problem(401);
    let ben = visitor(&appliance, 2);
    assert_eq!(ben.get("/?utm_source=hn").await.status, 200);
    let answer = ben.post("/api/convert", &json!({ "goal": "signup" })).await;
    assert_eq!(answer.status, 202);
    let appliance = again(appliance).await;
    let sources = json!({ "ph": [2, 0, "0.00"], "hn": [1, 1, "0.00"] });
    assert_eq!(counted(&appliance, "source").await, sources);
    let apart = json!({ "bot": [1, 0, "0.00"], "no_navigation": [1, 0, "0.00"] });
    assert_eq!(counted(&appliance, "apart").await, apart);
}

/// Sends a form as a page's script does.
async fn send(door: &Door, form: &str, values: &Value) -> Answer {
    let door = door.with("content-type", "application/json");
    door.post(&format!("/api/forms/{form}"), values).await
}

/// Sends a form as a browser does.
async fn fill_in(door: &Door, form: &str, body: &str) -> Answer {
    let door = door.with("content-type", "application/x-www-form-urlencoded");
    let path = format!("/api/forms/{form}");
    door.send(Method::POST, &path, body.as_bytes().to_vec().into())
        .await
}

async fn events(appliance: &Appliance) -> Vec<Value> {
    let list = appliance.admin.get("/api/events").await.json();
    list["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_form_becomes_one_event_for_each_address_with_the_goal_that_it_reaches() {
    let appliance = appliance().await;
    let ann = visitor(&appliance, 1);
    look(&ann, "/?utm_source=ph").await;
    for body in [
        "email=Ann%40b.example&name=Ann&terms=on",
        "email=ann%40b.example&name=Other",
    ] {
        let answer = fill_in(&ann, "waitlist", body).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/thanks"),
            "{}",
            answer.text()
        );
    }
    let bot = "email=bot%40b.example&website_url=http%3A%2F%2Fspam.example";
    assert_eq!(
        fill_in(&ann, "waitlist", bot).await.status,
        303,
        "it learns nothing"
    );
    let script = visitor(&appliance, 2);
    let sent = send(&script, "plain", &json!({ "email": "ben@b.example" })).await;
    assert_eq!((sent.status, sent.json()), (202, json!({ "status": "accepted" })));
    let plain = fill_in(&script, "plain", "email=cleo%40b.example").await;
    assert_eq!((plain.status, plain.text().contains("Thank you")), (200, true));

    let events = events(&appliance).await;
    let mut sources: Vec<&str> = events
        .iter()
        .map(|event| event["source"].as_str().unwrap())
        .collect();
    sources.sort_unstable();
    assert_eq!(sources, ["form:plain", "form:plain", "form:waitlist"]);
    let first = events
        .iter()
        .find(|event| event["source"] == "form:waitlist")
        .unwrap();
    let whole = appliance
        .admin
        .get(&format!("/api/events/{}", first["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(whole["type"], "LEAD_CAPTURE");
    assert_eq!(
        whole["payload"],
        json!({ "email": "Ann@b.example", "name": "Ann", "terms": true })
    );

    let appliance = again(appliance).await;
    assert_eq!(
        counted(&appliance, "goal").await,
        json!({ "lead": [0, 3, "0.00"] })
    );
    assert_eq!(counted(&appliance, "source").await["ph"], json!([1, 1, "0.00"]));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said_to_a_person_on_a_page_and_to_a_script_in_json() {
    let appliance = appliance().await;
    let page = fill_in(&appliance.public, "waitlist", "email=nobody&name=<b>").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (422, "text/html; charset=utf-8")
    );
    assert!(page.text().contains("email is no e-mail address") && !page.text().contains("<b>"));
    let problem = send(&appliance.public, "waitlist", &json!({ "name": "x".repeat(81) })).await;
    assert_eq!(
        (problem.status, problem.header("content-type")),
        (422, "application/problem+json")
    );
    let detail = problem.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail, "email is missing; name is longer than 80 characters");
    assert_eq!(send(&appliance.public, "unknown", &json!({})).await.status, 404);
    let text = appliance.public.with("content-type", "text/plain");
    assert_eq!(
        text.send(Method::POST, "/api/forms/plain", "email=a".into())
            .await
            .status,
        415
    );
    let large = vec![b'a'; 4_097];
    assert_eq!(
        appliance
            .public
            .send(Method::POST, "/api/forms/plain", large.into())
            .await
            .status,
        413
    );
    assert!(events(&appliance).await.is_empty());
}

#[tokio::test]
async fn the_funnel_is_for_those_who_may_read_and_comes_in_pages() {
    let appliance = appliance().await;
    for source in ["a", "b", "c"] {
        look(&visitor(&appliance, 1), &format!("/?ref={source}")).await;
    }
    let appliance = again(appliance).await;
    assert_eq!(appliance.stranger.get("/api/funnel").await.status, 401);
    assert_eq!(appliance.public.get("/api/funnel").await.status, 404);
    let mut keys = Vec::new();
    let mut path = "/api/funnel?every=1m&by=source&limit=2".to_owned();
    loop {
        let list = appliance.admin.get(&path).await.json();
        let items = list["items"].as_array().unwrap().clone();
        assert!(items.len() <= 2);
        for row in &items {
            assert_eq!((&row["visits"], &row["rate"]), (&json!(1), &json!(0.0)));
            keys.push(row["key"].as_str().unwrap().to_owned());
        }
        let Some(next) = list["next"].as_str() else { break };
        path = format!("/api/funnel?every=1m&by=source&limit=2&cursor={next}");
    }
    assert_eq!(keys, ["a", "b", "c"]);
    for (wrong, field) in [
        ("every=1w", "every"),
        ("by=colour", "by"),
        ("from=yesterday", "from"),
        ("cursor=x", "cursor"),
    ] {
        let answer = appliance.admin.get(&format!("/api/funnel?{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(answer.text().contains(field), "{}", answer.text());
    }
    let before = appliance
        .admin
        .get("/api/funnel?every=1d&from=2020-01-01&to=2020-02-01")
        .await
        .json();
    assert_eq!(before, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn conversions_and_forms_have_limits_of_their_own() {
    let limits = "[limits]\nconvert = \"1/h\"\nform = \"1/h\"\n";
    let appliance = Appliance::build().config(FUNNEL).config(limits).start().await;
    let convert = json!({ "goal": "signup" });
    let form = json!({ "email": "a@b.example" });
    for status in [202, 429] {
        assert_eq!(
            appliance.public.post("/api/convert", &convert).await.status,
            status
        );
        assert_eq!(send(&appliance.public, "plain", &form).await.status, status);
    }
}

#[tokio::test]
async fn goals_and_forms_are_taken_up_by_a_reload() {
    let mut appliance = appliance().await;
    let ordered = json!({ "goal": "order" });
    assert_eq!(appliance.public.post("/api/convert", &ordered).await.status, 404);
    appliance
        .reload(|toml| {
            toml.replace("{ name = \"signup\" }", "{ name = \"order\" }")
                .replace("\"plain\"", "\"news\"")
        })
        .await;
    assert_eq!(appliance.public.post("/api/convert", &ordered).await.status, 202);
    assert_eq!(
        appliance
            .public
            .post("/api/convert", &json!({ "goal": "signup" }))
            .await
            .status,
        404
    );
    let form = json!({ "email": "a@b.example" });
    assert_eq!(send(&appliance.public, "news", &form).await.status, 202);
    assert_eq!(send(&appliance.public, "plain", &form).await.status, 404);
}
