//! The tables of the data file. Keys are tuples of fixed-width integers or short texts; values are records of the
//! codec or bare integers.

use redb::{Key, TableDefinition, Value};

use super::error::Fault;

/// The format of the file as a whole; a newer one is refused. 2 brought events, whose keys an older version would lose;
/// 3 the checkpoint, without which an older version would miss what was cut off the journal; 4 lanes, whose windows and
/// breakers an older version would not keep to; 5 schedules, replays and tokens, which it would begin anew; 6 visits,
/// conversions and spend, whose facts it could not read; 7 erasures, whose votes without a voter it could not read; 8 the
/// desk, alerts, certificates and the export, of which it would say that they never were; 9 the launch's steps, which it would
/// take again.
pub const FORMAT: u32 = 9;

/// What the file is: `application`, `format`, `salt`.
pub(super) const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
/// The name of the table `cursors`.
pub(super) const CURSORS_NAME: &str = "cursors";
/// How far each tailer has read: the first position it has not.
pub(super) const CURSORS: TableDefinition<'static, &str, u64> = TableDefinition::new(CURSORS_NAME);

/// The journal: position → fact.
pub(super) const JOURNAL: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("journal");

/// Checkpoint: (subject, number) → the sums of all facts before it. See `checkpoint`.
pub(super) const CHECKPOINT: TableDefinition<'static, (u8, u32), &[u8]> = TableDefinition::new("checkpoint");

/// Polls by number, tombstones among them until their votes are swept.
pub(super) const POLLS: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("polls");
/// Counters: the folded votes of a poll by option.
pub(super) const TALLIES: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("tallies");
/// Counters: (poll, minute since the epoch) → the votes counted in it by option.
pub(super) const VOTE_MINUTES: TableDefinition<'static, (u32, i64), &[u8]> =
    TableDefinition::new("vote_minutes");
/// Dedupe set: (poll, digest of the user) → the vote's position.
pub(super) const BALLOTS: TableDefinition<'static, (u32, u128), u64> = TableDefinition::new("ballots");
/// (poll, position) → the vote, byte for byte the fact of the journal.
pub(super) const VOTES: TableDefinition<'static, (u32, u64), &[u8]> = TableDefinition::new("votes");
/// (poll, position) → when the vote was voided.
pub(super) const VOIDS: TableDefinition<'static, (u32, u64), i64> = TableDefinition::new("voids");
/// Counters: (poll, address token) → votes, only for polls with a cap per address.
pub(super) const ADDRESSES: TableDefinition<'static, (u32, u64), u32> = TableDefinition::new("addresses");

/// API keys by the hash of their secret.
pub(super) const KEYS: TableDefinition<'static, &[u8; 32], &[u8]> = TableDefinition::new("keys");
/// SHA-256 of a key → when it was last used, to the minute.
pub(super) const KEY_USES: TableDefinition<'static, &[u8; 32], i64> = TableDefinition::new("key_uses");

/// Series: (series, minute since the epoch) → value as the bits of an `f64`.
pub(super) const SERIES: TableDefinition<'static, (u16, u64), u64> = TableDefinition::new("series");

/// The cursor of the fold.
pub(super) const FOLD: &str = "fold";
/// The number of the next poll, among the cursors: no number is ever used twice.
pub(super) const NEXT_POLL: &str = "next_poll";

/// When the file was closed in order, among the cursors; not there while it is open, or after a crash.
pub(super) const CLOSED: &str = "closed";
/// The latest instant stamped on anything when the cursor of the fold was moved, among the cursors.
pub(super) const STAMP: &str = "stamp";
/// Since when nothing is sent to anybody, in milliseconds, among the cursors; not there while things are sent.
pub(super) const DELIVERY_PAUSED: &str = "delivery_paused";

/// Up to which instant dead letters were announced as leaving, among the cursors.
pub(super) const DEAD_TOLD: &str = "dead_told";

