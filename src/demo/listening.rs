//! A server of the launch's own: it listens on any port of this machine until it is closed.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::runtime::Tasks;

/// A server that listens.
pub(super) struct Listening {
    at: SocketAddr,
    stop: CancellationToken,
    tasks: Tasks,
}

impl Listening {
    /// Listens, and serves each connection by `serve`.
    ///
    /// # Errors
    /// No port could be had.
    pub(super) async fn open<F>(
        name: &'static str,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> std::io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = listener.local_addr()?;
        let (stop, tasks) = (CancellationToken::new(), Tasks::new());
        let (accepting, stopped) = (tasks.clone(), stop.clone());
        tasks.spawn(name, async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stopped.cancelled() => return,
                };
                if let Ok((stream, _)) = accepted {
                    let (serving, stopped) = (serve(stream), stopped.clone());
                    accepting.spawn(name, async move {
                        tokio::select! {
                            () = serving => {}
                            () = stopped.cancelled() => {}
                        }
                    });
                }
            }
        });
        Ok(Self { at, stop, tasks })
    }

    /// Where it listens.
    pub(super) const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Ends every connection.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.tasks.finished().await;
    }
}
