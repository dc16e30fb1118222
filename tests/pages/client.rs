//! A visitor: sends bytes as they are and reads whole answers, however their end is told (RFC 9112, §6.3).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::header;

/// No answer may take longer, whatever a test does.
const BOUND: Duration = Duration::from_secs(60);
/// A reader on Linux.
pub(crate) const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

pub(crate) struct Visitor {
    stream: BufReader<TcpStream>,
}

/// An answer with all of its body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// The status line and the headers, as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Page {
    /// The value of a header; several are joined as one list.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// `X-Cache`.
    pub(crate) fn cache(&self) -> String {
        self.header("x-cache").unwrap_or_default()
    }

    pub(crate) fn age(&self) -> Option<u64> {
        self.header("age").and_then(|text| text.parse().ok())
    }

    /// Whether the text is in its head or its body.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.head.contains(text) || self.text().contains(text)
    }
}

/// What a browser asks for a page with, beside what is `more` (whole lines).
pub(crate) fn browsing(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: {BROWSER}\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: en-US,en;q=0.5\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n{more}\r\n"
    )
}

impl Visitor {
    pub(crate) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Asks for a page as a browser does.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Page> {
        self.get_with(path, "").await
    }

    /// Asks for a page as a browser does, with more headers (whole lines).
    pub(crate) async fn get_with(&mut self, path: &str, more: &str) -> io::Result<Page> {
        self.ask(browsing(path, more).as_bytes()).await
    }

    /// Sends a request as it is written here, and waits for its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Page> {
        self.send(request).await?;
        self.answer(Expected::of(request)).await
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next answer's head, and nothing of its body.
    pub(crate) async fn head(&mut self) -> io::Result<Page> {
        bounded(self.read_head()).await
    }

    /// So many bytes of what follows.
    pub(crate) async fn bytes(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        bounded(async { self.stream.read_exact(bytes).await.map(drop) }).await
    }

    /// The next answer.
    pub(crate) async fn answer(&mut self, expected: Expected) -> io::Result<Page> {
        bounded(async {
            let mut page = loop {
                let page = self.read_head().await?;
                if page.status >= 200 || page.status == 101 {
                    break page;
                }
            };
            self.body(&mut page, expected).await?;
            Ok(page)
        })
        .await
    }

    async fn read_head(&mut self) -> io::Result<Page> {
        let mut head = Vec::new();
        loop {
            let from = head.len();
            if self.stream.read_until(b'\n', &mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head[from..].trim_ascii().is_empty() {
                break;
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        Ok(Page {
            status: status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, head.clone()))?,
            head,
            body: Vec::new(),
        })
    }

    async fn body(&mut self, page: &mut Page, expected: Expected) -> io::Result<()> {
        if expected == Expected::Head || matches!(page.status, 101 | 204 | 304) {
            return Ok(());
        }
        if page.header("transfer-encoding").is_some() {
            return self.chunks(&mut page.body).await;
        }
        match page.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
                page.body = vec![0; length];
                self.stream.read_exact(&mut page.body).await.map(drop)
            }
            None => self.stream.read_to_end(&mut page.body).await.map(drop),
        }
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        while let Some(chunk) = self.read_chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// The next chunk of a chunked body; `None` after the last.
    pub(crate) async fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        bounded(self.read_chunk()).await
    }

    async fn read_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let size = usize::from_str_radix(line.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut chunk = vec![0; size + 2];
        self.stream.read_exact(&mut chunk).await?;
        chunk.truncate(size);
        Ok((size > 0).then_some(chunk))
    }
}

/// What kind of answer a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Whole,
    /// To HEAD: a head only, whatever it says of a body.
    Head,
}

impl Expected {
    fn of(request: &[u8]) -> Self {
        match request.starts_with(b"HEAD ") {
            true => Self::Head,
            false => Self::Whole,
        }
    }
}

async fn bounded<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(BOUND, work)
        .await
        .unwrap_or_else(|_| panic!("no answer within {BOUND:?}"))
}
