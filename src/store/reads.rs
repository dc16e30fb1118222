//! Cold reads: each a page of a snapshot, run off the hot path.

use super::error::Fault;
use super::handle::Handle;
use super::records::Voted;
use super::tables;
use crate::model::page::{Page, PageRequest};
use crate::model::poll::{CountedVote, PollNumber, VoteFilter};
use crate::model::time::Millis;

/// The most rows one filtered page looks at.
pub(super) const MAX_SCANNED: usize = 20_000;

/// The folded votes of a poll that match `filter`, oldest first. The cursor is a position.
pub(super) fn votes(
    db: &Handle,
    poll: PollNumber,
    filter: &VoteFilter,
    page: &PageRequest<u64>,
) -> Result<Page<CountedVote, u64>, Fault> {
    let txn = db.begin_read()?;
    let votes = txn.open_table(tables::VOTES)?;
    let voids = txn.open_table(tables::VOIDS)?;
    let start = page.after.map_or(0, |position| position.saturating_add(1));
    let mut items = Vec::new();
    let mut seen = None;
    for (scanned, row) in votes.range((poll.0, start)..=(poll.0, u64::MAX))?.enumerate() {
        if items.len() == page.limit || scanned == MAX_SCANNED {
            return Ok(Page { items, next: seen });
        }
        let (place, record) = row?;
        let (_, position) = place.value();
        seen = Some(position);
        let voted = Voted::from_row(record.value())?;
        let voided_at = voids.get((poll.0, position))?.map(|at| Millis(at.value()));
        let vote = voted.counted(position, voided_at)?;
        if filter.matches(&vote) {
            items.push(vote);
        }
    }
    Ok(Page { items, next: None })
}

/// The samples of one series in `minutes`, oldest first.
pub(super) fn series(db: &Handle, id: u16, minutes: std::ops::Range<u64>) -> Result<Vec<(u64, f64)>, Fault> {
    let txn = db.begin_read()?;
    let table = txn.open_table(tables::SERIES)?;
    let mut samples = Vec::new();
    for row in table.range((id, minutes.start)..(id, minutes.end))? {
        let (key, value) = row?;
        samples.push((key.value().1, f64::from_bits(value.value())));
    }
    Ok(samples)
}
