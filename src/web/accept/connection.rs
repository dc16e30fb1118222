//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::os::fd::AsFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep};

use super::Settings;
use super::deadlines::{Deadlines, Overdue};
use super::house::Place;
use super::service::{self, Arriving};
use super::stream::Watched;
use super::watch::{Order, Phase};

/// The most bytes hyper holds per direction beyond a body's own pieces. Heads have a smaller bound of their own.
const BUFFER_MAX: usize = 64 * 1024;

/// How connections are served: the same for every one of a listener.
#[derive(Clone)]
pub(super) struct Protocol {
    http: http1::Builder,
    pub(super) settings: Settings,
}

impl Protocol {
    /// `pipeline_flush` stays off: it lifts every bound from the write buffer, so that a stream to a client that does
    /// not read would be collected in memory; it also copies each body. Vectored writes are on wherever the socket has
    /// them: bodies go out from where they lie. A client that closes its side has left (`half_close` off), which is how
    /// streams learn of it.
    pub(super) fn new(settings: Settings) -> Self {
        let mut http = http1::Builder::new();
        http.header_read_timeout(None)
            .max_header_size(settings.max_header_bytes)
            .max_buf_size(BUFFER_MAX.max(settings.max_header_bytes))
            .half_close(false)
            .pipeline_flush(false);
        Self { http, settings }
    }

    /// Serves a connection until it ends, its time is up, or it is told to end.
    pub(super) async fn serve<T, H, F>(&self, stream: T, place: Place, handler: H)
    where
        T: AsyncRead + AsyncWrite + AsFd + Unpin + Send + 'static,
        H: Fn(Request<Arriving>) -> F,
        F: Future<Output = Response<Body>>,
    {
        let stream = Watched::new(stream, Arc::clone(place.watch()));
        self.serve_watched(stream, place, handler).await;
    }

    /// Serves what is [`Watched`] already, below whatever lies between.
    pub(super) async fn serve_watched<T, H, F>(&self, stream: T, place: Place, handler: H)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        H: Fn(Request<Arriving>) -> F,
        F: Future<Output = Response<Body>>,
    {
        let io = TokioIo::new(stream);
        let answer = service_fn(|request| {
            let watch = Arc::clone(place.watch());
            let answer = service::answer(request, watch, self.settings.max_headers, &handler);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = pin!(self.http.serve_connection(io, answer).with_upgrades());
        let guard = Guard::new(&self.settings, &place);
        guard
            .keep(connection, |connection| connection.graceful_shutdown())
            .await;
    }
}

/// What an order asks for.
enum Step {
    CarryOn,
    Finish,
    End,
}

/// Watches over one connection's time and orders.
pub(super) struct Guard<'a> {
    place: &'a Place,
    deadlines: Deadlines,
    registered: bool,
    obeyed: Order,
}

impl<'a> Guard<'a> {
    pub(super) fn new(settings: &Settings, place: &'a Place) -> Self {
        Self {
            place,
            deadlines: Deadlines::new(settings, Instant::now()),
            registered: false,
            obeyed: Order::None,
        }
    }

    /// Polls `work` until it ends, its time is up (`None`), or it is told to end; `finish` asks it to.
    pub(super) async fn keep<W: Future>(
        mut self,
        mut work: Pin<&mut W>,
        finish: impl Fn(Pin<&mut W>),
    ) -> Option<W::Output> {
        let mut timer = pin!(sleep(self.deadlines.look_every()));
        poll_fn(|cx| {
            self.register(cx);
            // First what has already come, so that an order to leave or drain never loses a request that is here.
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            match self.obey() {
                Step::CarryOn => {}
                Step::Finish => {
                    finish(work.as_mut());
                    if let Poll::Ready(done) = work.as_mut().poll(cx) {
                        return Poll::Ready(Some(done));
                    }
                }
                Step::End => return Poll::Ready(None),
            }
            self.keep_time(timer.as_mut(), cx).map(|()| None)
        })
        .await
    }

    fn register(&mut self, cx: &Context<'_>) {
        if !self.registered {
            self.registered = true;
            self.place.watch().register(cx.waker());
        }
    }

    fn obey(&mut self) -> Step {
        let watch = self.place.watch();
        let order = watch.order();
        if order == self.obeyed {
            return Step::CarryOn;
        }
        match order {
            Order::None => Step::CarryOn,
            Order::Leave => {
                if matches!(watch.phase(), Phase::Head | Phase::Idle) && watch.blocked_write().is_none() {
                    return Step::End;
                }
                watch.stay();
                Step::CarryOn
            }
            Order::Drain => {
                self.deadlines.drain();
                if watch.has_not_asked() {
                    return Step::CarryOn;
                }
                self.obeyed = order;
                Step::Finish
            }
            Order::Cut => Step::End,
        }
    }

    /// Ready when the connection's time is up.
    fn keep_time(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<()> {
        let watch = self.place.watch();
        if self.deadlines.follow(watch, Instant::now) {
            self.place.note_waiting(self.deadlines.waiting_since(watch));
            if let Some((at, _)) = self
                .deadlines
                .next(watch)
                .filter(|(at, _)| *at < timer.deadline())
            {
                timer.as_mut().reset(at);
            }
        }
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let look = now + self.deadlines.look_every();
            match self.deadlines.next(watch) {
                Some((at, overdue)) if at <= now => {
                    self.end(overdue);
                    return Poll::Ready(());
                }
                Some((at, _)) => timer.as_mut().reset(at.min(look)),
                None => timer.as_mut().reset(look),
            }
        }
        Poll::Pending
    }

    fn end(&self, overdue: Overdue) {
        if overdue == Overdue::Stalled {
            self.place.watch().abandon();
        }
        tracing::debug!(connection.overdue = ?overdue, "a connection's time is up");
    }
}
