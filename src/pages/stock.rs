//! What the desk and the warmer see of the store, and have done to it.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{COOKIE, HOST};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

use super::cache::Slot;
use super::desk::{Entry, OriginState, Purge, Stock, Which};
use super::flight::{Landing, Phase};
use super::stored::Stored;
use super::target::Target;
use super::warm::{Refreshed, Source, WarmPage};
use super::{Asking, Pages};
use crate::metrics::{Label, PageStatus};
use crate::web::Peer;

/// How many of the hosts that visitors ask for are kept warm, where nobody says which.
const SEEN_HOSTS_MOST: usize = 4;
/// How long a sitemap may take, to its last byte.
const DOCUMENT_MAX: Duration = Duration::from_secs(60);

impl Stock for Pages {
    fn entries(&self) -> Vec<Entry> {
        let now = self.0.clock.now();
        let all = self.0.cache.all();
        let of_slot = |(key, slot): &(std::sync::Arc<str>, std::sync::Arc<Slot>)| {
            let place = Place::of(key);
            let entry = |stored: &std::sync::Arc<Stored>| {
                let terms = stored.terms()?;
                let age = terms.age(now);
                let over = age.saturating_sub(terms.lifetime);
                Some(Entry {
                    authority: place.authority.to_owned(),
                    target: place.target.to_owned(),
                    variant: variant(place.cookie, stored),
                    status: stored.draft.status.as_u16(),
                    bytes: u64::try_from(stored.weight()).unwrap_or(u64::MAX),
                    age,
                    fresh_for: match terms.lifetime.checked_sub(age) {
                        Some(left) if !stored.is_stale() && !left.is_zero() => Ok(left),
                        _ => Err(over),
                    },
                    hits: stored.hits(),
                    tags: stored.draft.tags.iter().map(|tag| tag.to_string()).collect(),
                })
            };
            slot.stored().iter().filter_map(entry).collect::<Vec<_>>()
        };
        all.iter().flat_map(of_slot).collect()
    }

    fn totals(&self) -> (u64, u64) {
        let all = self.0.cache.all();
        let pages: usize = all.iter().map(|(_, slot)| slot.stored().len()).sum();
        (u64::try_from(pages).unwrap_or(u64::MAX), self.0.cache.bytes())
    }

    fn requests(&self) -> Vec<(&'static str, u64)> {
        let of = |status: &PageStatus| (status.name(), self.0.metrics.pages_requests(*status).get());
        PageStatus::ALL.iter().map(of).collect()
    }

    fn hits(&self) -> (u64, u64) {
        let of = |status: &PageStatus| self.0.metrics.pages_requests(*status).get();
        let is_page = |status: &&PageStatus| !matches!(status, PageStatus::Limited | PageStatus::Refused);
        let asked = PageStatus::ALL.iter().filter(is_page).map(of).sum();
        (of(&PageStatus::Hit).saturating_add(of(&PageStatus::Stale)), asked)
    }

    fn origins(&self) -> Vec<OriginState> {
        let pages = self.0.pages.borrow().clone();
        let Some(crate::config::Site::Origins(origins)) = &pages.site else {
            return Vec::new();
        };
        let any = origins.any.iter().map(|url| (None, url));
        let named = origins.hosts.iter().map(|(host, url)| (Some(host.clone()), url));
        let state = |(host, url): (Option<String>, &url::Url)| {
            let url = url[..url::Position::BeforePath].to_owned();
            OriginState {
                last: self.0.origin.heard(&url),
                host,
                url,
            }
        };
        any.chain(named).map(state).collect()
    }

    fn purge(&self, which: &Which, purge: Purge) -> u64 {
        let cache = &self.0.cache;
        let is_meant = |key: &str, slot: &Slot| {
            let target = Place::of(key).target;
            let tags = slot.stored().iter().flat_map(|stored| &stored.draft.tags);
            which.takes(target, tags.map(AsRef::as_ref))
        };
        let purged = match purge {
            Purge::Hard => cache.remove(is_meant),
            Purge::Soft => cache.make_stale(is_meant),
        };
        u64::try_from(purged).unwrap_or(u64::MAX)
    }

    fn hosts(&self) -> Vec<String> {
        let secured = self.0.origin.secured();
        if !secured.is_empty() {
            return secured.to_vec();
        }
        let mut asked: HashMap<String, u64> = HashMap::new();
        for (key, slot) in self.0.cache.all() {
            let shown = slot.stored().iter();
            let shown = shown.filter(|stored| stored.draft.status == StatusCode::OK);
            let hits: u64 = shown.map(|stored| stored.hits().saturating_add(1)).sum();
            if hits > 0 {
                *asked.entry(Place::of(&key).authority.to_owned()).or_default() += hits;
            }
        }
        asked_most(asked)
    }
}

/// Those that are asked for most, by how often each is.
fn asked_most(asked: HashMap<String, u64>) -> Vec<String> {
    let mut hosts: Vec<(String, u64)> = asked.into_iter().collect();
    hosts.sort_by(|(one, hits), (other, more)| more.cmp(hits).then_with(|| one.cmp(other)));
    let most = hosts.into_iter().take(SEEN_HOSTS_MOST);
    most.map(|(host, _)| host).collect()
}

