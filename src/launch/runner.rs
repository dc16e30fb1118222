//! The worker that goes by the plan.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use super::words::{self, Came};
use super::{Launch, acts};
use crate::config;
use crate::model::event::Routed;
use crate::model::launch::kept::{Kept, StepNews, Written};
use crate::model::launch::plan::{self, Ending, Move, Step};
use crate::model::time::Millis;
use crate::notice::Notice;
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// The longest sleep until a step: the wall clock may be set on meanwhile, and looking at it costs nothing.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How long to wait where the store has no room or no time.
const PASSING: Duration = Duration::from_secs(2);

/// Takes the steps of the plan, one after the other, each at its time. It remembers nothing: how steps stand is in the store.
pub struct Runner {
    launch: Launch,
    followed: watch::Receiver<config::Launch>,
}

/// What is kept of the steps of the launch, by step.
type Steps = HashMap<Step, Kept>;

impl Runner {
    pub(super) fn new(launch: &Launch) -> Self {
        Self {
            followed: launch.parts.launch.clone(),
            launch: launch.clone(),
        }
    }

    /// The next thing to happen, if it is time for one.
    async fn look(&mut self) -> Result<Next, Fault> {
        let config = self.followed.borrow_and_update().clone();
        let Some(at) = config.at else {
            return Ok(Next::Wait);
        };
        let parts = &self.launch.parts;
        let steps: Steps = parts.store.launch_steps(at).await?.into_iter().collect();
        let course = |step: Step| steps.get(&step).map(Kept::course);
        let when = (at, parts.clock.now());
        match plan::next(when, course, |step| config.by_hand.contains(&step)) {
            Some(Move::Do(step)) => self.take(&config, (at, step), steps.get(&step)).await?,
            Some(Move::End(_, Ending::Missed)) => {
                let missed = plan::missed(when, course);
                let said = (!plan::is_past(at, when.1)).then(|| words::missed(&missed, when));
                self.end(at, (&missed, Ending::Missed), (&steps, said)).await?;
            }
            Some(Move::End(step, ending)) => {
                let said = words::ended((step, ending), (&config, at), steps.get(&step));
                self.end(at, (&[step], ending), (&steps, said)).await?;
            }
            None => {
                // What is over may be taken back, by whoever said that it is.
                let wakes = plan::wakes(when, course);
                return Ok(self.sleep(wakes.unwrap_or(Millis(i64::MAX))));
            }
        }
        Ok(Next::Again)
    }

    fn sleep(&self, until: Millis) -> Next {
        let ms = until.0.saturating_sub(self.launch.parts.clock.now().0).max(0);
        Next::After(Duration::from_millis(ms.unsigned_abs()).min(SLEEP_MAX))
    }

    /// Takes a step: that it is tried is on disk before anything is done, and how it ended is, with what is said of it, before
    /// anybody is told.
    async fn take(
        &self,
        config: &config::Launch,
        (at, step): (Millis, Step),
        before: Option<&Kept>,
    ) -> Result<(), Fault> {
        let clock = &self.launch.parts.clock;
        let tried = Kept::tried(before, clock.now());
        if self.write(at, vec![(step, tried.clone())], None).await? == Written::Over {
            return Ok(());
        }
        tracing::info!(launch.step = step.as_str(), launch.at = %at, tries = tried.tries, "a step of the plan begins");
        match acts::act(&self.launch, step, (config, at)).await {
            Ok(Came { detail, said }) => {
                tracing::info!(launch.step = step.as_str(), detail, "a step of the plan is done");
                let notice = said.map(|said| words::notice((step, Ending::Done), at, said));
                let text = notice.as_ref().map(|notice| notice.text.clone());
                let (message, detail) = match self.message(notice) {
                    Ok(message) => (message, detail),
                    Err(untold) => {
                        tracing::info!(
                            launch.step = step.as_str(),
                            text,
                            untold,
                            "nobody is told what came of a step"
                        );
                        let detail = format!("{detail}; nobody was told: {untold}, and the log has it");
                        (None, detail)
                    }
                };
                let kept = Kept::ended(Some(&tried), (Ending::Done, &detail), clock.now());
                self.write(at, vec![(step, kept)], message).await?;
            }
            Err(why) => {
                tracing::warn!(
                    launch.step = step.as_str(),
                    tries = tried.tries,
                    why,
                    "a step of the plan failed"
                );
                self.write(at, vec![(step, tried.saying(&why))], None).await?;
            }
        }
        Ok(())
    }

    /// Ends steps without having done them, with one message.
    async fn end(
        &self,
        at: Millis,
        (ended, ending): (&[Step], Ending),
        (steps, said): (&Steps, Option<words::Said>),
    ) -> Result<(), Fault> {
        let now = self.launch.parts.clock.now();
        let kept = |step: &Step| {
            let before = steps.get(step);
            let detail = before.map_or("", |kept| kept.detail.as_str());
            (*step, Kept::ended(before, (ending, detail), now))
        };
        let kept: Vec<(Step, Kept)> = ended.iter().map(kept).collect();
        for (step, kept) in &kept {
            let (name, ending) = (step.as_str(), ending.as_str());
            tracing::warn!(
                launch.step = name,
                launch.ending = ending,
                detail = kept.detail,
                "a step of the plan is over"
            );
        }
        let first = ended.first().copied();
        let notice = first.zip(said);
        let notice = notice.map(|(step, said)| words::notice((step, ending), at, said));
        let message = self.message(notice).unwrap_or_default();
        self.write(at, kept, message).await.map(drop)
    }

    /// The event of a notice; `None` where nothing is to be told, and why nobody can be told where something is.
    fn message(&self, notice: Option<Notice>) -> Result<Option<Routed>, &'static str> {
        let Some(notice) = notice else {
            return Ok(None);
        };
        match self.launch.parts.notices.event(notice) {
            Ok(Some(event)) => Ok(Some(event)),
            Ok(None) => Err("[alerts] to names nobody"),
            Err(error) => {
                tracing::error!(%error, "what came of a step of the plan cannot be told");
                Err("its message could not be made")
            }
        }
    }

    /// Writes down how steps stand, with the event of what is said of that.
    async fn write(
        &self,
        launch: Millis,
        steps: Vec<(Step, Kept)>,
        message: Option<Routed>,
    ) -> Result<Written, Fault> {
        let parts = &self.launch.parts;
        let news = StepNews {
            launch,
            steps,
            message,
        };
        let written = parts.store.write_launch_steps(news).await?;
        if let Written::Kept(Some(recorded)) = &written {
            parts.notices.count(recorded);
        }
        Ok(written)
    }
}

impl Worker for Runner {
    fn name(&self) -> Cow<'static, str> {
        "launch-plan".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        match self.look().await {
            Err(fault) if fault.is_passing() => Ok(Next::After(PASSING)),
            looked => Ok(looked?),
        }
    }

    async fn wait(&mut self) {
        if self.followed.changed().await.is_err() {
            // Nobody changes it any more: the process ends.
            std::future::pending().await
        }
    }
}
