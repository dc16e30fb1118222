//! Accounts: an access token, shared by all lanes that are configured with the same settings.
//!
//! A token is fetched when there is none or it is about to expire, by one call at a time; who comes meanwhile waits for
//! what comes of it. A refresh token that replaces another is in the data file before anything is done with what came
//! beside it: the one before may be worth nothing any more. The call goes on whoever waits for it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::header::{AUTHORIZATION, HeaderValue};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard, oneshot};
use tokio::time::Instant;

use super::refresh::{self, Granted, Refreshed};
use super::seal::{Key, Opened};
use super::secret;
use crate::config::{OAuth2, Secret};
use crate::delivery::Parts;
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::outbound::{Request, Sender, Transport};
use crate::store::{Fault, Store};

/// How long before its end a token is replaced, at most half of its life: a call is to arrive before it ends.
const MARGIN_MAX: Duration = Duration::from_secs(60);
/// The wait after a refresh that failed, doubled with each that follows, up to a minute.
const WAIT_FIRST_MS: i64 = 1_000;
const WAIT_MAX_MS: i64 = 60_000;

/// The accounts in use; clones share them.
#[derive(Clone, Default)]
pub(in crate::delivery) struct Accounts(Arc<Mutex<Vec<Weak<Account>>>>);

impl Accounts {
    /// The account of these settings, also in use for `name` from now on.
    pub(super) fn of(
        &self,
        settings: &OAuth2,
        transport: &Transport,
        name: &DestinationName,
    ) -> Arc<Account> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|account| account.strong_count() > 0);
        let alike = |account: &Arc<Account>| account.settings == *settings && account.transport == *transport;
        let known = accounts.iter().filter_map(Weak::upgrade).find(alike);
        let account = known.unwrap_or_else(|| {
            let account = Arc::new(Account::new(settings.clone(), transport.clone()));
            accounts.push(Arc::downgrade(&account));
            account
        });
        account.names().insert(name.clone());
        account
    }
}

/// What access tokens are fetched with, and the one in force.
pub(in crate::delivery) struct Account {
    settings: OAuth2,
    transport: Transport,
    /// The destinations that it is, or was, in use for.
    names: Mutex<BTreeSet<DestinationName>>,
    state: Arc<Turns<State>>,
    /// How many refreshes have ended.
    ended: AtomicU64,
    /// The last access token that a receiver did not refuse.
    proven: AtomicU64,
}

/// An access token, as a call bears it.
#[derive(Clone)]
pub(in crate::delivery) struct Access {
    header: HeaderValue,
    number: u64,
}

/// Why there is no access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum NoAccess {
    /// The refresh is refused: why.
    Refused(String),
    /// It failed: why, and until when nothing is to be asked.
    Failed(String, Millis),
}

struct State {
    /// The refresh token, and how often it was replaced; `None`: the file has not been asked.
    refresh: Option<Opened>,
    /// For whom it is in the file.
    kept_for: BTreeSet<DestinationName>,
    access: Option<Held>,
    /// How many access tokens there have been.
    fetched: u64,
    /// The last access token that was refused.
    refused: Option<u64>,
    /// How many refreshes have failed in a row.
    failures: u32,
    last: Option<NoAccess>,
}

struct Held {
    access: Access,
    /// `None`: until it is refused.
    good_until: Option<Instant>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Account {
    fn new(settings: OAuth2, transport: Transport) -> Self {
        let state = State {
            refresh: None,
            kept_for: BTreeSet::new(),
            access: None,
            fetched: 0,
            refused: None,
            failures: 0,
            last: None,
        };
        Self {
            settings,
            transport,
            names: Mutex::default(),
            state: Arc::new(Turns::new(state)),
            ended: AtomicU64::new(0),
            proven: AtomicU64::new(0),
        }
    }

    fn names(&self) -> std::sync::MutexGuard<'_, BTreeSet<DestinationName>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an access token into `request`, fetched by `sender` where there is none that holds.
    ///
    /// # Errors
    /// [`NoAccess`].
    pub(in crate::delivery) async fn authorize(
        self: &Arc<Self>,
        request: &mut Request,
        parts: &Arc<Parts>,
        sender: &Sender,
    ) -> Result<Access, NoAccess> {
        let access = self.access(parts, sender).await?;
        request.headers.insert(AUTHORIZATION, access.header.clone());
        Ok(access)
    }

    async fn access(self: &Arc<Self>, parts: &Arc<Parts>, sender: &Sender) -> Result<Access, NoAccess> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let state = Arc::clone(&self.state).lock_owned().await;
        if let Some(access) = self.in_force(&state) {
            return Ok(access);
        }
        let now = parts.clock.now();
        match &state.last {
            // Who has waited for a call that has ended makes none of its own.
            Some(no) if self.ended.load(Ordering::Acquire) > ended_before => return Err(no.clone()),
            Some(no @ NoAccess::Failed(_, until)) if *until > now => return Err(no.clone()),
            _ => {}
        }
        let (tell, told) = oneshot::channel();
        let call = Arc::clone(self).fetch(state, (Arc::clone(parts), sender.clone()), tell);
        parts.tasks.spawn("token", call);
        told.await.unwrap_or_else(|_| {
            let why = "its refresh was cut off".to_owned();
            Err(NoAccess::Failed(why, now.plus(WAIT_FIRST_MS)))
        })
    }

