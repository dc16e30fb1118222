//! Who is there beside the appliance and its visitors: the maker's site, and a receiver of events.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A page has so many bytes.
pub(crate) const PAGE_BYTES: usize = 8 * 1_024;
/// One event in so many is refused when it comes for the first time.
const BUSY_ONE_IN: u64 = 16;
/// One event in so many is refused for good.
const REFUSED_ONE_IN: u64 = 128;

/// A server of this process. Dropping it ends it.
pub(crate) struct Other {
    pub(crate) at: SocketAddr,
    open: Arc<AtomicUsize>,
    _listening: JoinSet<()>,
}

/// Counts a connection for as long as it is open.
struct Open(Arc<AtomicUsize>);

impl Other {
    async fn serve(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let open = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&open);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let open = Open::count(&counted);
                connections.spawn(answer(stream, router.clone(), open));
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            at,
            open,
            _listening: listening,
        }
    }

    /// How many connections are open to it.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

impl Open {
    fn count(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer(stream: TcpStream, router: Router, _open: Open) {
    let service = TowerToHyperService::new(router);
    // Who breaks off has not failed us.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// The maker's site: pages that may be kept, and others that may not.
pub(crate) async fn site() -> Other {
    let page = async |Path(number): Path<u64>| html(number, "");
    let account = async || html(0, "no-store");
    Other::serve(
        Router::new()
            .route("/launch/{number}", get(page))
            .route("/account", get(account)),
    )
    .await
}

fn html(number: u64, cache_control: &'static str) -> Response {
    let line = format!("<p>Page {number} of the launch.</p>\n");
    let mut body = format!("<!doctype html><title>{number}</title>\n");
    while body.len() < PAGE_BYTES {
        body.push_str(&line);
    }
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
    if !cache_control.is_empty() {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    }
    response
}

/// Numbers of events that have come to the receiver.
pub(crate) type Arrived = Arc<Mutex<HashSet<u64>>>;

/// A receiver that is busy now and then, refuses a few for good, and keeps the numbers of the events it took.
pub(crate) async fn receiver() -> (Other, Arrived) {
    let arrived = Arrived::default();
    let (taken, busy) = (Arc::clone(&arrived), Arrived::default());
    let hook = move |Json(event): Json<Value>| {
        let number = event["payload"]["n"].as_u64().unwrap();
        let first = is_busy(number) && busy.lock().unwrap().insert(number);
        let status = match () {
            () if is_refused(number) => StatusCode::BAD_REQUEST,
            () if first => StatusCode::SERVICE_UNAVAILABLE,
            () => StatusCode::OK,
        };
        if status == StatusCode::OK {
            taken.lock().unwrap().insert(number);
        }
        async move { status }
    };
    let receiver = Other::serve(Router::new().route("/hook", post(hook))).await;
    (receiver, arrived)
}

fn is_busy(number: u64) -> bool {
    number % BUSY_ONE_IN == 3
}

/// Whether the receiver never takes it.
pub(crate) fn is_refused(number: u64) -> bool {
    number % REFUSED_ONE_IN == 5
}
