//! Formats: how what is inserted is kept in its place, and what a result must be.

use std::fmt::Write;
use std::io;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Output, State, Value};

use super::{OUTPUT_MAX, TemplateError};

/// The longest path and query, or line, in bytes: what every server is known to take.
const LINE_MAX: usize = 8 * 1024;

/// What a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON: what is inserted is escaped, the result is checked.
    Json,
    /// `application/x-www-form-urlencoded`: what is inserted is percent-encoded and cannot begin another field. Lines of
    /// the template are joined, so that each field may have its own.
    Form,
    /// Path and query of a URL, from `/` on: what is inserted is percent-encoded and cannot leave its segment or its
    /// parameter. A result with a segment `.` or `..`, in any spelling, is refused.
    Target,
    /// One line, a header's value: line breaks and other control characters are refused.
    Line,
    /// HTML: what is inserted is escaped, as text and within quoted attributes.
    Html,
    /// Anything else: what is inserted stands as it is.
    Text,
}

/// Writes what is inserted.
pub(super) type Formatter = fn(&mut Output<'_>, &mut State<'_, '_>, &Value) -> Result<(), Error>;

impl Format {
    /// By the type in a `Content-Type`: `application/json`, `application/problem+json`.
    #[must_use]
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            json if json.ends_with("/json") || json.ends_with("+json") => Self::Json,
            _ => Self::Text,
        }
    }

    /// What writes insertions, where not the engine itself.
    pub(super) fn formatter(self) -> Option<Formatter> {
        match self {
            Self::Json => Some(write_into_json),
            Self::Form | Self::Target => Some(write_percent_encoded),
            Self::Line => Some(write_into_line),
            Self::Html => Some(write_into_html),
            Self::Text => None,
        }
    }

    /// The result, as it is sent.
    ///
    /// # Errors
    /// [`TemplateError`] where it is none.
    pub(super) fn finished(self, text: String) -> Result<String, TemplateError> {
        match self {
            Self::Json => match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
                Ok(_) => Ok(text),
                Err(error) => Err(TemplateError {
                    line: error.line(),
                    message: format!("the result is not JSON in its column {}", error.column()),
                }),
            },
            Self::Form => Ok(form(&text)),
            Self::Target => target(text),
            Self::Line => line(&text),
            Self::Html | Self::Text => Ok(text),
        }
    }
}

/// What was written between insertions is its author's: a space of his is a space, a line break is for his own eyes.
fn form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    for line in text.lines() {
        for byte in line.trim().bytes() {
            match byte {
                b' ' => form.push('+'),
                byte if byte.is_ascii_graphic() => form.push(char::from(byte)),
                byte => percent_encode(byte, &mut form),
            }
        }
    }
    form
}

fn target(text: String) -> Result<String, TemplateError> {
    let path = text.split('?').next().unwrap_or_default();
    // Those who resolve addresses take `%2e` for a dot (WHATWG URL, "double-dot path segment").
    let is_dots = |segment: &str| {
        matches!(
            segment.to_ascii_lowercase().replace("%2e", ".").as_str(),
            "." | ".."
        )
    };
    let refuse = |message: &str| {
        Err(TemplateError {
            line: 1,
            message: message.to_owned(),
        })
    };
    match () {
        () if text.len() > LINE_MAX => refuse("the result is longer than 8 KiB"),
        () if path.split('/').any(is_dots) => {
            refuse("the result has a segment `.` or `..`, which leads elsewhere")
        }
        () if !text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\') =>
        {
            refuse("the result has a space, a `#`, a `\\` or what is not ASCII; write it percent-encoded")
        }
        () => Ok(text),
    }
}

fn line(text: &str) -> Result<String, TemplateError> {
    let trimmed = text.trim();
    let message = match () {
        () if trimmed.len() > LINE_MAX => "the result is longer than 8 KiB",
        () if trimmed.contains(char::is_control) => {
            "the result is more than one line, or has a control character"
        }
        () => return Ok(trimmed.to_owned()),
    };
    Err(TemplateError {
        line: 1,
        message: message.to_owned(),
    })
}

