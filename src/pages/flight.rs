//! Flights: of all who want the same page at once, one asks the origin, and the others get what it gets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use http::Response;
use tokio::sync::{oneshot, watch};

use super::filling::Filling;
use super::stored::Stored;

/// How far a flight is.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// The origin was asked.
    Waiting,
    /// Its answer is coming in, and may be read.
    Filling(Arc<Filling>),
    /// It is over.
    Landed(Landing),
}

/// What a flight came to.
#[derive(Clone, Debug)]
pub(super) enum Landing {
    /// A page that is stored.
    Stored(Arc<Stored>),
    /// An answer that is for nobody but who asked.
    Alone,
    /// Its answer has gone by.
    Gone,
    /// The origin did not answer in time.
    TimedOut,
    /// The origin did not answer, or with a fault of its own.
    Failed,
}

/// The flights under way, by what they are for.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Arc<str>, watch::Receiver<Phase>>>>);

/// One's part in a flight.
pub(super) enum Seat {
    /// To ask the origin, in this flight.
    Pilot(Flight, watch::Receiver<Phase>),
    /// To wait for another's.
    Passenger(watch::Receiver<Phase>),
}

/// A flight; when it is dropped it is over, and failed unless it landed before.
pub(super) struct Flight {
    flights: Flights,
    key: Arc<str>,
    phase: watch::Sender<Phase>,
    /// Who asked first gets an answer that is for them alone.
    pub(super) first: Option<oneshot::Sender<Response<Body>>>,
}

impl Flights {
    /// Joins the flight for `key`, or begins one.
    pub(super) fn join(&self, key: &str) -> Seat {
        let mut flights = self.lock();
        if let Some(phase) = flights.get(key) {
            return Seat::Passenger(phase.clone());
        }
        let key: Arc<str> = Arc::from(key);
        let (phase, follow) = watch::channel(Phase::Waiting);
        flights.insert(Arc::clone(&key), follow.clone());
        let flight = Flight {
            flights: self.clone(),
            key,
            phase,
            first: None,
        };
        Seat::Pilot(flight, follow)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, watch::Receiver<Phase>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// The answer is coming in.
    pub(super) fn fill(&self, filling: Arc<Filling>) {
        self.phase.send_replace(Phase::Filling(filling));
    }

    /// Nobody else can join: who comes now begins another.
    pub(super) fn close(&self) {
        self.flights.lock().remove(&self.key);
    }

    /// It is over. Whoever comes from now on finds what is stored.
    pub(super) fn land(self, landing: Landing) {
        self.phase.send_replace(Phase::Landed(landing));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        if flights
            .get(&self.key)
            .is_some_and(|other| self.phase.subscribe().same_channel(other))
        {
            flights.remove(&self.key);
        }
        drop(flights);
        self.phase.send_if_modified(|phase| {
            let is_over = matches!(phase, Phase::Landed(_));
            if !is_over {
                *phase = Phase::Landed(Landing::Failed);
            }
            !is_over
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_flies_and_the_others_wait_for_what_it_comes_to() {
        let flights = Flights::default();
        let Seat::Pilot(flight, mut own) = flights.join("a") else {
            panic!("the first flies");
        };
        let Seat::Passenger(mut other) = flights.join("a") else {
            panic!("the second waits");
        };
        assert!(
            matches!(flights.join("b"), Seat::Pilot(..)),
            "another key is another flight"
        );
        flight.land(Landing::Alone);
        for phase in [&mut own, &mut other] {
            let landed = phase
                .wait_for(|phase| matches!(phase, Phase::Landed(Landing::Alone)))
                .await;
            assert!(landed.is_ok());
        }
        assert!(
            matches!(flights.join("a"), Seat::Pilot(..)),
            "the next begins anew"
        );
    }

    #[tokio::test]
    async fn a_flight_that_is_lost_has_failed() {
        let flights = Flights::default();
        let Seat::Pilot(flight, mut phase) = flights.join("a") else {
            panic!("the first flies");
        };
        drop(flight);
        let landed = phase
            .wait_for(|phase| matches!(phase, Phase::Landed(Landing::Failed)))
            .await;
        assert!(landed.is_ok());
    }

    #[tokio::test]
    async fn a_flight_that_was_closed_does_not_end_the_next() {
        let flights = Flights::default();
        let Seat::Pilot(first, _phase) = flights.join("a") else {
            panic!("the first flies");
        };
        first.close();
        let Seat::Pilot(_second, _follow) = flights.join("a") else {
            panic!("the second flies");
        };
        drop(first);
        assert!(matches!(flights.join("a"), Seat::Passenger(_)));
    }
}
