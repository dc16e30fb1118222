//! Routes: which events go to which destinations.

use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::nearest;
use super::written::Written;
use crate::model::event::{Pattern, Route};
use crate::model::ids::{DestinationName, EventType, Source};

/// The keys of `[[route]]`, in the order of the packaged file.
pub(super) const KEYS: [&str; 3] = ["type", "source", "to"];

/// Reads one `[[route]]` to destinations of these names.
pub(super) fn read(
    table: (&Place, &[(String, Written)]),
    known: &[DestinationName],
) -> (Option<Route>, Vec<Fault>) {
    let mut fields = Fields::open("route", &KEYS, table);
    let kind = fields.required("type", |written| {
        written.one(|text| pattern(text, |name| EventType::parse(name).map(drop)))
    });
    let source = fields.optional("source", |written| {
        written.one(|text| pattern(text, |name| Source::parse(name).map(drop)))
    });
    let to = fields.required("to", |written| {
        let to = written.each(|text| destination(text, known))?;
        if to.is_empty() {
            let why = Invalid("names nobody; write for example [\"crm\"]".to_owned());
            return Err(vec![(written.place.clone(), why)]);
        }
        Ok(to)
    });
    let route = kind.zip(to).map(|(kind, to)| Route {
        kind,
        source: source.unwrap_or(Pattern::Any),
        to,
    });
    (route, fields.faults())
}

/// A pattern that some name can match.
fn pattern<E: std::fmt::Display>(
    text: &str,
    check: impl Fn(&str) -> Result<(), E>,
) -> Result<Pattern, Invalid> {
    let Some(pattern) = Pattern::parse(text) else {
        return Err(Invalid(format!(
            r#"{} is not a pattern; write a name, "CAMPAIGN_*" or "*""#,
            shown(text)
        )));
    };
    if let Pattern::Prefix(name) | Pattern::Exact(name) = &pattern {
        check(name).map_err(|bad| Invalid(format!("{} {bad}", shown(text))))?;
    }
    Ok(pattern)
}

fn destination(text: &str, known: &[DestinationName]) -> Result<DestinationName, Invalid> {
    if let Some(name) = known.iter().find(|name| name.as_str() == text) {
        return Ok(name.clone());
    }
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let hint = match names.is_empty() {
        true => "there is no [[destination]]".to_owned(),
        false => nearest::hint(text, &names),
    };
    Err(Invalid(format!("{} is not a destination; {hint}", shown(text))))
}
