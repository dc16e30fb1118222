//! The audit log: entries are added at its end, and are never changed.
//!
//! What was done and what was refused are two series, each with numbers of its own without a gap and with a bound of its own:
//! whoever is refused cannot push out what was done, and whoever takes a row out of the file leaves a gap that `verify` sees.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::Bound;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::desk::Desk;
use super::error::Fault;
use super::event_records::{number_of, numbered};
use super::handle::Handle;
use super::reads::MAX_SCANNED;
use super::verbs::Verb;
use super::verify::Check;
use super::{Store, tables};
use crate::model::audit::{Act, Actor, Entry, EntryFilter, EntryId, Series, Via};
use crate::model::page::{Page, PageRequest};
use crate::model::time::Millis;

const ACT: Tag = Tag {
    kind: 180,
    version: 1,
};

type Place = (i64, u64);

impl Series {
    const fn table(self) -> TableDefinition<'static, Place, &'static [u8]> {
        match self {
            Self::Done => tables::AUDIT,
            Self::Refused => tables::AUDIT_REFUSED,
        }
    }

    /// How many entries are kept of it; then the oldest go. A hundred acts a day are kept for years, in about 20 MB; what is
    /// refused comes from strangers, and is worth less.
    const fn most(self) -> u64 {
        match self {
            Self::Done => 100_000,
            Self::Refused => 20_000,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ActRecord {
    /// By which way they came, and their name.
    who: Option<(u8, String)>,
    action: String,
    target: Option<String>,
    outcome: Option<u16>,
    /// As an address of IPv6, also where it is one of IPv4.
    from: Option<u128>,
    times: u32,
}

impl ActRecord {
    fn of(act: &Act) -> Self {
        let wide = |from: IpAddr| match from {
            IpAddr::V4(from) => from.to_ipv6_mapped(),
            IpAddr::V6(from) => from,
        };
        let who = act.who.as_ref();
        Self {
            who: who.map(|who| (number_of(&Via::ALL, &who.via), who.name.clone())),
            action: act.action.clone(),
            target: act.target.clone(),
            outcome: act.outcome,
            from: act.from.map(|from| wide(from).to_bits()),
            times: act.times,
        }
    }

    fn act(self) -> Result<Act, Fault> {
        let who = self.who.map(|(via, name)| {
            let via = numbered(&Via::ALL, via)?;
            Ok::<_, Fault>(Actor { via, name })
        });
        let from = self.from.map(Ipv6Addr::from_bits);
        Ok(Act {
            who: who.transpose()?,
            action: self.action,
            target: self.target,
            outcome: self.outcome,
            from: from.map(|from| IpAddr::V6(from).to_canonical()),
            times: self.times,
        })
    }
}

/// Keep an act. It may reach into the reserve: what there is of it is bounded, and a full disk must not hide who emptied it.
pub(super) struct KeepAct {
    pub(super) act: Act,
}

impl Verb for KeepAct {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let series = self.act.series();
        let mut table = desk.txn.open_table(series.table())?;
        let last = table.last()?.map(|(place, _)| place.value());
        let now = desk.stamp.0;
        let place = last.map_or((now, 1), |(at, number)| (at.max(now), number + 1));
        let record = codec::encode(ACT, &ActRecord::of(&self.act))?;
        table.insert(place, record.as_slice())?;
        while table.len()? > series.most() {
            table.pop_first()?;
        }
        drop(table);
        desk.wrote();
        Ok(())
    }
}

impl Store {
    /// Keeps an act.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn keep_act(&self, act: Act) -> Result<(), Fault> {
        self.rare(KeepAct { act }).await
    }

    /// One page of the log, newest first. A page of somebody's acts may be short, or empty, and not the last.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn audit(
        &self,
        filter: EntryFilter,
        page: PageRequest<EntryId>,
    ) -> Result<Page<Entry, EntryId>, Fault> {
        self.read(move |db| list(db, &filter, &page)).await
    }
}

fn list(
    db: &Handle,
    filter: &EntryFilter,
    page: &PageRequest<EntryId>,
) -> Result<Page<Entry, EntryId>, Fault> {
    let txn = db.begin_read()?;
    let mut done = newest(&txn, Series::Done, (filter, page.after))?.peekable();
    let mut refused = newest(&txn, Series::Refused, (filter, page.after))?.peekable();
    let mut items: Vec<Entry> = Vec::new();
    let mut seen = None;
    for scanned in 0.. {
        let later = match (done.peek(), refused.peek()) {
            (Some(Ok(a)), Some(Ok(b))) if b.id > a.id => refused.next(),
            (None, Some(_)) => refused.next(),
            (Some(_), _) => done.next(),
            (None, None) => None,
        };
        let Some(entry) = later.transpose()? else { break };
        if items.len() == page.limit || scanned == MAX_SCANNED {
            return Ok(Page { items, next: seen });
        }
        seen = Some(entry.id);
        if filter.matches(&entry.act) {
            items.push(entry);
        }
    }
    Ok(Page { items, next: None })
}

