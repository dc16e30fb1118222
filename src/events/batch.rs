//! `POST /api/events/batch`: a line in, a line out, in order.
//!
//! Lines are recorded by the chunk, each chunk in one transaction; while one is on its way to the disk, the next is
//! read. What a line came to does not depend on the lines around it, but for those with the same key.
//!
//! A batch is held in memory whole, so only so many are at a time: others wait for a place before they are read.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::future;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Events;
use super::ingest::{Refusal, failed, refused};
use super::intake::{self, Arrival};
use super::lines::{self, MAX_BATCH};
use crate::metrics::EventOutcome;
use crate::model::event::{EventDraft, EventId, Fingerprint, Recorded};
use crate::model::key::Scope;
use crate::model::trace::Trace;
use crate::store::Fault;
use crate::web::body::{self, BODY_DEADLINE};
use crate::web::{ApiError, Peer, json, trace};

/// The most lines of a chunk: what one transaction records without keeping others waiting for long.
const CHUNK_LINES: usize = 512;
/// A chunk that has so many bytes takes no further line: reading it takes milliseconds, in which this thread does
/// nothing else.
const CHUNK_BYTES: usize = 256 * 1024;

/// How many batches are read and recorded at a time: with [`MAX_BATCH`], 64 MiB of bodies.
const PLACES: usize = 8;
/// How long a batch waits for a place. A sender that is kept waiting longer is better told to come again.
const PLACE_WITHIN: Duration = Duration::from_secs(3);
/// When to come again, in seconds.
const RETRY_AFTER_S: u64 = 5;

const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// What is known of a line before it is recorded.
enum Line {
    Event(EventId, Fingerprint),
    Refused(ApiError),
}

/// Lines that are recorded together.
#[derive(Default)]
struct Chunk {
    lines: Vec<Line>,
    /// Of those lines that are events, in order.
    drafts: Vec<EventDraft>,
}

/// The places of batches; clones share them.
#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

impl Places {
    /// A place, kept until it is dropped.
    ///
    /// # Errors
    /// 503 where none comes free in time.
    async fn take(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let taken = timeout(PLACE_WITHIN, self.0.acquire()).await;
        let none = || failed(ApiError::unavailable(RETRY_AFTER_S));
        taken.ok().and_then(Result::ok).ok_or_else(none)
    }
}

impl Events {
    /// Records a batch, and answers line by line once all of it is durable. A key of any of `scopes` may send it.
    pub async fn take_batch<B>(&self, scopes: &[Scope], peer: Peer, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        match self.admit(scopes, peer, request.headers()) {
            Ok(decision) => self.answered(self.take_lines(request).await, decision.as_ref()),
            Err(refusal) => self.answered(Err(refusal), None),
        }
    }

    async fn take_lines<B>(&self, request: Request<B>) -> Result<Response<Body>, Refusal>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
    {
        let _place = self.places.take().await?;
        let (head, body) = request.into_parts();
        let bytes = body::read(body, MAX_BATCH, BODY_DEADLINE)
            .await
            .map_err(refused)?;
        let lines: Vec<&[u8]> = lines::lines(&bytes).map_err(refused)?.collect();
        let mut random = vec![[0; 8]; lines.len()];
        getrandom::fill(random.as_flattened_mut()).map_err(|error| failed(ApiError::internal(error)))?;
        let mut coming = lines.into_iter().zip(random);
        let trace = trace::of(&head.extensions, &head.headers);
        let spot = trace::spot(&head.extensions);

        let mut told = String::new();
        let mut fault: Option<&str> = None;
        let mut chunk = self.read(&mut coming, trace.as_ref());
        while !chunk.lines.is_empty() {
            let Chunk { lines, drafts } = chunk;
            let drafts = if fault.is_some() { Vec::new() } else { drafts };
            let recording = self.record(drafts, spot);
            let reading = async { self.read(&mut coming, trace.as_ref()) };
            // In this order: what is to be recorded is on its way before more is read.
            let (recorded, next) = future::join(recording, reading).await;
            let recorded = match recorded {
                Ok(recorded) => recorded,
                Err(refused) if told.is_empty() => return Err(failed(refused.into())),
                // What was recorded before stands, and its senders are told.
                Err(Fault::Full) => {
                    fault = Some(FULL);
                    Vec::new()
                }
                Err(met) => {
                    tracing::error!(error = %met, "the store gives no answer within a batch");
                    fault = Some(UNKNOWN);
                    Vec::new()
                }
            };
            self.tell(&lines, (&recorded, fault.unwrap_or(UNKNOWN)), &mut told);
            chunk = next;
            // A chunk in which nothing was to be recorded has waited for nothing.
            tokio::task::yield_now().await;
        }
        let mut answer = Response::new(Body::from(told));
        *answer.status_mut() = StatusCode::OK;
        answer.headers_mut().insert(CONTENT_TYPE, NDJSON);
        Ok(answer)
    }

    /// The next chunk; without a line when there are no more.
    fn read<'b>(
        &self,
        coming: &mut impl Iterator<Item = (&'b [u8], [u8; 8])>,
        trace: Option<&Trace>,
    ) -> Chunk {
        let now = self.parts.clock.now();
        let mut chunk = Chunk::default();
        let mut bytes = 0;
        while chunk.lines.len() < CHUNK_LINES && bytes < CHUNK_BYTES {
            let Some((line, random)) = coming.next() else {
                break;
            };
            bytes += line.len();
            let arrival = Arrival {
                id: EventId::new(now, random),
                now,
                key: None,
                trace: trace.cloned(),
            };
            chunk.lines.push(match intake::draft(line, arrival) {
                Ok(draft) => {
                    let line = Line::Event(draft.id, draft.fingerprint);
                    chunk.drafts.push(draft);
                    line
                }
                Err(refusal) => Line::Refused(refusal),
            });
        }
        chunk
    }

