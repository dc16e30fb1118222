//! Doors: who answers a request, by where it came in, how, and whom it asks for.
//!
//! Without names that are served by HTTPS there is nothing to decide. With them, what comes by TLS is answered for the host it
//! names: the site, or the dashboard under its own. What comes in plain HTTP is led over, but for this machine's own at the admin
//! address.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{HOST, LOCATION, STRICT_TRANSPORT_SECURITY};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};

use super::routes::{Answering, Routes};
use crate::config::Server;
use crate::web::accept::{Arriving, Peer};
use crate::web::{ApiError, answer};

/// For how long a browser asks for a name by HTTPS alone once it has: half a year, of the name itself and no name below it
/// (RFC 6797 §6.1). Whoever gives up HTTPS waits that long for their visitors.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=15552000");
/// A name of whoever tries something out: there, other servers on other ports of the machine have no HTTPS.
const LOCAL: &str = "localhost";
const HTTPS_PORT: u16 = 443;

/// Where a request comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Public,
    Admin,
    /// Where plain HTTP is led over, and nothing else is done.
    Plain,
}

/// The names that are served by HTTPS, and by whom.
#[derive(Debug)]
pub(super) struct Names {
    visitors: Vec<String>,
    owner: Option<String>,
}

/// Whose name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Visitors,
    Owner,
}

/// Who answers, or what.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    To(Whose),
    Over(String),
    Nowhere,
}

impl Names {
    pub(super) fn of(server: &Server) -> Self {
        Self {
            visitors: server.domains.clone(),
            owner: server.admin_domain.clone(),
        }
    }

    fn whose(&self, host: &str) -> Option<Whose> {
        if self.owner.as_deref() == Some(host) {
            return Some(Whose::Owner);
        }
        self.visitors
            .iter()
            .any(|name| name == host)
            .then_some(Whose::Visitors)
    }

    /// The way of a request for `host`. `server` says where it came in.
    fn way(&self, side: Side, peer: Peer, host: &str) -> Way {
        let whose = self.whose(host);
        if peer.is_secured() {
            return match (side, whose) {
                (_, Some(Whose::Owner)) => Way::To(Whose::Owner),
                (Side::Public, Some(Whose::Visitors)) => Way::To(Whose::Visitors),
                _ => Way::Nowhere,
            };
        }
        match (side, whose, &self.owner) {
            (Side::Admin, _, Some(owner)) if !peer.ip().to_canonical().is_loopback() => {
                Way::Over(owner.clone())
            }
            (Side::Admin, ..) => Way::To(Whose::Owner),
            (_, Some(_), _) => Way::Over(host.to_owned()),
            // While the site has no name of its own, whoever asks for another one is its visitor as ever.
            (Side::Public, None, _) if self.visitors.is_empty() => Way::To(Whose::Visitors),
            (_, None, _) => Way::Nowhere,
        }
    }
}

/// The door of one listener.
#[derive(Clone)]
pub(super) struct Door {
    routes: Arc<Routes>,
    names: Arc<Names>,
    side: Side,
    /// Where HTTPS is served to whom it leads over.
    https: u16,
}

impl Door {
    /// A door that leads over to `https`.
    pub(super) fn new(routes: &Arc<Routes>, names: &Arc<Names>, (side, https): (Side, SocketAddr)) -> Self {
        Self {
            routes: Arc::clone(routes),
            names: Arc::clone(names),
            side,
            https: https.port(),
        }
    }

    pub(super) fn answer(&self, request: Request<Arriving>, peer: Peer) -> Answering {
        let host = host(request.uri(), request.headers());
        let answering = match self.names.way(self.side, peer, &host) {
            Way::To(Whose::Visitors) => self.routes.answer_visitor(request, peer),
            Way::To(Whose::Owner) => self.routes.answer_owner(request, peer),
            Way::Over(name) => {
                let answer = led_over(&name, self.https, request.uri().path_and_query());
                return Box::pin(std::future::ready(answer));
            }
            Way::Nowhere => return Box::pin(std::future::ready(misdirected())),
        };
        if !peer.is_secured() || host == LOCAL {
            return answering;
        }
        Box::pin(async move {
            let mut answer = answering.await;
            // A site may say more of itself, such as that it holds for all names below its own.
            answer
                .headers_mut()
                .entry(STRICT_TRANSPORT_SECURITY)
                .or_insert(HSTS);
            answer
        })
    }
}