/// The entries of a series before `after`, newest first.
fn newest(
    txn: &ReadTransaction,
    series: Series,
    (filter, after): (&EntryFilter, Option<EntryId>),
) -> Result<impl Iterator<Item = Result<Entry, Fault>> + use<>, Fault> {
    let from = filter.from.map_or(i64::MIN, |at| at.0);
    let to = (filter.to.map_or(i64::MAX, |at| at.0), 0);
    let end = after.map_or(to, |after| {
        let number = match series.cmp(&after.series) {
            std::cmp::Ordering::Less => u64::MAX,
            std::cmp::Ordering::Equal => after.number,
            std::cmp::Ordering::Greater => 0,
        };
        to.min((after.at.0, number))
    });
    let start = (from, 0).min(end);
    let range = (Bound::Included(start), Bound::Excluded(end));
    let rows = txn.open_table(series.table())?.range::<Place>(range)?;
    Ok(rows.rev().map(move |row| {
        let (place, bytes) = row?;
        entry(series, place.value(), bytes.value())
    }))
}

fn entry(series: Series, (at, number): Place, bytes: &[u8]) -> Result<Entry, Fault> {
    let record: ActRecord = codec::decode(ACT, bytes)?;
    let id = EntryId {
        at: Millis(at),
        series,
        number,
    };
    Ok(Entry {
        id,
        act: record.act()?,
    })
}

/// The invariant of the log.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "audit",
        "every entry of the audit log can be read, their numbers follow one another without a gap and their times never run back, and no more are kept than may be",
    );
    for series in [Series::Done, Series::Refused] {
        let table = txn.open_table(series.table())?;
        let mut before = None;
        for row in table.iter()? {
            let (place, bytes) = row?;
            let (at, number) = place.value();
            let entry = entry(series, (at, number), bytes.value());
            let own = entry.is_ok_and(|entry| entry.act.series() == series);
            check.see(own && before.is_none_or(|before| number == before + 1), || {
                format!("entry {at}.{number} of {}", table_name(series))
            });
            before = Some(number);
        }
        let entries = table.len()?;
        check.see(entries <= series.most(), || {
            format!("{entries} entries of {}", table_name(series))
        });
    }
    Ok(check)
}

fn table_name(series: Series) -> String {
    redb::TableHandle::name(&series.table()).to_owned()
}

/// Reads a record of the log; `None` where its tag is none of its.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    (tag == ACT).then(|| codec::body::<ActRecord>(body)?.act().map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;
    use crate::store::stage::Stage;

    #[test]
    fn records_of_the_log_keep_the_bytes_they_had_in_version_1() {
        let act = Act {
            who: Some(Actor {
                via: Via::Session,
                name: "me".to_owned(),
            }),
            action: "POST /a".to_owned(),
            target: Some("/a".to_owned()),
            outcome: Some(201),
            from: Some(IpAddr::from([192, 0, 2, 1])),
            times: 1,
        };
        let bytes = codec::encode(ACT, &ActRecord::of(&act)).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "b4010101026d6507504f5354202f6101022f6101c901fd010200c0ffff000001"
        );
        let read: ActRecord = codec::decode(ACT, &bytes).unwrap();
        assert_eq!(read.act().unwrap(), act);
    }

    fn act(outcome: u16) -> Act {
        Act {
            who: None,
            action: "POST /a".to_owned(),
            target: None,
            outcome: Some(outcome),
            from: None,
            times: 1,
        }
    }

    #[test]
    fn who_is_refused_pushes_nothing_out_that_was_done_and_time_never_runs_back() {
        let backend = redb::backends::InMemoryBackend::new();
        let mut stage = Stage::open(backend, &Options::default()).unwrap();
        let now = Millis(1_000_000);
        let _ = stage.rare(KeepAct { act: act(200) });
        for _ in 0..Series::Refused.most() + 5 {
            let _ = stage.rare(KeepAct { act: act(401) });
        }
        stage.step(now).unwrap();
        let _ = stage.rare(KeepAct { act: act(200) });
        stage.step(now.plus(-5_000)).unwrap();
        let report = stage.verify(now).unwrap();
        assert!(report.is_clean(), "{report:?}");
        let txn = stage.read().unwrap();
        let done = txn.open_table(tables::AUDIT).unwrap();
        assert_eq!(done.len().unwrap(), 2);
        assert_eq!(done.last().unwrap().unwrap().0.value(), (now.0, 2));
        let refused = txn.open_table(tables::AUDIT_REFUSED).unwrap();
        assert_eq!(refused.len().unwrap(), Series::Refused.most());
        assert_eq!(refused.first().unwrap().unwrap().0.value(), (now.0, 6));
    }
}
