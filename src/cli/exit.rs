//! How a command ends: an exit code, and where it failed, a line that says why.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::config::{Faults, SourceError};
use crate::store::{Fault, OpenError};

/// The exit codes; numbers above 64 are those of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Code {
    /// Done.
    Done = 0,
    /// It ran, and the answer is no.
    No = 1,
    /// Wrong usage.
    Usage = 2,
    /// The data file is damaged, foreign, empty or newer.
    Damaged = 65,
    /// What was named is not there: a file, or a server where none is running.
    Missing = 66,
    /// Another process has the data file.
    InUse = 73,
    /// An input or output fault: a file, a disk, or a connection that broke.
    Io = 74,
    /// The configuration is wrong.
    Config = 78,
}

impl Code {
    /// The code of this number; one that is not listed is a fault of ours.
    pub(super) fn of(number: u8) -> Self {
        let codes = [
            Self::Done,
            Self::No,
            Self::Usage,
            Self::Damaged,
            Self::Missing,
            Self::InUse,
            Self::Config,
        ];
        codes
            .into_iter()
            .find(|code| *code as u8 == number)
            .unwrap_or(Self::Io)
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command failed: what standard error is told, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) code: Code,
    text: String,
}

impl Failure {
    /// A failure in one line, begun with our name. Control characters, which may come from a server, are made visible.
    pub(super) fn new(code: Code, why: impl fmt::Display) -> Self {
        let text = super::show::printable(&format!("gantry: {why}"));
        Self { code, text }
    }

    /// Wrong usage that the parser cannot see.
    pub(super) fn usage(why: impl fmt::Display) -> Self {
        Self::new(Code::Usage, why)
    }

    /// A file or stream that could not be read or written.
    pub(super) fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(Code::Io, format_args!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Writing to standard output; the only I/O whose error is handed on as it is.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::io("cannot write to standard output", &error)
    }
}

/// One line for each fault, as compilers write them.
impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self {
            code: Code::Config,
            text: faults.to_string(),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        match &error {
            SourceError::Missing(_) => Self::new(Code::Missing, error),
            SourceError::Unreadable { source, .. } => Self::io(&error, source),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(Code::of(error.exit_code()), error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new(Code::Io, fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_agree_and_unknown_numbers_are_faults() {
        for code in [
            Code::No,
            Code::Damaged,
            Code::Missing,
            Code::InUse,
            Code::Io,
            Code::Config,
        ] {
            assert_eq!(Code::of(code as u8), code);
        }
        assert_eq!(Code::of(42), Code::Io);
    }

    #[test]
    fn a_failure_is_one_line_whatever_it_repeats() {
        let failure = Failure::new(Code::No, "a\nb\u{1b}[2J");
        assert_eq!(failure.to_string(), "gantry: a\u{fffd}b\u{fffd}[2J");
    }
}
