//! Sockets that were opened before we began (`sd_listen_fds(3)`). Whoever opened them keeps them open while one process
//! makes room for the next, so that nobody is refused meanwhile; and may open ports that we must not.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;

/// Listening sockets that were handed to us, by name (systemd's `FileDescriptorName=`).
#[derive(Debug, Default)]
pub struct Inherited(Vec<(String, TcpListener)>);

impl Inherited {
    /// Takes those of this process; none where nobody handed us any. Call it once, while there is one thread: what says
    /// how many there are is taken out of the environment, so that no child believes it has them.
    ///
    /// # Errors
    /// What was handed over is not what was announced, or is not a TCP socket.
    pub fn from_process() -> io::Result<Self> {
        let names: Vec<String> = sd_notify::listen_fds_with_names()?
            .map(|(_, name)| name)
            .collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let mut handed = ListenFd::from_env();
        let mut sockets = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            let socket = handed.take_tcp_listener(index)?;
            sockets.extend(socket.map(|socket| (name, socket)));
        }
        Ok(Self(sockets))
    }

    /// Adds a socket, as if it had been handed to us.
    #[must_use]
    pub fn with(mut self, name: &str, socket: TcpListener) -> Self {
        self.0.push((name.to_owned(), socket));
        self
    }

    /// Whether there is one of this name that nobody has taken.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Takes those of this name: several where they were opened at several addresses.
    pub fn take(&mut self, name: &str) -> Vec<TcpListener> {
        let (taken, left) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(known, _)| known == name);
        self.0 = left;
        let taken: Vec<(String, TcpListener)> = taken;
        taken.into_iter().map(|(_, socket)| socket).collect()
    }

    /// The name of one that nobody has taken.
    #[must_use]
    pub fn left(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| name.as_str())
    }
}
