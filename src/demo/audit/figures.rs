//! The launch in figures, for whoever reads the end of it.

use std::sync::atomic::Ordering::Relaxed;

use crate::demo::Cast;
use crate::demo::meter::whole;
use crate::demo::reading::{Reading, to_float};
use crate::demo::screen::Screen;
use crate::demo::text::{grouped, millis};

/// What the audit came to.
pub(super) struct Outcome {
    /// Votes by somebody else than our voters.
    pub(super) visitors: u64,
    /// Checks that do not hold.
    pub(super) failed: u32,
}

/// Writes down what the launch came to.
pub(super) fn write(screen: &Screen, cast: Cast<'_>, last: &Reading, Outcome { visitors, failed }: Outcome) {
    let style = screen.style();
    let voters = cast.voters;
    let votes = voters.answers().acknowledged.load(Relaxed);
    let seconds = last.elapsed.as_secs_f64();
    let mean = whole(to_float(votes) / seconds.max(0.001));
    let peak = whole(last.peak).max(mean);
    let times = voters.times().snapshot();
    let [p50, p99] = [50, 99].map(|percent| millis(times.percentile(percent)));
    let of_visitors = match visitors {
        0 => String::new(),
        1 => ", and 1 from the page".to_owned(),
        more => format!(", and {} from the page", grouped(more)),
    };
    screen.say("");
    screen.say(&format!(
        "  {} in {seconds:.1} s{of_visitors}",
        style.strong(&format!("{} votes", grouped(votes)))
    ));
    screen.say(&format!(
        "  {} a second on average, {} in the busiest",
        grouped(mean),
        grouped(peak)
    ));
    screen.say(&format!("  half answered within {p50}, 99 of 100 within {p99},"));
    screen.say("  each with fsync before it; voters and server shared this machine");
    let diary = cast.visitors.diary();
    screen.say(&format!(
        "  {}, {} signed up; the site behind was asked {} times and down for a part of it",
        style.strong(&format!("{} visits", grouped(diary.visits()))),
        grouped(diary.signups.load(Relaxed)),
        grouped(cast.origin.requests()),
    ));
    let calls = cast.receiver.counts();
    let [taken, again, limited, failures] =
        [&calls.taken, &calls.again, &calls.limited, &calls.failed].map(|n| grouped(n.load(Relaxed)));
    screen.say(&format!(
        "  {} in, {} out",
        style.strong(&format!("{} events", grouped(cast.sources.book().acknowledged()))),
        style.strong(&format!("{taken} deliveries")),
    ));
    screen.say(&format!(
        "  {limited} calls were limited and {failures} failed, so that {again} were made again"
    ));
    screen.say("");
    screen.say(&format!(
        "  {}",
        match failed {
            0 => style.good("Nothing acknowledged was lost, nothing was counted twice."),
            1 => style.bad("One check failed."),
            more => style.bad(&format!("{more} checks failed.")),
        }
    ));
}
