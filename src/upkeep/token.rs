//! The admin token at the first start.

use crate::model::key::{KeySecret, Scope};
use crate::store::{Fault, Store};

/// The name of the admin token's key.
pub(super) const ADMIN: &str = "admin";

/// Makes the admin token where the file has none: `given`, or a new one, which is returned to be shown once.
///
/// # Errors
/// A fault of the file, or no random numbers to be had.
pub async fn first_token(store: &Store, given: Option<KeySecret>) -> Result<Option<KeySecret>, Fault> {
    let known = store.keys().into_iter().find(|key| key.name == ADMIN);
    match (known, given) {
        (None, Some(secret)) => {
            store
                .replace_key(ADMIN.into(), Scope::Admin, secret.hash())
                .await?;
            Ok(None)
        }
        (None, None) => {
            let secret = new_secret()?;
            store
                .replace_key(ADMIN.into(), Scope::Admin, secret.hash())
                .await?;
            Ok(Some(secret))
        }
        (Some(key), Some(secret)) if key.hash != secret.hash() => {
            tracing::warn!(
                "GANTRY_ADMIN_TOKEN is not this file's admin token and changes nothing; `gantry key reset` makes another"
            );
            Ok(None)
        }
        (Some(_), _) => Ok(None),
    }
}

/// A secret nobody has had before.
pub(super) fn new_secret() -> Result<KeySecret, Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        Fault::Closed
    })?;
    Ok(KeySecret::from_random(bytes))
}
