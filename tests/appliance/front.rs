//! What every request meets: its id, CORS, the prefix, and the site beside our paths.

use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::support::http::{Answer, Door};
use crate::support::{Appliance, ballot};

const SHOP: &str = "https://shop.example";
const CORS: &str = "[server]\ncors_origins = [\"https://shop.example\"]";

/// A site that answers everything, and tells which path it saw.
fn site() -> Router {
    let echo = async |request: http::Request<axum::body::Body>| {
        let headers =
            HeaderMap::from_iter([("x-site".parse().expect("a name"), "yes".parse().expect("a value"))]);
        (headers, request.uri().path().to_owned())
    };
    Router::new().fallback(any(echo))
}

fn is_of_the_site(answer: &Answer) -> bool {
    answer.header("x-site") == "yes"
}

async fn preflight(door: &Door, path: &str, origin: &str) -> Answer {
    let door = door
        .with("origin", origin)
        .with("access-control-request-method", "POST");
    door.send(Method::OPTIONS, path, Bytes::new()).await
}

#[tokio::test]
async fn a_request_keeps_its_id_or_is_given_one() {
    let appliance = Appliance::build().site(site()).start().await;
    appliance.open_poll("best").await;
    for path in ["/api/polls/best", "/api/polls/none", "/anything", "/healthz"] {
        let answer = appliance.public.with("x-request-id", "mine-1").get(path).await;
        assert_eq!(answer.header("x-request-id"), "mine-1", "{path}");
        let made = appliance.public.get(path).await.header("x-request-id").to_owned();
        assert_eq!(made.len(), 32, "{path}");
        assert_ne!(appliance.public.get(path).await.header("x-request-id"), made);
    }
    let answer = appliance
        .public
        .with("x-request-id", "no good")
        .post("/api/vote", &Value::Null)
        .await;
    assert_eq!(answer.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn pages_of_configured_origins_may_call_the_public_address() {
    let appliance = Appliance::build().config(CORS).start().await;
    appliance.open_poll("best").await;
    for path in ["/api/vote", "/api/polls/best", "/api/polls/best/stream"] {
        let allowed = preflight(&appliance.public, path, SHOP).await;
        assert_eq!(allowed.status, 204, "{path}");
        assert_eq!(allowed.header("access-control-allow-origin"), SHOP, "{path}");
        assert!(
            allowed
                .header("access-control-allow-headers")
                .contains("content-type")
        );
        let strange = preflight(&appliance.public, path, "https://evil.example").await;
        assert_eq!(strange.header("access-control-allow-origin"), "", "{path}");
    }
    let shop = appliance.public.with("origin", SHOP);
    for answer in [
        shop.post("/api/vote", &ballot("best", "a", ("u-1", "k"))).await,
        shop.post("/api/vote", &ballot("best", "b", ("u-1", "k"))).await,
        shop.get("/api/polls/best").await,
        shop.get("/api/polls/none").await,
    ] {
        assert_eq!(
            answer.header("access-control-allow-origin"),
            SHOP,
            "{}",
            answer.status
        );
        assert!(
            answer
                .header("access-control-expose-headers")
                .contains("idempotent-replayed")
        );
        assert_eq!(answer.header("vary"), "origin");
    }
    let stream = shop.stream("/api/polls/best/stream").await;
    assert_eq!(stream.headers["access-control-allow-origin"], SHOP);
    let strange = appliance
        .public
        .with("origin", "https://evil.example")
        .get("/api/polls/best")
        .await;
    assert_eq!(
        (strange.status, strange.header("access-control-allow-origin")),
        (200, "")
    );
}

#[tokio::test]
async fn no_page_of_another_origin_may_call_the_admin_address() {
    let appliance = Appliance::build().config(CORS).start().await;
    let answer = preflight(&appliance.stranger, "/api/polls", SHOP).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let answer = appliance.admin.with("origin", SHOP).get("/api/polls").await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, "")
    );
}

