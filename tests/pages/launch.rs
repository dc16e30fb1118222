//! A launch of 12,400 visitors and 1,624 conversions: every figure is what a reckoning apart from the code comes to, to the cent; and
//! a kill in the midst of it costs no conversion, and of visits at most one window of five seconds.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gantry::clock::Clock;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::client::{BROWSER, Visitor};
use crate::site::{RULED, Row, Site, visits};

const VISITORS: u64 = 12_400;
const CONVERSIONS: u64 = 1_624;
/// In ten-thousandths: what a conversion is worth, and what the launch cost.
const LTV: i128 = 480_000;
const COST: i128 = 12_160_000;
/// The rate at which visitors convert anyway, in millionths.
const BASELINE: i128 = 42_000;
/// How many visitors come in a second: over several windows, so that none has more visitors than are told apart in it.
const A_SECOND: u64 = 900;
/// On how many connections they come.
const CONNECTIONS: u64 = 32;
/// What is spent on each campaign, in ten-thousandths; together it is [`COST`].
const CAMPAIGNS: [(&str, i128); 5] = [
    ("hunt", 5_000_000),
    ("newsletter", 3_160_001),
    ("friends", 999_999),
    ("search", 2_500_000),
    ("banner", 500_000),
];
/// How long a window is, and how long after its end it may still be on its way to the disk.
const WINDOW: Duration = Duration::from_secs(5);
const ON_ITS_WAY: Duration = Duration::from_secs(1);

const CONFIG: &str = r#"
[server]
trusted_proxies = ["loopback"]
[funnel]
currency = "USD"
ltv = "48.00"
baseline_rate = 0.042
goals = [{ name = "signup" }]
"#;

/// Exactly [`CONVERSIONS`] of [`VISITORS`] convert, evenly among them.
fn converts(visitor: u64) -> bool {
    visitor * CONVERSIONS % VISITORS < CONVERSIONS
}

fn campaign(visitor: u64) -> &'static str {
    // Campaigns differ in size: the first has about half of all.
    let at = (visitor.wrapping_mul(2_654_435_761) >> 7).trailing_zeros().min(4);
    CAMPAIGNS[usize::try_from(at).unwrap()].0
}

fn address(visitor: u64) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(visitor).unwrap())
}

/// What the launch must come to, reckoned here.
#[derive(Default)]
struct Sum {
    visits: u64,
    conversions: u64,
}

fn expected() -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for visitor in 0..VISITORS {
        let sum = sums.entry(campaign(visitor).to_owned()).or_default();
        sum.visits += 1;
        sum.conversions += u64::from(converts(visitor));
    }
    sums
}

/// When each visit was answered, in milliseconds from the beginning and at least 1; 0: it was not.
struct Seen(Vec<AtomicU64>);

/// Lets everybody come, at their pace. Who has a conversion to tell tells it until it is acknowledged, wherever the appliance then is.
async fn everybody(at: watch::Receiver<SocketAddr>, begun: Instant) -> Arc<Seen> {
    let seen = Arc::new(Seen((0..VISITORS).map(|_| AtomicU64::new(0)).collect()));
    let mut coming = JoinSet::new();
    for first in 0..CONNECTIONS {
        let (seen, at) = (Arc::clone(&seen), at.clone());
        coming.spawn(async move {
            for visitor in (first..VISITORS).step_by(usize::try_from(CONNECTIONS).unwrap()) {
                sleep_until(begun + Duration::from_micros(visitor * 1_000_000 / A_SECOND)).await;
                let to = *at.borrow();
                if visit(to, visitor).await.is_some() {
                    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap();
                    seen.0[usize::try_from(visitor).unwrap()].store(ms.max(1), Ordering::Relaxed);
                }
                while converts(visitor) {
                    let to = *at.borrow();
                    if convert(to, visitor).await.is_some() {
                        break;
                    }
                    sleep(Duration::from_millis(50)).await;
                }
            }
        });
    }
    coming.join_all().await;
    seen
}

async fn visit(at: SocketAddr, visitor: u64) -> Option<()> {
    let path = format!(
        "/launch/page?utm_campaign={}&utm_source=s{}&n={visitor}",
        campaign(visitor),
        visitor % 3
    );
    let mut connection = Visitor::open(at).await.ok()?;
    let page = connection
        .get_with(&path, &format!("X-Forwarded-For: {}\r\n", address(visitor)))
        .await
        .ok()?;
    assert_eq!(page.status, 200, "{page:?}");
    Some(())
}

