//! A connection's bytes, with notes on what passes.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::watch::{Order, Phase, Watch};

/// How much of an unread request is thrown away before closing, in bytes: the largest body we take, and as much again
/// from a client that sends more than it may.
const DISCARD_MAX: usize = 16 << 20;
const DISCARD_STEP: usize = 16 * 1024;

/// A socket that tells its [`Watch`] of reads, writes and blocked writes.
///
/// Shutting it down closes our side and then reads what still comes, up to 16 MiB and for as long as the deadline of
/// [`Phase::Closing`] allows: closing a socket with unread bytes makes the kernel reset it, and the peer would lose the
/// answer it was about to read. Once draining began, this is for those alone who are still sending.
pub(super) struct Watched<T: AsFd> {
    stream: T,
    watch: Arc<Watch>,
    discarded: usize,
}

impl<T: AsFd> Watched<T> {
    pub(super) const fn new(stream: T, watch: Arc<Watch>) -> Self {
        Self {
            stream,
            watch,
            discarded: 0,
        }
    }

    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.watch.write_blocked(),
            Poll::Ready(_) => self.watch.wrote(),
        }
        written
    }
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        if self.watch.is_abandoned() {
            // Else the kernel would go on holding what the peer does not read. Best effort.
            drop(SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)));
        }
    }
}

impl<T: AsyncRead + AsFd + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.remaining();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.remaining() < before {
            self.watch.received();
        } else if before > 0 {
            self.watch.peer_ended();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + AsFd + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watch.phase() != Phase::Closing {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.watch.closing();
        }
        let mut scratch = [0; DISCARD_STEP];
        while !self.watch.has_peer_ended() && self.discarded < DISCARD_MAX {
            if self.watch.order() >= Order::Drain && !self.watch.has_unread() {
                break;
            }
            let mut buf = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                break;
            }
            self.discarded += buf.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}
