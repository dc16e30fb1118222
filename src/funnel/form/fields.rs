//! The fields of a form, checked, and made the payload of its event.

use std::borrow::Cow;
use std::fmt;

use super::read::Values;
use crate::config::{FieldKind, Form, FormField, Need};
use crate::web::json::Json;

/// The longest e-mail address, and the longest part of one before the @, in characters (RFC 5321 §4.5.3.1, RFC 3696 errata 1690).
const EMAIL_CHARS_MOST: usize = 254;
const LOCAL_CHARS_MOST: usize = 64;
/// The longest address of a page, in characters: what all browsers take.
const URL_CHARS_MOST: usize = 2_000;
/// How an unticked box may be written, where it is sent at all.
const UNTICKED: [&str; 5] = ["", "0", "false", "off", "no"];

/// What is wrong with a field; `Display` is a sentence for the person who filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: String,
    why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.why)
    }
}

/// The payload of the event of a form that was filled in well: its fields in order, those left empty left out.
///
/// # Errors
/// Every field that is not as it should be.
pub(super) fn check<'v>(form: &'v Form, values: &'v Values) -> Result<Json<'v>, Vec<Wrong>> {
    let mut members = Vec::with_capacity(form.fields.len());
    let mut wrong = Vec::new();
    for field in &form.fields {
        let text = values.get(&field.name).map_or("", |text| text.trim());
        match checked(field, text) {
            Ok(Some(value)) => members.push((Cow::Borrowed(field.name.as_str()), value)),
            Ok(None) => {}
            Err(why) => wrong.push(Wrong {
                field: field.name.clone(),
                why,
            }),
        }
    }
    match wrong.is_empty() {
        true => Ok(Json::Object(members)),
        false => Err(wrong),
    }
}

fn checked<'v>(field: &FormField, text: &'v str) -> Result<Option<Json<'v>>, String> {
    if field.kind == FieldKind::Checkbox {
        let ticked = !UNTICKED.contains(&text.to_ascii_lowercase().as_str());
        return match (ticked, field.need) {
            (false, Need::Required) => Err("must be ticked".to_owned()),
            (ticked, _) => Ok(Some(Json::Bool(ticked))),
        };
    }
    if text.is_empty() {
        return match field.need {
            Need::Required => Err("is missing".to_owned()),
            Need::Optional => Ok(None),
        };
    }
    let says = |holds: bool, why: &str| holds.then_some(()).ok_or_else(|| why.to_owned());
    match field.kind {
        FieldKind::Email => says(is_email(text), "is no e-mail address")?,
        FieldKind::Url => says(is_url(text), "is no address that begins with http:// or https://")?,
        FieldKind::Text(most) => {
            let line_breaks = |letter: char| matches!(letter, '\n' | '\r' | '\t');
            let plain = !text
                .chars()
                .any(|letter| letter.is_control() && !line_breaks(letter));
            says(plain, "has a letter that cannot be shown")?;
            let most = usize::from(most);
            says(
                text.chars().count() <= most,
                &format!("is longer than {most} characters"),
            )?;
        }
        FieldKind::Number => {
            let number = text.parse::<serde_json::Number>();
            let number = number.map_err(|_| "is no number".to_owned())?;
            return Ok(Some(Json::Number(number)));
        }
        FieldKind::Checkbox => {}
    }
    Ok(Some(Json::Text(Cow::Borrowed(text))))
}

/// As much as can be said without writing to it: one @, something before it, and a domain with a dot behind it.
fn is_email(text: &str) -> bool {
    let plain =
        |letter: char| !letter.is_control() && !letter.is_whitespace() && !"<>()[],;:\\\"".contains(letter);
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let fits =
        text.chars().count() <= EMAIL_CHARS_MOST && (1..=LOCAL_CHARS_MOST).contains(&local.chars().count());
    let labels = domain.split('.').collect::<Vec<_>>();
    let is_domain = labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '-')
        });
    fits && is_domain && local.chars().all(|letter| plain(letter) && letter != '@')
}

fn is_url(text: &str) -> bool {
    let parsed = url::Url::parse(text);
    text.chars().count() <= URL_CHARS_MOST
        && parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{EventType, FormName};
    use crate::web::json;

    fn form() -> Form {
        let field = |name: &str, kind, need| FormField {
            name: name.to_owned(),
            kind,
            need,
        };
        Form {
            name: FormName::parse("waitlist").unwrap(),
            fields: vec![
                field("age", FieldKind::Number, Need::Optional),
                field("email", FieldKind::Email, Need::Required),
                field("name", FieldKind::Text(5), Need::Optional),
                field("site", FieldKind::Url, Need::Optional),
                field("terms", FieldKind::Checkbox, Need::Required),
            ],
            event: EventType::parse("LEAD_CAPTURE").unwrap(),
            redirect: None,
            honeypot: "website_url".to_owned(),
        }
    }

    fn checked(values: &[(&str, &str)]) -> Result<String, String> {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let form = form();
        let mut text = String::new();
        match check(&form, &values) {
            Ok(payload) => payload.write(json::Form::AsSent, &mut text),
            Err(wrong) => {
                return Err(wrong
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "));
            }
        }
        Ok(text)
    }

    #[test]
    fn what_was_filled_in_is_the_payload_and_what_was_not_asked_for_is_none_of_it() {
        let filled = [
            ("email", " ann@b.example "),
            ("name", "Ann\n"),
            ("age", "41"),
            ("site", "https://b.example/x"),
            ("terms", "on"),
            ("submit", "Send"),
        ];
        let payload =
            r#"{"age":41,"email":"ann@b.example","name":"Ann","site":"https://b.example/x","terms":true}"#;
        assert_eq!(checked(&filled), Ok(payload.to_owned()));
        let least = [("email", "a@b.example"), ("terms", "1"), ("name", " ")];
        assert_eq!(
            checked(&least),
            Ok(r#"{"email":"a@b.example","terms":true}"#.to_owned())
        );
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let wrong = [
            ("name", "Anneliese"),
            ("age", "old"),
            ("site", "javascript:alert(1)"),
            ("terms", "off"),
        ];
        let said = "age is no number; email is missing; name is longer than 5 characters; site is no address that begins \
                    with http:// or https://; terms must be ticked";
        assert_eq!(checked(&wrong), Err(said.to_owned()));
    }

    #[test]
    fn an_email_address_has_one_at_and_a_domain_with_a_dot() {
        for good in [
            "a@b.example",
            "ann.b+c@sub.example.org",
            "ü@bücher.example",
            "o'neil@b.example",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "a",
            "@b.example",
            "a@",
            "a@b",
            "a@b..example",
            "a b@c.example",
            "a@b@c.example",
            "a@-b.example",
            "<a@b.example>",
            "a\0@b.example",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email(&format!("{}@b.example", "x".repeat(65))));
    }
}