async fn convert(at: SocketAddr, visitor: u64) -> Option<()> {
    let body = format!(r#"{{"goal":"signup","idempotencyKey":"conversion-{visitor}"}}"#);
    let request = format!(
        "POST /api/convert HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: {BROWSER}\r\nX-Forwarded-For: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        address(visitor),
        body.len()
    );
    let mut connection = Visitor::open(at).await.ok()?;
    let answer = connection.ask(request.as_bytes()).await.ok()?;
    assert_eq!(answer.status, 202, "{answer:?}");
    Some(())
}

async fn spend(site: &Site) {
    let today = Clock::System.now().to_string();
    let day = today.split('T').next().unwrap();
    let entry = |(campaign, amount): (&str, i128)| json!({ "day": day, "campaign": campaign, "amount": written(amount), "idempotencyKey": format!("paid-{campaign}") });
    let entries: Vec<Value> = CAMPAIGNS.into_iter().map(entry).collect();
    assert_eq!(CAMPAIGNS.iter().map(|(_, amount)| amount).sum::<i128>(), COST);
    // Twice: an import that is repeated adds nothing.
    for _ in 0..2 {
        site.admin("POST /api/spend", &Value::from(entries.clone()).to_string())
            .await;
    }
}

fn written(amount: i128) -> String {
    format!("{}.{:04}", amount / 10_000, amount % 10_000)
}

/// A decimal text in ten-thousandths.
fn read(text: &Value) -> i128 {
    let text = text.as_str().unwrap_or_else(|| panic!("{text} is an amount"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let part: i128 = format!("{part:0<4}").parse().unwrap();
    whole.parse::<i128>().unwrap() * 10_000 + sign * part
}

/// A quotient, to the nearest; a half to the even neighbour. Both are above nothing.
fn divided(over: i128, under: i128) -> i128 {
    let (whole, rest) = (over.div_euclid(under), over.rem_euclid(under));
    match (rest * 2).cmp(&under) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole % 2,
    }
}

/// Compares what was reckoned of so many visits and conversions, at a cost.
fn assert_figures(figures: &Value, visits: u64, conversions: u64, cost: i128) {
    assert_eq!(figures["visits"].as_u64(), Some(visits), "{figures}");
    assert_eq!(figures["conversions"].as_u64(), Some(conversions), "{figures}");
    assert_eq!(read(&figures["cost"]), cost, "{figures}");
    assert_eq!(figures["estimated"], false, "{figures}");
    let (visits, conversions) = (i128::from(visits), i128::from(conversions));
    assert_eq!(read(&figures["cac"]), divided(cost, conversions), "{figures}");
    let lift = divided((conversions * 1_000_000 - visits * BASELINE) * LTV, 1_000_000);
    assert_eq!(read(&figures["lift"]), lift, "{figures}");
}

async fn roi(site: &Site) -> Value {
    site.admin("GET /api/roi?from=2000-01-01", "").await
}

async fn counted(site: &Site) -> Vec<Row> {
    site.until_funnel("campaign", |rows| {
        rows.iter().map(|row| row.conversions).sum::<u64>() == CONVERSIONS && visits(rows) > 0
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_launch_is_reckoned_as_it_is_apart_from_the_code() {
    let site = Site::with("", &format!("{RULED}{CONFIG}")).await;
    spend(&site).await;
    let (_public, at) = watch::channel(site.server.public);
    let seen = everybody(at, Instant::now()).await;
    assert!(
        seen.0.iter().all(|ms| ms.load(Ordering::Relaxed) > 0),
        "everybody saw the page"
    );

    let expected = expected();
    let rows = site
        .until_funnel("campaign", |rows| {
            visits(rows) == VISITORS && rows.iter().map(|row| row.conversions).sum::<u64>() == CONVERSIONS
        })
        .await;
    assert_eq!(rows.len(), CAMPAIGNS.len(), "{rows:#?}");
    for row in &rows {
        let sum = &expected[&row.key];
        assert_eq!(
            (row.visits, row.conversions),
            (sum.visits, sum.conversions),
            "{row:?}"
        );
    }
    let roi = roi(&site).await;
    assert_figures(&roi["total"], VISITORS, CONVERSIONS, COST);
    assert_eq!(read(&roi["total"]["lift"]), 529_536_000);
    let net = roi["total"]["netRoi"].as_f64().unwrap();
    assert_eq!((net * 100.0).round(), 4_255.0, "{net}");
    for (campaign, cost) in CAMPAIGNS {
        let by = roi["byCampaign"].as_array().unwrap();
        let figures = by.iter().find(|figures| figures["key"] == campaign).unwrap();
        let sum = &expected[campaign];
        assert_figures(figures, sum.visits, sum.conversions, cost);
    }
    assert_eq!(site.origin.asked_for("/launch/page"), 1);
    site.server.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_midst_of_a_launch_costs_no_conversion_and_at_most_a_window_of_visits() {
    let site = Site::with("", &format!("{RULED}{CONFIG}")).await;
    spend(&site).await;
    let (public, at) = watch::channel(site.server.public);
    let begun = Instant::now();
    let mut launch = JoinSet::new();
    launch.spawn(everybody(at, begun));
    sleep_until(begun + Duration::from_secs(VISITORS / A_SECOND / 2)).await;
    let killed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let site = site.kill_and_start();
    public.send(site.server.public).unwrap();
    let seen = launch.join_next().await.unwrap().unwrap();

    counted(&site).await;
    // Whatever is still in memory is written when its window is over.
    sleep(WINDOW + ON_ITS_WAY).await;
    let rows = counted(&site).await;
    let times: Vec<u64> = seen
        .0
        .iter()
        .map(|ms| ms.load(Ordering::Relaxed))
        .filter(|ms| *ms > 0)
        .collect();
    let answered = times.len() as u64;
    let at_risk = WINDOW + ON_ITS_WAY;
    let from = killed_ms.saturating_sub(u64::try_from(at_risk.as_millis()).unwrap());
    // Answers that were on their way when it was killed were counted and not seen.
    let risked = times
        .iter()
        .filter(|ms| (from..=killed_ms + 50).contains(ms))
        .count() as u64;
    let found = visits(&rows);
    println!("{answered} visits answered, {found} counted, {risked} in the window of the kill");
    assert!(
        found + risked >= answered,
        "{found} of {answered}, {risked} at risk"
    );
    assert!(found <= answered + CONNECTIONS, "{found} of {answered}");
    let roi = roi(&site).await;
    assert_figures(&roi["total"], found, CONVERSIONS, COST);
    site.server.assert_clean().await;
}
