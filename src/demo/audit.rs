//! The audit: what sources and receiver wrote down against the appliance while it runs, and the voters' and visitors' own records
//! against the file, after the appliance has stopped and the file is opened again.

mod arrivals;
mod count;
mod events;
mod figures;
mod front;
mod roll;

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use self::count::Count;
use self::figures::Outcome;
use super::Cast;
use super::launch::{self, POLL};
use super::ledger::{self, Entry, Fate, Place};
use super::reading::Reading;
use super::screen::Screen;
use super::stage::Stage;
use super::text::grouped;
use super::voters::Voters;
use super::watchers::{Seen, Watchers};
use crate::clock::Clock;
use crate::model::delivery::Backlog;
use crate::model::event::DeliveryStatus;
use crate::model::ids::{IdempotencyKey, OptionId, PollId, UserId};
use crate::model::page::{MAX_LIMIT, PageRequest};
use crate::model::poll::{Ballot, Vote, VoteFilter};
use crate::store::{Options, Standing, Store};

/// How long the watchers have to see the final count.
const WATCHERS_WAIT: Duration = Duration::from_secs(5);
/// How many acknowledged votes are sent again, and how many at once.
const SAMPLE: usize = 1_000;
const AT_ONCE: usize = 100;
/// The column where figures end.
const WIDTH: usize = 78;

/// A launch whose voters and sources have finished.
pub(super) struct Ended<'a> {
    pub(super) stage: Stage,
    pub(super) cast: Cast<'a>,
    /// What was read at its end.
    pub(super) last: &'a Reading,
    /// How long deliveries took after that; `None` where some still wait.
    pub(super) delivered_in: Option<Duration>,
}

/// Audits a launch. Whether every check holds.
pub(super) async fn hold(ended: Ended<'_>, screen: &mut Screen) -> anyhow::Result<bool> {
    let Ended {
        stage,
        cast,
        last,
        delivered_in,
    } = ended;
    let voters = cast.voters;
    let mut checks = Checks { screen, failed: 0 };
    checks.title("Audit");
    checks.answers(voters);
    checks.seen(cast.visitors.diary());
    checks.watchers(&stage, cast.watchers).await;
    checks.events(&stage, cast, delivered_in).await?;

    let store = stage.store().clone();
    let backlog = store.backlog().await?;
    let directory = stage.close().await?;
    let before = Before {
        standing: store.standing(POLL).context("the poll is gone")?,
        backlog,
    };
    drop(store);
    cast.receiver.close().await;
    cast.origin.close().await;
    let path = directory.data();
    let opening = move || {
        let options = Options {
            create: false,
            ..Options::default()
        };
        Store::open(&path, &options, Clock::System)
    };
    let store = tokio::task::spawn_blocking(opening)
        .await?
        .context("the file cannot be opened again")?;
    let visitors = checks.file(&store, &before, voters.ledger().pages()).await?;
    checks.funnel(&store, cast.visitors.diary()).await?;
    store.close().await?;
    let failed = checks.failed;
    figures::write(checks.screen, cast, last, Outcome { visitors, failed });
    Ok(failed == 0)
}

/// What the appliance knew when it stopped.
struct Before {
    standing: Standing,
    backlog: Vec<Backlog>,
}

/// Writes each check down as it is made.
struct Checks<'a> {
    screen: &'a mut Screen,
    failed: u32,
}

