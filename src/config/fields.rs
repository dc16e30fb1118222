//! Fields: the keys of one table that may stand several times, `[[destination]]`, or within one, `retry = { … }`.

use super::fault::{Fault, Invalid, Place};
use super::nearest;
use super::written::{Refusal, Written};

/// A table as it was written, and the faults found in it so far.
pub(super) struct Fields<'w> {
    /// How faults name it: `destination`, `destination.retry`.
    section: &'static str,
    place: &'w Place,
    entries: &'w [(String, Written)],
    faults: Vec<Fault>,
}

impl<'w> Fields<'w> {
    /// Opens a table; whatever is not among `known` is a fault.
    pub(super) fn open(
        section: &'static str,
        known: &[&str],
        (place, entries): (&'w Place, &'w [(String, Written)]),
    ) -> Self {
        let mut this = Self {
            section,
            place,
            entries,
            faults: Vec::new(),
        };
        let names: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        for (name, written) in entries.iter().filter(|(name, _)| !names.contains(name)) {
            let why = Invalid(format!("unknown key; {}", nearest::hint(name, &names)));
            this.refuse(name, vec![(written.place.clone(), why)]);
        }
        this
    }

    /// Reads a key that may be left out. A value that is refused is a fault and reads as nothing.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Written) -> Result<T, Vec<Refusal>>,
    ) -> Option<T> {
        let (_, written) = self.entries.iter().find(|(written, _)| written == name)?;
        read(written).map_err(|refused| self.refuse(name, refused)).ok()
    }

    /// Reads a key that has a default. A value that is refused is a fault and reads as nothing.
    pub(super) fn optional_or<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Written) -> Result<T, Vec<Refusal>>,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        match self.is_written(name) {
            true => self.optional(name, read),
            false => Some(default()),
        }
    }

    /// Refuses a key wherever it is written.
    pub(super) fn forbid(&mut self, name: &str, why: &str) {
        if let Some((_, written)) = self.entries.iter().find(|(written, _)| written == name) {
            self.refuse(name, vec![(written.place.clone(), Invalid(why.to_owned()))]);
        }
    }

    /// Whether a key is there at all.
    pub(super) fn is_written(&self, name: &str) -> bool {
        self.entries.iter().any(|(written, _)| written == name)
    }

    /// Reads a key that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Written) -> Result<T, Vec<Refusal>>,
    ) -> Option<T> {
        if !self.is_written(name) {
            let why = Invalid("is missing, and has no default".to_owned());
            self.refuse(name, vec![(self.place.clone(), why)]);
        }
        self.optional(name, read)
    }

    /// That `name` is not written without `other`.
    pub(super) fn needs(&mut self, name: &str, other: &str) {
        let written = |name: &str| self.entries.iter().find(|(written, _)| written == name);
        let (Some((_, alone)), None) = (written(name), written(other)) else {
            return;
        };
        let why = Invalid(format!("needs {other} beside it"));
        self.refuse(name, vec![(alone.place.clone(), why)]);
    }

    /// Adds faults of a key.
    pub(super) fn refuse(&mut self, name: &str, refused: Vec<Refusal>) {
        let key = format!("{}.{name}", self.section);
        self.faults
            .extend(refused.into_iter().map(|(place, Invalid(message))| Fault {
                place,
                key: Some(key.clone()),
                message,
            }));
    }

    /// What was wrong, as a value of the table around this one is refused; nothing when nothing was.
    pub(super) fn into_refusals(self) -> Result<(), Vec<Refusal>> {
        let within = self.section.len() + 1;
        let refusal = |fault: Fault| {
            let key = fault.key.unwrap_or_default();
            let name = key.get(within..).unwrap_or_default();
            (fault.place, Invalid(format!("{name}: {}", fault.message)))
        };
        match self.faults.is_empty() {
            true => Ok(()),
            false => Err(self.faults.into_iter().map(refusal).collect()),
        }
    }

    /// What was wrong.
    pub(super) fn faults(self) -> Vec<Fault> {
        self.faults
    }
}
