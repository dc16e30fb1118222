//! Warming by a source that is played: what is fetched, when, and what is told of it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use super::*;
use crate::clock::Clock;
use crate::config::{Launch, Origins, PageRule, PageVariant, Site};
use crate::runtime::{Next, Worker};

const START: Millis = Millis(1_800_000_000_000);
const HOUR: i64 = 3_600_000;

/// An origin and a cache in one.
#[derive(Clone)]
struct Played(Arc<Mutex<Stage>>);

struct Stage {
    clock: Clock,
    /// What was fetched, in order.
    asked: Vec<String>,
    /// Until when a page is fresh, by its target.
    fresh_until: HashMap<String, Millis>,
    /// What a target answers; whatever is not here is stored for a minute.
    answers: HashMap<String, Refreshed>,
    documents: HashMap<String, Vec<u8>>,
    seen: Vec<String>,
}

impl Played {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().expect("a stage")
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.stage().asked)
    }
}

fn shown(page: &WarmPage) -> String {
    let cookie = page
        .cookie
        .as_ref()
        .map(|cookie| format!(" {cookie}"))
        .unwrap_or_default();
    format!("{}{}{cookie}", page.authority, page.target)
}

impl Source for Played {
    async fn refresh(&self, page: WarmPage) -> Refreshed {
        let mut stage = self.stage();
        stage.asked.push(shown(&page));
        let came = stage
            .answers
            .get(&page.target)
            .copied()
            .unwrap_or(Refreshed::Stored);
        if came == Refreshed::Stored {
            let until = Millis(stage.clock.now().0 + 60_000);
            stage.fresh_until.insert(page.target, until);
        }
        came
    }

    async fn document(&self, page: WarmPage, _: usize) -> Result<Bytes, &'static str> {
        let mut stage = self.stage();
        stage.asked.push(shown(&page));
        let found = stage.documents.get(&page.target).cloned();
        found.map(Bytes::from).ok_or("is not there")
    }

    fn fresh_for(&self, page: &WarmPage) -> Option<Duration> {
        let stage = self.stage();
        let until = stage.fresh_until.get(&page.target)?;
        let left = u64::try_from(until.0 - stage.clock.now().0).ok()?;
        Some(Duration::from_millis(left))
    }

    fn hosts(&self) -> Vec<String> {
        self.stage().seen.clone()
    }
}

/// A warmer, and what it is made of.
struct Scene {
    warmer: Warmer<Played>,
    source: Played,
    warming: Warming,
    clock: Clock,
    pages: watch::Sender<Arc<Pages>>,
}

impl Scene {
    fn of(pages: Pages, launch: Option<Millis>) -> Self {
        let clock = Clock::simulated(START);
        let source = Played(Arc::new(Mutex::new(Stage {
            clock: clock.clone(),
            asked: Vec::new(),
            fresh_until: HashMap::new(),
            answers: HashMap::new(),
            documents: HashMap::new(),
            seen: Vec::new(),
        })));
        let warming = Warming::default();
        let pages = watch::Sender::new(Arc::new(pages));
        let launch = Launch {
            at: launch,
            ..Launch::default()
        };
        let warmer = Warmer::new(WarmerParts {
            source: source.clone(),
            warming: warming.clone(),
            pages: pages.subscribe(),
            launch: watch::Sender::new(launch).subscribe(),
            clock: clock.clone(),
        });
        Self {
            warmer,
            source,
            warming,
            clock,
            pages,
        }
    }

    /// Works until there is nothing to do now; what comes next.
    async fn rest(&mut self) -> Next {
        loop {
            match self.warmer.work().await.expect("a unit") {
                Next::Again => {}
                next => return next,
            }
        }
    }

    fn passes(&self, ms: i64) {
        let Clock::Simulated(at) = &self.clock else {
            panic!("a clock that is moved");
        };
        at.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }
}

fn rule(path: &str, warm: &[&str]) -> PageRule {
    PageRule {
        path: path.parse().expect("a pattern"),
        ttl: Duration::from_secs(60),
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        downstream_ttl: Duration::ZERO,
        query: Vec::new(),
        variants: Vec::new(),
        warm: warm.iter().map(|path| (*path).to_owned()).collect(),
    }
}

fn site(rules: Vec<PageRule>, hosts: &[&str]) -> Pages {
    Pages {
        site: Some(Site::Origins(Origins {
            any: "http://127.0.0.1:1".parse().ok(),
            ..Origins::default()
        })),
        warm_hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        rules,
        ..Pages::default()
    }
}

