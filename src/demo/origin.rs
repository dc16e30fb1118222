//! The maker's own site: slow on its best day, and now and then gone. It stands behind the appliance, which is to hide both.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tower::ServiceExt;

use super::listening::Listening;
use super::{launch, site};

/// How long it takes to make a page.
const LATENCY: Duration = Duration::from_millis(300);
/// How often it looks whether it is to fall over.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Listens until it is closed.
pub(super) struct Origin {
    listening: Listening,
    shared: Arc<Shared>,
}

struct Shared {
    begun: Instant,
    /// For how many seconds the launch is planned.
    seconds: Option<u64>,
    site: Router,
    requests: AtomicU64,
}

impl Origin {
    /// Listens on any port, in a launch of so many `seconds`.
    pub(super) async fn open(seconds: Option<u64>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            begun: Instant::now(),
            seconds,
            site: site::router(),
            requests: AtomicU64::new(0),
        });
        let served = Arc::clone(&shared);
        let serve = move |stream| {
            let served = Arc::clone(&served);
            async move { served.connection(stream).await }
        };
        let listening = Listening::open("demo-origin", serve).await?;
        Ok(Self { listening, shared })
    }

    /// Where it listens.
    pub(super) const fn at(&self) -> SocketAddr {
        self.listening.at()
    }

    /// How often it was asked for something.
    pub(super) fn requests(&self) -> u64 {
        self.shared.requests.load(Relaxed)
    }

    /// Whether it is gone at the moment.
    pub(super) fn is_down(&self) -> bool {
        self.shared.is_down()
    }

    /// Ends every connection.
    pub(super) async fn close(&self) {
        self.listening.close().await;
    }
}

impl Shared {
    fn is_down(&self) -> bool {
        launch::site_is_down(self.begun.elapsed(), self.seconds)
    }

    /// Serves until the other side has enough, or the site falls over. While it is down, everybody is hung up on.
    async fn connection(&self, stream: TcpStream) {
        let fallen = async {
            while !self.is_down() {
                sleep(LOOK_EVERY).await;
            }
        };
        let service = service_fn(|request| self.answer(request));
        let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            biased;
            () = fallen => {}
            // How it ended shows in what is asked again.
            _ = serving => {}
        }
    }

    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Body>, Infallible> {
        self.requests.fetch_add(1, Relaxed);
        sleep(LATENCY).await;
        self.site.clone().oneshot(request.map(Body::new)).await
    }
}
