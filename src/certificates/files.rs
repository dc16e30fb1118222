//! Certificates from files: read with the configuration, and again whenever they have changed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Inner, Trouble};
use crate::config::{CertificateFiles, Fault, Server};
use crate::runtime::{Next, Worker};
use crate::tls::{Certificate, IdentityError};

/// How often it is looked at whether files have changed.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The largest file, in bytes: as when the configuration is read.
const FILE_BYTES: u64 = 1 << 20;

/// Reads the pair of a configuration; `None` where it names none.
///
/// # Errors
/// A fault of the file that does not hold what it should.
pub(super) fn read(server: &Server) -> Result<Option<Certificate>, Vec<Fault>> {
    let Some(CertificateFiles { certificate, key }) = &server.files else {
        return Ok(None);
    };
    let pair = Certificate::parse(certificate.expose(), key.expose()).map_err(|wrong| {
        vec![match wrong {
            IdentityError::Certificate(why) => certificate.fault(why.to_string()),
            IdentityError::Key(why) => key.fault(why.to_string()),
        }]
    })?;
    match missing(&pair, server.names()) {
        Some(why) => Err(vec![certificate.fault(why)]),
        None => Ok(Some(pair)),
    }
}

/// What is said of a certificate that is not for every name.
fn missing<'n>(pair: &Certificate, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let others: Vec<&str> = names.filter(|name| !pair.particulars().is_for(name)).collect();
    let held = pair.particulars().names.join(", ");
    (!others.is_empty()).then(|| format!("is not for {}; it is for {held}", others.join(", ")))
}

/// Follows a pair of files.
pub(super) struct Follower {
    inner: Arc<Inner>,
    paths: [PathBuf; 2],
    /// How they were when they were last read.
    seen: Option<[Stamp; 2]>,
    /// The text of the pair in use.
    in_use: [String; 2],
}

/// What changes when a file does: when it was written, how long it is, and which file it is.
type Stamp = (i64, i64, u64, u64);

impl Follower {
    pub(super) fn new(inner: Arc<Inner>, files: &CertificateFiles) -> Self {
        let CertificateFiles { certificate, key } = files;
        Self {
            inner,
            paths: [certificate.path().clone(), key.path().clone()],
            seen: None,
            in_use: [certificate.expose().to_owned(), key.expose().to_owned()],
        }
    }

    fn take_up(&mut self, texts: [String; 2]) -> Result<(), String> {
        let [certificate, key] = &texts;
        let pair = Certificate::parse(certificate, key).map_err(|wrong| {
            let [of_certificate, of_key] = &self.paths;
            match wrong {
                IdentityError::Certificate(why) => format!("{} {why}", of_certificate.display()),
                IdentityError::Key(why) => format!("{} {why}", of_key.display()),
            }
        })?;
        if let Some(why) = missing(&pair, self.inner.names.iter().map(String::as_str)) {
            return Err(format!("the new certificate {why}"));
        }
        self.inner.show_everywhere(&pair);
        tracing::info!(
            certificate.expires = %pair.particulars().not_after,
            "another certificate is in use"
        );
        self.in_use = texts;
        Ok(())
    }

    fn refuse(&self, why: String) {
        tracing::error!(error = %why, "the certificate on disk cannot be used; the one before stays in use");
        for name in &self.inner.names {
            let trouble = Trouble {
                last_error: Some(why.clone()),
                next_try: None,
            };
            self.inner.note(name, trouble);
        }
    }
}

impl Worker for Follower {
    fn name(&self) -> Cow<'static, str> {
        "certificates".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let (paths, seen) = (self.paths.clone(), self.seen);
        let looked = tokio::task::spawn_blocking(move || look(&paths, seen)).await?;
        match looked {
            Ok(None) => {}
            Ok(Some((stamps, texts))) => {
                self.seen = Some(stamps);
                if texts == self.in_use {
                    // What was wrong in between has been put right by what was there before.
                    self.inner.troubles().clear();
                } else if let Err(why) = self.take_up(texts) {
                    self.refuse(why);
                }
            }
            Err(error) if self.seen.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let first = self.seen.take().is_some();
                if first {
                    self.refuse(format!("the files cannot be read: {error}"));
                }
            }
        }
        Ok(Next::After(LOOK_EVERY))
    }

    async fn wait(&mut self) {
        self.inner.asked.notified().await;
    }
}

type Looked = Option<([Stamp; 2], [String; 2])>;

/// Reads both files, if either is another than it was.
fn look([certificate, key]: &[PathBuf; 2], seen: Option<[Stamp; 2]>) -> io::Result<Looked> {
    let stamps = [stamp(certificate)?, stamp(key)?];
    if seen == Some(stamps) {
        return Ok(None);
    }
    Ok(Some((stamps, [text(certificate)?, text(key)?])))
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let file = std::fs::metadata(path)?;
    Ok((file.mtime(), file.mtime_nsec(), file.len(), file.ino()))
}

/// As the configuration reads it.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES).read_to_string(&mut text)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

#[cfg(test)]
mod tests;
