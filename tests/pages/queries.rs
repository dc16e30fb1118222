//! Queries: those that make another page, and those that only say where somebody came from.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::client::Visitor;
use crate::process::{Chance, resident_bytes, size};
use crate::site::{RULED, Site, visits};

/// Memory for pages in these tests, in MiB: less than the pages that are asked for would take.
const CAPACITY_MIB: u64 = 8;
/// Beside the pages, what a page's place in the cache may take.
const PAGES_BYTES_MAX: f64 = (CAPACITY_MIB << 20) as f64;
/// What memory may grow by, from the first fifth on: what an allocator keeps for itself.
const GROWTH_MAX: u64 = 32 << 20;
/// One request in so many is for the hot page.
const HOT_ONE_IN: u64 = 20;
/// How many ask at once.
const VISITORS: u64 = 16;

/// How many distinct queries.
fn queries() -> u64 {
    size(60_000, 1_000_000)
}

/// Asks for the page with so many queries, each another, and for the hot page in between. How often the hot page was asked for,
/// and how often it was there.
async fn flood(site: &Site, page: &str, numbers: std::ops::Range<u64>) -> (u64, u64) {
    let share = (numbers.end - numbers.start) / VISITORS;
    let mut asking = JoinSet::new();
    for visitor in 0..VISITORS {
        let first = numbers.start + visitor * share;
        let (page, public) = (page.to_owned(), site.server.public);
        asking.spawn(async move {
            let mut visitor = Visitor::open(public).await.unwrap();
            let (mut asked, mut found) = (0, 0);
            for number in first..first + share {
                let answer = visitor.get(&format!("{page}?x={number:x}")).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                if number % HOT_ONE_IN == 0 {
                    let hot = visitor.get("/launch/hot").await.unwrap();
                    asked += 1;
                    found += u64::from(hot.cache() == "HIT");
                }
            }
            (asked, found)
        });
    }
    let each = asking.join_all().await;
    each.iter()
        .fold((0, 0), |(asked, found), (a, f)| (asked + a, found + f))
}

async fn many_queries(page: &str) {
    let site = Site::with(&format!("capacity_mib = {CAPACITY_MIB}"), RULED).await;
    assert_eq!(site.get("/launch/hot").await.status, 200);
    let (all, fifth) = (queries(), queries() / 5);
    let (mut asked, mut found) = flood(&site, page, 0..fifth).await;
    let before = resident_bytes(site.server.pid());
    for part in 1..5 {
        let (more, there) = flood(&site, page, part * fifth..(part + 1) * fifth).await;
        (asked, found) = (asked + more, found + there);
        let bytes = site.metric("gantry_pages_bytes").await;
        assert!(bytes > 0.0 && bytes <= PAGES_BYTES_MAX, "{bytes} bytes of pages");
    }
    let grown = resident_bytes(site.server.pid()).saturating_sub(before);
    let ratio = found as f64 / asked as f64;
    let counted = site.metric("gantry_visits_total").await;
    println!(
        "{page}: {all} queries, hot page there {found} of {asked}, memory + {} KiB, {} requests to the origin",
        grown >> 10,
        site.origin.requests()
    );
    assert!(grown <= GROWTH_MAX, "memory grew by {grown} bytes");
    assert!(ratio >= 0.99, "the hot page's hit ratio is {ratio}");
    let wanted = (1 + all / VISITORS / 5 * VISITORS * 5 + asked) as f64;
    assert!((counted - wanted).abs() < 0.5, "{counted} visits of {wanted}");
    if page.starts_with("/launch") {
        assert_eq!(site.origin.requests(), 2, "a page and the hot one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_queries_on_a_page_with_a_rule_is_one_page_and_all_of_it_is_counted() {
    many_queries("/launch/page").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_queries_on_pages_that_may_be_kept_stays_within_the_memory_for_pages() {
    many_queries("/sized/2000").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_under_a_thousand_campaign_links_is_one_page_and_every_campaign_is_counted() {
    const LINKS: u64 = 1_000;
    let mut chance = Chance::new();
    let site = Site::ruled().await;
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    let mut visitor = site.visitor().await;
    for _ in 0..LINKS {
        let campaign = format!("campaign-{}", chance.below(7));
        let mut parameters = vec![
            format!("utm_campaign={campaign}"),
            format!("utm_source=source-{}", chance.below(5)),
            format!("utm_medium=m{}", chance.below(1_000_000)),
            format!("utm_content=c{}", chance.below(1_000_000)),
            format!("utm_term=t{}", chance.below(1_000_000)),
            format!("utm_id={}", chance.below(1_000_000)),
        ];
        // A permutation, of which the end may be missing.
        for at in (1..parameters.len()).rev() {
            let other = usize::try_from(chance.below(at as u64 + 1)).unwrap();
            parameters.swap(at, other);
        }
        let keep = 1 + usize::try_from(chance.below(6)).unwrap();
        parameters.truncate(keep);
        if !parameters
            .iter()
            .any(|parameter| parameter.starts_with("utm_campaign="))
        {
            parameters.push(format!("utm_campaign={campaign}"));
        }
        *wanted.entry(campaign).or_default() += 1;
        let page = visitor
            .get(&format!("/launch/linked?{}", parameters.join("&")))
            .await
            .unwrap();
        assert!(page.has("answer 1 of /launch/linked"), "{page:?}");
    }
    assert_eq!(site.origin.asked_for("/launch/linked"), 1);
    assert_eq!(
        site.origin.last("/launch/linked").unwrap().target,
        "/launch/linked"
    );
    assert!(site.origin.told("utm_").is_empty());
    let rows = site.until_funnel("campaign", |rows| visits(rows) == LINKS).await;
    let found: BTreeMap<String, u64> = rows.into_iter().map(|row| (row.key, row.visits)).collect();
    assert_eq!(found, wanted);
}