/// Writes what `tojson` made as it is, a text escaped for the string around it, and anything else as JSON.
fn write_into_json(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_safe() {
        return Ok(write!(out, "{value}")?);
    }
    let json = json_of(value)?;
    let text = value.kind() == ValueKind::String;
    let within = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    Ok(out.write_str(within.filter(|_| text).unwrap_or(&json))?)
}

fn write_percent_encoded(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let mut encoded = String::new();
    for byte in text_of(value)?.bytes() {
        match byte {
            // RFC 3986 §2.3, "unreserved".
            b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            byte => percent_encode(byte, &mut encoded),
        }
    }
    Ok(out.write_str(&encoded)?)
}

fn percent_encode(byte: u8, out: &mut String) {
    // A text takes all that is written to it.
    let _ = write!(out, "%{byte:02X}");
}

fn write_into_line(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = text_of(value)?;
    if text.contains(char::is_control) {
        let why = "what is inserted has a line break or another control character";
        return Err(Error::new(ErrorKind::InvalidOperation, why));
    }
    Ok(out.write_str(&text)?)
}

fn write_into_html(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    for character in text_of(value)?.chars() {
        match character {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            other => out.write_char(other)?,
        }
    }
    Ok(())
}

/// A text as it is, numbers and truth as JSON writes them, and so lists and maps. Nothing (`null`) has no text: an address
/// with a hole in it is another address.
fn text_of(value: &Value) -> Result<String, Error> {
    match (value.as_str(), value.is_none()) {
        (Some(text), _) => Ok(text.to_owned()),
        (None, true) => Err(Error::new(
            ErrorKind::InvalidOperation,
            "what is inserted is null",
        )),
        (None, false) => json_of(value),
    }
}

pub(super) fn json_of(value: &Value) -> Result<String, Error> {
    let mut json = Bounded::new(OUTPUT_MAX);
    let refused = |_| Error::new(ErrorKind::BadSerialization, "too long, or no JSON");
    serde_json::to_writer(&mut json, value).map_err(refused)?;
    Ok(String::from_utf8_lossy(&json.bytes).into_owned())
}

/// A text that grows up to so many bytes.
pub(super) struct Bounded {
    pub(super) bytes: Vec<u8>,
    most: usize,
}

