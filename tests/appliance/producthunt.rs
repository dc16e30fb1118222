//! The post at Product Hunt, asked for at a server that plays its API.

use gantry::clock::Clock;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::receiver::{Act, Receiver};
use crate::support::http::BOUND;
use crate::support::{Appliance, Builder};

const TOKEN: &str = "canary-token-of-product-hunt";
const SAID: &str = r#"{"data":{"post":{"votesCount":412,"commentsCount":57}}}"#;

fn asking(api: &Receiver) -> Builder {
    let config = format!(
        "[producthunt]\nslug = \"my-product\"\ntoken = \"env:PH\"\nurl = {:?}\n[egress]\nallow = [\"127.0.0.0/8\"]\n",
        api.url()
    );
    Appliance::build().config(&config).variable("PH", TOKEN)
}

/// The post, once it stands so.
async fn post(appliance: &Appliance, stands: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + BOUND;
    loop {
        let post = appliance.admin.get("/api/producthunt").await.json()["post"].take();
        if stands(&post) {
            return post;
        }
        assert!(Instant::now() < until, "{post}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What the preflight says of it.
async fn check(appliance: &Appliance) -> Value {
    let preflight = appliance.admin.get("/api/preflight").await.json();
    let mut checks = preflight["checks"].as_array().expect("checks").iter();
    let found = checks.find(|check| check["id"] == "producthunt");
    found.expect("a check").clone()
}

// Doctor is waited for while the API answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_and_comments_are_seen_wherever_somebody_looks_and_the_token_nowhere() {
    let api = Receiver::start(|_, _| Act::said(200, SAID)).await;
    let appliance = asking(&api).start().await;
    let known = post(&appliance, |post| post["votes"] == 412).await;
    assert_eq!(
        (&known["comments"], &known["lastError"]),
        (&json!(57), &Value::Null)
    );
    let got = api.got().remove(0);
    assert_eq!(got.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(got.json()["variables"]["slug"], "my-product");

    let status = appliance.admin.get("/api/status").await.json();
    assert_eq!(status["productHunt"]["votes"], 412);
    let to = Clock::System.now().plus(60_000);
    let series = format!("/api/series?names=producthunt_votes&to={to}");
    let series = appliance.admin.get(&series).await.json();
    assert_eq!(series["series"][0]["points"][0]["value"], json!(412.0));
    let metrics = appliance.admin.get("/metrics").await.text();
    assert!(metrics.contains("gantry_producthunt_comments 57\n"), "{metrics}");
    let check = check(&appliance).await;
    assert_eq!(
        (&check["verdict"], &check["detail"]),
        (&json!("go"), &json!("412 votes, 57 comments"))
    );

    // Doctor asks by itself.
    let directory = tempfile::tempdir().expect("a directory");
    let (config, token) = (
        directory.path().join("gantry.toml"),
        directory.path().join("token"),
    );
    std::fs::write(&token, TOKEN).expect("written");
    let text = format!(
        "[producthunt]\nslug = \"my-product\"\ntoken = \"file:{}\"\nurl = {:?}\n[egress]\nallow = [\"127.0.0.0/8\"]\n",
        token.display(),
        api.url()
    );
    std::fs::write(&config, text).expect("written");
    let told = appliance.gantry(&["doctor", "--json", "--config", config.to_str().expect("text")]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("the post has 412 votes and 57 comments"), "{told}");
    for text in [known.to_string(), status.to_string(), metrics, told] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn whatever_is_said_instead_is_no_go_and_nobody_is_asked_where_calls_may_not_go() {
    let api = Receiver::start(|_, _| Act::Endless).await;
    let mut appliance = asking(&api).start().await;
    let known = post(&appliance, |post| !post["lastError"].is_null()).await;
    assert_eq!(known["lastError"], "its answer is longer than 64 KiB");
    assert_eq!(known["votes"], Value::Null);
    assert_eq!(check(&appliance).await["verdict"], "no-go");

    // Another post is asked for at once; that it is not there yet is no fault of anybody's.
    api.then(|_, _| Act::said(200, r#"{"data":{"post":null}}"#));
    appliance
        .reload(|toml| toml.replace("my-product", "another"))
        .await;
    let known = post(&appliance, |post| {
        post["lastError"] == "it knows no post \"another\""
    })
    .await;
    assert_eq!(known["slug"], "another");
    assert_eq!(check(&appliance).await["verdict"], "go");

    let calls = api.got().len();
    appliance
        .reload(|toml| toml.replace("another", "third").replace("\"127.0.0.0/8\"", ""))
        .await;
    post(&appliance, |post| {
        post["slug"] == "third" && !post["lastError"].is_null()
    })
    .await;
    assert_eq!(api.got().len(), calls, "a private address is not called");
    appliance.reload(|_| String::new()).await;
    post(&appliance, Value::is_null).await;
    appliance.assert_clean().await;
}
