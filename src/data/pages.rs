//! What is asked for, read a page at a time.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::write::{Cell, Format, member};
use crate::model::delivery::{Event, EventState};
use crate::model::event::EventFilter;
use crate::model::funnel::{FunnelQuery, FunnelRow};
use crate::model::page::PageRequest;
use crate::model::poll::{CountedVote, Poll, PollOption, VoteFilter};
use crate::store::{Fault, FunnelCursor, Standing, Store};

/// How many rows one page has.
const ROWS: usize = 500;

const EVENTS: [&str; 8] = [
    "id",
    "type",
    "source",
    "idempotencyKey",
    "status",
    "createdAt",
    "scheduledAt",
    "payload",
];
const LEADS: [&str; 6] = ["id", "createdAt", "source", "email", "name", "payload"];
const VOTES: [&str; 6] = ["pollId", "optionId", "userId", "idempotencyKey", "at", "voided"];
const RESULTS: [&str; 5] = ["pollId", "optionId", "label", "votes", "share"];
const FUNNEL: [&str; 5] = ["start", "key", "visits", "conversions", "value"];

/// What is read, and where it goes on.
pub(super) enum What {
    Events(EventFilter, Option<u64>),
    /// Events of people who left their address.
    Leads(EventFilter, Option<u64>),
    /// The votes of these polls, the last first.
    Votes(Vec<Arc<Poll>>, VoteFilter, Option<u64>),
    Funnel(FunnelQuery, Option<FunnelCursor>),
    /// The standings of these polls, from memory.
    Results(Vec<Standing>),
}

/// An answer in the making.
pub(super) struct Pages {
    pub(super) store: Store,
    /// `None`: all of it is read.
    pub(super) what: Option<What>,
    pub(super) format: Format,
}

impl What {
    pub(super) const fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Events(..) => &EVENTS,
            Self::Leads(..) => &LEADS,
            Self::Votes(..) => &VOTES,
            Self::Funnel(..) => &FUNNEL,
            Self::Results(..) => &RESULTS,
        }
    }

    /// Reads the next rows: they, and what goes on after them.
    async fn read(self, store: &Store) -> Result<(Vec<Vec<Cell>>, Option<Self>), Fault> {
        match self {
            Self::Events(filter, after) => {
                let page = store.events(filter.clone(), request(after)).await?;
                let rows = page
                    .items
                    .into_iter()
                    .map(|(event, state)| of_event(event, &state));
                let next = page.next.map(|next| Self::Events(filter, Some(next)));
                Ok((rows.collect(), next))
            }
            Self::Leads(filter, after) => {
                let page = store.events(filter.clone(), request(after)).await?;
                let rows = page.items.into_iter().map(|(event, _)| of_lead(event));
                let next = page.next.map(|next| Self::Leads(filter, Some(next)));
                Ok((rows.collect(), next))
            }
            Self::Votes(mut polls, filter, after) => {
                let Some(poll) = polls.last().cloned() else {
                    return Ok((Vec::new(), None));
                };
                let page = store.votes(&poll, filter.clone(), request(after)).await?;
                let rows = page.items.iter().map(|vote| of_vote(&poll, vote));
                if page.next.is_none() {
                    polls.pop();
                }
                let next = (!polls.is_empty()).then_some(Self::Votes(polls, filter, page.next));
                Ok((rows.collect(), next))
            }
            Self::Funnel(query, after) => {
                let page = store.funnel_rows(query.clone(), request(after)).await?;
                let rows = page.items.iter().map(of_window);
                let next = page.next.map(|next| Self::Funnel(query, Some(next)));
                Ok((rows.collect(), next))
            }
            Self::Results(standings) => Ok((standings.iter().flat_map(of_standing).collect(), None)),
        }
    }
}

impl Pages {
    /// The next rows as they are written; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<String>, Fault> {
        let Some(what) = self.what.take() else {
            return Ok(None);
        };
        let columns = what.columns();
        let (rows, next) = what.read(&self.store).await?;
        self.what = next;
        let mut out = String::new();
        for row in rows {
            self.format.row(columns, row, &mut out);
        }
        Ok(Some(out))
    }
}

const fn request<C>(after: Option<C>) -> PageRequest<C> {
    PageRequest { limit: ROWS, after }
}

fn of_event(event: Event, state: &EventState) -> Vec<Cell> {
    vec![
        Cell::plain(event.id.to_string()),
        Cell::text(event.kind),
        Cell::text(event.source),
        Cell::text(event.key),
        Cell::plain(state.status.as_str()),
        Cell::plain(event.created_at.to_string()),
        Cell::plain(state.scheduled_at.to_string()),
        Cell::Json(event.payload),
    ]
}

fn of_lead(event: Event) -> Vec<Cell> {
    let payload: Map<String, Value> = serde_json::from_str(&event.payload).unwrap_or_default();
    vec![
        Cell::plain(event.id.to_string()),
        Cell::plain(event.created_at.to_string()),
        Cell::text(event.source),
        member(&payload, "email"),
        member(&payload, "name"),
        Cell::Json(event.payload),
    ]
}

fn of_vote(poll: &Poll, vote: &CountedVote) -> Vec<Cell> {
    let option = poll.draft.options.get(usize::from(vote.option));
    vec![
        Cell::text(&poll.draft.id),
        Cell::text(option.map(|option| option.id.to_string()).unwrap_or_default()),
        Cell::text(&vote.user),
        Cell::text(&vote.key),
        Cell::plain(vote.at.to_string()),
        Cell::plain(vote.voided_at.is_some()),
    ]
}

/// An option to a row, with its share of the votes.
fn of_standing(standing: &Standing) -> Vec<Vec<Cell>> {
    let draft = &standing.poll.draft;
    let total = standing.tally.total();
    let of_option = |(option, votes): (&PollOption, &u64)| {
        vec![
            Cell::text(&draft.id),
            Cell::text(&option.id),
            Cell::text(&option.label),
            Cell::plain(*votes),
            Cell::plain(share(*votes, total)),
        ]
    };
    draft
        .options
        .iter()
        .zip(&standing.tally.counts)
        .map(of_option)
        .collect()
}

/// A share in four decimals, as text; nothing of nothing is nothing.
fn share(votes: u64, total: u64) -> String {
    let parts = match total {
        0 => 0,
        total => (u128::from(votes) * 10_000 + u128::from(total) / 2) / u128::from(total),
    };
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

fn of_window(row: &FunnelRow) -> Vec<Cell> {
    vec![
        Cell::plain(row.start.to_string()),
        Cell::text(&row.key),
        Cell::plain(row.totals.visits),
        Cell::plain(row.totals.conversions),
        Cell::plain(row.totals.value.to_string()),
    ]
}
