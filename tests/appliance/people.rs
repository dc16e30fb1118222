//! People, by HTTP and on the command line: shown, erased, and what was counted is still there.

use serde_json::{Value, json};

use crate::support::{Appliance, ballot};

const FORM: &str = "[[form]]\nname = \"waitlist\"\nfields = { email = \"email required\", name = \"text 80\" }\n\
    event = \"LEAD_CAPTURE\"\nredirect = \"/thanks\"\n";

async fn with_ann() -> Appliance {
    let appliance = Appliance::build().config(FORM).start().await;
    appliance.open_poll("best").await;
    for (user, key) in [("ann@b.example", "k1"), ("u-7", "k2"), ("joe", "k3")] {
        let vote = ballot("best", "a", (user, key));
        assert_eq!(appliance.public.post("/api/vote", &vote).await.status, 202);
    }
    let form = json!({ "email": "Ann@B.example", "name": "Ann" });
    let json_door = appliance.public.with("content-type", "application/json");
    let sent = json_door.post("/api/forms/waitlist", &form).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    let spend = json!({ "day": "2026-11-01", "amount": "5", "note": "back to ann@b.example", "idempotencyKey": "r1" });
    assert_eq!(appliance.admin.post("/api/spend", &spend).await.status, 201);
    appliance
}

fn kinds(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["kind"].as_str().expect("a kind")).collect()
}

/// Everything that is kept of somebody, page after page.
async fn kept(appliance: &Appliance, who: &str) -> Value {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/people?{who}{cursor}");
        let page = appliance.admin.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        items.extend(page["items"].as_array().expect("items").clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return json!({ "items": items }),
        }
    }
}

#[tokio::test]
async fn a_person_is_shown_and_erased_and_counts_stay() {
    let appliance = with_ann().await;
    let list = kept(&appliance, "email=ANN%40b.example").await;
    assert_eq!(kinds(&list), ["vote", "event", "spend"]);
    assert_eq!(list["items"][0]["userId"], "ann@b.example");
    assert_eq!(list["items"][0]["optionId"], "a");
    assert_eq!(list["items"][1]["payload"]["name"], "Ann");

    let answer = appliance.admin.delete("/api/people?email=ann%40b.example").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let erasure = answer.json();
    assert_eq!(
        (&erasure["status"], &erasure["progress"]),
        (&json!("DONE"), &json!(1.0))
    );
    let counts = json!({ "votes": 1, "events": 1, "attempts": 0, "spend": 1, "conversions": 0 });
    assert_eq!(erasure["erased"], counts);
    assert!(erasure["remains"].as_array().is_some_and(|said| said.len() == 3));
    assert!(
        !erasure.to_string().contains("ann@"),
        "who was erased is named no more"
    );

    assert_eq!(
        kept(&appliance, "email=ann%40b.example").await,
        json!({ "items": [] })
    );
    assert_eq!(appliance.total("best").await, 3);
    let vote = ballot("best", "a", ("ann@b.example", "k1"));
    assert_eq!(appliance.public.post("/api/vote", &vote).await.status, 409);
    let id = erasure["id"].as_str().expect("an id");
    let again = appliance.admin.get(&format!("/api/people/erasures/{id}")).await;
    assert_eq!(again.json(), erasure);
    let listed = appliance.admin.get("/api/people/erasures").await.json();
    assert_eq!(listed["items"], json!([erasure]));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn who_is_meant_must_be_said_by_one_name_and_erasing_needs_an_admin() {
    let appliance = Appliance::start().await;
    for wrong in ["", "?email=ann", "?email=a%40b.c&userId=u", "?userId=", "?email="] {
        let answer = appliance.admin.get(&format!("/api/people{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}");
        let answer = appliance.admin.delete(&format!("/api/people{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    let made = json!({ "name": "reader", "scope": "read" });
    let key = appliance.admin.post("/api/keys", &made).await.json();
    let reader = appliance.stranger.with_key(key["key"].as_str().expect("a key"));
    assert_eq!(reader.get("/api/people?userId=u").await.status, 200);
    assert_eq!(reader.delete("/api/people?userId=u").await.status, 403);
    assert_eq!(appliance.admin.get("/api/people/erasures/9").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_and_erases() {
    let appliance = with_ann().await;
    let run = |args: &[&str]| {
        let output = tokio::task::block_in_place(|| appliance.gantry(args));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(run(&["person", "show", "--user-id", "u-7"]).contains("vote"));
    assert!(run(&["person", "erase", "--user-id", "u-7", "--yes"]).starts_with("Erased: 1 vote, 0 events"));
    assert_eq!(
        run(&["person", "show", "--user-id", "u-7"]),
        "Nothing is kept of u-7.\n"
    );
    let json = run(&["person", "erase", "--email", "ann@b.example", "--yes", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["status"], "DONE");
    appliance.assert_clean().await;
}
