//! Bodies on their way: the first byte does not wait for the last, none is gathered whole, and one slow reader is nobody else's.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::client::{Visitor, browsing};
use crate::origin::LARGE_CHUNK;
use crate::process::{resident_bytes, size};
use crate::site::{Site, until};

/// How much memory a large body may take on its way, whatever its size.
const ON_ITS_WAY_MAX: u64 = 48 << 20;
/// How much is taken from the origin ahead of a reader who reads nothing: buffers of sockets on both sides, and ours.
const AHEAD_MAX: u64 = 24 << 20;
const BOUND: Duration = Duration::from_secs(60);

/// The size of the large body, in MiB.
fn large() -> usize {
    size(256, 1_024)
}

/// Reads the rest of a body of known length, so many bytes; how many came.
async fn drain(visitor: &mut Visitor, mut bytes: usize) {
    let mut piece = vec![0; LARGE_CHUNK];
    while bytes > 0 {
        let part = bytes.min(piece.len());
        visitor.bytes(&mut piece[..part]).await.unwrap();
        bytes -= part;
    }
}

async fn begun(site: &Site, path: &str) -> Visitor {
    let mut visitor = site.visitor().await;
    visitor.send(browsing(path, "").as_bytes()).await.unwrap();
    let head = visitor.head().await.unwrap();
    assert_eq!(head.status, 200, "{head:?}");
    visitor
}

/// Waits until nothing more of the large body is written for a while; how much was.
async fn still(site: &Site) -> u64 {
    let begun = Instant::now();
    loop {
        let before = site.origin.written();
        sleep(Duration::from_millis(400)).await;
        if site.origin.written() == before {
            return before;
        }
        assert!(begun.elapsed() < BOUND, "it is written for ever");
    }
}

#[tokio::test]
async fn the_first_bytes_are_there_before_the_origin_has_finished() {
    let site = Site::ruled().await;
    for path in ["/gated-body/a", "/launch/gated-body/b"] {
        let mut first = begun(&site, path).await;
        let chunk = first.chunk().await.unwrap().unwrap();
        assert!(chunk.starts_with(b"<!doctype html>"), "{chunk:?}");
        // Somebody who comes in the middle sees it from the beginning.
        let mut follower = begun(&site, path).await;
        if path.starts_with("/launch") {
            let chunk = follower.chunk().await.unwrap().unwrap();
            assert!(chunk.starts_with(b"<!doctype html>"), "{chunk:?}");
            assert_eq!(site.origin.asked_for(path), 1);
        }
        site.origin.let_go();
        let rest = first.chunk().await.unwrap().unwrap();
        assert_eq!(rest, b"<p>the end</p>");
        assert_eq!(first.chunk().await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_body_goes_through_without_being_gathered() {
    let site = Site::ruled().await;
    site.get("/launch/warm").await;
    let before = resident_bytes(site.server.pid());
    for path in [
        format!("/large/{}", large()),
        format!("/launch/large/{}", large()),
    ] {
        let mut visitor = begun(&site, &path).await;
        let mut most = 0;
        for _ in 0..large() {
            drain(&mut visitor, 1 << 20).await;
            most = most.max(resident_bytes(site.server.pid()).saturating_sub(before));
        }
        println!("{path}: at most {} KiB on its way", most >> 10);
        assert!(most <= ON_ITS_WAY_MAX, "{path}: {most} bytes of memory");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_holds_back_the_origin_and_who_leaves_ends_it() {
    let site = Site::ruled().await;
    for path in ["/large/200", "/endless", "/launch/large/200", "/launch/endless"] {
        let before = site.origin.written();
        let visitor = begun(&site, path).await;
        let taken = still(&site).await - before;
        assert!(taken <= AHEAD_MAX, "{path}: {taken} bytes were taken for nobody");
        drop(visitor);
        let after = still(&site).await - before;
        assert!(
            after <= 2 * AHEAD_MAX,
            "{path}: {after} bytes were taken for nobody"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_does_not_read_does_not_stall_those_who_do() {
    let site = Site::ruled().await;
    for path in ["/launch/large/2", "/launch/large/64"] {
        let slow = begun(&site, path).await;
        for _ in 0..3 {
            let size: usize = path.rsplit('/').next().unwrap().parse::<usize>().unwrap() << 20;
            let read = async {
                let mut fast = begun(&site, path).await;
                drain(&mut fast, size).await;
            };
            assert!(timeout(BOUND, read).await.is_ok(), "{path} stalls");
        }
        drop(slow);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_seen_to_break_off_and_is_not_kept() {
    let site = Site::ruled().await;
    for path in ["/early/a", "/launch/early/a"] {
        for times in 1..=2 {
            let mut visitor = site.visitor().await;
            let answer = visitor.get(path).await;
            let whole = answer.as_ref().is_ok_and(|page| page.status == 200);
            assert!(
                !whole,
                "{path}: what is not whole was given out as whole: {answer:?}"
            );
            assert_eq!(site.origin.asked_for(path), times, "{path}");
        }
    }
}

#[tokio::test]
async fn what_an_origin_sends_beyond_its_length_is_nobodys_answer() {
    let site = Site::ruled().await;
    for (n, path) in ["/longer/a", "/launch/longer/a"].into_iter().enumerate() {
        let page = site.get(path).await;
        assert_eq!(page.text(), "<p>and", "{page:?}");
        for m in 0..5 {
            let next = site.get(&format!("/other/{n}-{m}")).await;
            assert!(
                next.has("answer 1 of /other") && !next.has("smuggled"),
                "{next:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_leader_who_leaves_takes_nobody_along() {
    let site = Site::ruled().await;
    let path = "/launch/gated-body/left";
    let leader = begun(&site, path).await;
    let mut follower = begun(&site, path).await;
    drop(leader);
    site.origin.let_go();
    let mut body = Vec::new();
    while let Some(chunk) = follower.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    assert!(
        body.ends_with(b"<p>the end</p>"),
        "{}",
        String::from_utf8_lossy(&body)
    );
    let kept = until("the page is kept", async || {
        Some(site.get(path).await).filter(|page| page.cache() == "HIT")
    })
    .await;
    assert!(kept.text().ends_with("<p>the end</p>"));
    assert_eq!(site.origin.asked_for(path), 1);
}
