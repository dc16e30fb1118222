//! What the plan does at each step. Each may be done again: what it leaves behind is as if it had been done once.

mod after;
mod before;

use super::Launch;
use super::words::Came;
use crate::config;
use crate::model::launch::plan::Step;
use crate::model::time::Millis;

/// Does a step of the launch at `at`; what came of it, or in words why nothing did.
pub(super) async fn act(
    launch: &Launch,
    step: Step,
    when: (&config::Launch, Millis),
) -> Result<Came, String> {
    match step {
        Step::PreflightDays | Step::PreflightDay => before::preflight(launch, step, when).await,
        Step::Warm => before::warm(launch).await,
        Step::DeadLetters => after::dead_letters(launch).await,
        Step::Report => after::report(launch, when).await,
        Step::Archive => after::archive(launch, when).await,
    }
}
