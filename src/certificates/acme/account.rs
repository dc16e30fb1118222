//! The account by which an authority knows us: made once, kept, and told whom the authority may write to.

use anyhow::Context;
use instant_acme::{Account, AccountCredentials, NewAccount};
use serde::{Deserialize, Serialize};

use super::keeper::Keeper;
use super::order::OrderError;
use crate::store::Fault;

/// How long until an authority that could not be told whom it may write to is told again, in milliseconds.
const AGAIN_MS: i64 = 6 * 60 * 60 * 1_000;

/// An account as it is kept, as JSON.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    credentials: AccountCredentials,
    /// Whom the authority may write to, as it was told.
    contact: Option<String>,
}

fn refused(error: impl std::fmt::Display) -> OrderError {
    OrderError::Refused(error.to_string())
}

impl Keeper {
    /// The account at the authority: the one that is kept, or a new one, which is kept before it is used.
    pub(super) async fn account(&mut self) -> Result<Account, OrderError> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        let builder = Account::builder_with_http(Box::new(self.wire.clone()));
        let account = match self.kept().await.map_err(refused)? {
            Some(kept) => builder.from_credentials(kept.credentials).await?,
            None => {
                let contact = self.contact();
                let contacts: Vec<&str> = contact.as_deref().into_iter().collect();
                let wanted = NewAccount {
                    contact: &contacts,
                    terms_of_service_agreed: true,
                    only_return_existing: false,
                };
                let authority = self.authority().to_owned();
                let (account, credentials) = builder.create(&wanted, authority, None).await?;
                self.keep(Kept { credentials, contact }).await?;
                account
            }
        };
        self.account = Some(account.clone());
        Ok(account)
    }

    /// Tells the authority whom it may write to, where it was told of somebody else (RFC 8555 §7.3.2). One that cannot be told
    /// signs all the same.
    pub(super) async fn introduce(&mut self) -> anyhow::Result<()> {
        let now = self.parts.clock.now();
        if self.introduction.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.introduction = None;
        let Some(kept) = self.kept().await.context("the account")? else {
            // It is made with whom to write to.
            return Ok(());
        };
        if kept.contact == self.contact() {
            return Ok(());
        }
        let shutdown = self.parts.shutdown.clone();
        let told = tokio::select! {
            told = self.tell(kept) => told,
            () = shutdown.draining() => return Ok(()),
        };
        match told {
            Ok(()) => tracing::info!("the authority was told whom it may write to"),
            // It is made anew with the next order.
            Err(OrderError::Unknown) => self.forget().await?,
            Err(error) => {
                self.introduction = Some(now.plus(AGAIN_MS));
                tracing::warn!(%error, "the authority could not be told whom it may write to");
            }
        }
        Ok(())
    }

    async fn tell(&mut self, kept: Kept) -> Result<(), OrderError> {
        let contact = self.contact();
        let contacts: Vec<&str> = contact.as_deref().into_iter().collect();
        self.account().await?.update_contacts(&contacts).await?;
        self.keep(Kept { contact, ..kept }).await
    }

    fn contact(&self) -> Option<String> {
        let email = self.parts.acme.email.as_ref();
        email.map(|email| format!("mailto:{email}"))
    }

    async fn kept(&self) -> Result<Option<Kept>, KeptError> {
        let kept = self.parts.store.authority_account(self.authority().to_owned());
        let kept = kept.await?;
        Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose()?)
    }

    /// The authority has forgotten the account, and so do we.
    pub(super) async fn forget(&mut self) -> Result<(), OrderError> {
        self.account = None;
        let store = &self.parts.store;
        let forget = store.keep_authority_account(self.authority().to_owned(), None);
        forget.await.map_err(refused)
    }

    async fn keep(&self, kept: Kept) -> Result<(), OrderError> {
        let kept = serde_json::to_string(&kept).map_err(refused)?;
        let store = &self.parts.store;
        let keep = store.keep_authority_account(self.authority().to_owned(), Some(kept));
        keep.await.map_err(refused)
    }
}

/// Why it is not known what is kept.
#[derive(Debug, thiserror::Error)]
enum KeptError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error("the account that is kept cannot be read: {0}")]
    Read(#[from] serde_json::Error),
}
