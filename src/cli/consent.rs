//! Consent: nothing is destroyed unasked.

use std::io::{self, BufRead, IsTerminal, Write};

use super::exit::Failure;

/// Whether somebody must agree before something is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// They have, by flag.
    Given,
    /// They must be asked.
    Ask,
}

impl Consent {
    pub(super) fn of(yes: bool) -> Self {
        if yes { Self::Given } else { Self::Ask }
    }
}

/// Asks on the terminal; anything but yes is no.
pub(super) fn ask(question: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::usage("there is nobody to ask; give --yes"));
    }
    let _ = write!(io::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::io("cannot read the answer", &e))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
