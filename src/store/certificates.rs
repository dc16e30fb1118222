//! Certificates that authorities signed for us, and the accounts by which they know us. They go into no copy: a key that is in
//! two places is worth half, and another is signed for the asking.

use redb::{ReadTransaction, ReadableTable};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::verbs::certificates::{KeepAccount, KeepCertificate};
use super::verify::Check;
use super::{Store, tables};
use crate::model::certificate::{CertificateState, Failing, HeldCertificate};
use crate::model::time::Millis;

const CERTIFICATE: Tag = Tag {
    kind: 240,
    version: 1,
};
const ACCOUNT: Tag = Tag {
    kind: 241,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct CertificateRecord {
    authority: String,
    held: Option<HeldRecord>,
    failing: Option<FailingRecord>,
}

#[derive(Serialize, Deserialize)]
struct HeldRecord {
    authority: String,
    chain: String,
    key: String,
    obtained_at: i64,
}

#[derive(Serialize, Deserialize)]
struct FailingRecord {
    orders: u32,
    again_at: i64,
    error: String,
}

/// What proves to an authority who we are, as it is kept by whoever speaks to it.
#[derive(Serialize, Deserialize)]
struct AccountRecord {
    credentials: String,
}

pub(super) fn to_row(state: &CertificateState) -> Result<Vec<u8>, Fault> {
    let held = state.held.as_ref().map(|held| HeldRecord {
        authority: held.authority.clone(),
        chain: held.chain.clone(),
        key: held.key.clone(),
        obtained_at: held.obtained_at.0,
    });
    let failing = state.failing.as_ref().map(|failing| FailingRecord {
        orders: failing.orders,
        again_at: failing.again_at.0,
        error: failing.error.clone(),
    });
    let record = CertificateRecord {
        authority: state.authority.clone(),
        held,
        failing,
    };
    codec::encode(CERTIFICATE, &record)
}

fn from_row(name: &str, bytes: &[u8]) -> Result<CertificateState, Fault> {
    let record: CertificateRecord = codec::decode(CERTIFICATE, bytes)?;
    Ok(CertificateState {
        name: name.to_owned(),
        authority: record.authority,
        held: record.held.map(|held| HeldCertificate {
            authority: held.authority,
            chain: held.chain,
            key: held.key,
            obtained_at: Millis(held.obtained_at),
        }),
        failing: record.failing.map(|failing| Failing {
            orders: failing.orders,
            again_at: Millis(failing.again_at),
            error: failing.error,
        }),
    })
}

pub(super) fn account_to_row(credentials: &str) -> Result<Vec<u8>, Fault> {
    let record = AccountRecord {
        credentials: credentials.to_owned(),
    };
    codec::encode(ACCOUNT, &record)
}

fn account_from_row(bytes: &[u8]) -> Result<String, Fault> {
    let record: AccountRecord = codec::decode(ACCOUNT, bytes)?;
    Ok(record.credentials)
}

/// Reads a record of certificates; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    match codec::split(bytes).ok()?.0 {
        CERTIFICATE => Some(from_row("", bytes).map(drop)),
        ACCOUNT => Some(account_from_row(bytes).map(drop)),
        _ => None,
    }
}

/// That what has failed has a number, and every row can be read.
pub(super) fn certificates_fit(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "certificates",
        "every certificate has its key, and what has failed has failed at least once",
    );
    for row in txn.open_table(tables::CERTIFICATES)?.iter()? {
        let (name, bytes) = row?;
        let state = from_row(name.value(), bytes.value())?;
        let has_key = state
            .held
            .is_none_or(|held| !held.chain.is_empty() && !held.key.is_empty());
        let has_failed = state.failing.is_none_or(|failing| failing.orders > 0);
        check.see(has_key && has_failed, || {
            format!("the certificate of {}", name.value())
        });
    }
    for row in txn.open_table(tables::ACCOUNTS)?.iter()? {
        let (authority, bytes) = row?;
        let credentials = account_from_row(bytes.value())?;
        check.see(!credentials.is_empty(), || {
            format!("the account at {}", authority.value())
        });
    }
    Ok(check)
}

impl Store {
    /// What is known of the certificate of every name that there is or was one for, by name.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn certificates(&self) -> Result<Vec<CertificateState>, Fault> {
        self.read(|db| {
            let table = db.begin_read()?.open_table(tables::CERTIFICATES)?;
            let state = |row: Result<_, redb::StorageError>| {
                let (name, bytes): (redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>) = row?;
                from_row(name.value(), bytes.value())
            };
            table.iter()?.map(state).collect()
        })
        .await
    }

    /// Keeps what is known of one name, in the place of what was.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_certificate(&self, state: CertificateState) -> Result<(), Fault> {
        self.rare(KeepCertificate { state }).await
    }

    /// What proves to this authority who we are; `None`: it does not know us.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn authority_account(&self, authority: String) -> Result<Option<String>, Fault> {
        self.read(move |db| {
            let table = db.begin_read()?.open_table(tables::ACCOUNTS)?;
            let row = table.get(authority.as_str())?;
            row.map(|bytes| account_from_row(bytes.value())).transpose()
        })
        .await
    }

    /// Keeps what proves to this authority who we are; `None` forgets it.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_authority_account(
        &self,
        authority: String,
        credentials: Option<String>,
    ) -> Result<(), Fault> {
        let keep = KeepAccount {
            authority,
            credentials,
        };
        self.rare(keep).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::codec::hex;

    #[test]
    fn records_of_certificates_keep_the_bytes_they_had_when_their_version_came() {
        let new = CertificateState::new("a.example", "ca");
        assert_eq!(hex(&to_row(&new).unwrap()), "f0010263610000");
        let held = HeldCertificate {
            authority: "x".into(),
            chain: "c".into(),
            key: "k".into(),
            obtained_at: Millis(5),
        };
        let whole = CertificateState {
            failing: Some(Failing {
                orders: 2,
                again_at: Millis(7),
                error: "e".into(),
            }),
            ..new.obtained(held)
        };
        let row = to_row(&whole).unwrap();
        assert_eq!(hex(&row), "f0010263610101780163016b0a01020e0165");
        assert_eq!(from_row("a.example", &row).unwrap(), whole);
        let account = account_to_row("{}").unwrap();
        assert_eq!(hex(&account), "f101027b7d");
        assert_eq!(account_from_row(&account).unwrap(), "{}");
        assert!(read(&row).unwrap().is_ok() && read(&account).unwrap().is_ok());
    }
}