    /// Writes what the lines of a chunk came to, and counts those that [`Events::record`] has not.
    fn tell(&self, lines: &[Line], (recorded, without): (&[Recorded], &str), to: &mut String) {
        let mut recorded = recorded.iter();
        for line in lines {
            if let Some(outcome) = write(line, (&mut recorded, without), to) {
                self.parts.metrics.events_ingested(outcome).inc();
            }
            to.push('\n');
        }
    }
}

/// Writes what a line came to, an event by the next of `recorded`, or `without` where the store has recorded none of them. Gives the
/// outcome of a line that was not recorded.
fn write<'r>(
    line: &Line,
    (recorded, without): (&mut impl Iterator<Item = &'r Recorded>, &str),
    to: &mut String,
) -> Option<EventOutcome> {
    match line {
        Line::Refused(refusal) => {
            write_rejected(refusal, to);
            Some(EventOutcome::Refused)
        }
        Line::Event(id, fingerprint) => match recorded.next() {
            Some(recorded) => {
                write_recorded(recorded, (*id, *fingerprint), to);
                None
            }
            None => {
                to.push_str(without);
                Some(EventOutcome::Failed)
            }
        },
    }
}

const FULL: &str = r#"{"status":"REJECTED","code":507,"detail":"no space is left to record this"}"#;
const UNKNOWN: &str =
    r#"{"status":"UNKNOWN","code":503,"detail":"not known to be recorded; send it again with the same key"}"#;

fn write_recorded(recorded: &Recorded, (id, fingerprint): (EventId, Fingerprint), to: &mut String) {
    // None of these has anything that JSON escapes.
    to.push_str(&match recorded {
        Recorded::Accepted { scheduled_at, .. } => format!(
            r#"{{"status":"ACCEPTED","id":"{id}","fingerprint":"{fingerprint}","scheduledAt":"{scheduled_at}"}}"#
        ),
        Recorded::Duplicate { id, scheduled_at, .. } => format!(
            r#"{{"status":"DUPLICATE","id":"{id}","fingerprint":"{fingerprint}","scheduledAt":"{scheduled_at}"}}"#
        ),
        Recorded::Conflict { id } => format!(r#"{{"status":"CONFLICT","id":"{id}"}}"#),
    });
}

fn write_rejected(refusal: &ApiError, to: &mut String) {
    let code = refusal.status().as_u16();
    to.push_str(&format!(r#"{{"status":"REJECTED","code":{code},"detail":"#));
    json::write_text(refusal.detail(), to);
    if let Some(field) = refusal.field() {
        to.push_str(r#","field":"#);
        json::write_text(field, to);
    }
    to.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Millis;

    #[test]
    fn after_a_fault_what_is_not_known_is_said_to_be_unknown_and_what_is_known_is_told() {
        let event = || Line::Event(EventId(1 << 16), Fingerprint([0xab; 32]));
        let wrong = || Line::Refused(ApiError::unprocessable("type", "`type` is \"odd\""));
        let recorded = [Recorded::Conflict { id: EventId(2 << 16) }];
        let mut told = String::new();
        let mut left = recorded.iter();
        let outcomes = [wrong(), event(), wrong(), event()].map(|line| {
            let outcome = write(&line, (&mut left, UNKNOWN), &mut told);
            told.push('\n');
            outcome
        });
        let (refused, failed) = (Some(EventOutcome::Refused), Some(EventOutcome::Failed));
        assert_eq!(outcomes, [refused, None, refused, failed]);
        let rejected = r#"{"status":"REJECTED","code":422,"detail":"`type` is \"odd\"","field":"type"}"#;
        let conflict = r#"{"status":"CONFLICT","id":"00000000-0000-0000-0000-000000020000"}"#;
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines, [rejected, conflict, rejected, UNKNOWN]);
        for line in lines {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_recorded_line_has_its_own_id_and_a_duplicate_the_first_one() {
        let (own, first) = (EventId(1 << 16), EventId(2 << 16));
        let line = Line::Event(own, Fingerprint([0xab; 32]));
        let at = Millis(1_796_112_060_000);
        let status = crate::model::event::EventStatus::Pending;
        for (recorded, expected) in [
            (
                Recorded::Accepted {
                    scheduled_at: at,
                    status,
                },
                r#"{"status":"ACCEPTED","id":"00000000-0000-0000-0000-000000010000","fingerprint":"abababababababab","scheduledAt":"2026-12-01T08:01:00.000Z"}"#,
            ),
            (
                Recorded::Duplicate {
                    id: first,
                    scheduled_at: at,
                    status,
                },
                r#"{"status":"DUPLICATE","id":"00000000-0000-0000-0000-000000020000","fingerprint":"abababababababab","scheduledAt":"2026-12-01T08:01:00.000Z"}"#,
            ),
        ] {
            let mut told = String::new();
            assert_eq!(write(&line, (&mut [recorded].iter(), UNKNOWN), &mut told), None);
            assert_eq!(told, expected);
        }
    }
}
