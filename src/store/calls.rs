//! Calls: how many each destination got since an instant, of the attempts that are kept.

use std::collections::BTreeMap;
use std::ops::Bound;

use redb::ReadTransaction;

use super::error::Fault;
use super::event_records::attempt_from_row;
use super::{Store, tables};
use crate::model::delivery::{AttemptClass, Calls, DestinationNumber};
use crate::model::time::Millis;

/// How many attempts are looked at in one transaction: a longer one would make the file grow.
const CHUNK: usize = 50_000;

/// The place of an attempt: its event, destination and number.
type Place = (u64, u16, u32);
/// Calls made, and those that were one too many, by the number of their destination.
type Counts = BTreeMap<u16, (u64, u64)>;

impl Store {
    /// How many calls each destination got since `since`, by its number, of the attempts that are kept: those of events that
    /// were forgotten by their age are gone. Looks at every one.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn calls_since(&self, since: Millis) -> Result<Vec<Calls>, Fault> {
        let mut counts = Counts::new();
        let mut from = Bound::Unbounded;
        loop {
            let (counted, next) = self
                .read(move |db| count(&db.begin_read()?, (counts, from), since))
                .await?;
            counts = counted;
            match next {
                Some(place) => from = Bound::Excluded(place),
                None => break,
            }
        }
        let calls = counts.into_iter().map(|(destination, (made, limited))| Calls {
            destination: DestinationNumber(destination),
            made,
            limited,
        });
        Ok(calls.collect())
    }
}

/// Counts some more; with where to go on.
fn count(
    txn: &ReadTransaction,
    (mut counts, from): (Counts, Bound<Place>),
    since: Millis,
) -> Result<(Counts, Option<Place>), Fault> {
    let table = txn.open_table(tables::ATTEMPTS)?;
    let mut last = None;
    for (seen, row) in table.range::<Place>((from, Bound::Unbounded))?.enumerate() {
        if seen == CHUNK {
            return Ok((counts, last));
        }
        let (place, bytes) = row?;
        let (event, destination, number) = place.value();
        last = Some((event, destination, number));
        let attempt = attempt_from_row(number, bytes.value())?;
        // Nobody was called for what could not be rendered.
        if attempt.at >= since && attempt.class != AttemptClass::Render {
            let count = counts.entry(destination).or_default();
            count.0 += 1;
            count.1 += u64::from(attempt.class == AttemptClass::Limited);
        }
    }
    Ok((counts, None))
}
