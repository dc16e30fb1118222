//! From names to addresses, those that are refused left out.
//!
//! Between the check and the connection there is no second look-up: the connector is handed the very addresses that
//! [`Guard`] let through and connects to one of these. A name that changes its mind between two look-ups (rebinding)
//! is therefore judged anew at each connection, and only by what will be connected to.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::egress::Egress;

/// The most look-ups at a time. The system's resolver blocks a thread for as long as a name server is silent, which
/// must not use up the threads that others need.
const LOOKUPS_MAX: usize = 16;

/// The most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 16;

/// The addresses of a name, to come.
pub(super) type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows the addresses of names.
pub(super) trait Lookup: Send + Sync {
    /// All addresses of `name`, in the order of preference.
    fn lookup(&self, name: &str) -> Addresses;
}

/// The system's resolver.
#[derive(Debug)]
pub(super) struct System {
    places: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(LOOKUPS_MAX)),
        }
    }
}

impl Lookup for System {
    fn lookup(&self, name: &str) -> Addresses {
        let places = Arc::clone(&self.places);
        let name = name.to_owned();
        Box::pin(async move {
            let place = places.acquire_owned().await.map_err(io::Error::other)?;
            let found = tokio::task::spawn_blocking(move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                // The place is taken until the resolver is done, even if nobody waits for it any more.
                drop(place);
                found.map(|addresses| addresses.map(|address| address.ip()).collect())
            });
            found.await.map_err(io::Error::other)?
        })
    }
}

/// Lets through the addresses that may be connected to. A name none of whose addresses may be is refused for the first.
pub(super) struct Guard {
    lookup: Arc<dyn Lookup>,
    egress: Arc<Egress>,
}

impl Guard {
    pub(super) fn new(lookup: Arc<dyn Lookup>, egress: Arc<Egress>) -> Self {
        Self { lookup, egress }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.lookup(name.as_str());
        let egress = Arc::clone(&self.egress);
        Box::pin(async move {
            let mut refusal = None;
            let mut allowed = Vec::new();
            for address in found.await? {
                match egress.check(address) {
                    Ok(()) => allowed.push(SocketAddr::new(address, 0)),
                    Err(refused) => refusal = refusal.or(Some(refused)),
                }
            }
            match (allowed.is_empty(), refusal) {
                (true, Some(refusal)) => Err(refusal.into()),
                (true, None) => Err(io::Error::from(io::ErrorKind::NotFound).into()),
                (false, _) => Ok(Box::new(allowed.into_iter().take(ADDRESSES_MAX)) as Addrs),
            }
        })
    }
}
