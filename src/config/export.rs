//! `[export.postgres]`: where what Gantry holds is written to for others to read.

use std::path::Path;
use std::time::Duration;

use super::duration::Bounds;
use super::fault::{Fault, Invalid, Place};
use super::secret::{Secret, SecretRef};
use super::sources::Sources;

/// How often it is looked whether something is to go, where nothing is written.
const EVERY: Duration = Duration::from_secs(5);
/// What `every` may be.
pub(super) const EVERY_BOUNDS: Bounds = Bounds {
    least: Duration::from_millis(100),
    most: Duration::from_secs(3_600),
    words: "from 100ms to 1h",
};

/// For how much longer what has not gone is kept, where nothing is written.
const HOLD_BACK: Duration = Duration::from_secs(7 * 86_400);
/// What `hold_back` may be.
pub(super) const HOLD_BACK_BOUNDS: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(90 * 86_400),
    words: "from 0s to 90d",
};

const URL: &str = "export.postgres.url";
const TLS_CA: &str = "export.postgres.tls_ca";

/// What is written to other databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The database; `None`: nothing is exported.
    pub postgres: Option<Postgres>,
    /// How often it is looked whether something is to go.
    pub every: Duration,
    /// For how much longer than `[retention]` says what has not gone is kept.
    pub hold_back: Duration,
}

impl Default for Export {
    fn default() -> Self {
        Self {
            postgres: None,
            every: EVERY,
            hold_back: HOLD_BACK,
        }
    }
}

/// A PostgreSQL database. What its texts say is for those who speak to it to judge.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// Its address, with user and password.
    pub url: Secret,
    /// Certificates, in PEM, of who vouches for it, in the place of the public authorities and the system's.
    pub ca: Option<Secret>,
    url_at: Place,
    ca_at: Place,
}

/// The same texts are the same, wherever they stand.
impl PartialEq for Postgres {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url && self.ca == other.ca
    }
}

impl Eq for Postgres {}

impl Postgres {
    /// The database at `url`, from text that is at hand, as in tests.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            ca: None,
            url_at: Place::Default,
            ca_at: Place::Default,
        }
    }

    /// A fault of the address.
    #[must_use]
    pub fn url_fault(&self, message: impl Into<String>) -> Fault {
        fault(&self.url_at, URL, message)
    }

    /// A fault of the certificates.
    #[must_use]
    pub fn ca_fault(&self, message: impl Into<String>) -> Fault {
        fault(&self.ca_at, TLS_CA, message)
    }
}

/// What was written of it, until the secrets are fetched.
#[derive(Debug, Default)]
pub(super) struct PostgresDraft {
    pub(super) url: Option<(Place, SecretRef)>,
    pub(super) ca: Option<(Place, SecretRef)>,
}

impl PostgresDraft {
    /// Fetches what it names; faults come back.
    pub(super) fn finish(&self, sources: &Sources) -> (Option<Postgres>, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut fetch = |key: &str, written: Option<&(Place, SecretRef)>| {
            let (place, reference) = written?;
            let fetched = reference.resolve(sources);
            let Invalid(why) = match fetched {
                Ok(secret) => return Some((secret, place.clone())),
                Err(why) => why,
            };
            faults.push(fault(place, key, why));
            None
        };
        let ca = fetch(TLS_CA, self.ca.as_ref());
        let url = fetch(URL, self.url.as_ref());
        if let (Some((place, _)), None) = (&self.ca, &self.url) {
            faults.push(fault(place, TLS_CA, "needs url beside it"));
        }
        let postgres = url.map(|(url, url_at)| {
            let (ca, ca_at) = ca.map_or((None, Place::Default), |(ca, at)| (Some(ca), at));
            Postgres {
                url,
                ca,
                url_at,
                ca_at,
            }
        });
        (postgres, faults)
    }
}

/// Reads the path of a file of certificates, or a reference as to a secret.
pub(super) fn certificates(text: &str) -> Result<SecretRef, Invalid> {
    match SecretRef::is_written_as_one(text) {
        true => text.parse(),
        false if text.is_empty() => Err(Invalid("names no file".to_owned())),
        false => Ok(SecretRef::File(Path::new(text).to_owned())),
    }
}

fn fault(place: &Place, key: &str, message: impl Into<String>) -> Fault {
    Fault {
        place: place.clone(),
        key: Some(key.to_owned()),
        message: message.into(),
    }
}
