//! The checks themselves: each finds what was planted for it, and nothing on a page that is as it should be.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

use crate::desk::{Desk, Screen};
use crate::hostile::{HURT, payloads};
use crate::looks::{AXE, sentences};
use crate::site::serve;

/// A page that is as it should be, but for `part`.
fn page(part: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>Planted</title>\
         <main><h1>Planted</h1>{part}</main>"
    ))
}

const PLANTED: [(&str, &str, &str); 9] = [
    (
        "wide",
        "<div style=\"width:600px\">wide</div>",
        "scrolled sideways",
    ),
    (
        "cut",
        "<div style=\"width:40px;overflow:hidden;white-space:nowrap\">cut off here</div>",
        "cut off sideways",
    ),
    (
        "low",
        "<div style=\"height:10px;overflow:hidden\">one<br>two<br>three</div>",
        "cut off below",
    ),
    (
        "short",
        "<button style=\"height:20px\">Send</button>",
        "for a thumb",
    ),
    ("leap", "<h3>A level too low</h3>", "level 3 below one of 1"),
    ("two", "<h1>Another</h1>", "there is not one h1"),
    (
        "nameless",
        "<img src=\"/favicon.ico\" width=9>",
        "image-alt (critical)",
    ),
    (
        "faint",
        "<p style=\"color:#ccc;background:#fff\">faint</p>",
        "color-contrast (serious)",
    ),
    (
        "unnamed",
        "<button style=\"height:44px;width:44px\"></button>",
        "button-name (critical)",
    ),
];

#[tokio::test]
async fn each_check_finds_what_was_planted_for_it() {
    let mut router = Router::new()
        .route(
            "/fine",
            get(page("<p>Fine.</p><button style=\"height:44px\">Send</button>")),
        )
        .route("/favicon.ico", get(StatusCode::NO_CONTENT));
    for (name, part, _) in PLANTED {
        router = router.route(&format!("/{name}"), get(page(part)));
    }
    let desk = Desk::at(serve(router).await).await;
    desk.look(Screen {
        width: 390,
        scheme: "light",
    });
    let axe = std::fs::read_to_string(AXE).expect("axe-core, which tests/run fetches");
    for (name, _, expected) in [("fine", "", "")].into_iter().chain(PLANTED) {
        desk.open(&format!("/{name}")).await;
        desk.run(&axe, vec![]).await;
        let mut found = sentences(desk.run(include_str!("faults.js"), vec![json!("phone")]).await);
        found.extend(sentences(desk.ask(include_str!("axe.js"), vec![]).await));
        match expected {
            "" => assert_eq!(found, [""; 0], "{name}"),
            expected => assert!(
                found.iter().any(|fault| fault.contains(expected)),
                "{name}: {found:?}"
            ),
        }
    }
}

/// Takes what it is told for markup.
const INSERTS: &str = r#"<p></p><script>
    const told = decodeURIComponent(location.hash.slice(1));
    document.querySelector("p").innerHTML = `<a href="${told}" title="${told}">${told}</a>`;
</script>"#;

#[tokio::test]
async fn what_runs_what_complains_and_what_asks_elsewhere_is_noticed() {
    let elsewhere = serve(Router::new().fallback(|| async { StatusCode::NO_CONTENT })).await;
    let asks = format!("<script>fetch('{elsewhere}/x', {{ mode: 'no-cors' }})</script>");
    let router = Router::new()
        .route("/asks", get(page(&asks)))
        .route("/complains", get(page("<script>console.error('oh')</script>")))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/inserts", get(page(INSERTS)));
    let desk = Desk::at(serve(router).await).await;
    desk.open("/asks").await;
    assert_eq!(desk.foreign(), [format!("{elsewhere}/x")]);
    desk.open("/complains").await;
    assert!(desk.chromium.console_errors().concat().contains("oh"));
    let mut noticed = 0;
    let some = payloads().into_iter().step_by(4);
    for payload in some {
        desk.browser().goto("about:blank").await.expect("an empty page");
        let coded: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        let address = format!("{}/inserts#{}", desk.admin, coded.replace('+', "%20"));
        desk.browser().goto(&address).await.expect("a page");
        let moment = "const [done] = arguments; setTimeout(done, 50)";
        drop(desk.browser().execute_async(moment, vec![]).await);
        let left = desk.path().await != "/inserts";
        noticed += usize::from(left || !sentences(desk.run(HURT, vec![]).await).is_empty());
    }
    assert!(
        noticed > 15,
        "a page that inserts what it is told is hurt by {noticed} of 50"
    );
}