fn page(target: &str) -> WarmPage {
    WarmPage {
        authority: "a.example".to_owned(),
        target: target.to_owned(),
        cookie: None,
    }
}

#[tokio::test]
async fn warm_paths_are_fetched_once_at_a_start_for_every_host() {
    let pages = site(
        vec![rule("/launch/*", &["/launch", "/launch/b"])],
        &["a.example", "b.example"],
    );
    let mut scene = Scene::of(pages, None);
    assert_eq!(scene.rest().await, Next::Wait);
    let expected = [
        "a.example/launch",
        "a.example/launch/b",
        "b.example/launch",
        "b.example/launch/b",
    ];
    assert_eq!(scene.source.asked(), expected);
    scene.passes(HOUR);
    assert_eq!(scene.rest().await, Next::Wait);
    assert!(
        scene.source.asked().is_empty(),
        "there is no launch to keep them warm for"
    );
}

#[tokio::test]
async fn every_variant_of_a_page_is_warmed() {
    let mut ruled = rule("/*", &["/"]);
    let variant = |cookie: &str, values: &[&str]| PageVariant {
        cookie: cookie.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    ruled.variants = vec![variant("ab", &["a", "b"]), variant("lang", &["de"])];
    let mut scene = Scene::of(site(vec![ruled], &["a.example"]), None);
    scene.rest().await;
    let mut asked = scene.source.asked();
    asked.sort();
    let expected = [
        "",
        " ab=a",
        " ab=a; lang=de",
        " ab=b",
        " ab=b; lang=de",
        " lang=de",
    ];
    assert_eq!(asked, expected.map(|cookie| format!("a.example/{cookie}")));
}

#[tokio::test]
async fn pages_are_refreshed_before_they_expire_from_before_the_launch_to_six_hours_after_it() {
    let launch = Millis(START.0 + 3 * HOUR);
    let mut scene = Scene::of(site(vec![rule("/", &["/"])], &["a.example"]), Some(launch));
    // Nothing before warm_before, two hours here, but the fetch at the start.
    assert_eq!(scene.rest().await, Next::After(Duration::from_secs(600)));
    assert_eq!(scene.source.asked().len(), 1);
    scene.passes(HOUR - 1);
    scene.rest().await;
    assert!(scene.source.asked().is_empty());
    scene.passes(1);
    assert_eq!(scene.rest().await, Next::After(Duration::from_secs(1)));
    assert_eq!(scene.source.asked().len(), 1, "it expired long ago");
    scene.passes(49_000);
    scene.rest().await;
    assert!(scene.source.asked().is_empty(), "11 s are left");
    scene.passes(1_000);
    scene.rest().await;
    assert_eq!(scene.source.asked().len(), 1, "10 s are left");
    scene.passes(8 * HOUR);
    scene.rest().await;
    assert!(scene.source.asked().is_empty(), "six hours are over");
}

#[tokio::test]
async fn an_origin_that_does_not_answer_is_asked_again_later_and_later() {
    let mut scene = Scene::of(site(vec![rule("/", &["/"])], &["a.example"]), None);
    scene
        .source
        .stage()
        .answers
        .insert("/".to_owned(), Refreshed::Failed);
    let mut asked = 0;
    for _ in 0..600 {
        assert_eq!(scene.rest().await, Next::After(Duration::from_secs(1)));
        asked += scene.source.asked().len();
        scene.passes(1_000);
    }
    // After 0, 2, 6, 14, 30, 62, 126, 254 and 510 s.
    assert_eq!(asked, 9);
    scene.source.stage().answers.clear();
    scene.passes(300_000);
    assert_eq!(scene.rest().await, Next::Wait);
}

#[tokio::test]
async fn an_answer_that_may_not_be_stored_is_not_asked_for_again_at_a_start() {
    let mut scene = Scene::of(site(vec![rule("/", &["/"])], &["a.example"]), None);
    scene
        .source
        .stage()
        .answers
        .insert("/".to_owned(), Refreshed::NotStored(404));
    scene.rest().await;
    scene.passes(HOUR);
    assert_eq!(scene.rest().await, Next::Wait);
    assert_eq!(scene.source.asked().len(), 1);
}

#[tokio::test]
async fn where_nobody_says_for_whom_pages_are_warmed_for_who_comes() {
    let mut scene = Scene::of(site(vec![rule("/", &["/"])], &[]), None);
    assert_eq!(scene.rest().await, Next::After(Duration::from_secs(1)));
    assert!(scene.source.asked().is_empty());
    scene.source.stage().seen = (0..3).map(|n| format!("{n}.example")).collect();
    scene.rest().await;
    assert_eq!(scene.source.asked().len(), 3);
}

#[tokio::test]
async fn a_reload_that_names_more_pages_warms_those() {
    let mut scene = Scene::of(site(vec![rule("/*", &["/a"])], &["a.example"]), None);
    scene.rest().await;
    scene.source.asked();
    scene
        .pages
        .send_replace(Arc::new(site(vec![rule("/*", &["/a", "/b"])], &["a.example"])));
    scene.rest().await;
    assert_eq!(scene.source.asked(), ["a.example/b"]);
}

#[tokio::test]
async fn a_job_tells_what_came_of_each_page_and_pages_are_fetched_once() {
    let mut scene = Scene::of(site(Vec::new(), &[]), None);
    for (target, came) in [("/gone", Refreshed::NotStored(404)), ("/down", Refreshed::Failed)] {
        scene.source.stage().answers.insert(target.to_owned(), came);
    }
    let errands = ["/a", "/b", "/gone", "/a", "/down"].map(|target| Errand::Page(page(target)));
    let begun = scene.warming.begin(errands.into(), START).expect("a job");
    assert_eq!((begun.total, begun.done, begun.ended_at), (4, 0, None));
    assert_eq!(scene.warming.begin(Vec::new(), START), Err(Busy));
    scene.rest().await;
    let job = scene.warming.job().expect("a job");
    assert_eq!((job.done, job.stored, job.not_stored, job.failed), (4, 2, 1, 1));
    assert_eq!(job.ended_at, Some(START));
    let troubles: Vec<&str> = job.troubles.iter().map(|(page, _)| page.as_str()).collect();
    assert_eq!(troubles, ["a.example/gone", "a.example/down"]);
    let next = scene.warming.begin(Vec::new(), START).expect("another");
    assert_eq!((next.id, next.ended_at), (begun.id + 1, Some(START)));
}

#[tokio::test]
async fn a_sitemap_is_gone_through_with_those_it_lists_and_no_deeper() {
    let mut scene = Scene::of(site(Vec::new(), &[]), None);
    let index = "<sitemapindex><sitemap><loc>https://a.example/1.xml</loc></sitemap>\
        <sitemap><loc>https://a.example/deep.xml</loc></sitemap></sitemapindex>";
    let one = "<urlset><url><loc>https://a.example/x?y=z</loc></url><url><loc>/relative</loc></url>\
        <url><loc>https://b.example/</loc></url></urlset>";
    let documents = [("/sitemap.xml", index), ("/1.xml", one), ("/deep.xml", index)];
    scene.source.stage().documents = documents
        .map(|(target, text)| (target.to_owned(), text.as_bytes().to_vec()))
        .into();
    let errands = vec![Errand::Sitemap(page("/sitemap.xml"))];
    scene.warming.begin(errands, START).expect("a job");
    scene.rest().await;
    let mut asked = scene.source.asked();
    asked.sort();
    let expected = [
        "a.example/1.xml",
        "a.example/deep.xml",
        "a.example/sitemap.xml",
        "a.example/x?y=z",
        "b.example/",
    ];
    assert_eq!(asked, expected);
    let job = scene.warming.job().expect("a job");
    assert_eq!((job.total, job.done, job.stored, job.failed), (5, 5, 2, 1));
    assert!(job.troubles[0].1.contains("index within an index"), "{job:?}");
}

#[tokio::test]
async fn a_job_is_bounded() {
    let scene = Scene::of(site(Vec::new(), &[]), None);
    let pages = (0..JOB_PAGES_MOST + 5).map(|n| Errand::Page(page(&format!("/{n}"))));
    let sitemaps = (0..JOB_SITEMAPS_MOST + 3).map(|n| Errand::Sitemap(page(&format!("/{n}.xml"))));
    let job = scene
        .warming
        .begin(sitemaps.chain(pages).collect(), START)
        .expect("a job");
    assert_eq!(job.total + job.left_out, JOB_PAGES_MOST + JOB_SITEMAPS_MOST + 8);
    assert!(job.total <= JOB_PAGES_MOST + JOB_SITEMAPS_MOST);
}
