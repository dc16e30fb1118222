//! Certificates of ours, and accounts at those who sign them.

use super::Verb;
use crate::model::certificate::CertificateState;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::{certificates, tables};

/// Keep what is known of one name's certificate.
pub(crate) struct KeepCertificate {
    pub(crate) state: CertificateState,
}

impl Verb for KeepCertificate {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let row = certificates::to_row(&self.state)?;
        let mut table = desk.txn.open_table(tables::CERTIFICATES)?;
        table.insert(self.state.name.as_str(), row.as_slice())?;
        drop(table);
        desk.wrote();
        Ok(())
    }
}

/// Keep, or forget, what proves to an authority who we are.
pub(crate) struct KeepAccount {
    pub(crate) authority: String,
    pub(crate) credentials: Option<String>,
}

impl Verb for KeepAccount {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let mut table = desk.txn.open_table(tables::ACCOUNTS)?;
        match &self.credentials {
            Some(credentials) => {
                let row = certificates::account_to_row(credentials)?;
                table.insert(self.authority.as_str(), row.as_slice())?;
            }
            None => drop(table.remove(self.authority.as_str())?),
        }
        drop(table);
        desk.wrote();
        Ok(())
    }
}
