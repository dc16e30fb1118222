//! The origin is gone, or does not answer: what was seen before is still seen.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::client::{Page, Visitor};
use crate::origin::Health;
use crate::process::size;
use crate::site::{Site, until};

/// Fresh for a moment, so that nothing is fresh while the origin is gone.
const RULE: &str = r#"
[[pages.rule]]
path = "/launch/*"
ttl = "1s"
stale_while_revalidate = "2s"
stale_if_error = "30m"
"#;
const PAGES: usize = 50;
/// What is not kept is refused within this.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);
/// A page out of memory, on a machine that is shared.
const STALE_WITHIN: Duration = Duration::from_secs(1);

fn down_for() -> Duration {
    size(Duration::from_secs(20), Duration::from_secs(600))
}

fn path(page: usize) -> String {
    format!("/launch/page-{page}")
}

async fn fill(site: &Site) {
    let mut visitor = site.visitor().await;
    for page in 0..PAGES {
        let answer = visitor.get(&path(page)).await.unwrap();
        assert_eq!(
            (answer.status, answer.cache().as_str()),
            (200, "MISS"),
            "{answer:?}"
        );
    }
}

/// Asks for every page again and again until `until`; how often.
async fn keep_asking(site: &Site, until: Instant) -> u64 {
    let mut asked = 0;
    let mut visitor = site.visitor().await;
    while Instant::now() < until {
        for page in 0..PAGES {
            let begun = Instant::now();
            let answer = visitor.get(&path(page)).await.unwrap();
            assert_eq!(answer.status, 200, "after {asked}: {answer:?}");
            assert!(begun.elapsed() < STALE_WITHIN, "{:?}", begun.elapsed());
            asked += 1;
        }
        sleep(Duration::from_millis(50)).await;
    }
    asked
}

async fn refused(at: std::net::SocketAddr, path: String) -> (Page, Duration) {
    let begun = Instant::now();
    let mut visitor = Visitor::open(at).await.unwrap();
    let answer = visitor.get(&path).await.unwrap();
    (answer, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_origin_is_dead_every_ruled_page_is_there_and_others_are_refused_at_once() {
    let mut site = Site::with("", RULE).await;
    fill(&site).await;
    site.origin.kill().await;
    let until_alive = Instant::now() + down_for();
    let public = site.server.public;
    let mut others = JoinSet::new();
    others.spawn(async move {
        let mut page = 0;
        while Instant::now() < until_alive {
            for path in [format!("/launch/new-{page}"), format!("/elsewhere/{page}")] {
                let (answer, took) = refused(public, path).await;
                assert_eq!(answer.status, 502, "{answer:?}");
                assert!(took < REFUSED_WITHIN, "{took:?}");
            }
            page += 1;
            sleep(Duration::from_millis(200)).await;
        }
    });
    let asked = keep_asking(&site, until_alive).await;
    others.join_all().await;
    println!("{asked} pages out of memory in {:?}", down_for());
    let stale = site.get(&path(0)).await;
    assert_eq!(stale.cache(), "STALE", "{stale:?}");

    site.origin.revive().await;
    until("the pages of the revived origin", async || {
        let answer = site.get(&path(0)).await;
        (answer.status == 200 && answer.cache() != "STALE").then_some(())
    })
    .await;
    let new = until("a page that was refused", async || {
        Some(site.get("/launch/new-0").await).filter(|page| page.status == 200)
    })
    .await;
    assert!(new.has("of /launch/new-0"), "{new:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_origin_fails_or_hangs_what_was_seen_before_is_seen() {
    let site = Site::with("", RULE).await;
    fill(&site).await;
    for health in [Health::Failing(500), Health::Failing(503), Health::Hanging] {
        site.origin.be(health);
        // Beyond `stale_while_revalidate`: now only the error lets it be used.
        sleep(Duration::from_millis(3_500)).await;
        let mut visitor = site.visitor().await;
        for page in 0..3 {
            let answer = visitor.get(&path(page)).await.unwrap();
            assert_eq!(
                (answer.status, answer.cache().as_str()),
                (200, "STALE"),
                "{health:?}: {answer:?}"
            );
        }
    }
    site.origin.be(Health::Well);
    until("a fresh page", async || {
        let answer = site.get(&path(0)).await;
        (answer.status == 200 && answer.cache() != "STALE").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_maker_wrote_is_shown_when_the_origin_is_gone() {
    let page = "<!doctype html><title>Back soon</title>";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("gone.html");
    std::fs::write(&file, page).unwrap();
    let mut site = Site::with(&format!("error_page = \"{}\"", file.display()), RULE).await;
    site.origin.kill().await;
    let answer = site.get("/launch/never-seen").await;
    assert_eq!((answer.status, answer.text().as_str()), (502, page));
    assert!(
        answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    // Nothing of it is kept by anybody on the way.
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
}