impl Checks<'_> {
    fn title(&self, title: &str) {
        self.screen.say("");
        self.screen
            .say(&format!("  {}", self.screen.style().strong(title)));
    }

    fn check(&mut self, name: &str, figure: &str, holds: bool) {
        let style = self.screen.style();
        let mark = if holds {
            style.good("✓")
        } else {
            style.bad("✗")
        };
        self.failed += u32::from(!holds);
        let gap = WIDTH
            .saturating_sub(4 + name.chars().count() + figure.chars().count())
            .max(2);
        self.screen
            .say(&format!("  {mark} {name}{}{figure}", " ".repeat(gap)));
    }

    /// What voters were told while they voted.
    fn answers(&mut self, voters: &Voters) {
        let answers = voters.answers();
        let [replayed, refused, wrong] =
            [&answers.replayed, &answers.refused, &answers.wrong].map(|n| n.load(Relaxed));
        let figure = match wrong {
            0 => format!("{} and {}", grouped(replayed), grouped(refused)),
            wrong => format!("{} wrong answers", grouped(wrong)),
        };
        self.check(
            "repeats were told so, and second votes refused",
            &figure,
            wrong == 0,
        );
    }

    /// What watchers saw in the end, while the appliance still runs.
    async fn watchers(&mut self, stage: &Stage, watchers: &Watchers) {
        let deadline = Instant::now() + WATCHERS_WAIT;
        let agreeing = loop {
            let newest = stage.store().standing(POLL);
            let agrees = |seen: &Seen| {
                newest
                    .as_ref()
                    .is_some_and(|s| (seen.version, seen.total) == (s.tally.version, s.tally.total()))
            };
            let seen = watchers.seen();
            let agreeing = seen.iter().filter(|seen| agrees(seen)).count();
            if agreeing == seen.len() || Instant::now() >= deadline {
                break (agreeing, seen.len());
            }
            sleep(Duration::from_millis(20)).await;
        };
        let (agreeing, all) = agreeing;
        self.check(
            "every watcher ended on the final count",
            &format!("{agreeing} of {all}"),
            agreeing == all,
        );
        self.check(
            "no watcher saw the count go back",
            &format!("{} frames", grouped(watchers.frames())),
            watchers.backwards() == 0,
        );
    }

    /// What the file holds, now that it has been opened again. How many votes were cast by somebody else.
    async fn file(&mut self, store: &Store, before: &Before, pages: Vec<Vec<Entry>>) -> anyhow::Result<u64> {
        let after = store.standing(POLL).context("the poll is gone from the file")?;
        self.check(
            "results are the same after stopping and reopening the file",
            &format!("{} votes", grouped(after.tally.total())),
            after.tally.counts == before.standing.tally.counts,
        );
        let backlog = store.backlog().await?;
        let delivered = backlog.iter().map(|to| to.of(DeliveryStatus::Delivered)).sum();
        self.check(
            "and so is what became of deliveries",
            &format!("{} delivered", grouped(delivered)),
            backlog == before.backlog,
        );

        let acknowledged = acknowledged(&pages);
        let mut count = Count::new(pages, after.tally.counts.len());
        let mut page = PageRequest {
            limit: MAX_LIMIT,
            after: None,
        };
        loop {
            let votes = store
                .votes(&after.poll, VoteFilter::default(), page.clone())
                .await?;
            votes.items.iter().for_each(|vote| count.see(vote));
            match votes.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        let found = count.found();
        let all = grouped(found.acknowledged);
        let of_all = |wrong: u64| format!("{} of {all}", grouped(found.acknowledged.saturating_sub(wrong)));
        self.check(
            "every acknowledged vote is in the file",
            &of_all(found.lost),
            found.lost == 0,
        );
        self.check(
            "none is in it twice, for another option, or against its answer",
            &grouped(found.twice + found.altered + found.refused),
            found.twice + found.altered + found.refused == 0,
        );
        self.check(
            "each option's count equals its votes",
            &format!("{} options", found.counts.len()),
            found.counts == after.tally.counts,
        );
        if found.unknown > 0 {
            let landed = format!("{} of {}", grouped(found.landed), grouped(found.unknown));
            self.check(
                "of votes without an answer, some count, none twice",
                &landed,
                true,
            );
        }

        let report = store.verify().await?;
        let rows = report.checks.iter().map(|check| check.rows).sum();
        let invariants = report.checks.len();
        self.check(
            "verify finds every invariant kept",
            &format!("{invariants} invariants, {} rows", grouped(rows)),
            report.is_clean(),
        );
        self.again(store, &after, &acknowledged).await?;
        Ok(found.visitors)
    }

    /// Sends acknowledged votes again: none may count anew.
    async fn again(
        &mut self,
        store: &Store,
        after: &Standing,
        places: &[(Place, Entry)],
    ) -> anyhow::Result<()> {
        let size = places.len().min(SAMPLE);
        let sample: Vec<_> = (0..size)
            .filter_map(|n| places.get(n * places.len() / size))
            .collect();
        let mut replayed = 0;
        let all = u64::try_from(sample.len())?;
        for part in sample.chunks(AT_ONCE) {
            let ballots: Vec<Ballot> = part
                .iter()
                .map(|(place, entry)| ballot(*place, *entry))
                .collect::<Result<_, _>>()?;
            let votes = try_join_all(ballots.into_iter().map(|ballot| store.cast_vote(ballot))).await?;
            let known = votes.iter().filter(|vote| matches!(vote, Vote::Replayed { .. }));
            replayed += u64::try_from(known.count())?;
        }
        let unchanged = store
            .standing(POLL)
            .is_some_and(|now| now.tally.counts == after.tally.counts);
        self.check(
            "acknowledged votes sent again are known and change nothing",
            &format!("{} of {}", grouped(replayed), grouped(all)),
            unchanged && replayed == all,
        );
        Ok(())
    }
}

fn acknowledged(pages: &[Vec<Entry>]) -> Vec<(Place, Entry)> {
    let places = pages.iter().enumerate().flat_map(|(voter, page)| {
        page.iter()
            .enumerate()
            .map(move |(user, entry)| ((voter, user), *entry))
    });
    places
        .filter(|(_, entry)| entry.fate == Fate::Acknowledged)
        .collect()
}

fn ballot(place: Place, entry: Entry) -> anyhow::Result<Ballot> {
    Ok(Ballot {
        poll: PollId::parse(POLL)?,
        option: OptionId::parse(launch::option_id(entry.option))?,
        user: UserId::parse(&ledger::user(place))?,
        key: IdempotencyKey::parse(&ledger::key(place))?,
        client_time: None,
        address: None,
    })
}
