//! When keys were used: from memory into the file, by the minute.

use std::borrow::Cow;
use std::time::Duration;

use crate::runtime::{Next, Worker};
use crate::store::{Fault, Store};
use crate::web::auth::KeyUses;

/// How often: what a kill takes away is no more.
const EVERY: Duration = Duration::from_secs(60);

/// Keeps what was noted of keys.
pub struct UsesKeeper {
    store: Store,
    uses: KeyUses,
}

impl UsesKeeper {
    /// One that keeps what is noted in `uses`.
    #[must_use]
    pub const fn new(store: Store, uses: KeyUses) -> Self {
        Self { store, uses }
    }
}

/// Keeps what is noted now. What could not be kept is noted again.
pub(super) async fn keep(store: &Store, noted: &KeyUses) -> Result<(), Fault> {
    let uses = noted.take();
    if uses.is_empty() {
        return Ok(());
    }
    let kept = store.note_key_uses(uses.clone()).await;
    if kept.is_err() {
        uses.into_iter().for_each(|(key, at)| noted.note(key, at));
    }
    kept
}

impl Worker for UsesKeeper {
    fn name(&self) -> Cow<'static, str> {
        "key-uses".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        match keep(&self.store, &self.uses).await {
            Ok(()) => Ok(Next::After(EVERY)),
            Err(fault) if fault.is_passing() => Ok(Next::After(EVERY)),
            Err(fault) => Err(fault.into()),
        }
    }
}
