//! Templates: a text made of what somebody sent, in minijinja's language, within bounds.
//!
//! Templates are written by whoever runs this machine, what they are filled with by anyone: the bounds are against that, and
//! against mistakes in templates.
//!
//! A template sees the values it is given and nothing else: it loads nothing, includes nothing and calls nothing but filters. Its
//! work and its output are limited. A name that stands for nothing is an error, not an empty text; where a member may
//! be missing, `payload.name | default("…")` says what stands for it.
//!
//! In JSON, what is inserted cannot leave its place: `{{ payload.email | tojson }}` writes a value with its quotes, and
//! `"Hello {{ payload.name }}"` a text escaped for the string around it. The result is checked to be JSON.

use std::io;

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

/// The most a template may work: an instruction costs one, and so do 64 bytes that are written or 4 made into JSON. The
/// largest payload as JSON takes 16,400; all of it takes a few milliseconds.
const FUEL: u64 = 100_000;

/// How many bytes of JSON a filter makes for one fuel.
const JSON_BYTES_PER_FUEL: u64 = 4;

/// The largest result, in bytes.
pub const OUTPUT_MAX: usize = 256 * 1024;

/// The longest message repeated from the engine, in characters.
const MESSAGE_MAX: usize = 200;

/// Built-in filters that are not offered: those that switch escaping off or bring another kind of it, and those for
/// people who write templates.
const FILTERS_REMOVED: [&str; 5] = ["safe", "escape", "e", "pprint", "format"];
/// Built-in functions that are not offered.
const FUNCTIONS_REMOVED: [&str; 4] = ["range", "dict", "debug", "namespace"];

/// What a template makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON: what is inserted is escaped, the result is checked.
    Json,
    /// Anything else: what is inserted stands as it is.
    Text,
}

impl Format {
    /// By the type in a `Content-Type`: `application/json`, `application/problem+json`.
    #[must_use]
    pub fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        match essence.ends_with("/json") || essence.ends_with("+json") {
            true => Self::Json,
            false => Self::Text,
        }
    }
}

/// A template that has been read.
#[derive(Clone, Debug)]
pub struct Template {
    environment: Environment<'static>,
    format: Format,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TemplateError {
    /// In which line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The first fault: of the language, a filter that is not there, or a name besides `names`.
    pub fn compile(text: &str, format: Format, names: &[&str]) -> Result<Self, TemplateError> {
        let mut environment = environment(format);
        environment
            .add_template_owned(NAME, text.to_owned())
            .map_err(|error| fault(&error))?;
        let template = environment.get_template(NAME).map_err(|error| fault(&error))?;
        let named = template.undeclared_variables(false);
        let unknown = named.iter().filter(|name| !names.contains(&name.as_str()));
        if let Some(name) = unknown.min() {
            let message = format!("`{name}` is unknown; there are {}", names.join(", "));
            return Err(TemplateError {
                line: line_of(text, name),
                message,
            });
        }
        missing_filter(&environment)?;
        Ok(Self { environment, format })
    }

    /// Makes a text of `values`, a map by name.
    ///
    /// # Errors
    /// [`TemplateError`]: something they lack, too much work, too long a result, or one that is not JSON.
    pub fn render(&self, values: &Value) -> Result<String, TemplateError> {
        let template = self
            .environment
            .get_template(NAME)
            .map_err(|error| fault(&error))?;
        let mut body = Bounded(Vec::new());
        match template.render_captured_to(values.clone(), &mut body) {
            Ok(_) => {}
            Err(error) if body.0.len() >= OUTPUT_MAX => return Err(too_long(&error)),
            Err(error) => return Err(fault(&error)),
        }
        let text = String::from_utf8_lossy(&body.0).into_owned();
        match (self.format, serde_json::from_str::<serde::de::IgnoredAny>(&text)) {
            (Format::Json, Err(error)) => Err(TemplateError {
                line: error.line(),
                message: format!("the result is not JSON in its column {}", error.column()),
            }),
            _ => Ok(text),
        }
    }
}

/// An environment's only template.
const NAME: &str = "body";

fn environment(format: Format) -> Environment<'static> {
    let mut environment = Environment::new();
    for name in FILTERS_REMOVED {
        environment.remove_filter(name);
    }
    for name in FUNCTIONS_REMOVED {
        environment.remove_global(name);
    }
    environment.add_filter("tojson", tojson);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(false);
    environment.set_fuel(Some(FUEL));
    if format == Format::Json {
        environment.set_formatter(write_into_json);
    }
    environment
}

/// The engine's own would write `null` for what is missing, and a value of any length before its fuel is looked at.
fn tojson(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let json = json_of(value)?;
    state.consume_fuel(json.len() as u64 / JSON_BYTES_PER_FUEL + 1)?;
    Ok(Value::from_safe_string(json))
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

fn json_of(value: &Value) -> Result<String, Error> {
    let mut json = Bounded(Vec::new());
    let refused = |_| Error::new(ErrorKind::BadSerialization, "too long, or no JSON");
    serde_json::to_writer(&mut json, value).map_err(refused)?;
    Ok(String::from_utf8_lossy(&json.0).into_owned())
}

/// The engine looks filters up when it comes to them. One run over an event in which every member is missing, and none
/// is missed, comes to those that stand outside of loops and branches.
fn missing_filter(environment: &Environment<'static>) -> Result<(), TemplateError> {
    let mut trial = environment.clone();
    trial.set_undefined_behavior(UndefinedBehavior::Chainable);
    let run = trial
        .get_template(NAME)
        .and_then(|template| template.render(Value::from(())));
    match run {
        Err(error) if is_unknown(&error) => Err(fault(&error)),
        _ => Ok(()),
    }
}

fn is_unknown(error: &Error) -> bool {
    use ErrorKind::{UnknownFilter, UnknownFunction, UnknownTest};
    matches!(error.kind(), UnknownFilter | UnknownFunction | UnknownTest)
}

fn fault(error: &Error) -> TemplateError {
    let message = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes too much work".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    TemplateError {
        line: error.line().unwrap_or(1),
        message: message.chars().take(MESSAGE_MAX).collect(),
    }
}

fn too_long(error: &Error) -> TemplateError {
    TemplateError {
        line: error.line().unwrap_or(1),
        message: format!("the result is longer than {} KiB", OUTPUT_MAX / 1024),
    }
}

/// The first line in which `name` stands as a word of its own.
fn line_of(text: &str, name: &str) -> usize {
    let of_a_name = |character: char| character.is_alphanumeric() || character == '_';
    let has = |line: &str| {
        line.split(|character| !of_a_name(character))
            .any(|word| word == name)
    };
    text.lines().position(has).map_or(1, |index| index + 1)
}

/// A text that grows up to [`OUTPUT_MAX`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = OUTPUT_MAX.saturating_sub(self.0.len());
        let fitting = bytes.get(..room).unwrap_or(bytes);
        self.0.extend_from_slice(fitting);
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
mod tests;
