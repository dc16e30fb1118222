//! A poll that is there: edited, opened again, followed through its course.

use serde_json::{Value, json};

use crate::support::{Appliance, draft};

async fn with_poll() -> Appliance {
    let appliance = Appliance::start().await;
    let made = appliance.admin.post("/api/polls", &draft("best")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    appliance
}

async fn edited(appliance: &Appliance, edit: &Value) -> Value {
    let answer = appliance.admin.patch("/api/polls/best", edit).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_edit_changes_what_it_names_for_everybody_and_keeps_the_votes() {
    let appliance = with_poll().await;
    assert_eq!(appliance.vote("best", "a", ("ann", "k")).await.status, 202);
    let before = appliance.public.get("/api/polls/best").await;
    let edit = json!({ "question": "Who?", "labels": { "b": "Bee" }, "closesAt": "2100-01-01T00:00:00Z" });
    let poll = edited(&appliance, &edit).await;
    assert_eq!(
        (&poll["question"], &poll["labels"], &poll["closesAt"]),
        (
            &json!("Who?"),
            &json!({ "a": "Option A", "b": "Bee" }),
            &json!("2100-01-01T00:00:00.000Z")
        )
    );
    assert_eq!(poll["options"], json!({ "a": 1, "b": 0 }));
    let after = appliance.public.get("/api/polls/best").await;
    assert_eq!(after.json()["question"], "Who?");
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_eq!(
        edited(&appliance, &json!({ "closesAt": null })).await["closesAt"],
        Value::Null
    );
    assert_eq!(edited(&appliance, &json!({})).await["question"], "Who?");
}

#[tokio::test]
async fn an_edit_that_would_make_no_poll_is_refused_and_changes_nothing() {
    let appliance = with_poll().await;
    for wrong in [
        json!({ "question": " " }),
        json!({ "labels": { "x": "X" } }),
        json!({ "labels": { "a": "" } }),
        json!({ "labels": { "": "X" } }),
        json!({ "opensAt": "tomorrow" }),
        json!({ "opensAt": "2026-01-02T00:00:00Z", "closesAt": "2026-01-01T00:00:00Z" }),
        json!({ "options": [] }),
        json!({ "voter": "signed" }),
    ] {
        let answer = appliance.admin.patch("/api/polls/best", &wrong).await;
        assert!(matches!(answer.status, 400 | 422), "{wrong}: {}", answer.text());
    }
    let poll = appliance.admin.get("/api/polls/best").await.json();
    assert_eq!(
        (&poll["question"], &poll["opensAt"]),
        (&json!("Which?"), &Value::Null)
    );
    appliance
        .admin
        .patch("/api/polls/none", &json!({}))
        .await
        .problem(404);
    assert_eq!(
        appliance.public.patch("/api/polls/best", &json!({})).await.status,
        405
    );
}

#[tokio::test]
async fn a_poll_that_was_closed_takes_votes_again_once_it_is_opened() {
    let appliance = with_poll().await;
    let post = async |act: &str| {
        let answer = appliance
            .admin
            .post(&format!("/api/polls/best/{act}"), &json!({}))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    assert_eq!(post("close").await["open"], false);
    let refused = appliance.vote("best", "a", ("ann", "k")).await;
    assert_eq!(refused.status, 403);
    let opened = post("open").await;
    assert_eq!(
        (&opened["open"], &opened["closedAt"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(appliance.vote("best", "a", ("ann", "k")).await.status, 202);
    edited(&appliance, &json!({ "opensAt": "2096-01-01T00:00:00Z" })).await;
    let opened = post("open").await;
    assert_eq!(
        (&opened["open"], &opened["opensAt"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(post("open").await, opened, "it is open already");
    appliance
        .admin
        .post("/api/polls/none/open", &json!({}))
        .await
        .problem(404);
}

#[tokio::test]
async fn who_may_read_sees_the_whole_poll_and_anybody_else_its_results() {
    let appliance = with_poll().await;
    let whole = appliance.admin.get("/api/polls/best").await.json();
    let list = appliance.admin.get("/api/polls").await.json();
    assert_eq!(whole, list["items"][0]);
    for client in [&appliance.public, &appliance.stranger] {
        let results = client.get("/api/polls/best").await;
        assert_eq!(results.status, 200);
        assert_eq!(results.json()["createdAt"], Value::Null);
    }
}

#[tokio::test]
async fn a_polls_course_has_its_votes_by_window() {
    let appliance = with_poll().await;
    let empty = appliance.admin.get("/api/polls/best/timeline").await.json();
    assert_eq!((&empty["items"], &empty["every"]), (&json!([]), &json!("1m")));
    for (user, option) in [("ann", "a"), ("bob", "b"), ("eve", "a")] {
        assert_eq!(appliance.vote("best", option, (user, "k")).await.status, 202);
    }
    appliance.store.settle().await.expect("folded");
    let course = appliance
        .admin
        .get("/api/polls/best/timeline?every=6h")
        .await
        .json();
    assert_eq!(
        (&course["pollId"], &course["options"], &course["next"]),
        (&json!("best"), &json!(["a", "b"]), &Value::Null)
    );
    let items = course["items"].as_array().expect("items");
    let total: u64 = items.iter().filter_map(|item| item["total"].as_u64()).sum();
    assert_eq!(total, 3);
    if let [only] = items.as_slice() {
        assert_eq!(only["votes"], json!({ "a": 2, "b": 1 }));
    }
    for (query, field) in [
        ("every=2m", "every"),
        ("from=x", "from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        (
            "every=1m&from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z",
            "every",
        ),
        ("from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z", "from"),
    ] {
        let answer = appliance
            .admin
            .get(&format!("/api/polls/best/timeline?{query}"))
            .await;
        assert_eq!(answer.problem(422)["field"], field, "{query}");
    }
    let csv = appliance.admin.get("/api/export/results?poll=best").await.text();
    assert_eq!(
        csv,
        "pollId,optionId,label,votes,share\r\nbest,a,Option A,2,0.6667\r\nbest,b,Option B,1,0.3333\r\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_edits_and_opens() {
    let appliance = with_poll().await;
    let said = |args: &[&str]| {
        let output = tokio::task::block_in_place(|| appliance.gantry(args));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let opens = "2096-01-01T00:00:00Z";
    let edited = said(&[
        "poll", "edit", "best", "--label", "a=Ay", "--opens", opens, "--json",
    ]);
    assert_eq!(
        (&edited["labels"]["a"], &edited["open"]),
        (&json!("Ay"), &json!(false))
    );
    assert_eq!(
        said(&["poll", "edit", "best", "--opens", "never", "--json"])["open"],
        true
    );
    assert_eq!(said(&["poll", "close", "best", "--json"])["open"], false);
    assert_eq!(said(&["poll", "open", "best", "--json"])["open"], true);
    let output = tokio::task::block_in_place(|| appliance.gantry(&["poll", "edit", "best"]));
    assert_eq!(output.status.code(), Some(2), "nothing is to be changed");
}
