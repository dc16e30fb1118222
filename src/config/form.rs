//! Forms: what a visitor may send without a key, and which event it becomes.

use super::fault::{Fault, Invalid, Place, shown};
use super::fields::Fields;
use super::written::{Refusal, Written};
use crate::model::ids::{EventType, FormName};

/// The keys of `[[form]]`, in the order of the packaged file.
pub(super) const KEYS: [&str; 5] = ["name", "fields", "event", "redirect", "honeypot"];
/// The field that people do not see, when nothing is written: one that those who fill in everything like to fill in.
const DEFAULT_HONEYPOT: &str = "website_url";
/// The most fields of a form, and the longest text of one, in characters: a form's body has 4 KiB.
const FIELDS_MOST: usize = 50;
const TEXT_CHARS_MOST: u16 = 2_000;
/// The longest name of a field, in bytes.
const FIELD_NAME_BYTES_MOST: usize = 64;

/// A form of the maker's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The last part of its path; no two of one name.
    pub name: FormName,
    /// What is asked for, in the order of the alphabet; one is an e-mail address that is required.
    pub fields: Vec<FormField>,
    /// The type of the event that is recorded, once for each e-mail address.
    pub event: EventType,
    /// Where a browser goes after it: a path of the site, or an address as it is written here. `None`: it stays.
    pub redirect: Option<String>,
    /// The field that people do not see; what fills it in is no person.
    pub honeypot: String,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Its name, in the form and in the event's payload.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub need: Need,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It need not.
    Optional,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An e-mail address.
    Email,
    /// A text of at most so many characters.
    Text(u16),
    /// A number.
    Number,
    /// A box that is ticked or not: `true` or `false` in the payload.
    Checkbox,
    /// An address of the web: http or https.
    Url,
}

impl Form {
    /// The e-mail address by which one event is told from another.
    #[must_use]
    pub fn email(&self) -> Option<&FormField> {
        let is_it = |field: &&FormField| field.kind == FieldKind::Email && field.need == Need::Required;
        self.fields.iter().find(is_it)
    }
}

/// Reads one `[[form]]`.
pub(super) fn read(table: (&Place, &[(String, Written)])) -> (Option<Form>, Vec<Fault>) {
    let mut fields = Fields::open("form", &KEYS, table);
    let name = fields.required("name", |written| {
        written.one(|text| FormName::parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text)))))
    });
    let asked = fields.required("fields", form_fields);
    let event = fields.required("event", |written| {
        written.one(|text| EventType::parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text)))))
    });
    let redirect = fields.optional("redirect", |written| written.one(redirect));
    let honeypot = fields.optional_or(
        "honeypot",
        |written| written.one(field_name),
        || DEFAULT_HONEYPOT.to_owned(),
    );
    if let (Some(honeypot), Some(asked)) = (&honeypot, &asked)
        && asked.iter().any(|field| field.name == *honeypot)
    {
        let why = format!("{honeypot} is a field of the form; people would fill it in");
        fields.refuse("honeypot", vec![(table.0.clone(), Invalid(why))]);
    }
    let form = name.zip(asked).zip(event).zip(honeypot);
    let form = form.map(|(((name, fields), event), honeypot)| Form {
        name,
        fields,
        event,
        redirect,
        honeypot,
    });
    (form, fields.faults())
}

fn form_fields(written: &Written) -> Result<Vec<FormField>, Vec<Refusal>> {
    let entries = written.table()?;
    let mut fields = Vec::with_capacity(entries.len());
    let mut refused = Vec::new();
    for (name, written) in entries {
        let kind = written.one(|text| field_name(name).and_then(|_| kind(text)));
        match kind {
            Ok((kind, need)) => fields.push(FormField {
                name: name.clone(),
                kind,
                need,
            }),
            Err(why) => refused.extend(why),
        }
    }
    let has_email = |field: &FormField| field.kind == FieldKind::Email && field.need == Need::Required;
    let mut refuse = |why: String| refused.push((written.place.clone(), Invalid(why)));
    if entries.len() > FIELDS_MOST {
        refuse(format!("there are more than {FIELDS_MOST}"));
    } else if fields.len() == entries.len() && !fields.iter().any(has_email) {
        refuse(
            r#"has no address by which one person is told from another; write email = "email required""#
                .to_owned(),
        );
    }
    match refused.is_empty() {
        true => Ok(fields),
        false => Err(refused),
    }
}

/// Reads `email required`, `text 80`, `number`, `checkbox`, `url`.
fn kind(text: &str) -> Result<(FieldKind, Need), Invalid> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let need = match words.last() {
        Some(&"required") => {
            words.pop();
            Need::Required
        }
        _ => Need::Optional,
    };
    let kind = match words.as_slice() {
        ["email"] => Some(FieldKind::Email),
        ["number"] => Some(FieldKind::Number),
        ["checkbox"] => Some(FieldKind::Checkbox),
        ["url"] => Some(FieldKind::Url),
        ["text", most] => {
            let most = most
                .parse()
                .ok()
                .filter(|most| (1..=TEXT_CHARS_MOST).contains(most));
            most.map(FieldKind::Text)
        }
        _ => None,
    };
    kind.map(|kind| (kind, need)).ok_or_else(|| {
        Invalid(format!(
            r#"{} is not a kind of field; write "email", "text 80" (1 to {TEXT_CHARS_MOST}), "number", "checkbox" or "url", and "required" behind it"#,
            shown(text)
        ))
    })
}

fn field_name(text: &str) -> Result<String, Invalid> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match (1..=FIELD_NAME_BYTES_MOST).contains(&text.len()) && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err(Invalid(format!(
            "{} is not the name of a field: up to {FIELD_NAME_BYTES_MOST} letters, digits, '-', '_' and '.'",
            shown(text)
        ))),
    }
}

/// A path of the site, or an address with http or https. `//elsewhere` is neither, though browsers take it for one.
fn redirect(text: &str) -> Result<String, Invalid> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('\\');
    let path = text.starts_with('/') && !text.starts_with("//");
    let address = url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    match plain && (path || address) {
        true => Ok(text.to_owned()),
        false => Err(Invalid(format!(
            r#"{} is neither a path of the site nor an address; write for example "/thanks""#,
            shown(text)
        ))),
    }
}