    /// The token that holds, where its refresh token is in the file for all.
    fn in_force(&self, state: &State) -> Option<Access> {
        let held = state.access.as_ref()?;
        let good = held.good_until.is_none_or(|end| Instant::now() < end);
        (good && self.is_kept(state)).then(|| held.access.clone())
    }

    fn is_kept(&self, state: &State) -> bool {
        let replaced = state.refresh.as_ref().is_some_and(|refresh| refresh.turn > 0);
        !replaced || self.names().is_subset(&state.kept_for)
    }

    /// Refreshes with nobody else under way, and tells whoever waits.
    async fn fetch(
        self: Arc<Self>,
        mut state: OwnedMutexGuard<State>,
        (parts, sender): (Arc<Parts>, Sender),
        tell: oneshot::Sender<Result<Access, NoAccess>>,
    ) {
        let outcome = match self.refreshed(&mut state, &parts, &sender).await {
            Ok(access) => {
                (state.failures, state.last) = (0, None);
                Ok(access)
            }
            Err(Wrong::Refused(why)) => Err(NoAccess::Refused(format!(
                "its token server refuses a refresh: {why}"
            ))),
            Err(Wrong::Failed(why, asked)) => {
                let wait = WAIT_FIRST_MS
                    .saturating_mul(1 << state.failures.min(6))
                    .min(WAIT_MAX_MS);
                state.failures = state.failures.saturating_add(1);
                let until = parts.clock.now().plus(wait);
                let until = asked.map_or(until, |asked| asked.max(until));
                Err(NoAccess::Failed(
                    format!("its token server gives no access token: {why}"),
                    until,
                ))
            }
        };
        state.last = outcome.as_ref().err().cloned();
        self.ended.fetch_add(1, Ordering::AcqRel);
        drop(state);
        // Whoever asked may have gone.
        drop(tell.send(outcome));
    }

    async fn refreshed(&self, state: &mut State, parts: &Parts, sender: &Sender) -> Result<Access, Wrong> {
        let refresh = match state.refresh.take() {
            Some(refresh) => refresh,
            None => self.kept(&parts.store).await?,
        };
        let refresh_token = state.refresh.insert(refresh).token.clone();
        // What could not be written down a moment ago comes first.
        self.keep(state, &parts.store).await?;
        if let Some(access) = self.in_force(state) {
            return Ok(access);
        }
        let request = refresh::request(&self.settings, &refresh_token);
        let asked = Instant::now();
        let answer = sender.send(request).await;
        let granted = match refresh::read(&answer, parts.clock.now()) {
            Refreshed::Granted(granted) => granted,
            Refreshed::Refused(why) => return Err(Wrong::Refused(why)),
            Refreshed::Failed(why, asked) => return Err(Wrong::Failed(why, asked)),
        };
        let access = state.take_in(granted, asked);
        self.keep(state, &parts.store).await?;
        Ok(access)
    }

    /// The refresh token in force: the newest that is kept for one of the destinations, or else the configured one.
    async fn kept(&self, store: &Store) -> Result<Opened, Fault> {
        let names: Vec<DestinationName> = self.names().iter().cloned().collect();
        let mut newest = Opened {
            turn: 0,
            token: self.settings.refresh_token.clone(),
        };
        let key = self.key();
        for (name, sealed) in store.tokens(names).await? {
            match key.open(&name, &sealed) {
                Some(opened) if opened.turn > newest.turn => newest = opened,
                Some(_) => {}
                None => tracing::warn!(
                    destination = %name,
                    "the token that is kept cannot be opened with the configured secrets; the configured one is used"
                ),
            }
        }
        Ok(newest)
    }

