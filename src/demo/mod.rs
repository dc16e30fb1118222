//! Demo: a whole launch on this machine, with nothing else installed.
//!
//! It starts the appliance on a temporary file, opens a poll, and lets a few hundred voters and a few watchers loose on
//! it over real loopback connections. A terminal shows what happens; a browser may join in. At the end the voters' own
//! records are held against the file: the audit says whether anything acknowledged was lost or counted twice.
//!
//! Voters and watchers know the appliance only through HTTP, and the audit knows nothing the voters did not write down
//! before. The temporary directory is gone afterwards, however the launch ends.

mod launch;
mod site;
mod stage;

mod connection;
mod ledger;
mod meter;
mod voters;
mod watchers;

mod reading;
mod screen;
mod text;
mod view;

mod audit;

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::runtime::Tasks;
use reading::Gauge;
use screen::Screen;
use stage::Stage;
use voters::Voters;
use watchers::Watchers;

/// How often the terminal is drawn anew.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// How long voters have to finish the vote they are at.
const VOTERS_WAIT: Duration = Duration::from_secs(15);

const HINT: &str = "Ctrl-C ends the launch and audits it.";

/// How to run the demonstration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// For how many seconds people vote; `None`: until interrupted.
    pub seconds: Option<u64>,
}

/// Runs a launch, then audits it. Whether nothing acknowledged was lost or counted twice.
///
/// # Errors
/// What kept the launch or its audit from running to the end.
pub async fn run(settings: Settings) -> anyhow::Result<bool> {
    let mut interrupts = Interrupts::listen().context("cannot listen for signals")?;
    let mut screen = Screen::new();
    let stage = Stage::set().await?;

    let tasks = Tasks::new();
    let stop = CancellationToken::new();
    let watchers = Watchers::start(&tasks, stage.public(), &stop);
    let voters = Voters::start(stage.public(), watchers.probes());

    let mut gauge = Gauge::new(&stage, &voters, &watchers, settings.seconds);
    show(&stage, &mut gauge, &mut screen, &mut interrupts).await?;

    let last = gauge.read();
    screen.draw(&last, "");
    let closing = async {
        voters.stop();
        timeout(VOTERS_WAIT, voters.finished())
            .await
            .context("the voters did not finish")?;
        let ended = audit::Ended {
            stage,
            voters: &voters,
            watchers: &watchers,
            last: &last,
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
    let mut draw = interval(DRAW_EVERY);
    draw.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut next_line = Instant::now() + Duration::from_secs(1);
    screen.open(&gauge.read());
    loop {
        tokio::select! {
            _ = draw.tick() => {
                let reading = gauge.read();
                if screen.is_live() {
                    screen.draw(&reading, HINT);
                } else if Instant::now() >= next_line {
                    next_line += Duration::from_secs(1);
                    screen.line(&reading);
                }
            }
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