/// The host that is asked for, in lower case, without port and without a dot at its end; empty where there is none. What stands in
/// the target goes before `Host` (RFC 9112 §3.2.2).
fn host(target: &Uri, headers: &HeaderMap) -> String {
    let asked = || headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = target.authority().map(Authority::as_str).or_else(asked);
    let host = authority.unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// 308: with the same method and body (RFC 9110 §15.4.9).
fn led_over(name: &str, https: u16, target: Option<&PathAndQuery>) -> Response<Body> {
    let target = target.map_or("/", PathAndQuery::as_str);
    let port = match https {
        HTTPS_PORT => String::new(),
        port => format!(":{port}"),
    };
    // What is asked of all the server and not of a path (`*`) has nowhere else to be asked.
    let location = HeaderValue::from_str(&format!("https://{name}{port}{target}"));
    let (Ok(location), true) = (location, target.starts_with('/')) else {
        return ApiError::bad_request("this is answered by HTTPS").into_response();
    };
    let mut answer = answer::empty(StatusCode::PERMANENT_REDIRECT);
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// RFC 9110 §15.5.20.
fn misdirected() -> Response<Body> {
    let detail = "this host is not served here";
    ApiError::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Peer = Peer::Tcp(SocketAddr::new(
        std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        40_000,
    ));

    fn far() -> SocketAddr {
        "192.0.2.1:40000".parse().unwrap()
    }

    fn names(visitors: &[&str], owner: Option<&str>) -> Names {
        Names {
            visitors: visitors.iter().map(|name| (*name).to_owned()).collect(),
            owner: owner.map(str::to_owned),
        }
    }

    #[test]
    fn by_tls_every_name_leads_to_its_own_and_no_other_anywhere() {
        let names = names(&["shop.example"], Some("gantry.example"));
        let way = |side, host| names.way(side, Peer::Tls(far()), host);
        assert_eq!(way(Side::Public, "shop.example"), Way::To(Whose::Visitors));
        assert_eq!(way(Side::Public, "gantry.example"), Way::To(Whose::Owner));
        assert_eq!(way(Side::Admin, "gantry.example"), Way::To(Whose::Owner));
        for (side, host) in [
            (Side::Admin, "shop.example"),
            (Side::Public, "192.0.2.7"),
            (Side::Public, "evil.example"),
            (Side::Public, ""),
        ] {
            assert_eq!(way(side, host), Way::Nowhere, "{side:?} {host}");
        }
    }

    #[test]
    fn plain_http_is_led_over_but_for_this_machine_at_the_admin_address() {
        let names = names(&["shop.example"], Some("gantry.example"));
        let way = |side, peer, host| names.way(side, peer, host);
        let over = |name: &str| Way::Over(name.to_owned());
        let far = Peer::Tcp(far());
        for side in [Side::Public, Side::Plain] {
            assert_eq!(way(side, far, "shop.example"), over("shop.example"));
            assert_eq!(way(side, NEAR, "gantry.example"), over("gantry.example"));
            assert_eq!(way(side, NEAR, "127.0.0.1"), Way::Nowhere);
        }
        assert_eq!(way(Side::Admin, NEAR, "127.0.0.1"), Way::To(Whose::Owner));
        assert_eq!(way(Side::Admin, far, "192.0.2.7"), over("gantry.example"));
    }

    #[test]
    fn with_a_name_for_the_dashboard_alone_the_site_is_served_as_ever() {
        let names = names(&[], Some("gantry.example"));
        let far = Peer::Tcp(far());
        assert_eq!(
            names.way(Side::Public, far, "shop.example"),
            Way::To(Whose::Visitors)
        );
        assert_eq!(
            names.way(Side::Public, far, "gantry.example"),
            Way::Over("gantry.example".to_owned())
        );
        assert_eq!(names.way(Side::Plain, far, "shop.example"), Way::Nowhere);
    }

    #[test]
    fn without_a_name_for_the_dashboard_it_is_served_as_ever() {
        let names = names(&["shop.example"], None);
        assert_eq!(
            names.way(Side::Admin, Peer::Tcp(far()), "192.0.2.7"),
            Way::To(Whose::Owner)
        );
        assert_eq!(
            names.way(Side::Admin, Peer::Tls(far()), "shop.example"),
            Way::Nowhere
        );
    }

    #[test]
    fn who_is_led_over_keeps_path_and_query_and_goes_to_a_path_alone() {
        let to = |port, target: &str| {
            let answer = led_over("shop.example", port, target.parse().ok().as_ref());
            let to = answer
                .headers()
                .get(LOCATION)
                .map(|to| to.to_str().unwrap().to_owned());
            (answer.status().as_u16(), to.unwrap_or_default())
        };
        assert_eq!(to(443, "/a?b=c"), (308, "https://shop.example/a?b=c".to_owned()));
        assert_eq!(
            to(8443, "//evil.example"),
            (308, "https://shop.example:8443//evil.example".to_owned())
        );
        assert_eq!(to(443, "*").0, 400);
    }

    #[test]
    fn a_host_is_the_same_however_it_is_written() {
        let path = Uri::from_static("/");
        for text in [
            "shop.example",
            "SHOP.example",
            "shop.example:8443",
            "shop.example.",
            "shop.example.:443",
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_str(text).unwrap())]);
            assert_eq!(host(&path, &headers), "shop.example", "{text}");
        }
        assert_eq!(host(&path, &HeaderMap::new()), "");
        let literal = HeaderMap::from_iter([(HOST, HeaderValue::from_static("[::1]:80"))]);
        assert_eq!(host(&path, &literal), "[::1]");
        let whole = Uri::from_static("http://Shop.example:80/");
        assert_eq!(host(&whole, &literal), "shop.example");
    }
}
