//! Secrets: written as references, resolved once, never printed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::fault::{Invalid, shown};
use super::sources::Sources;

/// How a secret is written; the hint of every fault about one.
const FORMS: &str = r#"write "env:NAME", "file:PATH" or "credential:NAME""#;

/// A secret's text. It prints as `[secret]`; only [`Secret::expose`] gives it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret from text that is already at hand, as in tests.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Do not log it, and do not keep a copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where a secret is kept, as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SecretRef {
    /// `env:NAME`: a variable of the environment.
    Variable(String),
    /// `file:PATH`: the content of a file.
    File(PathBuf),
    /// `credential:NAME`: a file in systemd's `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl FromStr for SecretRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.split_once(':') {
            Some(("env", name)) if is_variable_name(name) => Ok(Self::Variable(name.to_owned())),
            Some(("file", path)) if !path.is_empty() && !path.contains('\0') => Ok(Self::File(path.into())),
            Some(("credential", name)) if is_credential_name(name) => Ok(Self::Credential(name.to_owned())),
            Some(("env" | "file" | "credential", _)) => {
                Err(Invalid(format!("{} names nothing; {FORMS}", shown(text))))
            }
            _ => Err(Invalid(format!(
                "a secret does not stand in the configuration itself; {FORMS}"
            ))),
        }
    }
}

impl SecretRef {
    /// Whether a text that need not be a secret is written as one.
    pub(super) fn is_written_as_one(text: &str) -> bool {
        matches!(text.split_once(':'), Some(("env" | "file" | "credential", _)))
    }

    /// Fetches the secret.
    ///
    /// # Errors
    /// When it is not there, cannot be read, is empty or is not UTF-8.
    pub(super) fn resolve(&self, sources: &Sources) -> Result<Secret, Invalid> {
        let text = match self {
            Self::Variable(name) => sources
                .variable(name)
                .ok_or_else(|| Invalid(format!("the variable {name} is not set")))?
                .to_owned(),
            Self::File(path) => read(path, sources)?,
            Self::Credential(name) => read(&credential_path(name, sources)?, sources)?,
        };
        if text.is_empty() {
            return Err(Invalid("the secret it names is empty".to_owned()));
        }
        // What is left of a variable that is not UTF-8 is another secret than its author meant.
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Invalid("the secret it names is not UTF-8 text".to_owned()));
        }
        Ok(Secret(text))
    }
}

impl SecretRef {
    /// Where the file is, of what has to be one because it is read again.
    ///
    /// # Errors
    /// For a variable, which never changes, and where there are no credentials.
    pub(super) fn path(&self, sources: &Sources) -> Result<PathBuf, Invalid> {
        match self {
            Self::Variable(_) => Err(Invalid(
                r#"is read again when it changes, as a variable never does; write a path or "credential:NAME""#
                    .to_owned(),
            )),
            Self::File(path) => Ok(path.clone()),
            Self::Credential(name) => credential_path(name, sources),
        }
    }
}

fn credential_path(name: &str, sources: &Sources) -> Result<PathBuf, Invalid> {
    let directory = sources
        .variable("CREDENTIALS_DIRECTORY")
        .filter(|directory| !directory.is_empty())
        .ok_or_else(|| {
            Invalid(
                "$CREDENTIALS_DIRECTORY is not set; is the service started by systemd with LoadCredential=?"
                    .into(),
            )
        })?;
    Ok(Path::new(directory).join(name))
}

/// The content of a file without the line breaks at its end.
fn read(path: &Path, sources: &Sources) -> Result<String, Invalid> {
    let bytes =
        (sources.read_secret)(path).map_err(|e| Invalid(format!("cannot read {}: {e}", path.display())))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Invalid(format!("{} is not UTF-8 text", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn is_variable_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(plain) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// A credential is one file name: no way out of the directory.
fn is_credential_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_literal_secret_is_refused_without_being_repeated() {
        for text in ["hunter2", "", "sk:hunter2", "ENV:hunter2"] {
            let refused = text.parse::<SecretRef>().expect_err("refused").to_string();
            assert!(
                refused.contains("env:NAME") && !refused.contains("hunter2"),
                "{refused}"
            );
        }
    }

    #[test]
    fn references_that_name_nothing_are_refused() {
        for text in [
            "env:",
            "env:A B",
            "env:1A",
            "file:",
            "credential:",
            "credential:../etc/shadow",
            "credential:..",
        ] {
            assert!(text.parse::<SecretRef>().is_err(), "{text}");
        }
    }
}
