//! What keeps certificates fresh that an authority signs.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use instant_acme::Account;

use super::super::{Inner, Trouble};
use super::http::Wire;
use super::order::{OrderError, Signed, order};
use crate::clock::Clock;
use crate::config::Acme;
use crate::model::certificate::{CertificateState, HeldCertificate};
use crate::model::time::Millis;
use crate::outbound::Sender;
use crate::runtime::{Next, Shutdown, Worker};
use crate::store::Store;
use crate::tls::Particulars;

/// The longest sleep: so late a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(600);
/// The longest error that is kept, in characters.
const ERROR_CHARS: usize = 500;

/// What a keeper is made of.
pub(in crate::certificates) struct KeeperParts {
    pub(in crate::certificates) acme: Acme,
    pub(in crate::certificates) sender: Sender,
    pub(in crate::certificates) store: Store,
    pub(in crate::certificates) clock: Clock,
    pub(in crate::certificates) shutdown: Shutdown,
}

/// Orders certificates as they become due, one after the other.
pub(in crate::certificates) struct Keeper {
    inner: Arc<Inner>,
    pub(super) parts: KeeperParts,
    pub(super) wire: Wire,
    pub(super) account: Option<Account>,
    /// Before when the authority is not told whom it may write to; `None`: it knows.
    pub(super) introduction: Option<Millis>,
}

impl Keeper {
    pub(in crate::certificates) fn new(inner: Arc<Inner>, parts: KeeperParts) -> Self {
        Self {
            inner,
            wire: Wire::new(parts.sender.clone(), parts.clock.clone()),
            parts,
            account: None,
            introduction: Some(Millis(i64::MIN)),
        }
    }

    pub(super) fn authority(&self) -> &str {
        self.parts.acme.directory.as_str()
    }

    /// What is known of each name at this authority, in the order of the configuration.
    async fn states(&self) -> anyhow::Result<Vec<CertificateState>> {
        let known = self.parts.store.certificates().await?;
        let state = |name: &String| {
            let known = known.iter().find(|known| known.name == *name);
            let new = || CertificateState::new(name, self.authority());
            known.map_or_else(new, |known| known.clone().at(self.authority()))
        };
        Ok(self.inner.names.iter().map(state).collect())
    }

    /// When the next order for a name is due.
    fn due(&self, state: &CertificateState) -> Millis {
        let shown = self.inner.ring.shown(&state.name);
        state.due(shown.as_deref().map(validity))
    }

    /// Orders a certificate; what comes of it is written down, before and after.
    async fn attempt(&mut self, state: CertificateState) -> anyhow::Result<()> {
        let begun = state.begun(self.parts.clock.now());
        self.parts.store.keep_certificate(begun.clone()).await?;
        let (shutdown, name) = (self.parts.shutdown.clone(), begun.name.clone());
        let _ = self.wire.take_not_before();
        let ordered = tokio::select! {
            ordered = self.order(&name) => ordered,
            // What is broken off here is tried again no sooner than what has failed.
            () = shutdown.draining() => return Ok(()),
        };
        match ordered {
            Ok(signed) => self.obtained(begun, signed).await,
            Err(error) => self.failed(begun, &error.to_string()).await,
        }
    }

    async fn order(&mut self, name: &str) -> Result<Signed, OrderError> {
        let account = self.account().await?;
        match order(&account, name, &self.inner.ring).await {
            Err(OrderError::Unknown) => {}
            ordered => return ordered,
        }
        // An authority may forget; then it is made acquainted once more.
        self.forget().await?;
        let account = self.account().await?;
        order(&account, name, &self.inner.ring).await
    }

    async fn obtained(&self, begun: CertificateState, signed: Signed) -> anyhow::Result<()> {
        let Signed {
            chain,
            key,
            certificate,
        } = signed;
        let name = begun.name.clone();
        let held = HeldCertificate {
            authority: begun.authority.clone(),
            chain,
            key,
            obtained_at: self.parts.clock.now(),
        };
        // Shown only once it is kept: a crash in between would order it again.
        self.parts.store.keep_certificate(begun.obtained(held)).await?;
        self.inner.show(&name, &certificate);
        tracing::info!(
            certificate.name = %name, certificate.expires = %certificate.particulars().not_after,
            "a certificate was obtained"
        );
        Ok(())
    }

    async fn failed(&self, begun: CertificateState, error: &str) -> anyhow::Result<()> {
        let error: String = error
            .chars()
            .filter(|c| !c.is_control())
            .take(ERROR_CHARS)
            .collect();
        let failed = begun.failed(&error, self.wire.take_not_before());
        let again_at = failed.due(None);
        tracing::error!(
            certificate.name = %failed.name, error = %error, order.again_at = %again_at,
            "no certificate was obtained"
        );
        self.parts
            .store
            .keep_certificate(failed)
            .await
            .context("the failure of an order")
    }
}

/// From when until when a certificate holds.
fn validity(particulars: &Particulars) -> (Millis, Millis) {
    (particulars.not_before, particulars.not_after)
}

impl Worker for Keeper {
    fn name(&self) -> Cow<'static, str> {
        "certificates".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        self.introduce().await?;
        let states = self.states().await?;
        let now = self.parts.clock.now();
        for state in &states {
            let trouble = Trouble {
                last_error: state.failing.as_ref().map(|failing| failing.error.clone()),
                next_try: Some(self.due(state).max(now)),
            };
            self.inner.note(&state.name, trouble);
        }
        let first = states.into_iter().min_by_key(|state| self.due(state));
        let Some(first) = first else { return Ok(Next::Wait) };
        let due = self.due(&first);
        if due > now {
            let left = u64::try_from(due.0 - now.0)?;
            return Ok(Next::After(Duration::from_millis(left).min(SLEEP_MAX)));
        }
        self.attempt(first).await?;
        Ok(Next::Again)
    }

    async fn wait(&mut self) {
        self.inner.asked.notified().await;
    }
}
