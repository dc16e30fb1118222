//! Offline: work on a data file that no server has open.

use std::path::Path;

use super::exit::{Code, Failure};
use crate::clock::Clock;
use crate::model::key::{KeySecret, Scope};
use crate::store::{Fault, KeyCreated, MAX_KEYS, Options, Store};

/// The name of the key that is the admin token.
pub(super) const ADMIN: &str = "admin";

/// What becomes of a data file that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IfMissing {
    /// It is made.
    Make,
    /// It is an error.
    Refuse,
}

/// Opens the data file, lets `work` have it, and closes it whatever came of that.
pub(super) fn with_store<T>(
    data: &Path,
    if_missing: IfMissing,
    work: impl AsyncFnOnce(&Store) -> Result<T, Fault>,
) -> Result<T, Failure> {
    let options = Options {
        create: if_missing == IfMissing::Make,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::io("cannot start", &e))?;
    let store = Store::open(data, &options, Clock::System)?;
    let worked = runtime.block_on(async {
        let worked = work(&store).await;
        store.close().await.and(worked)
    });
    Ok(worked?)
}

/// Puts an admin token into the data file in the place of the one there is: the given one, or a new one.
pub(super) fn replace_admin(
    data: &Path,
    chosen: Option<KeySecret>,
    if_missing: IfMissing,
) -> Result<KeySecret, Failure> {
    let secret = match chosen {
        Some(secret) => secret,
        None => new_secret()?,
    };
    let hash = secret.hash();
    let created = with_store(data, if_missing, async |store| {
        store.replace_key(ADMIN.to_owned(), Scope::Admin, hash).await
    })?;
    match created {
        KeyCreated::New => Ok(secret),
        KeyCreated::NameTaken | KeyCreated::TooMany => {
            let data = data.display();
            let why = format_args!("{data} holds {MAX_KEYS} keys, as many as it may: revoke one first");
            Err(Failure::new(Code::No, why))
        }
    }
}

fn new_secret() -> Result<KeySecret, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Failure::new(Code::Io, format_args!("the system has no random numbers: {e}")))?;
    Ok(KeySecret::from_random(bytes))
}
