//! What is shared by tests of one slice on a file of its own, without the appliance around it.

use std::sync::Arc;

use gantry::clock::Clock;
use gantry::model::delivery::{Event, EventState};
use gantry::model::event::EventFilter;
use gantry::model::page::PageRequest;
use gantry::store::Store;
use gantry::web::auth::Auth;
use gantry::web::cors::Cors;
use gantry::web::front::Front;
use gantry::web::{Limits, Trusted};

/// The keys of a file, without limits.
pub(crate) fn auth(store: &Store, clock: &Clock) -> Auth {
    let front = Front::new(Limits::new(&[]), Trusted::new(Vec::new()), Cors::new(Vec::new()));
    Auth::new(store.clone(), Arc::new(front), clock.clone())
}

/// What the file holds of events, 500 at most.
pub(crate) async fn recorded(store: &Store) -> Vec<(Event, EventState)> {
    let page = PageRequest {
        after: None,
        limit: 500,
    };
    let events = store.events(EventFilter::default(), page).await;
    events.expect("events").items
}