/// Events by position: the body, which never changes.
pub(super) const EVENTS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("events");
/// Events by position: where each stands.
pub(super) const EVENT_STATES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("event_states");
/// Runs of positions → how many of their events stand how, and of which types and sources they are.
pub(super) const EVENT_BLOCKS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("event_blocks");
/// The id of an event → its position.
pub(super) const EVENT_IDS: TableDefinition<'static, u128, u64> = TableDefinition::new("event_ids");
/// Dedupe set: the digest of an idempotency key → the event's position.
pub(super) const EVENT_KEYS: TableDefinition<'static, u128, u64> = TableDefinition::new("event_keys");

/// Destinations by name, also those that are configured no more.
pub(super) const DESTINATIONS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("destinations");
/// (event, destination) → the delivery.
pub(super) const DELIVERIES: TableDefinition<'static, (u64, u16), &[u8]> = TableDefinition::new("deliveries");
/// (event, destination, attempt) → what it came to.
pub(super) const ATTEMPTS: TableDefinition<'static, (u64, u16, u32), &[u8]> =
    TableDefinition::new("attempts");

/// Queue: (destination, 9 − priority, due, event), what waits.
pub(super) const QUEUE: TableDefinition<'static, (u16, u8, i64, u64), ()> = TableDefinition::new("queue");
/// (destination, end, event), what is leased.
pub(super) const LEASES: TableDefinition<'static, (u16, i64, u64), ()> = TableDefinition::new("leases");
/// (destination, since, event), the dead letters.
pub(super) const DEAD: TableDefinition<'static, (u16, i64, u64), ()> = TableDefinition::new("dead_letters");
/// Counters: (destination, class, shape) → dead letters, by what they died of.
pub(super) const DEAD_GROUPS: TableDefinition<'static, (u16, u8, u64), u64> =
    TableDefinition::new("dead_groups");
/// (destination, class, shape, since, event), the dead letters by what they died of.
pub(super) const DEAD_MEMBERS: TableDefinition<'static, (u16, u8, u64, i64, u64), ()> =
    TableDefinition::new("dead_members");
/// Counters: (destination, status) → deliveries.
pub(super) const DELIVERY_COUNTS: TableDefinition<'static, (u16, u8), u64> =
    TableDefinition::new("delivery_counts");

/// Breakers that are not closed, by destination.
pub(super) const BREAKERS: TableDefinition<'static, u16, &[u8]> = TableDefinition::new("breakers");
/// Groups of destinations: the waits and quotas that answers spoke of.
pub(super) const GROUPS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("groups");
/// (group, end, event, destination), the calls that windows hold.
pub(super) const SLOTS: TableDefinition<'static, (&str, i64, u64, u16), ()> = TableDefinition::new("slots");

/// Schedules by name: the last run that was decided on.
pub(super) const SCHEDULES: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("schedules");
/// Replays by number: what is sent again, and how far that has come.
pub(super) const REPLAYS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("replays");
/// Erasures by number: who is erased, until they are, and how far that has come.
pub(super) const ERASURES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("erasures");
/// Tokens that receivers gave us in the place of those configured, by destination; sealed with a key that is not in the file.
pub(super) const TOKENS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("tokens");

/// Certificates that authorities signed for us, by name, and what became of orders for them. They go into no copy.
pub(super) const CERTIFICATES: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("certificates");
/// What proves to authorities who we are, by the address of their directory. They go into no copy.
pub(super) const ACCOUNTS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("authority_accounts");

/// Roll-ups: (level, dimension, start) → what was counted in the window by label.
pub(super) const ROLLUPS: TableDefinition<'static, (u8, u8, i64), &[u8]> = TableDefinition::new("rollups");
/// Conversions by position.
pub(super) const CONVERSIONS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("conversions");
/// Dedupe set: the digest of what tells a conversion from its repeat → its position.
pub(super) const CONVERSION_KEYS: TableDefinition<'static, u128, u64> =
    TableDefinition::new("conversion_keys");
/// The beginning of a day → what its visitors are hashed with. It goes with its day, and into no copy.
pub(super) const VISITOR_SALTS: TableDefinition<'static, i64, &[u8; 16]> =
    TableDefinition::new("visitor_salts");
