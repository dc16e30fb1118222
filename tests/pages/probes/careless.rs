//! A cache as one might write it in an afternoon: it passes everything on, and keeps every answer to GET by its path.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::client::{Page, Visitor};
use crate::origin::read;

/// Listens until it is dropped.
pub(super) struct Cache {
    pub(super) at: SocketAddr,
    _listening: JoinSet<()>,
}

type Kept = Arc<Mutex<HashMap<String, Page>>>;

impl Cache {
    pub(super) async fn start(origin: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let kept = Kept::default();
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                connections.spawn(async move { drop(serve(stream, origin, kept).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            at,
            _listening: listening,
        }
    }
}

async fn serve(stream: TcpStream, origin: SocketAddr, kept: Kept) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(asked) = read(&mut stream).await? else {
        return Ok(());
    };
    let key = key(asked.path());
    let found = kept.lock().unwrap().get(&key).cloned();
    let page = match found {
        Some(page) => page,
        None => {
            let mut request = asked.head.clone().into_bytes();
            request.extend_from_slice(b"\r\n");
            request.extend_from_slice(&asked.body);
            let page = Visitor::open(origin).await?.ask(&request).await?;
            if asked.method == "GET" {
                kept.lock().unwrap().insert(key, page.clone());
            }
            page
        }
    };
    let mut answer = format!("HTTP/1.1 {} Kept\r\n", page.status);
    for line in page.head.lines().skip(1).filter(|line| !line.is_empty()) {
        if !line.to_ascii_lowercase().starts_with("content-length") {
            answer.push_str(&format!("{line}\r\n"));
        }
    }
    answer.push_str(&format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        page.body.len()
    ));
    stream.write_all(answer.as_bytes()).await?;
    stream.write_all(&page.body).await?;
    stream.shutdown().await
}

/// The path, tidied up a little: without what looks like parameters and without dots.
fn key(path: &str) -> String {
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    };
    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        match segment.split(';').next().unwrap_or_default() {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join("/").to_lowercase()
}