impl Source for Pages {
    async fn refresh(&self, page: WarmPage) -> Refreshed {
        let pages = self.0.pages.borrow().clone();
        let Some(parts) = parts(&page) else {
            return Refreshed::NotStored(StatusCode::BAD_REQUEST.as_u16());
        };
        let request = Request::from_parts(parts.clone(), ());
        let target = match Target::of(&request, &pages) {
            Ok(target) if !target.odd => target,
            Ok(_) | Err(_) => return Refreshed::NotStored(StatusCode::BAD_REQUEST.as_u16()),
        };
        let asking = Asking {
            parts: &parts,
            target: &target,
            pages: &pages,
            peer: Peer::Socket(None),
            client: std::net::Ipv4Addr::LOCALHOST.into(),
        };
        let slot = self.0.cache.peek(&target.key);
        let stored = slot.as_ref().and_then(|slot| slot.of(&parts.headers));
        let (first, mut phase, _) = self.0.take_off(&asking, stored);
        let landed = phase.wait_for(|phase| matches!(phase, Phase::Landed(_))).await;
        let landing = match landed {
            Ok(phase) => match &*phase {
                Phase::Landed(landing) => landing.clone(),
                Phase::Waiting | Phase::Filling(_) => return Refreshed::Failed,
            },
            Err(_) => return Refreshed::Failed,
        };
        match landing {
            Landing::Stored(stored) if stored.terms().is_some() => Refreshed::Stored,
            Landing::Stored(stored) => of_status(stored.draft.status),
            // It was too large.
            Landing::Gone => Refreshed::NotStored(StatusCode::OK.as_u16()),
            Landing::Alone => {
                let answer = first.and_then(|mut first| first.try_recv().ok());
                answer.map_or(Refreshed::Failed, |answer| of_status(answer.status()))
            }
            Landing::TimedOut | Landing::Failed => Refreshed::Failed,
        }
    }

    async fn document(&self, page: WarmPage, most: usize) -> Result<Bytes, &'static str> {
        let pages = self.0.pages.borrow().clone();
        let parts = parts(&page).ok_or("is no address of a page")?;
        let asked = Request::from_parts(parts.clone(), ());
        let target = Target::of(&asked, &pages).map_err(|_| "is no address of a page")?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = self
            .0
            .origin
            .plain_request(&pages, &target, &http::HeaderMap::new());
        let whole = async {
            let answer = self.0.origin.ask(&pages, request).await;
            let answer = answer.map_err(|_| "the origin does not answer")?;
            if answer.status() != StatusCode::OK {
                return Err("the origin does not answer 200");
            }
            let body = Limited::new(answer.into_body(), most).collect().await;
            body.map(|body| body.to_bytes())
                .map_err(|_| "is too large, or breaks off")
        };
        timeout(DOCUMENT_MAX, whole)
            .await
            .unwrap_or(Err("the origin took too long"))
    }

    fn fresh_for(&self, page: &WarmPage) -> Option<Duration> {
        let pages = self.0.pages.borrow().clone();
        let parts = parts(page)?;
        let request = Request::from_parts(parts, ());
        let target = Target::of(&request, &pages).ok()?;
        let slot = self.0.cache.peek(&target.key)?;
        let stored = slot.of(request.headers()).filter(|stored| !stored.is_stale())?;
        let terms = stored.terms()?;
        terms.lifetime.checked_sub(terms.age(self.0.clock.now()))
    }

    fn hosts(&self) -> Vec<String> {
        Stock::hosts(self)
    }
}

/// A 5xx is the origin's fault; anything else is its word.
fn of_status(status: StatusCode) -> Refreshed {
    match status.is_server_error() {
        true => Refreshed::Failed,
        false => Refreshed::NotStored(status.as_u16()),
    }
}

/// The head of a request as a visitor would send it.
fn parts(page: &WarmPage) -> Option<Parts> {
    let mut request = Request::new(());
    *request.uri_mut() = page.target.parse().ok()?;
    let host = HeaderValue::from_str(&page.authority).ok()?;
    request.headers_mut().insert(HOST, host);
    if let Some(cookie) = &page.cookie {
        let cookie = HeaderValue::from_str(cookie).ok()?;
        request.headers_mut().insert(COOKIE, cookie);
    }
    Some(request.into_parts().0)
}

/// What a key is made of.
struct Place<'k> {
    authority: &'k str,
    target: &'k str,
    cookie: Option<&'k str>,
}

impl<'k> Place<'k> {
    fn of(key: &'k str) -> Self {
        let (page, cookie) = match key.split_once('\n') {
            Some((page, cookie)) => (page, Some(cookie)),
            None => (key, None),
        };
        let (authority, target) = page.split_at(page.find('/').unwrap_or(page.len()));
        Self {
            authority,
            target,
            cookie,
        }
    }
}

/// What makes a page another of its path: the cookies of its rule, and what its request said where it varies.
fn variant(cookie: Option<&str>, stored: &Stored) -> Option<String> {
    let varied = stored.draft.varied.iter().map(|(name, said)| {
        let said = said.as_deref().map(String::from_utf8_lossy);
        format!("{name}: {}", said.unwrap_or_default())
    });
    let all: Vec<String> = cookie.map(str::to_owned).into_iter().chain(varied).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_hosts_that_are_asked_for_most_are_kept_warm() {
        let asked = (0..9).map(|n| (format!("{n}.example"), n % 7)).collect();
        assert_eq!(
            asked_most(asked),
            ["6.example", "5.example", "4.example", "3.example"]
        );
    }

    #[test]
    fn a_key_is_a_host_a_path_and_what_makes_it_another_page() {
        let of = |key: &'static str| {
            let place = Place::of(key);
            (place.authority, place.target, place.cookie)
        };
        assert_eq!(of("a.example:81/b?c=/d"), ("a.example:81", "/b?c=/d", None));
        assert_eq!(of("[::1]/\nab=a"), ("[::1]", "/", Some("ab=a")));
        assert_eq!(of("a.example*"), ("a.example*", "", None));
    }
}
