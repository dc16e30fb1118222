//! The worker that tells of what was refused, once its minute is over and nobody knocks any more.

use std::borrow::Cow;
use std::time::Duration;

use super::Audit;
use crate::runtime::{Next, Worker};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);

/// Keeps the counts of minutes that are over.
pub struct Teller(Audit);

impl Teller {
    pub(super) const fn new(audit: Audit) -> Self {
        Self(audit)
    }
}

impl Worker for Teller {
    fn name(&self) -> Cow<'static, str> {
        "audit".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let told = self.0.refusals().over(self.0.parts.clock.now());
        for act in told {
            self.0.parts.store.keep_act(act).await?;
        }
        Ok(Next::After(EVERY))
    }
}