#[tokio::test]
async fn the_site_answers_for_itself_also_when_it_is_asked_across_origins() {
    let appliance = Appliance::build().config(CORS).site(site()).start().await;
    assert!(is_of_the_site(
        &preflight(&appliance.public, "/api/other", SHOP).await
    ));
    let answer = appliance.public.with("origin", SHOP).get("/page").await;
    assert!(is_of_the_site(&answer));
    assert_eq!(
        (
            answer.header("access-control-allow-origin"),
            answer.header("vary")
        ),
        ("", "")
    );
}

#[tokio::test]
async fn what_is_not_ours_belongs_to_the_site() {
    let appliance = Appliance::build().site(site()).start().await;
    appliance.open_poll("best").await;
    for path in [
        "/",
        "/page",
        "/api",
        "/api/other",
        "/api/vote",
        "/api/polls",
        "/api/keys",
        "/metrics",
        "/api/vote/",
    ] {
        let answer = appliance.public.get(path).await;
        assert!(is_of_the_site(&answer), "{path}: {}", answer.status);
        assert_eq!(answer.text(), path);
    }
    for path in ["/api/polls/best", "/gantry.js", "/healthz", "/readyz"] {
        assert!(!is_of_the_site(&appliance.public.get(path).await), "{path}");
    }
    assert_eq!(appliance.vote("best", "a", ("u-1", "k")).await.status, 202);
    // The admin address serves no site.
    appliance.admin.get("/page").await.problem(404);
}

#[tokio::test]
async fn a_prefix_moves_our_paths_out_of_the_sites_way() {
    let appliance = Appliance::build()
        .config("[server]\nprefix = \"/_gantry\"")
        .site(site())
        .start()
        .await;
    appliance.open_poll("best").await;
    let vote = ballot("best", "a", ("u-1", "k"));
    assert_eq!(
        appliance.public.post("/_gantry/api/vote", &vote).await.status,
        202
    );
    let results = appliance.public.get("/_gantry/api/polls/best?x=1").await;
    assert_eq!((results.status, &results.json()["totalVotes"]), (200, &1.into()));
    assert_eq!(appliance.public.get("/_gantry/gantry.js").await.status, 200);
    let mut stream = appliance.public.stream("/_gantry/api/polls/best/stream").await;
    assert!(stream.results().await.is_some());
    for path in [
        "/api/polls/best",
        "/gantry.js",
        "/_gantryapi/vote",
        "/_gantry",
        "/_gantry/other",
    ] {
        let answer = appliance.public.get(path).await;
        assert!(is_of_the_site(&answer), "{path}");
        assert_eq!(answer.text(), path, "the site sees the whole path");
    }
    assert!(is_of_the_site(&appliance.public.post("/api/vote", &vote).await));
    // The admin address keeps its paths.
    assert_eq!(appliance.admin.get("/api/polls").await.status, 200);
}

#[tokio::test]
async fn a_wrong_method_is_told_which_ones_there_are() {
    let webhook = "[[webhook]]\nsource = \"billing\"\npreset = \"hmac\"\nheader = \"X-Signature\"\nsecret = [\"env:SIGNING\"]\ntype = \"PAID\"";
    let appliance = Appliance::build()
        .variable("SIGNING", "a-secret-of-the-tests")
        .config(webhook)
        .start()
        .await;
    let (admin, public) = (&appliance.admin, &appliance.public);
    for (door, path, methods) in [
        (admin, "/api/polls", "GET,HEAD,POST"),
        // Matched by hand.
        (admin, "/api/events", "GET,HEAD,POST"),
        (admin, "/api/events/batch", "POST"),
        (admin, "/api/vote", "POST"),
        (public, "/api/webhooks/billing", "POST"),
    ] {
        let answer = door.send(Method::PUT, path, Bytes::new()).await;
        answer.problem(405);
        let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), methods, "{path}");
    }
}

#[tokio::test]
async fn heads_are_asked_for_without_bodies() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let whole = appliance.public.get("/api/polls/best").await;
    let head = appliance
        .public
        .send(Method::HEAD, "/api/polls/best", Bytes::new())
        .await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
}
