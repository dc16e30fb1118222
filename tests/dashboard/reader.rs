//! Whoever may only read is shown what there is to read, and no act that would be refused.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::stage::Stage;

/// The buttons that act: those that ask before they do end with an ellipsis.
const ACTS: &str = r#"
    const named =
        /…$|^(Add spend|Cancel|Create the first|Download one|Make one|Mark as done|New key|New poll|Not done after all|Resume|Resume all|Send a test)$/u;
    return [...document.querySelectorAll("main button")]
        .map((button) => button.textContent.trim())
        .filter((name) => named.test(name));
"#;

async fn acts(desk: &Desk) -> Vec<Value> {
    let found = desk.run(ACTS, vec![]).await;
    found.as_array().expect("names").clone()
}

#[tokio::test]
async fn who_may_only_read_is_shown_no_act_that_would_be_refused() {
    let stage = Stage::full().await;
    let wanted = json!({ "name": "reader", "scope": "read" });
    let made = stage.appliance.admin.post("/api/keys", &wanted).await.json();
    let owner = Desk::of(&stage.appliance).await;
    let reader = Desk::holding(&stage.appliance, made["key"].as_str().expect("a key")).await;
    let mut owners = 0;
    for page in stage.pages().await {
        // One is sent from it to the first page, signed in as one is.
        if page.name == "sign-in" {
            continue;
        }
        for desk in [&owner, &reader] {
            desk.open(&page.path).await;
        }
        owners += acts(&owner).await.len();
        let shown = acts(&reader).await;
        assert!(shown.is_empty(), "{}: {shown:?}", page.path);
    }
    assert!(owners > 20, "the owner is shown {owners}");
    reader.says("reader, reading only").await;
}
