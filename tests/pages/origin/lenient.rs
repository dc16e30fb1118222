//! How a careless site reads what it is asked: whatever a header says of another method, address or scheme it believes, and
//! everything it was told it repeats. A path it reads decoded, without dots, parameters, doubled or reversed slashes, up to a NUL, in lower
//! case: what it takes for the same page, a cache in front must not take for another that everybody may see.

use std::io;

use tokio::io::BufReader;
use tokio::net::TcpStream;

use super::Asked;
use super::behaviour::{Then, write};

/// How a reflected page ends.
const END: &str = "</pre>\n";
/// What such a site takes for another page, and does not have.
const OTHERS: [&str; 6] = [
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-uri",
];

/// Everything that was asked, as a page. Meta characters are left as they are.
pub(super) async fn reflect(
    stream: &mut BufReader<TcpStream>,
    asked: &Asked,
    headers: &str,
) -> io::Result<Then> {
    let mut body = format!("<!doctype html><title>As it came</title><pre>\n{}", asked.head).into_bytes();
    body.extend_from_slice(&asked.body);
    body.extend_from_slice(END.as_bytes());
    let scheme = asked
        .header("x-forwarded-scheme")
        .or_else(|| asked.header("x-forwarded-proto"));
    let (status, more) = if OTHERS.iter().any(|name| asked.header(name).is_some()) {
        ("404 Not Found", String::new())
    } else if scheme.is_some_and(|scheme| !matches!(scheme.as_str(), "http" | "https")) {
        let host = asked.header("x-forwarded-host").unwrap_or_default();
        (
            "301 Moved Permanently",
            format!("Location: https://{host}{}\r\n", asked.target),
        )
    } else if asked.header("if-none-match").is_some() {
        body.clear();
        ("304 Not Modified", String::new())
    } else if asked.header("range").is_some() {
        let whole = body.len();
        body.truncate(10);
        (
            "206 Partial Content",
            format!("Content-Range: bytes 0-9/{whole}\r\n"),
        )
    } else if asked.head.len() > 8_192 {
        ("400 Bad Request", String::new())
    } else {
        ("200 OK", String::new())
    };
    if status.starts_with("304") {
        use tokio::io::AsyncWriteExt;
        stream
            .write_all(format!("HTTP/1.1 {status}\r\n{headers}\r\n").as_bytes())
            .await?;
        return Ok(Then::Next);
    }
    write(stream, asked, (status, &format!("{headers}{more}")), &body).await
}

/// Whether a reflected page is there from its beginning to its end.
pub(crate) fn is_whole(body: &str) -> bool {
    body.starts_with("<!doctype html>") && body.ends_with(END)
}

/// The path as such a site understands it.
pub(super) fn path(target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    // Absolute form (RFC 9112, §3.2.2).
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    };
    let mut decoded = decode(path);
    // Encoded twice.
    if decoded.contains('%') {
        decoded = decode(&decoded);
    }
    let decoded = decoded.split('\0').next().unwrap_or_default().replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        // Path parameters, as in Java servlets.
        match segment.split(';').next().unwrap_or_default().trim() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment.trim_end_matches('.')),
        }
    }
    format!("/{}", segments.join("/")).to_lowercase()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn whatever_is_written_the_account_is_found() {
    for target in [
        "/account",
        "/account/x.css",
        "/account;.css",
        "//account",
        "/launch/../account",
        "/launch/..%2faccount",
        "/launch/%2e%2e/account",
        "/launch/..%5Caccount",
        "/ACCOUNT/",
        "/account%00.css",
        "/launch/%252e%252e/account",
        "http://shop.example/account?x=1",
    ] {
        assert!(path(target).starts_with("/account"), "{target}: {}", path(target));
    }
    assert_eq!(path("/launch/a?../account"), "/launch/a");
}