impl Bounded {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
        }
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.most.saturating_sub(self.bytes.len());
        let fitting = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(fitting);
        match bytes.len() > room {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;
    use minijinja::value::Serde;

    use super::super::Template;
    use super::*;

    fn made(text: &str, format: Format, payload: serde_json::Value) -> Result<String, TemplateError> {
        let template = Template::compile(text, format, &["payload"])?;
        template.render(&context! { payload => Serde(payload) })
    }

    #[test]
    fn formats_follow_the_content_type() {
        for (written, format) in [
            ("application/json", Format::Json),
            ("Application/JSON; charset=utf-8", Format::Json),
            ("application/vnd.api+json", Format::Json),
            ("application/x-www-form-urlencoded; charset=utf-8", Format::Form),
            ("text/plain", Format::Text),
            ("application/jsonl", Format::Text),
            ("", Format::Text),
            ("json", Format::Text),
        ] {
            assert_eq!(Format::of(written), format, "{written}");
        }
    }

    #[test]
    fn what_is_inserted_into_a_target_cannot_leave_its_segment() {
        let id = |value: &str| {
            let payload = serde_json::json!({ "id": value });
            made(
                "/v1/{{ payload.id }}/notes?by={{ payload.id }}",
                Format::Target,
                payload,
            )
        };
        assert_eq!(id("a-b_c.d~9").unwrap(), "/v1/a-b_c.d~9/notes?by=a-b_c.d~9");
        assert_eq!(id("ann@x.com").unwrap(), "/v1/ann%40x.com/notes?by=ann%40x.com");
        for nasty in [
            "../../admin",
            "a/b",
            "a?b=c",
            "a#b",
            "a&b=c",
            "a\\b",
            "%2e%2e",
            "a\r\nHost: x",
            "ü",
            " ",
            "//e.x",
        ] {
            let made = id(nasty).unwrap();
            assert_eq!(made.matches('/').count(), 3, "{nasty}: {made}");
            assert_eq!(made.matches(['?', '=']).count(), 2, "{nasty}: {made}");
            assert!(
                !made.contains(['&', '#', '\\', ' ', '\r', '\n']),
                "{nasty}: {made}"
            );
            let url = url::Url::parse("https://crm.example")
                .unwrap()
                .join(&made)
                .unwrap();
            assert_eq!(url.path_segments().unwrap().count(), 3, "{nasty}: {url}");
            assert_eq!(url.query_pairs().next().unwrap().1, nasty);
        }
        for dots in [".", ".."] {
            let error = id(dots).unwrap_err();
            assert!(error.message.contains("leads elsewhere"), "{dots}: {error}");
        }
        assert!(id(&"x".repeat(5_000)).unwrap_err().message.contains("8 KiB"));
        for text in ["/a b", "/a#b", "/%2E%2e/x", "/a/./b", "/ü", "/a\\b", "/\na"] {
            assert!(Template::compile(text, Format::Target, &[]).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_inserted_into_a_form_cannot_begin_another_field() {
        let payload =
            serde_json::json!({ "to": "a+b@x.com", "text": "1 & 2 = 3\r\n&bcc=e@x.com", "n": 7, "l": ["é"] });
        let text = "to={{ payload.to }}\n  &subject=New lead {{ payload.n }}\r\n  &text={{ payload.text }}&l={{ payload.l | tojson }}\n";
        let form = made(text, Format::Form, payload).unwrap();
        let expected = "to=a%2Bb%40x.com&subject=New+lead+7&text=1%20%26%202%20%3D%203%0D%0A%26bcc%3De%40x.com&l=%5B%22%C3%A9%22%5D";
        assert_eq!(form, expected);
        let fields: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
            .map(|(name, _)| name.into_owned())
            .collect();
        assert_eq!(fields, ["to", "subject", "text", "l"]);
    }

    #[test]
    fn a_line_stays_one_line() {
        let line = |name: &str| {
            made(
                " Hi {{ payload.name }} ",
                Format::Line,
                serde_json::json!({ "name": name }),
            )
        };
        assert_eq!(line("Zoë").unwrap(), "Hi Zoë");
        for nasty in ["a\r\nBcc: e@x.com", "a\nb", "a\rb", "a\0b", "a\u{7f}", "a\u{85}b"] {
            let error = line(nasty).unwrap_err();
            assert!(error.message.contains("line break"), "{nasty:?}: {error}");
        }
        assert!(made("a\nb", Format::Line, serde_json::json!({})).is_err());
    }

    #[test]
    fn what_is_inserted_into_html_is_text() {
        let payload = serde_json::json!({ "name": "<b onclick='x'>\"&", "deep": { "a": "<" } });
        let html = made(
            "<p title=\"{{ payload.name }}\">{{ payload.deep | tojson }}</p>",
            Format::Html,
            payload,
        )
        .unwrap();
        let expected =
            "<p title=\"&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;\">{&quot;a&quot;:&quot;&lt;&quot;}</p>";
        assert_eq!(html, expected);
    }

    #[test]
    fn nothing_is_no_text_where_it_would_leave_a_hole() {
        for format in [Format::Target, Format::Form, Format::Line, Format::Html] {
            let error = made("/{{ payload.id }}", format, serde_json::json!({ "id": null })).unwrap_err();
            assert!(error.message.contains("null"), "{format:?}: {error}");
            let error = made("/{{ payload.id }}", format, serde_json::json!({})).unwrap_err();
            assert!(error.message.contains("undefined"), "{format:?}: {error}");
        }
    }
}
