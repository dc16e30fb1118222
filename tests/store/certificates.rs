//! Certificates on disk: each with its key, and what failed with how often.

use gantry::model::certificate::{CertificateState, Failing, HeldCertificate};
use gantry::store::Store;
use redb::TableDefinition;

use super::ground::START;
use super::planted::Plant;

const CERTIFICATES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("certificates");
const ACCOUNTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("authority_accounts");
const NAME: &str = "shop.example";
const AUTHORITY: &str = "https://authority.example/directory";

/// One that is held while its renewal fails, and the account it was signed for.
pub(crate) async fn hold(store: &Store) {
    let held = HeldCertificate {
        authority: AUTHORITY.into(),
        chain: "a chain".into(),
        key: "a key".into(),
        obtained_at: START,
    };
    let failing = Failing {
        orders: 1,
        again_at: START.plus(1),
        error: "nobody answers".into(),
    };
    let state = CertificateState {
        held: Some(held),
        failing: Some(failing),
        ..CertificateState::new(NAME, AUTHORITY)
    };
    store.keep_certificate(state.clone()).await.unwrap();
    assert_eq!(store.certificates().await.unwrap(), [state]);
    let account = Some("credentials".to_owned());
    store
        .keep_authority_account(AUTHORITY.into(), account.clone())
        .await
        .unwrap();
    assert_eq!(store.authority_account(AUTHORITY.into()).await.unwrap(), account);
}

pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("a certificate without its key", "certificates", |txn| {
        let row = [&[0xf0, 1][..], b"\x02ca", &[1], b"\x01x", b"\x01c", &[0, 10, 0]].concat();
        txn.open_table(CERTIFICATES)
            .unwrap()
            .insert(NAME, row.as_slice())
            .unwrap();
    }),
    ("a certificate that failed no time", "certificates", |txn| {
        let row = [&[0xf0, 1][..], b"\x02ca", &[0, 1, 0, 14], b"\x01e"].concat();
        txn.open_table(CERTIFICATES)
            .unwrap()
            .insert(NAME, row.as_slice())
            .unwrap();
    }),
    ("an account that proves nothing", "certificates", |txn| {
        let row = [0xf1, 1, 0];
        txn.open_table(ACCOUNTS)
            .unwrap()
            .insert(AUTHORITY, row.as_slice())
            .unwrap();
    }),
];
