//! A request as its span tells of it, by OpenTelemetry's conventions for HTTP servers
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>). Of whoever asks, and of the query, it says nothing.

use http::{Method, Request, Version};

use crate::traces::{Kind, Spot, Tracer};
use crate::web::accept::Peer;
use crate::web::trace;

/// A request that is being served.
pub(super) struct Served {
    spot: Spot,
    method: &'static str,
    path: String,
    version: &'static str,
    scheme: &'static str,
}

impl Served {
    /// One that has just come; what is done with it is part of its span. `None` where nobody is told.
    pub(super) fn begin<B>(tracer: &Tracer, request: &mut Request<B>, peer: Peer) -> Option<Self> {
        if !tracer.is_on() {
            return None;
        }
        let spot = tracer.begin(trace::came(request.headers()))?;
        request.extensions_mut().insert(spot.clone());
        let path = match spot.is_told_of() {
            true => request.uri().path().to_owned(),
            false => String::new(),
        };
        Some(Self {
            spot,
            method: method(request.method()),
            path,
            version: version(request.version()),
            scheme: if peer.is_secured() { "https" } else { "http" },
        })
    }

    /// It is answered, on a path of ours.
    pub(super) fn end(self, route: &'static str, status: u16) {
        if !self.spot.is_told_of() {
            return;
        }
        let mut attributes = vec![
            ("http.request.method", self.method.into()),
            ("http.route", route.into()),
            ("url.scheme", self.scheme.into()),
            ("network.protocol.version", self.version.into()),
            ("http.response.status_code", status.into()),
        ];
        // A part of any other path may be somebody's address.
        if !route.contains('{') {
            attributes.push(("url.path", self.path.into()));
        }
        let failed = (status >= 500).then_some("5xx");
        if failed.is_some() {
            attributes.push(("error.type", status.to_string().into()));
        }
        let name = format!("{} {route}", self.method);
        self.spot.end((name, Kind::Server), attributes, failed);
    }
}

/// Any other is a caller's to spell, and not for a span.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "_OTHER",
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}
