//! From names to addresses, those that are refused left out.
//!
//! Between the check and the connection there is no second look-up: the connector is handed the very addresses that
//! [`Guard`] let through and connects to one of these. A name that changes its mind between two look-ups (rebinding)
//! is therefore judged anew at each connection, and only by what will be connected to.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::egress::{Egress, EgressRefusal};

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

/// A resolver that blocks, asked for one name once at a time: those who want it meanwhile wait for the same answer. A
/// name server that is silent takes one place of [`LOOKUPS_MAX`] for each of its names, however many calls there are.
#[derive(Clone)]
pub(super) struct System {
    ask: Arc<Ask>,
    places: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<String, Answer>>>,
}

/// Asks, and blocks until there is an answer.
type Ask = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// What a name came to; `None` until it is known.
type Answer = watch::Receiver<Option<Result<Vec<IpAddr>, Arc<io::Error>>>>;

impl Default for System {
    /// The system's.
    fn default() -> Self {
        Self::new(|name| {
            let found = (name, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl System {
    pub(super) fn new(ask: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self {
            ask: Arc::new(ask),
            places: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            under_way: Arc::default(),
        }
    }

    /// The look-up of `name` that is under way, or one that begins when there is a place.
    async fn join(&self, name: &str) -> io::Result<Answer> {
        if let Some(answer) = self.under_way().get(name) {
            return Ok(answer.clone());
        }
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let mut under_way = self.under_way();
        // Others may have waited for a place, too.
        if let Some(answer) = under_way.get(name) {
            return Ok(answer.clone());
        }
        let (told, answer) = watch::channel(None);
        under_way.insert(name.to_owned(), answer.clone());
        drop(under_way);
        let begun = Begun {
            system: self.clone(),
            name: name.to_owned(),
            _place: place,
        };
        tokio::task::spawn_blocking(move || {
            let found = (begun.system.ask)(&begun.name);
            // Before it is told: whoever asks after an answer asks anew.
            drop(begun);
            told.send_replace(Some(found.map_err(Arc::new)));
        });
        Ok(answer)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look-up that has begun. Its place is taken until the resolver is done, even if nobody waits for it any more.
struct Begun {
    system: System,
    name: String,
    _place: OwnedSemaphorePermit,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.system.under_way().remove(&self.name);
    }
}

impl Lookup for System {
    fn lookup(&self, name: &str) -> Addresses {
        let (system, name) = (self.clone(), name.to_owned());
        Box::pin(async move {
            let mut answer = system.join(&name).await?;
            let found = answer.wait_for(Option::is_some).await.map_err(io::Error::other)?;
            match &*found {
                Some(Ok(addresses)) => Ok(addresses.clone()),
                Some(Err(error)) => Err(io::Error::new(error.kind(), Arc::clone(error))),
                None => Err(io::ErrorKind::NotFound.into()),
            }
        })
    }
}

/// Why a name has no address to connect to.
pub(super) enum NoAddress {
    /// None that may be connected to.
    Refused(EgressRefusal),
    /// None at all.
    Unknown(io::Error),
}

/// Lets through the addresses that may be connected to. A name none of whose addresses may be is refused for the first.
#[derive(Clone)]
pub(super) struct Guard {
    lookup: Arc<dyn Lookup>,
    egress: Arc<Egress>,
}

impl Guard {
    pub(super) fn new(lookup: Arc<dyn Lookup>, egress: Arc<Egress>) -> Self {
        Self { lookup, egress }
    }

    /// The addresses of `name` that may be connected to, at least one; a literal is its own.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let found = self.lookup.lookup(name).await.map_err(NoAddress::Unknown)?;
        let mut refusal = None;
        let mut allowed = Vec::new();
        for address in found {
            match self.egress.check(address) {
                Ok(()) => allowed.push(address),
                Err(refused) => refusal = refusal.or(Some(refused)),
            }
        }
        allowed.truncate(ADDRESSES_MAX);
        match (allowed.is_empty(), refusal) {
            (true, Some(refusal)) => Err(NoAddress::Refused(refusal)),
            (true, None) => Err(NoAddress::Unknown(io::ErrorKind::NotFound.into())),
            (false, _) => Ok(allowed),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            match guard.addresses(name.as_str()).await {
                Ok(addresses) => {
                    let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
                    Ok(Box::new(addresses) as Addrs)
                }
                Err(NoAddress::Refused(refusal)) => Err(refusal.into()),
                Err(NoAddress::Unknown(error)) => Err(error.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::FutureExt;
    use futures_util::future::join_all;

    use super::*;

    const FOUND: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    /// What asks for `silent…` gets no answer before the other end is gone, and what asks for anything else at once;
    /// also says how many were asked.
    fn half_silent() -> (System, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let (end, silence) = mpsc::channel();
        let (silence, asked) = (Mutex::new(silence), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        let system = System::new(move |name| {
            counted.fetch_add(1, Ordering::SeqCst);
            match name {
                "silent.example" => drop(silence.lock().map(|silence| silence.recv())),
                "nowhere.example" => return Err(io::Error::other("no such name")),
                _ => {}
            }
            Ok(vec![FOUND])
        });
        (system, end, asked)
    }

    #[tokio::test]
    async fn a_name_that_hangs_does_not_delay_another_and_is_asked_for_once() {
        let (system, end, asked) = half_silent();
        for _ in 0..2 * LOOKUPS_MAX {
            // Begun, and given up, as a call does when its time is over.
            let hangs = system.lookup("silent.example");
            tokio::time::timeout(Duration::from_millis(1), hangs)
                .await
                .unwrap_err();
        }
        let other = tokio::time::timeout(Duration::from_secs(10), system.lookup("other.example"));
        assert_eq!(other.await.unwrap().unwrap(), [FOUND]);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        let mut waiting = join_all((0..100).map(|_| system.lookup("silent.example")));
        assert!((&mut waiting).now_or_never().is_none(), "all of them ask first");
        drop(end);
        for found in waiting.await {
            assert_eq!(found.unwrap(), [FOUND]);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn each_look_up_after_another_asks_anew_and_its_error_is_told() {
        let (system, _end, asked) = half_silent();
        for n in 1..=3 {
            let error = system.lookup("nowhere.example").await.unwrap_err();
            assert_eq!(error.to_string(), "no such name");
            assert_eq!(asked.load(Ordering::SeqCst), n);
        }
        assert!(system.under_way().is_empty());
    }
}
