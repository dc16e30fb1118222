//! Everybody comes at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::client::{Page, Visitor, browsing};
use crate::process::{Histogram, raise_descriptors};
use crate::site::{Site, until};

/// How many come at once.
const VISITORS: usize = 5_000;
/// Connections are opened so many at a time, so that none is dropped for a full backlog before the test begins.
const OPENED_AT_ONCE: usize = 250;

/// Opens a connection for everybody, then has them all ask at the same moment. Each answer, and how long it took.
async fn everybody(site: &Site, path: &str) -> Vec<(Page, Duration)> {
    let mut open = Vec::with_capacity(VISITORS);
    while open.len() < VISITORS {
        let mut opening = JoinSet::new();
        for _ in 0..OPENED_AT_ONCE {
            let public = site.server.public;
            opening.spawn(async move {
                let mut visitor = Visitor::open(public).await?;
                // Who has asked for something may rest for a while.
                visitor.get("/healthz").await?;
                Ok::<_, std::io::Error>(visitor)
            });
        }
        while let Some(opened) = opening.join_next().await {
            open.push(opened.unwrap().unwrap());
        }
    }
    let (start, request) = (Arc::new(Barrier::new(VISITORS)), Arc::new(browsing(path, "")));
    let mut asking = JoinSet::new();
    for mut visitor in open {
        let (start, request) = (Arc::clone(&start), Arc::clone(&request));
        asking.spawn(async move {
            start.wait().await;
            let begun = Instant::now();
            let page = visitor.ask(request.as_bytes()).await.unwrap();
            (page, begun.elapsed())
        });
    }
    asking.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_page_that_five_thousand_ask_for_at_once_is_asked_of_the_origin_once() {
    raise_descriptors();
    let site = Site::ruled().await;
    let path = "/launch/slow-head/cold";
    let answers = everybody(&site, path).await;
    let took = Histogram::new();
    for (page, each) in &answers {
        assert_eq!(
            (page.status, page.text().contains("answer 1 of")),
            (200, true),
            "{page:?}"
        );
        took.record(*each);
    }
    println!("a cold key: {took}");
    assert_eq!(site.origin.asked_for(path), 1, "asked of the origin");
    let visits = site.metric("gantry_visits_total").await;
    assert!((visits - VISITORS as f64).abs() < 0.5, "{visits} visits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_page_is_refreshed_once_and_nobody_waits_for_it() {
    raise_descriptors();
    let rule = "[[pages.rule]]\npath = \"/launch/*\"\nttl = \"1s\"\nstale_while_revalidate = \"10m\"\n";
    let site = Site::with("", rule).await;
    let path = "/launch/gated-head/expired";
    assert_eq!(site.get(path).await.cache(), "MISS");
    // It is fresh for a second from when it was asked for, or from when it came: a fresh page must first have been seen to end.
    sleep(Duration::from_millis(1_200)).await;
    let answers = everybody(&site, path).await;
    let took = Histogram::new();
    for (page, each) in &answers {
        assert_eq!(
            (page.status, page.text().contains("answer 1 of")),
            (200, true),
            "{page:?}"
        );
        took.record(*each);
    }
    println!("an expired key: {took}");
    // The origin has not answered yet: nobody can have waited for it.
    assert!(answers.iter().all(|(page, _)| page.cache() == "STALE"));
    assert_eq!(site.origin.asked_for(path), 2, "one refresh");
    site.origin.let_go();
    until("the refreshed page", async || {
        site.get(path).await.text().contains("answer 2 of").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_for_a_page_that_cannot_be_kept_do_not_wait_for_one_another() {
    const SOME: usize = 20;
    let site = Site::ruled().await;
    let begun = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..SOME {
        let mut visitor = site.visitor().await;
        // Whose answer is private is known only when it comes; one after the other they would take 40 s.
        asking.spawn(async move { visitor.get("/slow-head/private").await.unwrap().status });
    }
    let answers = asking.join_all().await;
    assert_eq!(answers, [200; SOME]);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
