//! A mail server on 127.0.0.1 that really listens, and does what the script says; for tests here and in `tests/delivery`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What it says to a line instead of what any server would; `.` is the end of a letter, an empty line the greeting.
type Script = Arc<dyn Fn(&str) -> Option<&'static str> + Send + Sync>;

/// Says nothing more, and goes.
pub(crate) const GO: &str = "";

/// Takes every letter, unless its script says otherwise. It has a certificate of its own making for `127.0.0.1` and
/// `localhost`.
pub(crate) struct MailServer {
    pub(crate) at: SocketAddr,
    pub(crate) certificate: CertificateDer<'static>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// With TLS from the first byte, or after `STARTTLS`.
    pub(crate) async fn start(
        script: impl Fn(&str) -> Option<&'static str> + Send + Sync + 'static,
        tls_at_once: bool,
    ) -> Self {
        let script: Script = Arc::new(script);
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let certificate = certificate.der().clone();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (at, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::default()));
        let keeps = Arc::clone(&heard);
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One that is hung up on, or does not trust us, is no fault of the server's.
                let _ = converse(stream, (&script, &tls, tls_at_once), &keeps).await;
            }
        });
        Self {
            at,
            certificate,
            heard,
        }
    }

    /// Every line and letter so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn converse(
    stream: TcpStream,
    (script, tls, tls_at_once): (&Script, &TlsAcceptor, bool),
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    if tls_at_once {
        let mut stream = BufReader::new(tls.accept(stream).await?);
        stream
            .get_mut()
            .write_all(script("").unwrap_or("220 hi\r\n").as_bytes())
            .await?;
        return speak(&mut stream, (script, true), heard).await.map(drop);
    }
    let mut stream = BufReader::new(stream);
    stream
        .get_mut()
        .write_all(script("").unwrap_or("220 hi\r\n").as_bytes())
        .await?;
    if speak(&mut stream, (script, false), heard).await? {
        let mut stream = BufReader::new(tls.accept(stream.into_inner()).await?);
        speak(&mut stream, (script, true), heard).await?;
    }
    Ok(())
}

/// Speaks until the other side goes, or wants TLS: then true.
async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    (script, secured): (&Script, bool),
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<bool> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().push(line.clone());
        let usual = match line.split(' ').next().unwrap_or_default() {
            "EHLO" if secured => "250-hi\r\n250 AUTH PLAIN LOGIN\r\n",
            "EHLO" => "250-hi\r\n250 STARTTLS\r\n",
            "STARTTLS" => "220 go\r\n",
            "AUTH" => "235 welcome\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        let reply = script(&line).unwrap_or(usual);
        stream.get_mut().write_all(reply.as_bytes()).await?;
        if reply == GO {
            return Ok(false);
        }
        if line == "STARTTLS" && reply.starts_with("220") {
            return Ok(true);
        }
        if line == "DATA" && reply.starts_with("354") {
            let reply = script(".").unwrap_or("250 2.0.0 queued as 7\r\n");
            letter(stream, heard).await?;
            stream.get_mut().write_all(reply.as_bytes()).await?;
            if reply == GO {
                return Ok(false);
            }
        }
    }
}

async fn letter<S: AsyncRead + Unpin>(stream: &mut S, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n.\r\n") {
        text.push(stream.read_u8().await?);
    }
    heard
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&text).into_owned());
    Ok(())
}
