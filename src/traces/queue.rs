//! What waits for the collector: the newest spans, so many and no more.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::span::Span;
use crate::metrics::Counter;

/// The most spans that wait, in spans: some seconds of a busy launch, and a few MiB.
const WAITING_MOST: usize = 8 * 1024;

/// Spans that wait. The oldest make room.
#[derive(Debug)]
pub(super) struct Queue {
    spans: Mutex<VecDeque<Span>>,
    /// Told when the first one comes, and when there are enough to send.
    came: Notify,
    enough: usize,
    dropped: Counter,
}

impl Queue {
    /// One of which so many are sent at a time.
    pub(super) fn new(enough: usize, dropped: Counter) -> Self {
        Self {
            spans: Mutex::default(),
            came: Notify::new(),
            enough,
            dropped,
        }
    }

    pub(super) fn push(&self, span: Span) {
        let mut spans = self.lock();
        if spans.len() >= WAITING_MOST {
            spans.pop_front();
            self.dropped.inc();
        }
        spans.push_back(span);
        let waiting = spans.len();
        drop(spans);
        if waiting == 1 || waiting == self.enough {
            self.came.notify_one();
        }
    }

    /// Resolves when spans have come, or enough of them.
    pub(super) async fn came(&self) {
        self.came.notified().await;
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The oldest, as many as are sent at a time.
    pub(super) fn take(&self) -> Vec<Span> {
        let mut spans = self.lock();
        let most = spans.len().min(self.enough);
        spans.drain(..most).collect()
    }

    /// Puts back what was taken, as far as there is room before what has come since.
    pub(super) fn put_back(&self, taken: Vec<Span>) {
        let mut spans = self.lock();
        let room = WAITING_MOST.saturating_sub(spans.len());
        let lost = taken.len().saturating_sub(room);
        self.give_up(lost);
        taken
            .into_iter()
            .skip(lost)
            .rev()
            .for_each(|span| spans.push_front(span));
    }

    /// Counts spans that nobody will be told of.
    pub(super) fn give_up(&self, spans: usize) {
        self.dropped.add(u64::try_from(spans).unwrap_or(u64::MAX));
    }

    /// The list is whole whatever panicked beside it.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trace::Parent;
    use crate::traces::Kind;

    fn span(id: u64) -> Span {
        Span {
            at: Parent {
                trace: 1,
                span: id,
                sampled: true,
            },
            parent: None,
            state: None,
            links: Vec::new(),
            name: "a".into(),
            kind: Kind::Internal,
            lasted: (0, 1),
            attributes: Vec::new(),
            failed: None,
        }
    }

    fn ids(spans: &[Span]) -> Vec<u64> {
        spans.iter().map(|span| span.at.span).collect()
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let dropped = Counter::default();
        let queue = Queue::new(3, dropped.clone());
        let most = u64::try_from(WAITING_MOST).unwrap();
        (0..most + 2).for_each(|id| queue.push(span(id)));
        assert_eq!((queue.len(), dropped.get()), (WAITING_MOST, 2));
        let taken = queue.take();
        assert_eq!(ids(&taken), [2, 3, 4]);
        queue.push(span(most + 2));
        queue.put_back(taken);
        assert_eq!(dropped.get(), 3, "the one that came since took a place");
        assert_eq!(ids(&queue.take()), [3, 4, 5]);
    }

    #[tokio::test]
    async fn the_first_and_the_last_that_is_missing_are_told_of() {
        let queue = Queue::new(3, Counter::default());
        queue.push(span(1));
        queue.came().await;
        queue.push(span(2));
        queue.push(span(3));
        queue.came().await;
        assert_eq!(queue.take().len(), 3);
    }
}
