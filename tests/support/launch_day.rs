//! A launch's day, as the data file remembers it: for what is shown to people.

use gantry::model::funnel::{Dimension, Goals, Label, Window};
use gantry::model::time::Millis;
use gantry::store::Store;
use serde_json::json;

use crate::conversions::signup;
use crate::support::Appliance;

const HOUR_MS: i64 = 3_600_000;

/// A day of a launch: visits that rise and fall, spend, polls, pages from the cache.
pub(crate) async fn fill(appliance: &Appliance) {
    let store = &appliance.store;
    store.know_goals(Goals::default()).await.expect("known");
    let now = store.now();
    for hour in 0..30_i64 {
        let at = now.plus(-HOUR_MS * hour);
        let visits = u64::try_from(40 + (29 - hour) * hour * 4).expect("a count");
        window(store, at, visits).await;
        let minute = u64::try_from(at.0 / 60_000).expect("a minute");
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let (all, hits) = (visits as f64 * 3.0, visits as f64 * 2.9);
        store
            .record_series(minute, vec![(8, all), (9, hits.floor())], 100_000)
            .await
            .expect("recorded");
    }
    for (number, source) in ["producthunt", "newsletter", "google", "google"]
        .into_iter()
        .enumerate()
    {
        for _ in 0..=(number * 9) {
            store
                .convert(signup((source, "launch-2026"), now))
                .await
                .expect("counted");
        }
    }
    while store.record_window(None).await.expect("folded").more {}
    let day = |days: i64| now.plus(-24 * HOUR_MS * days).to_string()[..10].to_owned();
    let entry = |days: i64, source: &str, amount: &str| json!({ "day": day(days), "source": source, "campaign": "launch-2026", "amount": amount });
    let spent = [
        entry(3, "google", "120.00"),
        entry(1, "google", "310.50"),
        entry(0, "newsletter", "80.00"),
    ];
    let answer = appliance.admin.post("/api/spend", &json!(spent)).await;
    assert_eq!(answer.json()["recorded"], 3, "{}", answer.text());
    let options = [
        ("dark-mode", "Dark mode"),
        (
            "offline",
            "Works offline, with a reason that takes a while to read",
        ),
    ];
    let options = options.map(|(id, label)| json!({ "id": id, "label": label }));
    appliance
        .create_poll(json!({ "pollId": "first", "question": "What should ship first?", "options": options }))
        .await;
    for user in 0..9 {
        let option = if user < 6 { "offline" } else { "dark-mode" };
        appliance.vote("first", option, (&format!("u{user}"), "k")).await;
    }
}

async fn window(store: &Store, at: Millis, visits: u64) {
    let label = |text: &str| Label::named(text).expect("a label");
    let hostile = "<img src=x onerror=alert(1)>";
    let sources = [
        ("producthunt", visits / 2),
        ("newsletter", visits / 4),
        ("google", visits / 5),
        (hostile, 1),
    ];
    let counted: u64 = sources.iter().map(|(_, count)| count).sum();
    let labels = Dimension::OF_VISITS.map(|dimension| match dimension {
        Dimension::Source => sources.map(|(source, count)| (label(source), count)).to_vec(),
        Dimension::Campaign => vec![(label("launch-2026"), counted)],
        _ => vec![(Label::none(), counted)],
    });
    let window = Window {
        at,
        visits: counted,
        labels,
        ..Window::default()
    };
    store.record_window(Some(window)).await.expect("recorded");
}
