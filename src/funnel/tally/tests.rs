use std::time::Instant;

use super::*;
use crate::model::funnel::ReachedBy;

const START: Millis = Millis(1_796_112_000_000);

fn said<'a>(path: &'a str, query: &'a str) -> Said<'a> {
    Said {
        host: "shop.example",
        path,
        query: Some(query),
        referrer: None,
        variant: None,
    }
}

fn visitor(hash: u128) -> Visitor {
    Visitor { day: START, hash }
}

fn count(tally: &Tally, at: Millis, visitor: Option<Visitor>, said: Said<'_>) -> Vec<Reached> {
    tally.count(&Visit { at, visitor, said })
}

fn labels(window: &Window, dimension: usize) -> Vec<(String, u64)> {
    let labels = window.labels[dimension].iter();
    labels.map(|(label, count)| (label.to_string(), *count)).collect()
}

#[test]
fn visits_are_gathered_by_window_and_label_whoever_counts_them() {
    let tally = Tally::default();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for n in 0..100_u32 {
                    let query = format!("utm_source={}&n={n}", if n % 4 == 0 { "a" } else { "b" });
                    count(&tally, START, Some(visitor(n.into())), said("/", &query));
                }
                tally.count_apart(&Passed {
                    at: START,
                    reason: Apart::Bot,
                    agent: b"curl/8",
                    path: "/",
                });
                count(&tally, START.plus(5_000), None, said("/late", ""));
            });
        }
    });
    assert_eq!(tally.take(START.plus(4_999)), None, "its window is not over");
    let window = tally.take(START.plus(5_000)).unwrap();
    assert_eq!((window.at, window.visits), (START, 400));
    assert_eq!(labels(&window, 0), [("a".to_owned(), 100), ("b".to_owned(), 300)]);
    assert_eq!(labels(&window, 3), [("/".to_owned(), 400)]);
    assert_eq!(window.apart, [(Apart::Bot, 4)]);
    assert_eq!(window.touches.len(), 100);
    assert_eq!(
        tally.take(START.plus(60_000)),
        Some(window),
        "until it is said to be written"
    );
    tally.gone();
    assert_eq!(tally.take(START.plus(60_000)).unwrap().visits, 4);
    tally.gone();
    assert_eq!(tally.take(Millis(i64::MAX)), None);
}

#[test]
fn touches_are_found_until_their_window_is_written() {
    let tally = Tally::default();
    let source = |touches: &Touches| touches.last.origin.source.to_string();
    count(&tally, START, Some(visitor(1)), said("/", "ref=a"));
    count(&tally, START.plus(1), Some(visitor(1)), said("/", "ref=b"));
    count(&tally, START.plus(2), Some(visitor(1)), said("/", ""));
    count(&tally, START, None, said("/", "ref=c"));
    assert_eq!(source(&tally.touches(visitor(1)).unwrap()), "b");
    let window = tally.take(START.plus(5_000)).unwrap();
    assert_eq!(window.touches.len(), 1, "nobody is remembered who would not be");
    count(&tally, START.plus(6_000), Some(visitor(1)), said("/", "ref=d"));
    let both = tally.touches(visitor(1)).unwrap();
    assert_eq!(
        (both.first.origin.source.as_str(), source(&both)),
        ("a", "d".to_owned())
    );
    tally.gone();
    assert_eq!(
        tally.touches(visitor(1)).unwrap().first.origin.source.as_str(),
        "d"
    );
    assert_eq!(tally.touches(visitor(2)), None);
}

#[test]
fn a_goal_is_reached_by_its_path_and_told_of_once_for_each_visitor() {
    let tally = Tally::default();
    let goal = Goal {
        name: GoalName::parse("signup").unwrap(),
        reached_by: ReachedBy::Path("/thanks".to_owned()),
    };
    assert!(count(&tally, START, Some(visitor(1)), said("/thanks", "")).is_empty());
    tally.put_goals(vec![goal]);
    count(&tally, START, Some(visitor(1)), said("/", "ref=a"));
    let reached = count(&tally, START, Some(visitor(1)), said("/thanks", ""));
    assert_eq!(reached[0].touches.last.origin.source.as_str(), "a");
    assert!(count(&tally, START, Some(visitor(1)), said("/thanks/", "")).is_empty());
    assert_eq!(
        count(&tally, START, Some(visitor(2)), said("/thanks/", "")).len(),
        1
    );
    assert_eq!(count(&tally, START, None, said("/thanks", "")).len(), 1);
}

#[test]
fn a_million_queries_paths_and_agents_are_counted_in_bounded_memory() {
    let tally = Tally::default();
    let many = 200_000_u32;
    count(&tally, START, None, said("/hot", "utm_source=before"));
    for n in 0..many {
        let path = format!("/{n}");
        let query = format!("utm_source=s{n}&utm_campaign=c{n}&x={n}");
        tally.agent(format!("Mozilla/5.0 {n}").as_bytes());
        count(&tally, START, Some(visitor(n.into())), said(&path, &query));
    }
    count(&tally, START, None, said("/hot", "utm_source=before"));
    let shard = locked(tally.shard());
    assert!(shard.agents.len() <= AGENTS_REMEMBERED && shard.requests.len() <= REQUESTS_REMEMBERED);
    drop(shard);
    let window = tally.take(START.plus(5_000)).unwrap();
    assert_eq!(window.visits, u64::from(many) + 2);
    assert_eq!(window.touches.len(), TOUCHES_MOST);
    for (dimension, labels) in window.labels.iter().enumerate() {
        assert!(
            labels.len() <= LABELS_GATHERED + 1,
            "dimension {dimension}: {}",
            labels.len()
        );
        let all: u64 = labels.iter().map(|(_, count)| count).sum();
        assert_eq!(all, window.visits);
    }
    assert!(labels(&window, 0).contains(&("before".to_owned(), 2)));
    tally.gone();

    // What today tells apart is told apart, however many come before it.
    let known = Label::named("known").unwrap();
    tally.put_known([vec![known], Vec::new(), Vec::new(), Vec::new(), Vec::new()]);
    for n in 0..1_000 {
        count(&tally, START, None, said("/", &format!("utm_source=s{n}")));
    }
    count(&tally, START, None, said("/", "utm_source=known"));
    let window = tally.take(START.plus(5_000)).unwrap();
    assert!(labels(&window, 0).contains(&("known".to_owned(), 1)));
}

#[test]
fn windows_that_cannot_be_written_are_few_and_lose_nothing() {
    let tally = Tally::default();
    for n in 0..100 {
        count(&tally, START.plus(n * 5_000), None, said("/", ""));
    }
    let mut windows = 0;
    let mut visits = 0;
    while let Some(window) = tally.take(Millis(i64::MAX)) {
        windows += 1;
        visits += window.visits;
        tally.gone();
    }
    assert_eq!((windows, visits), (WINDOWS_WAITING, 100));
}

#[test]
fn how_long_it_takes_to_count_a_visit_that_came_before() {
    let tally = Tally::default();
    let rounds = 100_000_u32;
    let begun = Instant::now();
    for n in 0..rounds {
        tally.agent(b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        count(
            &tally,
            START,
            Some(visitor((n % 100).into())),
            said("/launch", "utm_source=ph"),
        );
    }
    let each = begun.elapsed() / rounds;
    println!("{each:?} a visit, without optimisation");
    // A guard against work that grows, not a measurement.
    assert!(each.as_micros() < 100, "{each:?}");
}
