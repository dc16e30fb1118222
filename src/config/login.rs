//! A name and a password for a mail server.

use super::fault::Invalid;
use super::fields::Fields;
use super::secret::{Secret, SecretRef};
use super::sources::Sources;
use super::written::{Refusal, Written};

/// The ways that a mail server knows, and what each is made of.
const WAYS: [&str; 1] = ["basic"];
const KEYS: [&str; 2] = ["user", "password"];

/// Who we are to a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Without control characters.
    pub user: Secret,
    /// Without control characters.
    pub password: Secret,
}

/// Reads `{ basic = { user = "…", password = "env:…" } }`; an empty table is none.
pub(super) fn read(written: &Written, sources: &Sources) -> Result<Option<Login>, Vec<Refusal>> {
    let mut fields = Fields::open("destination.auth", &WAYS, (&written.place, written.table()?));
    let login = fields.optional("basic", |written| basic(written, sources));
    fields.into_refusals().map(|()| login)
}

fn basic(written: &Written, sources: &Sources) -> Result<Login, Vec<Refusal>> {
    let table = (&written.place, written.table()?);
    let mut fields = Fields::open("destination.auth.basic", &KEYS, table);
    let user = fields.required("user", |written| {
        written.one(|text| match SecretRef::is_written_as_one(text) {
            true => secret(text, sources),
            false => plain(Secret::new(text)),
        })
    });
    let password = fields.required("password", |written| written.one(|text| secret(text, sources)));
    fields.into_refusals()?;
    // Nothing is missing where nothing was refused.
    let both = user.zip(password);
    both.map(|(user, password)| Login { user, password })
        .ok_or_else(Vec::new)
}

fn secret(text: &str, sources: &Sources) -> Result<Secret, Invalid> {
    plain(text.parse::<SecretRef>()?.resolve(sources)?)
}

/// What separates the two as they are sent is a control character (RFC 4616 §2).
fn plain(secret: Secret) -> Result<Secret, Invalid> {
    match secret.expose() {
        "" => Err(Invalid("is empty".to_owned())),
        text if text.contains(char::is_control) => Err(Invalid("has a control character in it".to_owned())),
        _ => Ok(secret),
    }
}
