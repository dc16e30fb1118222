//! Orders that fail, and certificates that are renewed, over simulated days.

use crate::kept::{DAY, Kept, MINUTE, NAME, trusting_anew};
use crate::pebble::Pebble;

#[tokio::test]
async fn a_certificate_is_renewed_when_a_third_of_its_time_is_left_and_not_before() {
    let (pebble, directory) = (Pebble::start().await, tempfile::tempdir().expect("a directory"));
    let mut kept = Kept::new(&pebble, directory.path()).await;
    let wait = kept.work().await;
    assert!((60 * 1_440 - 60..=60 * 1_440).contains(&wait), "{wait} minutes");
    let first = kept.shown().await;
    assert_eq!(pebble.orders(), 1);
    let expires = kept.standing().expires_at.expect("a certificate");
    assert_eq!((expires.0 - kept.now().0 + DAY / 2) / DAY, 90);

    kept.forward(59 * DAY);
    kept.work().await;
    // A restart asks for nothing that is there, and shows it at once.
    let mut kept = kept.restart(&pebble).await;
    assert_eq!(kept.shown().await, first);
    kept.work().await;
    assert_eq!(pebble.orders(), 1);

    kept.forward(DAY + 1);
    kept.work().await;
    assert_eq!(pebble.orders(), 2);
    assert_ne!(kept.shown().await, first);
    assert_eq!(kept.standing().last_error, None);
}

#[tokio::test]
async fn a_failing_order_does_not_repeat_within_a_quarter_of_an_hour_across_restarts() {
    let (pebble, directory) = (Pebble::start().await, tempfile::tempdir().expect("a directory"));
    let mut kept = Kept::new(&pebble, directory.path()).await;
    pebble.looks_at(None);
    assert_eq!(kept.work().await, 15);
    let error = kept.standing().last_error.expect("an error");
    assert!(error.contains("127.0.0.1"), "as the authority has it: {error}");
    for _ in 0..4 {
        kept = kept.restart(&pebble).await;
        pebble.looks_at(None);
        // Four of these are a quarter of an hour, but for four seconds.
        kept.forward(15 * MINUTE / 4 - 1_000);
        kept.work().await;
        assert_eq!(
            (pebble.orders(), kept.standing().last_error.as_ref()),
            (1, Some(&error))
        );
    }
    kept.forward(4_000);
    assert_eq!(kept.work().await, 30);
    assert_eq!(pebble.orders(), 2);
    kept.forward(30 * MINUTE);
    assert_eq!((kept.work().await, pebble.orders()), (60, 3));
    kept.client
        .handshake(NAME, b"h2")
        .await
        .expect_err("there is no certificate");

    // It is mended, and served when its time has come.
    pebble.looks_at(kept.client.to);
    kept.forward(60 * MINUTE);
    kept.work().await;
    assert_eq!((pebble.orders(), kept.standing().last_error), (4, None));
    kept.shown().await;
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_asked_as_rarely() {
    let (mut pebble, directory) = (Pebble::start().await, tempfile::tempdir().expect("a directory"));
    let mut kept = Kept::new(&pebble, directory.path()).await;
    kept.work().await;
    let first = kept.shown().await;
    kept.forward(61 * DAY);
    pebble.stop();
    assert_eq!(kept.work().await, 15);
    assert!(kept.standing().last_error.is_some());
    assert_eq!(kept.shown().await, first, "it goes on being served");

    // It comes back, and knows nobody: the account is made anew.
    pebble.restart().await;
    kept.forward(15 * MINUTE);
    kept.work().await;
    assert_eq!(kept.standing().last_error, None);
    trusting_anew(&mut kept, &pebble).await;
    assert_ne!(kept.shown().await, first);
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_told_later_whom_it_may_write_to() {
    let (mut pebble, directory) = (Pebble::start().await, tempfile::tempdir().expect("a directory"));
    let mut kept = Kept::new(&pebble, directory.path()).await;
    kept.work().await;
    let mut kept = kept.restart(&pebble).await;
    kept.work().await;
    assert_eq!(pebble.introductions(), 0, "it knows since the account was made");

    // One that is not there is told later, and everything else goes on.
    let mut kept = kept.restart_as(&pebble, "you@shop.example").await;
    pebble.stop();
    kept.work().await;
    pebble.restart().await;
    kept.work().await;
    assert_eq!(pebble.introductions(), 0, "not at once");
    kept.forward(7 * 60 * MINUTE);
    kept.work().await;
    assert_eq!(pebble.introductions(), 1);

    // It knows nobody any more: the account is made anew with the next order, and nobody is introduced again.
    kept.forward(61 * DAY);
    kept.work().await;
    assert_eq!((pebble.orders(), kept.standing().last_error.clone()), (2, None));
    let mut kept = kept.restart(&pebble).await;
    kept.work().await;
    assert_eq!(pebble.introductions(), 1);
}

#[tokio::test]
async fn another_address_of_mail_and_none_at_all_are_told_to_the_authority_once_each() {
    let (pebble, directory) = (Pebble::start().await, tempfile::tempdir().expect("a directory"));
    let mut kept = Kept::new(&pebble, directory.path()).await;
    kept.work().await;
    for (times, email) in [(1, "you@shop.example"), (2, "")] {
        kept = kept.restart_as(&pebble, email).await;
        kept.work().await;
        assert_eq!(pebble.introductions(), times, "{email}");
        kept = kept.restart(&pebble).await;
        kept.work().await;
        assert_eq!(pebble.introductions(), times, "{email} is known");
    }
    // The account is the same, and signs.
    kept.forward(61 * DAY);
    kept.work().await;
    assert_eq!((pebble.orders(), kept.standing().last_error), (2, None));
}

#[tokio::test]
async fn a_nonce_that_the_authority_refuses_is_followed_by_the_one_it_gives() {
    // Each certificate takes some eleven requests; of five certificates' one in five is refused.
    let (pebble, directory) = (
        Pebble::refusing(20).await,
        tempfile::tempdir().expect("a directory"),
    );
    let mut kept = Kept::new(&pebble, directory.path()).await;
    let mut first_tries = 0;
    for _ in 0..5 {
        // Three refusals of one request in a row are a failure, which the next try mends.
        for attempt in 0..6 {
            kept.work().await;
            if kept.standing().last_error.is_none() {
                first_tries += usize::from(attempt == 0);
                break;
            }
            kept.forward(DAY / 4);
        }
        assert_eq!(kept.standing().last_error, None);
        kept.shown().await;
        kept.forward(61 * DAY);
    }
    assert!(first_tries > 0, "no certificate came without a failure");
}
