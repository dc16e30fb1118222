//! The maker's site, as badly as it may behave: what a path does is named in it, and everything that was asked is noted.
//!
//! It reads and writes HTTP/1.1 by hand, so that it can see what a library would hide, and say what one would refuse to.

mod behaviour;
mod lenient;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use behaviour::Then;

use crate::header;
pub(crate) use behaviour::{LARGE_CHUNK, SECRET};
pub(crate) use lenient::is_whole;

/// So many of the newest requests are kept as they came.
const KEPT: usize = 8_192;

/// A request, as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The request's target, as it was written.
    pub(crate) target: String,
    /// The first line and the headers, as they were written.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The value of a header; several are joined as one list (RFC 9110, §5.3).
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// The target's path, without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// How the site is, whatever is asked of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Health {
    #[default]
    Well,
    /// Answers everything so.
    Failing(u16),
    /// Takes requests and answers none.
    Hanging,
}

#[derive(Default)]
struct Book {
    health: Health,
    /// How often each path was asked for, by any method.
    counts: HashMap<String, u64>,
    requests: u64,
    kept: VecDeque<Asked>,
}

#[derive(Default)]
struct Shared {
    book: Mutex<Book>,
    /// How many bytes of large bodies were written.
    written: std::sync::atomic::AtomicU64,
    /// What waits to be let go waits for this.
    go: Notify,
}

/// A site that listens until it is killed or dropped.
pub(crate) struct Origin {
    pub(crate) at: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinSet<()>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let mut origin = Self {
            at: SocketAddr::from(([127, 0, 0, 1], 0)),
            shared: Arc::default(),
            listening: JoinSet::new(),
        };
        origin.listen().await;
        origin
    }

    async fn listen(&mut self) {
        let listener = TcpListener::bind(self.at).await.expect("the port is ours");
        self.at = listener.local_addr().expect("it is bound");
        let shared = Arc::clone(&self.shared);
        self.listening.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                connections.spawn(async move { drop(shared.serve(stream).await) });
                while connections.try_join_next().is_some() {}
            }
        });
    }

    /// Ends it: connections are cut, and new ones are refused.
    pub(crate) async fn kill(&mut self) {
        self.listening.shutdown().await;
    }

    /// Starts it again where it was.
    pub(crate) async fn revive(&mut self) {
        self.listen().await;
    }

    pub(crate) fn be(&self, health: Health) {
        self.book().health = health;
    }

    /// How often a path was asked for.
    pub(crate) fn asked_for(&self, path: &str) -> u64 {
        self.book().counts.get(path).copied().unwrap_or(0)
    }

    /// How many requests came in all.
    pub(crate) fn requests(&self) -> u64 {
        self.book().requests
    }

    /// The newest request for a path, query or not.
    pub(crate) fn last(&self, path: &str) -> Option<Asked> {
        let book = self.book();
        let mut newest = book.kept.iter().rev();
        newest.find(|asked| asked.path() == path).cloned()
    }

    /// Every request whose head or body has this text in it, of those that are kept.
    pub(crate) fn told(&self, text: &str) -> Vec<Asked> {
        let has =
            |asked: &&Asked| asked.head.contains(text) || String::from_utf8_lossy(&asked.body).contains(text);
        self.book().kept.iter().filter(has).cloned().collect()
    }

    /// How many bytes of large bodies have been written.
    pub(crate) fn written(&self) -> u64 {
        self.shared.written.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Lets those go on that wait for it.
    pub(crate) fn let_go(&self) {
        self.shared.go.notify_waiters();
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().expect("no test has panicked in it")
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        while let Some(asked) = read(&mut stream).await? {
            let (health, count) = self.note(&asked);
            let then = match health {
                Health::Well => self.answer(&asked, count, &mut stream).await?,
                Health::Failing(status) => {
                    let text = format!("HTTP/1.1 {status} Failing\r\nContent-Length: 8\r\n\r\nnot now\n");
                    stream.write_all(text.as_bytes()).await?;
                    Then::Next
                }
                Health::Hanging => std::future::pending().await,
            };
            if then == Then::Close {
                break;
            }
        }
        stream.shutdown().await
    }

    /// How the site is, and how often this path has now been asked for.
    fn note(&self, asked: &Asked) -> (Health, u64) {
        let mut book = self.book.lock().expect("no test has panicked in it");
        book.requests += 1;
        if book.kept.len() == KEPT {
            book.kept.pop_front();
        }
        book.kept.push_back(asked.clone());
        let count = book.counts.entry(asked.path().to_owned()).or_default();
        *count += 1;
        let count = *count;
        (book.health, count)
    }
}

/// The next request; `None` where the other side has closed.
pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Asked>> {
    let mut asked = Asked::default();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if line.trim_end().is_empty() {
            break;
        }
        if asked.head.is_empty() {
            let mut words = line.split(' ');
            asked.method = words.next().unwrap_or_default().to_owned();
            asked.target = words.next().unwrap_or_default().to_owned();
        }
        asked.head.push_str(&line);
    }
    if asked.header("transfer-encoding").is_some() {
        asked.body = chunked(stream).await?;
    } else if let Some(length) = asked.header("content-length") {
        let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
        asked.body = vec![0; length];
        stream.read_exact(&mut asked.body).await?;
    }
    Ok(Some(asked))
}

/// A body in chunks (RFC 9112, §7.1), its trailers dropped.
async fn chunked(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            break;
        }
        let from = body.len();
        body.resize(from + size, 0);
        stream.read_exact(&mut body[from..]).await?;
        stream.read_line(&mut line).await?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim_end().is_empty() {
            return Ok(body);
        }
    }
}
