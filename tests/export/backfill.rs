//! What the journal holds no more, or held before there was an export, comes from the tables.

use std::time::Duration;

use gantry::config::Retention;

use crate::stage::{Stage, Way, current, events, init, post_all, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_the_export_goes_too() {
    let stage = Stage::start(Way::Direct).await;
    let quiet = stage.quiet().start().await;
    quiet.open_poll("best").await;
    quiet.vote("best", "a", ("u1", "k1")).await;
    post_all(&quiet, &events(0..300)).await;
    let appliance = stage.appliance().directory(quiet.stop().await).start().await;
    init(&appliance).await;
    post_all(&appliance, &events(300..320)).await;
    stage.assert_same(&appliance).await;

    // Where nothing is exported, nothing is remembered of it; and then all of it goes again.
    let quiet = stage.quiet().directory(appliance.stop().await).start().await;
    assert_eq!(crate::stage::status(&quiet).await["state"], "off");
    post_all(&quiet, &events(320..330)).await;
    let appliance = stage.appliance().directory(quiet.stop().await).start().await;
    stage.assert_same(&appliance).await;
    appliance.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_the_journal_before_it_went_comes_from_the_tables() {
    let mut stage = Stage::start(Way::Direct).await;
    let brief = Retention {
        journal: Some(Duration::from_millis(1)),
        ..Retention::default()
    };
    let appliance = stage.appliance().retention(brief).start().await;
    init(&appliance).await;
    post_all(&appliance, &events(0..10)).await;
    current(&appliance).await;
    stage.server.end();
    post_all(&appliance, &events(10..60)).await;
    appliance.open_poll("best").await;
    appliance.vote("best", "b", ("u1", "k1")).await;
    until(&appliance, |status| status["state"] == "failing").await;
    let journal = || async {
        let rows = appliance.store.rows().await.unwrap();
        rows.iter().find(|(name, _)| *name == "journal").unwrap().1
    };
    while journal().await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stage.server.start_again().await;
    stage.assert_same(&appliance).await;
}
