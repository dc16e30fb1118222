//! Between a receiver's answer and its settlement: the call is made again, under the same id, and is charged.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::time::sleep;

use crate::asking::{deliveries, post, settled, start};
use crate::process::{Chance, Server, size};
use crate::witness::Witness;
use crate::{assert_clean_offline, configure};

/// Calls under way at once.
const CONCURRENCY: usize = 3;
/// Events of one life.
const EVENTS: u64 = 6;
/// A settlement has mostly ended so long after its answer.
const SETTLED_WITHIN_US: u64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_and_not_settled_is_sent_again_under_its_id_and_charged() {
    let mut chance = Chance::new();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("gantry.redb");
    let crm = Witness::start(Duration::ZERO).await;
    configure(&data, crm.at, &format!("concurrency = {CONCURRENCY}"));
    let mut server = start(&data);
    let kills = size(40, 1_000);
    let mut unsettled = BTreeSet::new();
    for life in 0..kills {
        let keys: Vec<String> = (0..EVENTS).map(|number| format!("{life}-{number}")).collect();
        let struck = keys[usize::try_from(chance.below(EVENTS)).unwrap()].clone();
        crm.then(|_| None);
        post(&server, "LEAD_CAPTURE", &keys).await;
        if life % 2 == 0 {
            // It stands still when the answer comes: it cannot settle.
            answer_while_still(&crm, &server, &struck).await;
            unsettled.insert(struck);
        } else {
            crm.then(|_| Some(200));
            crm.answered(&struck).await;
            sleep(Duration::from_micros(chance.below(SETTLED_WITHIN_US))).await;
        }
        server.kill();
        crm.then(|_| Some(200));
        server = start(&data);
        settled(&server, "crm").await;
    }
    let again = assert_arrived(&server, &crm, &unsettled).await;
    assert_eq!(crm.ids().len() as u64, kills * EVENTS);
    println!(
        "{kills} kills, {} within an answer; {again} calls were made again",
        unsettled.len()
    );
    assert!(
        again as u64 <= kills * CONCURRENCY as u64,
        "{again} calls were made again"
    );
    server.assert_clean().await;
    server.stop();
    assert_clean_offline(&data);
}

/// Answers all, and stops the server for good before one of the answers.
async fn answer_while_still(crm: &Witness, server: &Server, struck: &str) {
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
    let key = struck.to_owned();
    crm.then(move |called| {
        if called == key {
            kill_process(pid, Signal::STOP).unwrap();
            // The signal is only the beginning: the last of its threads has to stand still.
            let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
            waitid(WaitId::Pid(pid), stopped).unwrap();
        }
        Some(200)
    });
    crm.answered(struck).await;
}

/// Every delivery is done and knows of each of its calls, at most two; those that were not settled have two. How many were
/// made again.
async fn assert_arrived(server: &Server, crm: &Witness, unsettled: &BTreeSet<String>) -> usize {
    let (ids, calls) = (crm.ids(), crm.calls());
    let deliveries = deliveries(server, "crm").await;
    assert_eq!(deliveries.len(), ids.len());
    for (key, id) in &ids {
        let delivery = deliveries.iter().find(|delivery| delivery["id"] == id.as_str());
        let delivery = delivery.unwrap_or_else(|| panic!("{key} came as {id}, which nobody knows"));
        let came = calls.iter().filter(|call| call.key == *key).count() as u64;
        let charged = delivery["attempts"].as_u64().unwrap();
        assert_eq!(delivery["status"], "DELIVERED", "{delivery}");
        assert!(came <= charged && charged <= 2, "{came} calls: {delivery}");
        assert!(came == 2 || !unsettled.contains(key), "{came} call: {delivery}");
    }
    calls.len() - ids.len()
}
