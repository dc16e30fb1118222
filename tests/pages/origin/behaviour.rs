//! What the paths of the site do. The first part of a path that names a behaviour decides; `/launch` before it changes nothing.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Asked, Shared, lenient};

/// What only the owner of a session may read.
pub(crate) const SECRET: &str = "secret-of-";
/// How long what is slow takes.
const SLOW: Duration = Duration::from_secs(2);
/// Large bodies come in pieces of so many bytes.
pub(crate) const LARGE_CHUNK: usize = 64 * 1024;

/// What follows on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Next,
    Close,
}

/// The page at a path, as it was answered the `count`th time.
fn page(path: &str, count: u64) -> String {
    format!("<!doctype html><title>{path}</title><p>answer {count} of {path}</p>\n")
}

impl Shared {
    pub(super) async fn answer(
        &self,
        asked: &Asked,
        count: u64,
        stream: &mut BufReader<TcpStream>,
    ) -> io::Result<Then> {
        let read_as = lenient::path(&asked.target);
        if read_as.starts_with("/account") {
            return write(stream, asked, ("200 OK", HTML), account(asked).as_bytes()).await;
        }
        let mut parts = read_as.trim_start_matches("/launch").split('/').skip(1);
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let path = asked.path();
        let body = page(path, count);
        let ok = "200 OK";
        match name {
            "slow-head" => {
                sleep(SLOW).await;
                let headers = format!("{HTML}{}", said(value));
                write(stream, asked, (ok, &headers), body.as_bytes()).await
            }
            "gated-head" => {
                if count > 1 {
                    self.go.notified().await;
                }
                write(stream, asked, (ok, HTML), body.as_bytes()).await
            }
            "reflect" => lenient::reflect(stream, asked, HTML).await,
            "reflect-fresh" => {
                let headers = format!("{HTML}Cache-Control: max-age=60\r\n");
                lenient::reflect(stream, asked, &headers).await
            }
            "vary" => {
                let language = asked.header("accept-language").unwrap_or_default();
                let headers = format!("{HTML}Cache-Control: max-age=60\r\nVary: Accept-Language\r\n");
                let body = format!("{body}<p>in {language}</p>\n");
                write(stream, asked, (ok, &headers), body.as_bytes()).await
            }
            "next" => of_next(stream, asked, &body).await,
            "etag" => etag(stream, asked, value, body.as_bytes()).await,
            "status" => {
                let status = format!("{value} Said So");
                write(stream, asked, (&status, HTML), body.as_bytes()).await
            }
            "said" => {
                let headers = format!("{HTML}{}", said(value));
                write(stream, asked, (ok, &headers), body.as_bytes()).await
            }
            "sized" => {
                let size = value.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
                let mut body = body.into_bytes();
                body.resize(size, b' ');
                let headers = format!("{HTML}Cache-Control: max-age=60\r\n");
                write(stream, asked, (ok, &headers), &body).await
            }
            "socket" => socket(stream, asked).await,
            "hang" => std::future::pending().await,
            "slow-body" | "gated-body" | "large" | "endless" | "early" | "longer" => {
                self.stream((name, value), asked, stream).await
            }
            _ => write(stream, asked, (ok, HTML), body.as_bytes()).await,
        }
    }

    /// Bodies that take their time, or do not come to the end that they should.
    async fn stream(
        &self,
        (name, value): (&str, &str),
        asked: &Asked,
        stream: &mut BufReader<TcpStream>,
    ) -> io::Result<Then> {
        let path = asked.path();
        let head = format!("HTTP/1.1 200 OK\r\n{HTML}");
        match name {
            "slow-body" | "gated-body" => {
                let go = self.go.notified();
                let first = format!("<!doctype html><title>{path}</title>");
                let start = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk(&first));
                stream.write_all(start.as_bytes()).await?;
                match name {
                    "gated-body" => go.await,
                    _ => sleep(SLOW).await,
                }
                let end = format!("{}0\r\n\r\n", chunk("<p>the end</p>"));
                stream.write_all(end.as_bytes()).await?;
                Ok(Then::Next)
            }
            "large" | "endless" => {
                let pieces = match name {
                    "large" => value.parse::<usize>().map_err(|_| io::ErrorKind::InvalidInput)? * 16,
                    _ => usize::MAX,
                };
                let length = match name {
                    "large" => format!("Content-Length: {}\r\n\r\n", pieces * LARGE_CHUNK),
                    _ => "Connection: close\r\n\r\n".to_owned(),
                };
                stream.write_all(format!("{head}{length}").as_bytes()).await?;
                let piece = vec![b'x'; LARGE_CHUNK];
                for _ in 0..pieces {
                    stream.write_all(&piece).await?;
                    self.written.fetch_add(LARGE_CHUNK as u64, Ordering::Relaxed);
                }
                Ok(Then::Next)
            }
            "early" => {
                let start =
                    format!("{head}Cache-Control: max-age=60\r\nContent-Length: 1000\r\n\r\n<p>only this");
                stream.write_all(start.as_bytes()).await?;
                Ok(Then::Close)
            }
            _ => {
                let start = format!(
                    "{head}Cache-Control: max-age=60\r\nContent-Length: 6\r\n\r\n<p>and smuggled what follows"
                );
                stream.write_all(start.as_bytes()).await?;
                Ok(Then::Close)
            }
        }
    }
}

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

