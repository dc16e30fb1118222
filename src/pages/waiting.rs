//! Waiting: for the one request to the origin that brings a page to all who ask, and what each of them is shown then.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE};
use http::{HeaderMap, Response};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::answer::{self, How};
use super::fill::{Errand, Judge};
use super::flight::{Landing, Phase, Seat};
use super::nextjs;
use super::origin::Fault;
use super::policy::{self, Directives};
use super::stored::Stored;
use super::target::Mode;
use super::{Answered, Asking, Inner, pass};
use crate::metrics::PageStatus;

/// How long somebody who could be shown something old waits for an origin.
const PATIENCE: Duration = Duration::from_secs(3);

impl Inner {
    /// Waits for the flight that fetches the page, and begins it if nobody has. `stored` is what may be shown should the origin
    /// fail.
    pub(super) async fn wait(
        self: &Arc<Self>,
        asking: &Asking<'_>,
        stored: Option<Arc<Stored>>,
        asks: &Directives,
    ) -> Answered {
        let may_be_old = stored.as_ref().filter(|stored| {
            let may = |terms| policy::may_answer_on_error(terms, asks, self.clock.now());
            stored.terms().is_some_and(may)
        });
        let (first, mut phase, how) = self.take_off(asking, stored.as_ref());
        let patience = may_be_old.map_or(Duration::MAX, |_| PATIENCE);
        let wants_whole = asking.parts.headers.contains_key(http::header::RANGE);
        let arrived = timeout(
            patience,
            phase.wait_for(|phase| match phase {
                Phase::Waiting => false,
                Phase::Filling(_) => !wants_whole,
                Phase::Landed(_) => true,
            }),
        );
        let phase = match arrived.await {
            Ok(Ok(phase)) => phase.clone(),
            Ok(Err(_)) | Err(_) => Phase::Landed(Landing::Failed),
        };
        match phase {
            Phase::Filling(filling) if policy::matches(&filling.draft.varied, &asking.parts.headers) => {
                let how = filling.draft.terms.as_ref().map_or(How::Alone, |_| how);
                match answer::from_filling(&filling, asking.parts, (self.clock.now(), how)) {
                    Some(answer) => (answer, PageStatus::Miss),
                    None => self.alone(asking).await,
                }
            }
            Phase::Landed(Landing::Stored(page))
                if policy::matches(&page.draft.varied, &asking.parts.headers) =>
            {
                let is_same = stored
                    .as_ref()
                    .is_some_and(|stored| stored.body.as_ptr() == page.body.as_ptr());
                let how = match page.terms() {
                    None => How::Alone,
                    Some(_) if is_same => How::Revalidated,
                    Some(_) => how,
                };
                let told = (self.clock.now(), how);
                (answer::from_stored(&page, asking.parts, told), PageStatus::Miss)
            }
            Phase::Landed(Landing::Failed | Landing::TimedOut) if may_be_old.is_some() => match may_be_old {
                Some(stored) => self.stale(asking, stored),
                None => self.failed(asking, Fault::Unreachable),
            },
            Phase::Landed(Landing::Failed) => self.own_or(asking, first, Fault::Unreachable).await,
            Phase::Landed(Landing::TimedOut) => self.failed(asking, Fault::TimedOut),
            _ if asking.target.mode == Mode::Strict && first.is_some() => {
                self.own_or(asking, first, Fault::Unreachable).await
            }
            _ => self.alone(asking).await,
        }
    }

    /// The answer of the origin that was for who asked first, where there is one and this is who.
    async fn own_or(
        &self,
        asking: &Asking<'_>,
        first: Option<oneshot::Receiver<Response<Body>>>,
        fault: Fault,
    ) -> Answered {
        let Some(Ok(mut answer)) = (match first {
            Some(first) => Some(first.await),
            None => None,
        }) else {
            return self.failed(asking, fault);
        };
        policy::hop::strip(answer.headers_mut());
        self.by_origin(asking, Ok(answer), How::Alone)
    }

    /// A place in the flight for what is asked; whoever is first flies it.
    pub(super) fn take_off(
        self: &Arc<Self>,
        asking: &Asking<'_>,
        stored: Option<&Arc<Stored>>,
    ) -> (
        Option<oneshot::Receiver<Response<Body>>>,
        watch::Receiver<Phase>,
        How,
    ) {
        let varied = self.varied(asking);
        let mut key = asking.target.key.clone();
        for (_, value) in &varied {
            key.push('\n');
            key.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        match self.flights.join(&key) {
            Seat::Passenger(phase) => (None, phase, How::Collapsed),
            Seat::Pilot(mut flight, phase) => {
                let (tell, first) = oneshot::channel();
                flight.first = Some(tell);
                let errand = Errand {
                    pages: Arc::clone(asking.pages),
                    key: asking.target.key.clone(),
                    judge: Judge::of(asking.target.mode),
                    target: asking.target.path_and_query.clone(),
                    asked: self.asked(asking, &varied),
                    told: match asking.target.mode {
                        // The answer alone says what it depends on.
                        Mode::Strict => Vec::new(),
                        Mode::Ruled(_) | Mode::Open => varied.keys().cloned().collect(),
                    },
                    purges: self.cache.purges(),
                    stored: stored.cloned(),
                };
                self.tasks.spawn("page", Arc::clone(self).fly(errand, flight));
                (Some(first), phase, How::Miss)
            }
        }
    }

    /// Fetches a page anew, for nobody in particular, unless that is being done.
    pub(super) fn refresh(self: &Arc<Self>, asking: &Asking<'_>, stored: &Arc<Stored>) {
        drop(self.take_off(asking, Some(stored)));
    }

    /// What the origin is asked in the name of all.
    fn asked(&self, asking: &Asking<'_>, varied: &HeaderMap) -> HeaderMap {
        if asking.target.mode == Mode::Strict {
            let mut asked = asking.parts.headers.clone();
            policy::hop::strip(&mut asked);
            // What one client says of itself is not said for all.
            pass::strip_of_a_proxy(&mut asked);
            for own in &policy::conditional::OWN {
                asked.remove(own);
            }
            self.origin
                .introduce(asking.pages, &asking.target.authority, &mut asked);
            return asked;
        }
        self.origin.plain_request(asking.pages, asking.target, varied)
    }

    /// The fields of a request by which the last answer under its key varied, or by which such answers are known to: they are
    /// part of the key, but for what tells people apart.
    fn varied(&self, asking: &Asking<'_>) -> HeaderMap {
        let mut varied = HeaderMap::new();
        let slot = self.cache.peek(&asking.target.key);
        let varies_by = slot.iter().flat_map(|slot| &slot.varies_by);
        let not_of_a_key = [COOKIE, AUTHORIZATION, ACCEPT_ENCODING];
        for name in varies_by.chain(nextjs::fields(&asking.parts.headers)) {
            if not_of_a_key.contains(name) || varied.contains_key(name) {
                continue;
            }
            for value in asking.parts.headers.get_all(name) {
                varied.append(name.clone(), value.clone());
            }
        }
        varied
    }
}
