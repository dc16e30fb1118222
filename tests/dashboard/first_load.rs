//! What the first visit costs.

use serde_json::json;

use crate::desk::Desk;
use crate::stage::Stage;
use crate::support::ADMIN_TOKEN;

/// The most that the first load may transfer, in bytes, heads included.
const TRANSFERRED_BYTES: u64 = 100_000;
/// How long the first paint may take on a machine that does other things besides, in milliseconds. (On a quiet one it takes
/// less than a tenth of it: what was measured is printed.)
const PAINT_MS: f64 = 3_000.0;

#[tokio::test]
async fn the_first_load_is_small_and_paints_at_once() {
    let stage = Stage::full().await;
    for path in ["/sign-in", "/", "/funnel"] {
        // A profile of its own, whose cache is empty.
        let desk = Desk::before(&stage.appliance).await;
        if path == "/sign-in" {
            desk.open(path).await;
        } else {
            let (name, value) = session(&stage).await;
            let cookie = json!({ "name": name, "value": value, "url": desk.admin, "httpOnly": true, "sameSite": "Strict" });
            desk.chromium.devtools("Network.setCookie", &cookie);
            desk.open(path).await;
            assert_eq!(desk.path().await, path, "signed in");
        }
        // A busy machine may draw a page some time after it is whole.
        let cost = desk.until(COST, vec![], |cost| !cost["paint"].is_null()).await;
        println!("{path}: {cost}");
        let transferred = cost["bytes"].as_u64().expect("a size");
        assert!(transferred > 2_000, "{path}: something was transferred: {cost}");
        assert!(transferred < TRANSFERRED_BYTES, "{path}: {cost}");
        let paint = cost["paint"].as_f64().expect("a first paint");
        assert!(paint < PAINT_MS, "{path}: {cost}");
    }
}

/// Signs in beside the browser; the session's cookie.
async fn session(stage: &Stage) -> (String, String) {
    let token = json!({ "token": ADMIN_TOKEN });
    let answer = stage.appliance.stranger.post("/api/session", &token).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let cookie = answer.header("set-cookie").to_owned();
    let (pair, _) = cookie.split_once(';').expect("attributes");
    let (name, value) = pair.split_once('=').expect("a value");
    (name.to_owned(), value.to_owned())
}

/// What the browser says of it: bytes on the wire, the first paint, and what weighed how much.
const COST: &str = r#"
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    const paint = performance.getEntriesByName("first-paint")[0] ?? performance.getEntriesByName("first-contentful-paint")[0];
    return {
        bytes: all.reduce((sum, { transferSize }) => sum + transferSize, 0),
        paint: paint?.startTime ?? null,
        of: Object.fromEntries(all.map(({ name, transferSize }) => [new URL(name).pathname, transferSize])),
    };
"#;