/// The headers that a name stands for.
fn said(name: &str) -> &'static str {
    match name {
        "fresh" => "Cache-Control: max-age=60\r\n",
        "brief" => "Cache-Control: max-age=1\r\n",
        "cookie" => "Set-Cookie: session=of-whoever-came-first; Path=/\r\n",
        "fresh-cookie" => {
            "Cache-Control: max-age=60\r\nSet-Cookie: session=of-whoever-came-first; Path=/\r\n"
        }
        "private" => "Cache-Control: private, max-age=60\r\n",
        "no-store" => "Cache-Control: no-store\r\n",
        "no-cache" => "Cache-Control: no-cache\r\n",
        "tagged" => "Cache-Control: max-age=60\r\nSurrogate-Key: shoes red\r\nCache-Tag: sale,summer\r\n",
        "vary-all" => "Cache-Control: max-age=60\r\nVary: *\r\n",
        "vary-cookie" => "Cache-Control: max-age=60\r\nVary: Cookie\r\n",
        "hop" => {
            "Cache-Control: max-age=60\r\nConnection: X-Hop\r\nX-Hop: by hop\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\n"
        }
        _ => "",
    }
}

/// A page for whoever is signed in: by cookie, or by authorization.
fn account(asked: &Asked) -> String {
    let cookie = asked.header("cookie").unwrap_or_default();
    let session = cookie.split("; ").find_map(|pair| pair.strip_prefix("session="));
    let bearer = asked.header("authorization");
    let who = session.or_else(|| bearer.as_deref()?.strip_prefix("Bearer "));
    match who {
        Some(who) => format!("<!doctype html><title>Account</title><p>{SECRET}{who}</p>\n"),
        None => "<!doctype html><title>Account</title><p>Sign in.</p>\n".to_owned(),
    }
}

/// As Next.js answers its own script: with what that asks for where the digest fits the fields, else by a redirect that does not
/// say what it depends on.
async fn of_next(stream: &mut BufReader<TcpStream>, asked: &Asked, page: &str) -> io::Result<Then> {
    let vary = "Vary: rsc, next-router-state-tree, next-router-prefetch\r\n";
    if asked.header("rsc").is_none() {
        return write(
            stream,
            asked,
            ("200 OK", &format!("{HTML}{vary}")),
            page.as_bytes(),
        )
        .await;
    }
    let at = asked.header("next-url").unwrap_or_default();
    let path = asked.path();
    if asked.target != format!("{path}?_rsc={at}") {
        let location = format!("Location: {path}?_rsc={at}\r\n");
        return write(stream, asked, ("307 Temporary Redirect", &location), b"").await;
    }
    let headers = format!("Content-Type: text/x-component\r\n{vary}");
    let parts = format!("parts of {path} for {at};\n");
    write(stream, asked, ("200 OK", &headers), parts.as_bytes()).await
}

async fn etag(
    stream: &mut BufReader<TcpStream>,
    asked: &Asked,
    value: &str,
    body: &[u8],
) -> io::Result<Then> {
    let tag = format!("\"{value}\"");
    let headers = format!("{HTML}Cache-Control: max-age=1\r\nETag: {tag}\r\n");
    if asked.header("if-none-match").as_deref() == Some(&tag) {
        let text = format!("HTTP/1.1 304 Not Modified\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).await?;
        return Ok(Then::Next);
    }
    write(stream, asked, ("200 OK", &headers), body).await
}

/// Accepts an upgrade and says back what it is told. (The frames are nobody's business here.)
async fn socket(stream: &mut BufReader<TcpStream>, asked: &Asked) -> io::Result<Then> {
    if asked.header("upgrade").as_deref() != Some("websocket") {
        return write(stream, asked, ("426 Upgrade Required", ""), b"").await;
    }
    let key = asked.header("sec-websocket-key").unwrap_or_default();
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Key-Was: {key}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut bytes = vec![0; 4096];
    loop {
        match stream.read(&mut bytes).await? {
            0 => return Ok(Then::Close),
            read => stream.write_all(&bytes[..read]).await?,
        }
    }
}

pub(super) async fn write(
    stream: &mut BufReader<TcpStream>,
    asked: &Asked,
    (status, headers): (&str, &str),
    body: &[u8],
) -> io::Result<Then> {
    let mut answer = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    if asked.method != "HEAD" {
        answer.extend_from_slice(body);
    }
    stream.write_all(&answer).await?;
    Ok(Then::Next)
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}
