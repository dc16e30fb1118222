//! Tokens that receivers gave us, by destination: sealed by their owner, whose key is not in the file.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::handle::Handle;
use super::verbs::tokens::KeepTokens;
use super::{Store, tables};
use crate::model::ids::DestinationName;
use crate::model::token::SealedToken;

const TOKEN: Tag = Tag {
    kind: 153,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct TokenRecord {
    nonce: [u8; 12],
    sealed: Vec<u8>,
}

pub(super) fn to_row(token: &SealedToken) -> Result<Vec<u8>, Fault> {
    let record = TokenRecord {
        nonce: token.nonce,
        sealed: token.sealed.clone(),
    };
    codec::encode(TOKEN, &record)
}

pub(super) fn from_row(bytes: &[u8]) -> Result<SealedToken, Fault> {
    let record: TokenRecord = codec::decode(TOKEN, bytes)?;
    Ok(SealedToken {
        nonce: record.nonce,
        sealed: record.sealed,
    })
}

/// Reads a record of tokens; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == TOKEN).then(|| from_row(bytes).map(drop))
}

impl Store {
    /// Keeps a token for each of these destinations, in the place of the one before. Those that are not known are passed
    /// over.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_tokens(&self, tokens: Vec<(DestinationName, SealedToken)>) -> Result<(), Fault> {
        self.rare(KeepTokens { tokens }).await
    }

    /// The tokens that are kept for these destinations.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn tokens(
        &self,
        of: Vec<DestinationName>,
    ) -> Result<Vec<(DestinationName, SealedToken)>, Fault> {
        self.read(move |db| kept(db, of)).await
    }
}

fn kept(db: &Handle, of: Vec<DestinationName>) -> Result<Vec<(DestinationName, SealedToken)>, Fault> {
    let txn = db.begin_read()?;
    let table = txn.open_table(tables::TOKENS)?;
    let mut found = Vec::new();
    for name in of {
        if let Some(row) = table.get(name.as_str())? {
            found.push((name, from_row(row.value())?));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_keeps_the_bytes_it_had_when_its_version_came() {
        let token = SealedToken {
            nonce: [7; 12],
            sealed: vec![1, 2, 255],
        };
        let row = to_row(&token).unwrap();
        let hex: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "9901070707070707070707070707030102ff");
        assert_eq!(from_row(&row).unwrap(), token);
        assert!(read(&row).unwrap().is_ok());
    }
}
