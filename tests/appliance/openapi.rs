//! The description of the API, held against the router. (Every answer of these tests is held against it by `support::described`.)

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use http::Method;

use crate::support::Appliance;
use crate::support::described;
use crate::support::http::Door;

/// What is matched before the router, always for `POST`.
const BY_HAND: [&str; 4] = [
    "/api/vote",
    "/api/events",
    "/api/events/batch",
    "/api/webhooks/{source}",
];
/// Paths that are the API's, and not the dashboard's or the site's.
const OURS: [&str; 5] = ["/api/", "/gantry.js", "/healthz", "/readyz", "/metrics"];

/// The paths of every `.route("…"` in the sources.
fn routed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = waiting.pop() {
        if path.ends_with("src/demo") {
            continue;
        }
        if let Ok(entries) = std::fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|entry| entry.path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let after = text.split(".route(").skip(1).map(str::trim_start);
            let literals = after.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
            found.extend(
                literals
                    .filter(|path| OURS.iter().any(|ours| path.starts_with(ours)))
                    .map(str::to_owned),
            );
        }
    }
    found
}

/// The methods a path is served with, as a 405 tells them.
async fn allowed(door: &Door, pattern: &str) -> BTreeSet<String> {
    let path = pattern.replace(['{', '}'], "");
    let answer = door
        .send(
            Method::from_bytes(b"PROPFIND").expect("a method"),
            &path,
            Bytes::new(),
        )
        .await;
    let methods = answer.header("allow").split(',').map(str::trim);
    methods
        .filter(|method| !["", "HEAD"].contains(method))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_description_has_every_route_and_no_other() {
    let appliance = Appliance::start().await;
    let mut served = BTreeSet::new();
    let routed = routed();
    assert!(routed.len() > 50, "{routed:?}");
    for path in &routed {
        for door in [&appliance.admin, &appliance.public] {
            let methods = allowed(door, path).await;
            served.extend(methods.into_iter().map(|method| format!("{method} {path}")));
        }
    }
    served.extend(BY_HAND.map(|path| format!("POST {path}")));
    let described: BTreeSet<String> = described::paths()
        .into_iter()
        .flat_map(|(path, methods)| methods.into_iter().map(move |method| format!("{method} {path}")))
        .collect();
    let missing: Vec<_> = served.difference(&described).collect();
    let unknown: Vec<_> = described.difference(&served).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "not described: {missing:?}; not served: {unknown:?}"
    );
}

#[tokio::test]
async fn the_description_is_served_to_who_may_read_and_asked_for_anew_only_where_it_changed() {
    let appliance = Appliance::start().await;
    let document = appliance.admin.get("/api/openapi.json").await;
    assert_eq!(document.status, 200);
    assert_eq!(document.json(), gantry::app::describe());
    let known = appliance.admin.with("if-none-match", document.header("etag"));
    assert_eq!(known.get("/api/openapi.json").await.status, 304);
    appliance.stranger.get("/api/openapi.json").await.problem(401);
    assert_eq!(appliance.public.get("/api/openapi.json").await.status, 404);
}
