//! A receiver on 127.0.0.1: keeps what it got, and answers as it is told.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::support::http::soon;

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    /// Milliseconds since the Unix epoch.
    pub(crate) at_ms: i64,
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The idempotency key that the event was sent with.
    pub(crate) fn key(&self) -> String {
        self.json()["idempotencyKey"].as_str().expect("a key").to_owned()
    }
}

/// What it does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A whole answer; the connection is kept.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// These bytes, and then the end of the connection.
    Bytes(Vec<u8>),
    /// Something else, after a while.
    After(Duration, Box<Act>),
    /// The end of the connection without a word.
    Close,
    /// A reset.
    Reset,
    /// Nothing, for ever.
    Silence,
    /// A head that comes byte by byte, one every so often.
    Slow(Duration),
    /// `200`, and then a body without end.
    Endless,
}

impl Act {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Vec::new())
    }

    pub(crate) fn said(status: u16, text: &str) -> Self {
        Self::Answer(status, Vec::new(), text.as_bytes().to_vec())
    }

    pub(crate) fn retry_after(status: u16, text: impl Into<String>) -> Self {
        Self::Answer(status, vec![("Retry-After", text.into())], Vec::new())
    }

    pub(crate) fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }
}

type Script = Arc<dyn Fn(usize, &Got) -> Act + Send + Sync>;

/// Listens until it is dropped or closed.
pub(crate) struct Receiver {
    pub(crate) at: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

struct Shared {
    script: Mutex<Script>,
    got: Mutex<Vec<Got>>,
    came: Notify,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Receiver {
    /// Answers the `n`th request (from 0) as `script` says.
    pub(crate) async fn start(script: impl Fn(usize, &Got) -> Act + Send + Sync + 'static) -> Self {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), script).await
    }

    /// Takes everything.
    pub(crate) async fn glad() -> Self {
        Self::start(|_, _| Act::status(200)).await
    }

    pub(crate) async fn listen(
        at: SocketAddr,
        script: impl Fn(usize, &Got) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(at).await.expect("a listener");
        let at = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(script)),
            got: Mutex::default(),
            came: Notify::new(),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                connections.spawn(async move { drop(shared.serve(stream).await) });
            }
        });
        Self {
            at,
            shared,
            listening,
        }
    }

    /// Answers otherwise from now on; requests are still counted from the first.
    pub(crate) fn then(&self, script: impl Fn(usize, &Got) -> Act + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
    }

    /// Listens no more, and ends every connection.
    pub(crate) async fn close(mut self) -> SocketAddr {
        self.listening.abort();
        drop((&mut self.listening).await);
        self.at
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.at)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// Waits until so many requests have come, and gives them all.
    pub(crate) async fn wait(&self, requests: usize) -> Vec<Got> {
        let enough = async {
            loop {
                let came = self.shared.came.notified();
                let got = self.got();
                if got.len() >= requests {
                    return got;
                }
                came.await;
            }
        };
        soon(enough).await
    }

    /// The most requests that were under way at one moment.
    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.most_at_once.load(Ordering::SeqCst)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(got) = read(&mut stream).await? {
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            let nth = {
                let mut all = self.got.lock().unwrap();
                all.push(got.clone());
                all.len() - 1
            };
            self.came.notify_waiters();
            let script = self.script.lock().unwrap().clone();
            let kept = act(script(nth, &got), stream.get_mut()).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            if !kept? {
                break;
            }
        }
        Ok(())
    }
}

/// A whole request; `None` where the other side has closed.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Got>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut first = lines[0].split(' ').map(str::to_owned);
    let headers: HashMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").map_or("0", String::as_str);
    let mut body = vec![0; length.parse().map_err(|_| Error::from(ErrorKind::InvalidData))?];
    stream.read_exact(&mut body).await?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Ok(Some(Got {
        at: Instant::now(),
        at_ms: i64::try_from(since.as_millis()).unwrap(),
        method: first.next().unwrap_or_default(),
        target: first.next().unwrap_or_default(),
        headers,
        body,
    }))
}

/// Does as it is told; whether the connection is kept.
async fn act(act: Act, stream: &mut TcpStream) -> std::io::Result<bool> {
    match act {
        Act::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            stream.write_all(&[head.into_bytes(), body].concat()).await?;
            Ok(true)
        }
        Act::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
            Ok(false)
        }
        Act::After(wait, then) => {
            tokio::time::sleep(wait).await;
            Box::pin(self::act(*then, stream)).await
        }
        Act::Close => Ok(false),
        Act::Reset => {
            stream.set_zero_linger()?;
            Ok(false)
        }
        Act::Silence => {
            // Until the other side gives up.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await?;
            Ok(false)
        }
        Act::Slow(every) => {
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(every).await;
            }
            Ok(true)
        }
        Act::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 16 * 1024]).await?;
            }
        }
    }
}
