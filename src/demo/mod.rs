//! Demo: a whole launch on this machine, with nothing else installed.
//!
//! It starts the appliance on a temporary file, opens a poll, and lets a few hundred voters and a few watchers loose on
//! it over real loopback connections. Visitors follow links to its page, which is made by a site behind it that is slow and falls over;
//! some of them sign up. Sources send it events with a key, and it delivers them to a receiver that limits, fails and is down for a while. A terminal shows what happens; a browser may join in. At the end, when everything has
//! been delivered, the records of voters, visitors, sources and receiver are held against the appliance and its file: the audit
//! says whether anything acknowledged was lost or counted twice.
//!
//! Voters, watchers, visitors and sources know the appliance only through HTTP, and the audit knows nothing they and the receiver
//! did not write down before. The temporary directory is gone afterwards, however the launch ends.

mod launch;
mod origin;
mod site;
mod stage;

mod connection;
mod ledger;
mod listening;
mod meter;
mod visitors;
mod voters;
mod watchers;

mod book;
mod client;
mod receiver;
mod sources;

mod reading;
mod screen;
mod text;
mod view;

mod audit;

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::model::event::DeliveryStatus;
use crate::runtime::Tasks;
use origin::Origin;
use reading::{Gauge, Reading};
use receiver::Receiver;
use screen::Screen;
use sources::Sources;
use stage::{Around, Stage};
use visitors::Visitors;
use voters::Voters;
use watchers::Watchers;

/// How often the terminal is drawn anew.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// How long voters, visitors and sources have to finish what they are at.
const FINISH_WAIT: Duration = Duration::from_secs(30);
/// How long deliveries have to arrive once nothing happens any more.
const DELIVERY_WAIT: Duration = Duration::from_secs(30);

const HINT: &str = "Ctrl-C ends the launch and audits it.";
const DELIVERING: &str = "Nobody comes any more; what is under way is delivered.";

/// How to run the demonstration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// For how many seconds people vote; `None`: until interrupted.
    pub seconds: Option<u64>,
}

/// Everyone who takes part.
#[derive(Clone, Copy)]
struct Cast<'a> {
    voters: &'a Voters,
    watchers: &'a Watchers,
    visitors: &'a Visitors,
    origin: &'a Origin,
    sources: &'a Sources,
    receiver: &'a Receiver,
}

/// Runs a launch, then audits it. Whether nothing acknowledged was lost or counted twice.
///
/// # Errors
/// What kept the launch or its audit from running to the end.
pub async fn run(settings: Settings) -> anyhow::Result<bool> {
    let mut interrupts = Interrupts::listen().context("cannot listen for signals")?;
    let mut screen = Screen::new();
    let receiver = Receiver::open(settings.seconds)
        .await
        .context("nothing can be received")?;
    let origin = Origin::open(settings.seconds)
        .await
        .context("there is no site to stand in front of")?;
    let around = Around {
        origin: origin.at(),
        receiver: receiver.at(),
    };
    let stage = Stage::set(around).await?;

    let tasks = Tasks::new();
    let stop = CancellationToken::new();
    let watchers = Watchers::start(&tasks, stage.public(), &stop);
    let voters = Voters::start(stage.public(), watchers.probes());
    let visitors = Visitors::start(stage.public());
    let sources = Sources::start(stage.public(), stage.ingest_key(), settings.seconds)?;
    let cast = Cast {
        voters: &voters,
        watchers: &watchers,
        visitors: &visitors,
        origin: &origin,
        sources: &sources,
        receiver: &receiver,
    };

    let mut gauge = Gauge::new(&stage, cast, settings.seconds);
    show(&stage, &mut gauge, &mut screen, &mut interrupts).await?;

    let last = gauge.read();
    let closing = async {
        voters.stop();
        visitors.stop();
        sources.stop();
        timeout(FINISH_WAIT, async {
            tokio::join!(voters.finished(), visitors.finished(), sources.finished())
        })
        .await
        .context("voters, visitors and sources did not finish")?;
        let delivered_in = deliver(&stage, &mut gauge, &last, &mut screen).await?;
        let ended = audit::Ended {
            stage,
            cast,
            last: &last,
            delivered_in,
        };
        audit::hold(ended, &mut screen).await
    };
    let verdict = tokio::select! {
        verdict = closing => verdict,
        () = interrupts.next() => bail!("interrupted before the audit was done"),
    };
    stop.cancel();
    tasks.finished().await;
    verdict
}

/// Draws what happens until the time is up or somebody interrupts.
async fn show(
    stage: &Stage,
    gauge: &mut Gauge<'_>,
    screen: &mut Screen,
    interrupts: &mut Interrupts,
) -> anyhow::Result<()> {
    let mut fault = stage.store().fault();
    let seconds = gauge.planned();
    let mut ends = pin!(async {
        match seconds {
            Some(seconds) => sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    });
    let mut draw = drawing();
    screen.open(&gauge.read());
    loop {
        tokio::select! {
            _ = draw.tick() => screen.follow(&gauge.read(), HINT, view::line),
            () = &mut ends => break,
            () = interrupts.next() => break,
            Ok(fault) = fault.wait_for(Option::is_some) => {
                let fault = fault.clone();
                bail!("the store failed: {}", fault.map_or_else(String::new, |f| f.to_string()));
            }
        }
    }
    Ok(())
}

/// Draws what is still delivered after the launch, as of its `last` reading, until nothing waits. How long that took;
/// `None` where it takes longer than [`DELIVERY_WAIT`].
async fn deliver(
    stage: &Stage,
    gauge: &mut Gauge<'_>,
    last: &Reading,
    screen: &mut Screen,
) -> anyhow::Result<Option<Duration>> {
    const WAITING: [DeliveryStatus; 3] = [
        DeliveryStatus::Pending,
        DeliveryStatus::Leased,
        DeliveryStatus::Retrying,
    ];
    let begun = Instant::now();
    let mut draw = drawing();
    loop {
        draw.tick().await;
        let waiting: u64 = stage
            .store()
            .backlog()
            .await?
            .iter()
            .flat_map(|backlog| WAITING.map(|status| backlog.of(status)))
            .sum();
        let took = begun.elapsed();
        let reading = last.with_deliveries(gauge.read());
        if waiting == 0 || took >= DELIVERY_WAIT {
            screen.draw(&reading, "");
            return Ok((waiting == 0).then_some(took));
        }
        screen.follow(&reading, DELIVERING, view::deliveries);
    }
}

fn drawing() -> Interval {
    let mut draw = interval(DRAW_EVERY);
    draw.set_missed_tick_behavior(MissedTickBehavior::Skip);
    draw
}

/// Everything that asks us to end.
struct Interrupts([Signal; 3]);

impl Interrupts {
    fn listen() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
