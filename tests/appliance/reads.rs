//! Reads alike: a tag on every JSON answer, 304 to whoever has it, and lists that page and refuse in one way.

use http::Method;
use serde_json::{Value, json};

use crate::support::http::{Answer, Door};
use crate::support::{Appliance, draft};

/// Reads that answer with JSON, and do not tell the time.
const READS: [&str; 22] = [
    "/api/audit",
    "/api/backups",
    "/api/deliveries",
    "/api/deliveries/groups",
    "/api/destinations",
    "/api/destinations/crm",
    "/api/events",
    "/api/funnel?from=2026-01-01&to=2026-01-02",
    "/api/keys",
    "/api/pages",
    "/api/people?userId=u-1",
    "/api/people/erasures",
    "/api/polls",
    "/api/polls/best",
    "/api/polls/best/timeline?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
    "/api/polls/best/votes",
    "/api/postgres/aside",
    "/api/replays",
    "/api/roi?from=2026-01-01&to=2026-01-02",
    "/api/schedules",
    "/api/spend",
    "/api/webhooks",
];
/// Reads whose answer is a list.
const LISTS: [&str; 19] = [
    "/api/audit",
    "/api/backups",
    "/api/deliveries",
    "/api/deliveries/groups",
    "/api/destinations",
    "/api/events",
    "/api/funnel",
    "/api/keys",
    "/api/pages",
    "/api/people?userId=u-1",
    "/api/people/erasures",
    "/api/polls",
    "/api/polls/best/timeline",
    "/api/polls/best/votes",
    "/api/postgres/aside",
    "/api/replays",
    "/api/schedules",
    "/api/spend",
    "/api/webhooks",
];
const CONFIG: &str = "[[destination]]\nname = \"crm\"\nurl = \"http://127.0.0.1:9/\"\n\
                      [[destination]]\nname = \"log\"\nurl = \"http://127.0.0.1:9/\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n\
                      [[schedule]]\nname = \"b\"\ncron = \"0 9 * * *\"\ntimezone = \"UTC\"\nevent = { type = \"T\", payload = {} }\n\
                      [[schedule]]\nname = \"a\"\ncron = \"0 9 * * *\"\ntimezone = \"UTC\"\nevent = { type = \"T\", payload = {} }\n";

async fn appliance() -> Appliance {
    let appliance = Appliance::build().config(CONFIG).start().await;
    appliance.open_poll("best").await;
    assert_eq!(appliance.vote("best", "a", ("u-1", "k")).await.status, 202);
    appliance
}

async fn head(door: &Door, path: &str) -> Answer {
    door.send(Method::HEAD, path, bytes::Bytes::new()).await
}

#[tokio::test]
async fn every_json_read_has_a_strong_tag_and_whoever_has_it_is_told_304() {
    let appliance = appliance().await;
    let admin = &appliance.admin;
    for path in READS {
        let answer = admin.get(path).await;
        let tag = answer.header("etag").to_owned();
        assert!(
            answer.status == 200 && tag.len() == 34 && tag.starts_with('"'),
            "{path}: {tag}"
        );
        assert!(answer.header("cache-control").contains("no-cache"), "{path}");
        let again = admin.with("if-none-match", &tag).get(path).await;
        assert_eq!(again.status, 304, "{path}");
        assert_eq!(
            (again.header("etag"), again.header("content-type")),
            (tag.as_str(), ""),
            "{path}"
        );
        assert!(
            again.body.is_empty() && !again.header("x-request-id").is_empty(),
            "{path}"
        );
        for known in [format!("W/{tag}"), format!("\"a\", {tag}"), "*".to_owned()] {
            let asked = admin.with("if-none-match", &known).get(path).await;
            assert_eq!(asked.status, 304, "{path} {known}");
        }
        let other = admin.with("if-none-match", "\"other\"").get(path).await;
        assert_eq!(
            (other.status, other.header("etag")),
            (200, tag.as_str()),
            "{path}"
        );
        let alike = head(admin, path).await;
        assert_eq!(
            (alike.status, alike.header("etag")),
            (200, tag.as_str()),
            "HEAD {path}"
        );
        assert_eq!(
            alike.header("content-length"),
            answer.body.len().to_string(),
            "HEAD {path}"
        );
        assert!(alike.body.is_empty());
        let known = admin.with("if-none-match", &tag);
        assert_eq!(head(&known, path).await.status, 304, "HEAD {path}");
    }
}

#[tokio::test]
async fn a_change_is_another_tag_and_refusals_streams_and_files_have_none() {
    let appliance = appliance().await;
    let admin = &appliance.admin;
    let before = admin.get("/api/polls").await.header("etag").to_owned();
    admin.post("/api/polls", &draft("other")).await;
    let after = admin.with("if-none-match", &before).get("/api/polls").await;
    assert_eq!(after.status, 200);
    assert_ne!(after.header("etag"), before);
    assert_eq!(
        admin.get("/api/launch").await.header("etag").len(),
        34,
        "what tells the time has one too"
    );
    // Whoever may not read is told so, whatever they have.
    let stranger = appliance.stranger.with("if-none-match", "*");
    assert_eq!(stranger.get("/api/polls").await.problem(401)["status"], 401);
    for path in ["/api/export/events", "/api/report", "/metrics", "/api/session"] {
        let answer = admin.with("if-none-match", "*").get(path).await;
        assert_eq!((answer.status, answer.header("etag")), (200, ""), "{path}");
    }
    admin.get("/api/polls/none").await.problem(404);
    let stream = admin.stream("/api/polls/best/stream").await;
    assert!(!stream.headers.contains_key("etag"));
}

#[tokio::test]
async fn every_list_pages_by_limit_and_cursor_and_refuses_wrong_ones_alike() {
    let appliance = appliance().await;
    let admin = &appliance.admin;
    for path in LISTS {
        let with = |query: &str| format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' });
        let list = admin.get(path).await.json();
        assert!(
            list["items"].is_array() && list.get("next").is_some(),
            "{path}: {list}"
        );
        for (wrong, field) in [
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("cursor=%00no", "cursor"),
        ] {
            // A page of the site may be called anything: its cursor is a place in the order.
            if (path, field) == ("/api/pages", "cursor") {
                continue;
            }
            let problem = admin.get(&with(wrong)).await.problem(422);
            assert_eq!(problem["field"], field, "{path} {wrong}");
        }
        let all = list["items"].as_array().expect("items");
        let mut found: Vec<Value> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = admin.get(&with(&format!("limit=1{cursor}"))).await.json();
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= 1, "{path}: {page}");
            found.extend(items.iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={}", next.replace('+', "%2B")),
                None => break,
            }
        }
        assert_eq!(&found, all, "{path}");
    }
    let names = |list: Value| {
        list["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| item["name"].clone())
            .collect::<Value>()
    };
    assert_eq!(names(admin.get("/api/schedules").await.json()), json!(["b", "a"]));
    let rest = admin.get("/api/destinations?cursor=crm").await.json();
    assert_eq!(names(rest), json!(["log"]));
}
