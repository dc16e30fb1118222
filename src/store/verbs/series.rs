//! Key series by the minute.

use redb::ReadableTable;

use super::Verb;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::tables;

/// Keep samples of one minute, and let go of what is older than `keep_minutes`.
pub(crate) struct RecordSeries {
    /// Minutes since the epoch.
    pub(crate) minute: u64,
    /// (series, value).
    pub(crate) samples: Vec<(u16, f64)>,
    /// How many minutes of each series stay.
    pub(crate) keep_minutes: u64,
}

impl Verb for RecordSeries {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let mut series = desk.txn.open_table(tables::SERIES)?;
        let oldest = self.minute.saturating_sub(self.keep_minutes);
        for (id, value) in self.samples {
            series.insert((id, self.minute), value.to_bits())?;
            // One or two rows a minute fall out; after a pause, a few more each minute until it has caught up.
            let expired: Vec<_> = series
                .range((id, 0)..(id, oldest))?
                .take(16)
                .map(|row| row.map(|(key, _)| key.value()))
                .collect::<Result<_, _>>()?;
            for key in expired {
                series.remove(key)?;
            }
        }
        drop(series);
        desk.wrote();
        Ok(())
    }
}

/// Nothing, durably: the answer shows that the writer and the disk are alive.
pub(crate) struct Probe;

impl Verb for Probe {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        desk.txn
            .open_table(tables::CURSORS)?
            .insert("probe", u64::try_from(desk.stamp.0).unwrap_or(0))?;
        desk.wrote();
        Ok(())
    }
}
