//! Tokens: kept for destinations.

use super::Verb;
use crate::model::ids::DestinationName;
use crate::model::token::SealedToken;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::{tables, tokens};

/// Keep tokens in the place of those before. What was in force before may be worth nothing any more.
pub(crate) struct KeepTokens {
    pub(crate) tokens: Vec<(DestinationName, SealedToken)>,
}

impl Verb for KeepTokens {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let mut table = desk.txn.open_table(tables::TOKENS)?;
        let mut kept = 0_usize;
        for (name, token) in self.tokens {
            if desk.memory.destinations.contains_key(&name) {
                table.insert(name.as_str(), tokens::to_row(&token)?.as_slice())?;
                kept += 1;
            }
        }
        drop(table);
        if kept > 0 {
            desk.wrote();
        }
        Ok(())
    }
}
