//! Upgrades while people come.

use crate::crowd::{Crowd, record};
use crate::manager::Manager;
use crate::process::{Connection, Vote, size};

/// Voters and sources at once.
const CROWD: (usize, usize) = (24, 8);
/// How many are answered between two restarts.
const BETWEEN: u64 = 400;

const CONFIG: &str = "[limits]\nvote = \"off\"\npage = \"off\"\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_under_load_refuses_nobody_and_loses_nothing_it_acknowledged() {
    let mut manager = Manager::new(CONFIG);
    manager.start().await;
    let key = manager.furnish().await;
    let crowd = Crowd::gather(manager.public, &key, CROWD);
    for _ in 0..size(5, 100) {
        crowd.answered(BETWEEN).await;
        manager.install();
        manager.stop().await;
        manager.start().await;
    }
    crowd.answered(BETWEEN).await;
    println!("{}", crowd.took);
    let told = crowd.dismiss().await;

    // Nobody was refused, and nobody who had connected was left without an answer.
    assert_eq!(told.unanswered, Vec::<String>::new());
    println!("{} votes, {} events", told.votes.len(), told.events.len());
    let mut connection = Connection::open(manager.public).await.unwrap();
    let counted = connection.get("/api/polls/best").await.unwrap().json();
    assert_eq!(counted["totalVotes"], told.votes.len(), "{counted}");
    for voter in told.votes {
        let again = Vote(voter).cast(&mut connection).await.unwrap();
        assert!(again.status == 202 && again.is_replayed(), "{voter}: {again:?}");
    }
    for (number, id) in told.events {
        let again = record(&mut connection, &key, number).await.unwrap();
        assert_eq!(again, (200, id), "{number}");
    }
    manager.assert_clean().await;
    manager.stop().await;
}
