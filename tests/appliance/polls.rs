//! What the maker does with polls: create, list, close and delete.

use serde_json::{Value, json};

use crate::support::{Appliance, draft, with};

#[tokio::test]
async fn a_new_poll_is_created_the_same_again_is_no_news_and_another_a_conflict() {
    let appliance = Appliance::start().await;
    let full = with(
        draft("best"),
        json!({
            "opensAt": "2026-01-01T01:00:00+01:00", "closesAt": "2100-01-01T00:00:00Z",
            "voter": "signed", "perAddress": 3,
        }),
    );
    let first = appliance.admin.post("/api/polls", &full).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let made = first.json();
    for (member, value) in [
        ("pollId", json!("best")),
        ("question", json!("Which?")),
        ("options", json!({ "a": 0, "b": 0 })),
        ("labels", json!({ "a": "Option A", "b": "Option B" })),
        ("totalVotes", json!(0)),
        ("open", json!(true)),
        ("opensAt", json!("2026-01-01T00:00:00.000Z")),
        ("closesAt", json!("2100-01-01T00:00:00.000Z")),
        ("closedAt", Value::Null),
        ("voter", json!("signed")),
        ("perAddress", json!(3)),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    let again = appliance.admin.post("/api/polls", &full).await;
    assert_eq!((again.status, again.json()), (200, made));
    for other in [
        json!({ "question": "Who?" }),
        json!({ "perAddress": 4 }),
        json!({ "voter": "open" }),
        json!({ "closesAt": null }),
        json!({ "options": [{ "id": "b", "label": "Option B" }, { "id": "a", "label": "Option A" }] }),
    ] {
        let answer = appliance
            .admin
            .post("/api/polls", &with(full.clone(), other))
            .await;
        answer.problem(409);
    }
}

#[tokio::test]
async fn what_is_no_poll_is_refused() {
    let appliance = Appliance::start().await;
    let long = "x".repeat(501);
    let option = |id: &str, label: &str| json!({ "id": id, "label": label });
    let many: Vec<Value> = (0..101).map(|n| option(&n.to_string(), "x")).collect();
    let two = |first: Value| json!([first, option("z", "Z")]);
    for wrong in [
        json!({ "pollId": null }),
        json!({ "pollId": "" }),
        json!({ "pollId": 7 }),
        json!({ "pollId": "a/b" }),
        json!({ "pollId": ".." }),
        json!({ "pollId": "x".repeat(65) }),
        json!({ "question": null }),
        json!({ "question": " " }),
        json!({ "question": long }),
        json!({ "question": "a\u{0}" }),
        json!({ "options": null }),
        json!({ "options": [] }),
        json!({ "options": {} }),
        json!({ "options": [["a", "A"], ["b", "B"]] }),
        json!({ "options": [option("a", "A")] }),
        json!({ "options": [option("a", "A"), option("a", "B")] }),
        json!({ "options": many }),
        json!({ "options": two(option("", "A")) }),
        json!({ "options": two(option("a\u{0}", "A")) }),
        json!({ "options": two(option(&"x".repeat(65), "A")) }),
        json!({ "options": two(option("a", "")) }),
        json!({ "options": two(option("a", &long)) }),
        json!({ "options": two(json!({ "id": "a" })) }),
        json!({ "options": two(json!({ "id": "a", "label": "A", "colour": "red" })) }),
        json!({ "opensAt": "soon" }),
        json!({ "opensAt": "2026-01-01T00:00:00" }),
        json!({ "opensAt": 1_796_112_060_000_u64 }),
        json!({ "opensAt": "2026-01-01T00:00:00Z", "closesAt": "2026-01-01T00:00:00Z" }),
        json!({ "voter": "anyone" }),
        json!({ "perAddress": 0 }),
        json!({ "perAddress": -1 }),
        json!({ "perAddress": 1.5 }),
        json!({ "closeAt": "2100-01-01T00:00:00Z" }),
    ] {
        let answer = appliance
            .admin
            .post("/api/polls", &with(draft("best"), wrong.clone()))
            .await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
        answer.problem(422);
    }
    appliance
        .admin
        .post("/api/polls", &json!(null))
        .await
        .problem(400);
    let large = with(draft("best"), json!({ "question": "x".repeat(70_000) }));
    appliance.admin.post("/api/polls", &large).await.problem(413);
    assert_eq!(
        appliance.admin.get("/api/polls").await.json(),
        json!({ "items": [], "next": null })
    );
}

#[tokio::test]
async fn polls_are_listed_newest_first_and_page_by_page() {
    let appliance = Appliance::start().await;
    for number in 0..5 {
        appliance.open_poll(&format!("poll-{number}")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/polls?limit=2".to_owned();
    loop {
        let page = appliance.admin.get(&path).await.json();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|poll| poll["pollId"].clone()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/polls?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        json!(seen),
        json!(["poll-4", "poll-3", "poll-2", "poll-1", "poll-0"])
    );
    for wrong in ["limit=0", "limit=1001", "limit=x", "limit=-1", "cursor=x"] {
        appliance
            .admin
            .get(&format!("/api/polls?{wrong}"))
            .await
            .problem(422);
    }
}

#[tokio::test]
async fn closing_ends_a_poll_for_good_and_is_the_same_twice() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let closed = appliance.admin.post("/api/polls/best/close", &json!(null)).await;
    assert_eq!(closed.status, 200);
    assert_eq!(closed.json()["open"], false);
    assert!(closed.json()["closedAt"].is_string());
    let again = appliance.admin.post("/api/polls/best/close", &json!(null)).await;
    assert_eq!((again.status, again.json()), (200, closed.json()));
    assert_eq!(appliance.results("best").await["open"], false);
    appliance
        .admin
        .post("/api/polls/none/close", &json!(null))
        .await
        .problem(404);
}

#[tokio::test]
async fn deleting_a_poll_leaves_nothing_of_it() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!(appliance.admin.delete("/api/polls/best").await.status, 204);
    appliance.admin.delete("/api/polls/best").await.problem(404);
    for path in ["/api/polls/best", "/api/polls/best/stream"] {
        appliance.public.get(path).await.problem(404);
    }
    appliance.admin.get("/api/polls/best/votes").await.problem(404);
    appliance.open_poll("best").await;
    assert_eq!(appliance.total("best").await, 0);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_name_that_is_not_text_is_a_problem_like_any_other() {
    let appliance = Appliance::start().await;
    appliance.public.get("/api/polls/%ff").await.problem(404);
    appliance.public.get("/api/polls/%ff/stream").await.problem(404);
    appliance.admin.delete("/api/polls/%ff").await.problem(404);
    appliance.admin.get("/api/polls/%ff/votes").await.problem(404);
    appliance.admin.delete("/api/keys/%ff").await.problem(404);
    appliance.admin.get("/api/polls?limit=%ff").await.problem(422);
}