/// (the beginning of a day, visitor) → their touches. They go with the day's salt, without which they mean nothing.
pub(super) const VISITOR_TOUCHES: TableDefinition<'static, (i64, u128), &[u8]> =
    TableDefinition::new("visitor_touches");
/// The first conversion that has not entered the roll-ups, among the cursors.
pub(super) const CONVERSIONS_FOLDED: &str = "conversions_folded";
/// Before which start the roll-ups of a level are swept, among the cursors.
pub(super) const ROLLUPS_SWEPT: [&str; 4] = [
    "rollups_swept_5s",
    "rollups_swept_1m",
    "rollups_swept_1h",
    "rollups_swept_1d",
];

/// Entries of spend: (day, position) → the entry, byte for byte the fact of the journal.
pub(super) const SPEND: TableDefinition<'static, (i32, u64), &[u8]> = TableDefinition::new("spend");
/// Dedupe set: the digest of an entry's key → its place in [`SPEND`].
pub(super) const SPEND_KEYS: TableDefinition<'static, u128, (i32, u64)> = TableDefinition::new("spend_keys");

/// (the launch's instant, the name of an item) → that it is done.
pub(super) const LAUNCH_TICKS: TableDefinition<'static, (i64, &str), &[u8]> =
    TableDefinition::new("launch_ticks");
/// What was said of items of launches, by number.
pub(super) const LAUNCH_STORY: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("launch_story");
/// (the launch's instant, the name of a step of its plan) → how often it was tried, and how it ended.
pub(super) const LAUNCH_STEPS: TableDefinition<'static, (i64, &str), &[u8]> =
    TableDefinition::new("launch_steps");

/// (rule, destination's number and one more, or 0) → how the alert stands.
pub(super) const ALERTS: TableDefinition<'static, (&str, u32), &[u8]> = TableDefinition::new("alerts");

/// (when, number) → an act on the admin address.
pub(super) const AUDIT: TableDefinition<'static, (i64, u64), &[u8]> = TableDefinition::new("audit");
/// (when, number) → what somebody tried there who may not.
pub(super) const AUDIT_REFUSED: TableDefinition<'static, (i64, u64), &[u8]> =
    TableDefinition::new("audit_refused");

/// What stands for a key and whose it is → the answer that is given again.
pub(super) const ANSWERS: TableDefinition<'static, u128, &[u8]> = TableDefinition::new("answers");
/// In the order in which answers were kept → (its key, when, the bytes kept before it, and with it).
pub(super) const ANSWER_ORDER: TableDefinition<'static, u64, (u128, i64, u64, u64)> =
    TableDefinition::new("answer_order");

/// How far the export has come, under [`EXPORT_STATE`]; without a row nothing is exported.
pub(super) const EXPORT: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("export");
/// The row of [`EXPORT`] by which there is an export.
pub(super) const EXPORT_STATE: &str = "state";
/// The row of [`EXPORT`] that says what may be forgotten.
pub(super) const EXPORT_GONE: &str = "gone";
/// Events that changed without a fact and have not gone since → the mark of the last change.
pub(super) const EXPORT_STIRRED: TableDefinition<'static, u64, u64> = TableDefinition::new("export_stirred");
/// (kind, which) → a row that cannot go, and why.
pub(super) const EXPORT_ASIDE: TableDefinition<'static, (u8, u64), &[u8]> =
    TableDefinition::new("export_aside");
/// The number of a poll that was deleted → its last results, until they have gone.
pub(super) const EXPORT_LAST: TableDefinition<'static, u32, &[u8]> = TableDefinition::new("export_last");

/// Tables that no copy holds a row of: a backup must not keep what the day's end takes away, nor private keys, for which
/// another place is one too many and a new certificate costs a minute.
pub(super) const NOT_COPIED: [&str; 4] = [
    "visitor_salts",
    "visitor_touches",
    "certificates",
    "authority_accounts",
];

