//! In the middle of replays: each goes on by itself where it was, and sends what it was asked for and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use crate::asking::{deliveries, destination, is_settled, post, settled, start};
use crate::assert_clean_offline;
use crate::process::{Chance, Server, size};
use crate::witness::Witness;

/// Calls under way at once.
const CONCURRENCY: usize = 8;
/// How long each call takes: a kill always finds some under way.
const CALL: Duration = Duration::from_millis(2);
/// The longest life before a kill: a replay takes several.
const LIFE_MAX_US: u64 = 150_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_a_replay_sends_each_that_it_names_again_and_nothing_else() {
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let (crm, log) = (Witness::start(CALL).await, Witness::start(Duration::ZERO).await);
    configure(&data, &crm, &log);
    let server = start(&data);
    let (leads, news) = (keys("lead", size(2_400, 30_000)), keys("news", 200));
    crm.then(|key| Some(if is_refused(key) { 404 } else { 200 }));
    post(&server, "LEAD_CAPTURE", &leads).await;
    post(&server, "NEWS", &news).await;
    let refused: Vec<String> = leads.iter().filter(|key| is_refused(key)).cloned().collect();
    let dead = settled(&server, "crm").await["dead"].clone();
    assert_eq!(dead, refused.len() + news.len() / 2);
    settled(&server, "log").await;
    let to_log = log.calls().len();
    assert_eq!(to_log, news.len());

    crm.then(|_| Some(200));
    let (server, first) = replay(server, "DEAD", (&data, &crm, &refused), &mut chance).await;
    let (server, second) = replay(server, "DELIVERED", (&data, &crm, &leads), &mut chance).await;
    assert!(first + second > 0, "no kill came in the middle of a replay");
    assert_eq!(log.calls().len(), to_log, "nobody asked for these");
    let crm_now = settled(&server, "crm").await;
    assert_eq!(
        crm_now["dead"],
        news.len() / 2,
        "nobody asked for these: {crm_now}"
    );
    assert_charged(&server, &crm).await;
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
}

/// Everything goes to `crm`, and the news to `log` besides.
fn configure(data: &Path, crm: &Witness, log: &Witness) {
    let destination = |name: &str, to: &Witness| {
        format!(
            r#"
            [[destination]]
            name = "{name}"
            url = "http://{}/hook"
            rate = "10000/s burst 100"
            pace_jitter = 0.0
            concurrency = {CONCURRENCY}
            timeout = "20s"
            breaker = "off"
            "#,
            to.at
        )
    };
    let toml = format!(
        r#"
        [egress]
        allow = ["127.0.0.0/8"]
        {}{}
        [[route]]
        type = "*"
        to = ["crm"]

        [[route]]
        type = "NEWS"
        to = ["log"]
        "#,
        destination("crm", crm),
        destination("log", log)
    );
    std::fs::write(data.with_extension("toml"), toml).unwrap();
}

fn keys(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number}")).collect()
}

/// At first, every other event is.
fn is_refused(key: &str) -> bool {
    key.ends_with(['1', '3', '5', '7', '9'])
}

/// Begins a replay of the leads at `crm` that stand so, and kills until it is done and all of them have arrived; how many
/// kills it outlived while it ran.
async fn replay(
    mut server: Server,
    status: &str,
    (data, crm, expected): (&Path, &Witness, &[String]),
    chance: &mut Chance,
) -> (Server, usize) {
    let (first_ids, before) = (crm.ids(), crm.calls().len());
    let body = format!(
        r#"{{"filter":{{"from":"2020-01-01T00:00:00Z","to":"2100-01-01T00:00:00Z","type":"LEAD_*","destination":"crm",
            "status":"{status}"}}}}"#
    );
    let begun = server.admin("POST /api/replay", &body).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let path = format!("GET /api/replays/{}", begun.json()["id"].as_str().unwrap());
    let (mut kills, mut while_running) = (0, 0);
    let shown = loop {
        sleep(Duration::from_micros(chance.below(LIFE_MAX_US))).await;
        server.kill();
        kills += 1;
        server = start(data);
        let shown = server.admin(&path, "").await.json();
        match shown["status"] == "RUNNING" {
            true => while_running += 1,
            false if is_settled(&destination(&server, "crm").await) => break shown,
            false => {}
        }
    };
    assert_eq!(
        (&shown["status"], &shown["done"]),
        (&"DONE".into(), &expected.len().into()),
        "{shown}"
    );
    assert_eq!(crm.ids(), first_ids, "all came under their first ids");
    let calls = crm.calls().split_off(before);
    let came: BTreeSet<&String> = calls.iter().map(|call| &call.key).collect();
    assert_eq!(came, expected.iter().collect(), "just what it was asked for");
    let again = calls.len() - expected.len();
    println!("{status}: {kills} kills, {while_running} of them while it ran; {again} came again");
    assert!(
        again <= kills * CONCURRENCY,
        "{again} came again after {kills} kills"
    );
    (server, while_running)
}

/// Whatever came is on record as an attempt of its delivery.
async fn assert_charged(server: &Server, crm: &Witness) {
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    for call in crm.calls() {
        *calls.entry(call.delivery).or_default() += 1;
    }
    let deliveries = deliveries(server, "crm").await;
    assert_eq!(deliveries.len(), calls.len());
    for delivery in deliveries {
        let came = calls[delivery["id"].as_str().unwrap()];
        let charged = delivery["attempts"].as_u64().unwrap();
        assert!(came <= charged, "{came} came: {delivery}");
    }
}