    /// Puts a refresh token that is not the configured one into the file, for all who use it.
    async fn keep(&self, state: &mut State, store: &Store) -> Result<(), Wrong> {
        if self.is_kept(state) {
            return Ok(());
        }
        let Some(refresh) = &state.refresh else {
            return Ok(());
        };
        let names = self.names().clone();
        let key = self.key();
        let mut rows = Vec::with_capacity(names.len());
        for name in &names {
            let mut nonce = [0; 12];
            let sealed = getrandom::fill(&mut nonce)
                .ok()
                .and_then(|()| key.seal(name, refresh, nonce).ok())
                .ok_or_else(|| Wrong::Failed("the token cannot be sealed".to_owned(), None))?;
            rows.push((name.clone(), sealed));
        }
        store.keep_tokens(rows).await?;
        state.kept_for = names;
        Ok(())
    }

    fn key(&self) -> Key {
        #[expect(
            clippy::expect_used,
            reason = "a key of 32 bytes can be derived from anything"
        )]
        Key::derive(&self.settings.client_secret, &self.settings.refresh_token).expect("a key")
    }

    /// A receiver has taken the token.
    pub(in crate::delivery) fn accepted(&self, access: &Access) {
        self.proven.fetch_max(access.number, Ordering::AcqRel);
    }

    /// A receiver has refused the token. True: it is worth trying with another. False: the last was refused, too, and
    /// nobody has taken one since.
    pub(in crate::delivery) async fn refused(&self, access: &Access) -> bool {
        let mut state = self.state.lock().await;
        let in_force = state.access.as_ref().map(|held| held.access.number);
        if in_force != Some(access.number) {
            return true;
        }
        let proven = self.proven.load(Ordering::Acquire);
        let again = state.refused.is_none_or(|refused| proven > refused);
        state.refused = Some(access.number);
        state.access = None;
        again
    }
}

enum Wrong {
    Refused(String),
    Failed(String, Option<Millis>),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Failed(format!("the data file: {fault}"), None)
    }
}

impl State {
    /// Takes in what was given in answer to a request of `asked`.
    fn take_in(&mut self, granted: Granted, asked: Instant) -> Access {
        if let (Some(given), Some(before)) = (granted.refresh, self.refresh.as_mut())
            && given != before.token
        {
            *before = Opened {
                turn: before.turn.saturating_add(1),
                token: given,
            };
            self.kept_for.clear();
        }
        self.fetched += 1;
        let access = Access {
            header: bearer(&granted.access),
            number: self.fetched,
        };
        let good_until = granted
            .lifetime
            .and_then(|lifetime| asked.checked_add(lifetime - MARGIN_MAX.min(lifetime / 2)));
        self.access = Some(Held {
            access: access.clone(),
            good_until,
        });
        access
    }
}

/// RFC 6750 §2.1.
fn bearer(token: &Secret) -> HeaderValue {
    secret(&format!("Bearer {}", token.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ClientAuth;

    fn account() -> Account {
        let settings = OAuth2 {
            token_url: "https://tokens.example/".parse().unwrap(),
            client_id: Secret::new("us"),
            client_secret: Secret::new("hunter2"),
            refresh_token: Secret::new("first"),
            scope: None,
            client_auth: ClientAuth::default(),
        };
        Account::new(settings, Transport::default())
    }

    async fn given(account: &Account) -> Access {
        let granted = Granted {
            access: Secret::new("access"),
            lifetime: None,
            refresh: None,
        };
        account.state.lock().await.take_in(granted, Instant::now())
    }

    #[tokio::test]
    async fn a_token_that_was_taken_ends_the_suspicion_of_those_that_follow() {
        let account = account();
        let first = given(&account).await;
        assert!(account.refused(&first).await, "it may only have run out");
        let second = given(&account).await;
        account.accepted(&second);
        // The second runs out without a refusal.
        let third = given(&account).await;
        assert!(account.refused(&third).await, "the last one was good");
        let fourth = given(&account).await;
        assert!(!account.refused(&fourth).await, "two in a row that nobody took");
    }
}