/// What does the same to tables of any type.
pub(super) trait Visitor {
    /// Does it to one.
    fn visit<K: Key + 'static, V: Value + 'static>(
        &mut self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<(), Fault>;
}

/// Takes `visitor` to every table but `meta`, which says what the file is and not what it holds.
pub(super) fn each(visitor: &mut impl Visitor) -> Result<(), Fault> {
    visitor.visit(CURSORS)?;
    visitor.visit(CHECKPOINT)?;
    visitor.visit(JOURNAL)?;
    visitor.visit(POLLS)?;
    visitor.visit(TALLIES)?;
    visitor.visit(VOTE_MINUTES)?;
    visitor.visit(VOTES)?;
    visitor.visit(BALLOTS)?;
    visitor.visit(VOIDS)?;
    visitor.visit(ADDRESSES)?;
    visitor.visit(KEYS)?;
    visitor.visit(KEY_USES)?;
    visitor.visit(SERIES)?;
    visitor.visit(DESTINATIONS)?;
    visitor.visit(EVENTS)?;
    visitor.visit(EVENT_STATES)?;
    visitor.visit(EVENT_BLOCKS)?;
    visitor.visit(EVENT_IDS)?;
    visitor.visit(EVENT_KEYS)?;
    visitor.visit(DELIVERIES)?;
    visitor.visit(ATTEMPTS)?;
    visitor.visit(QUEUE)?;
    visitor.visit(LEASES)?;
    visitor.visit(DEAD)?;
    visitor.visit(DEAD_GROUPS)?;
    visitor.visit(DEAD_MEMBERS)?;
    visitor.visit(DELIVERY_COUNTS)?;
    visitor.visit(BREAKERS)?;
    visitor.visit(GROUPS)?;
    visitor.visit(SLOTS)?;
    visitor.visit(SCHEDULES)?;
    visitor.visit(REPLAYS)?;
    visitor.visit(ERASURES)?;
    visitor.visit(TOKENS)?;
    visitor.visit(CERTIFICATES)?;
    visitor.visit(ACCOUNTS)?;
    visitor.visit(ROLLUPS)?;
    visitor.visit(CONVERSIONS)?;
    visitor.visit(CONVERSION_KEYS)?;
    visitor.visit(VISITOR_SALTS)?;
    visitor.visit(VISITOR_TOUCHES)?;
    visitor.visit(SPEND)?;
    visitor.visit(SPEND_KEYS)?;
    visitor.visit(LAUNCH_TICKS)?;
    visitor.visit(LAUNCH_STORY)?;
    visitor.visit(LAUNCH_STEPS)?;
    visitor.visit(ALERTS)?;
    visitor.visit(AUDIT)?;
    visitor.visit(AUDIT_REFUSED)?;
    visitor.visit(ANSWERS)?;
    visitor.visit(ANSWER_ORDER)?;
    visitor.visit(EXPORT)?;
    visitor.visit(EXPORT_STIRRED)?;
    visitor.visit(EXPORT_ASIDE)?;
    visitor.visit(EXPORT_LAST)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use redb::backends::InMemoryBackend;
    use redb::{Database, ReadableDatabase, TableHandle};

    use super::*;

    struct Names(BTreeSet<String>);

    impl Visitor for Names {
        fn visit<K: Key + 'static, V: Value + 'static>(
            &mut self,
            table: TableDefinition<'static, K, V>,
        ) -> Result<(), Fault> {
            assert!(
                self.0.insert(table.name().to_owned()),
                "{} is visited twice",
                table.name()
            );
            Ok(())
        }
    }

    #[test]
    fn every_table_of_a_file_is_visited() {
        let db = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .unwrap();
        let txn = db.begin_write().unwrap();
        crate::store::recover::create_tables(&txn).unwrap();
        txn.commit().unwrap();
        let mut names = Names(BTreeSet::new());
        each(&mut names).unwrap();
        let txn = db.begin_read().unwrap();
        let made: BTreeSet<String> = txn.list_tables().unwrap().map(|t| t.name().to_owned()).collect();
        assert_eq!(names.0, made);
    }
}
