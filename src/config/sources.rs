//! Sources: everything a configuration is made from, gathered before it is read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file that is read when none is named, if it exists.
pub const DEFAULT_PATH: &str = "gantry.toml";
/// The largest configuration file, in bytes.
const FILE_BYTES: u64 = 1 << 20;
/// The largest file that a value names, in bytes: the public authorities of the world together are a quarter of it.
const SECRET_BYTES: u64 = 1 << 20;

/// What the command line overrides; already typed, because a wrong flag is wrong usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--public`: `server.public`.
    pub public: Option<SocketAddr>,
    /// `--admin`: `server.admin`.
    pub admin: Option<SocketAddr>,
    /// `--data`: `store.path`.
    pub data: Option<PathBuf>,
}

/// A configuration file's content under the name that faults give it.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The path, as it was given.
    pub path: PathBuf,
    /// The content, which may be anything.
    pub bytes: Vec<u8>,
}

/// Reads the file of a secret, or of a certificate.
pub type ReadSecret = fn(&Path) -> io::Result<Vec<u8>>;

/// Everything a configuration is made from. A test fills it by hand; a process by [`Sources::from_process`].
#[derive(Clone)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<ConfigFile>,
    /// The environment: `GANTRY_…` variables, and those that secrets name.
    pub environment: Vec<(String, String)>,
    /// The command line.
    pub flags: Overrides,
    /// How the file of a secret or of a certificate is read.
    pub read_secret: ReadSecret,
}

/// Why the configuration file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The named file does not exist: exit 66.
    #[error("there is no configuration file {}", .0.display())]
    Missing(PathBuf),
    /// The file is there and cannot be read: exit 74.
    #[error("cannot read the configuration file {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Sources {
    /// No file, no environment, no flags; secret files cannot be read.
    #[must_use]
    pub fn none() -> Self {
        Self {
            file: None,
            environment: Vec::new(),
            flags: Overrides::default(),
            read_secret: |_| Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The sources of this process: the named file, or [`DEFAULT_PATH`] if it exists; the environment; the flags.
    ///
    /// # Errors
    /// When the named file is missing, or a file that is there cannot be read.
    pub fn from_process(path: Option<PathBuf>, flags: Overrides) -> Result<Self, SourceError> {
        Ok(Self {
            file: read_file(path)?,
            environment: environment(),
            flags,
            read_secret,
        })
    }

    /// A variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file.as_ref().map(|file| &file.path))
            .field("environment", &self.environment.len())
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

fn read_file(named: Option<PathBuf>) -> Result<Option<ConfigFile>, SourceError> {
    let must_exist = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(DEFAULT_PATH));
    match read_limited(&path, FILE_BYTES) {
        Ok(bytes) => Ok(Some(ConfigFile { path, bytes })),
        Err(e) if e.kind() == io::ErrorKind::NotFound && must_exist => Err(SourceError::Missing(path)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SourceError::Unreadable { path, source }),
    }
}

fn read_secret(path: &Path) -> io::Result<Vec<u8>> {
    read_limited(path, SECRET_BYTES)
}

/// The whole file, refused when it is larger than it can sensibly be.
fn read_limited(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {most_bytes} bytes"),
        ));
    }
    Ok(bytes)
}

/// A snapshot of the environment. What is not UTF-8 keeps U+FFFD in its place, which no key and no secret accepts.
fn environment() -> Vec<(String, String)> {
    let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_that_is_missing_is_told_apart_from_one_that_cannot_be_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let missing = Sources::from_process(Some(directory.path().join("none.toml")), Overrides::default());
        assert!(matches!(missing, Err(SourceError::Missing(_))));
        let unreadable = Sources::from_process(Some(directory.path().to_owned()), Overrides::default());
        assert!(matches!(unreadable, Err(SourceError::Unreadable { .. })));
    }

    #[test]
    fn a_named_file_is_read_whole_and_not_beyond_its_limit() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("gantry.toml");
        std::fs::write(&path, "[server]\n").expect("written");
        let sources = Sources::from_process(Some(path.clone()), Overrides::default()).expect("read");
        assert_eq!(sources.file.expect("a file").bytes, b"[server]\n");
        std::fs::write(&path, vec![b'#'; (1 << 20) + 1]).expect("written");
        let large = Sources::from_process(Some(path), Overrides::default());
        assert!(matches!(large, Err(SourceError::Unreadable { .. })));
    }
}
