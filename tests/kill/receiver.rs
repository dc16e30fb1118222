//! A receiver that outlives every kill: keeps what came of each event, and now and then is busy.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gantry::clock::Clock;
use gantry::model::time::Millis;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::sources::number;

/// One in so many events is refused with 503 when it comes for the first time.
const BUSY_ONE_IN: u64 = 16;

/// An event as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Its own id, by its body.
    pub(crate) event: String,
    /// The delivery's, by the headers.
    pub(crate) delivery: String,
    /// When it came first.
    pub(crate) at: Millis,
    /// It was answered with 200.
    taken: bool,
}

/// What came in all.
#[derive(Default)]
struct Book {
    by_number: HashMap<u64, Arrived>,
    requests: u64,
    /// How many came that had been taken before.
    again: u64,
    /// What must not be.
    wrong: Vec<String>,
}

/// Listens until it is dropped.
pub(crate) struct Receiver {
    pub(crate) at: SocketAddr,
    book: Arc<Mutex<Book>>,
    _listening: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let book = Arc::<Mutex<Book>>::default();
        let shared = Arc::clone(&book);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let book = Arc::clone(&shared);
                connections.spawn(async move { drop(serve(stream, &book).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            at,
            book,
            _listening: listening,
        }
    }

    /// How many events have come.
    pub(crate) fn events(&self) -> usize {
        self.book.lock().unwrap().by_number.len()
    }

    /// How many requests have come; and how many were for what had been taken before.
    pub(crate) fn requests(&self) -> (u64, u64) {
        let book = self.book.lock().unwrap();
        (book.requests, book.again)
    }

    pub(crate) fn arrived(&self, number: u64) -> Option<Arrived> {
        self.book.lock().unwrap().by_number.get(&number).cloned()
    }

    /// Nothing came that is not ours, and no event under two ids.
    pub(crate) fn assert_right(&self) {
        let book = self.book.lock().unwrap();
        assert!(book.wrong.is_empty(), "{:#?}", book.wrong);
    }
}

async fn serve(stream: TcpStream, book: &Mutex<Book>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some((headers, body)) = read(&mut stream).await? {
        let at = Clock::System.now();
        let noted = book.lock().unwrap().note(&headers, &body, at);
        let Some((number, first)) = noted else {
            return Ok(());
        };
        if first && number % BUSY_ONE_IN == 0 {
            answer(&mut stream, "503 Service Unavailable").await?;
            continue;
        }
        // So that a kill always finds some under way.
        sleep(Duration::from_millis(number % 5)).await;
        answer(&mut stream, "200 OK").await?;
        if let Some(arrived) = book.lock().unwrap().by_number.get_mut(&number) {
            arrived.taken = true;
        }
    }
    Ok(())
}

pub(crate) async fn answer(stream: &mut BufReader<TcpStream>, status: &str) -> std::io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await
}

impl Book {
    /// The event's number, and whether it came for the first time; `None` where it is none of ours.
    fn note(&mut self, headers: &HashMap<String, String>, body: &[u8], at: Millis) -> Option<(u64, bool)> {
        self.requests += 1;
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
        let arrived = Arrived {
            event: json["id"].as_str().unwrap_or_default().to_owned(),
            delivery: header("idempotency-key"),
            at,
            taken: false,
        };
        let number = json["idempotencyKey"].as_str().and_then(number);
        let Some(number) = number.filter(|_| header("x-request-id") == arrived.delivery) else {
            self.wrong.push(format!("not one of ours: {arrived:?}, {json}"));
            return None;
        };
        match self.by_number.get(&number) {
            None => {
                self.by_number.insert(number, arrived);
                Some((number, true))
            }
            Some(before) => {
                if (&before.event, &before.delivery) != (&arrived.event, &arrived.delivery) {
                    self.wrong
                        .push(format!("under a second id: {before:?}, {arrived:?}"));
                }
                self.again += u64::from(before.taken);
                Some((number, false))
            }
        }
    }
}

/// A request's headers, names in lower case, and its body; `None` where the other side has closed.
pub(crate) async fn read(
    stream: &mut BufReader<TcpStream>,
) -> std::io::Result<Option<(HashMap<String, String>, Vec<u8>)>> {
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match (line.trim_end(), line.split_once(':')) {
            ("", _) => break,
            (_, Some((name, value))) => {
                drop(headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()));
            }
            (_, None) => {} // The first line.
        }
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok());
    let mut body = vec![0; length.ok_or_else(|| Error::from(ErrorKind::InvalidData))?];
    stream.read_exact(&mut body).await?;
    Ok(Some((headers, body)))
}
