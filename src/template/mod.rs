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
//! `"Hello {{ payload.name }}"` a text escaped for the string around it. The result is checked to be JSON. Other
//! [`Format`]s keep what is inserted in its place by their own rules: in a form, in the path and query of a URL, in a line
//! and in HTML.

mod format;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};

pub use format::Format;
use format::{Bounded, json_of};

/// The most a template may work: an instruction costs one, and so do 64 bytes that are written or 4 made into JSON. The
/// largest payload as JSON takes 16,400; all of it takes a few milliseconds.
const FUEL: u64 = 100_000;

/// How many bytes of JSON a filter makes for one fuel.
const JSON_BYTES_PER_FUEL: u64 = 4;

/// The largest result, in bytes.
pub const OUTPUT_MAX: usize = 256 * 1024;

/// The longest message repeated from the engine, in characters.
const MESSAGE_MAX: usize = 200;

/// What one result may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most work.
    fuel: u64,
    /// The longest result, in bytes.
    output_max: usize,
}

impl Limits {
    /// For what is made of one event.
    pub const ONE: Self = Self {
        fuel: FUEL,
        output_max: OUTPUT_MAX,
    };

    /// For what is made of several, up to so many bytes, and work in proportion. A value that is inserted keeps to
    /// [`OUTPUT_MAX`].
    #[must_use]
    pub const fn of_several(output_max: usize) -> Self {
        Self {
            fuel: FUEL * output_max.div_ceil(OUTPUT_MAX) as u64,
            output_max,
        }
    }
}

/// Built-in filters that are not offered: those that switch escaping off or bring another kind of it, and those for
/// people who write templates.
const FILTERS_REMOVED: [&str; 5] = ["safe", "escape", "e", "pprint", "format"];
/// Built-in functions that are not offered.
const FUNCTIONS_REMOVED: [&str; 4] = ["range", "dict", "debug", "namespace"];

/// A template that has been read.
#[derive(Clone, Debug)]
pub struct Template {
    environment: Environment<'static>,
    format: Format,
    limits: Limits,
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
    /// Reads a template of what is made of one event.
    ///
    /// # Errors
    /// The first fault: of the language, a filter that is not there, or a name besides `names`.
    pub fn compile(text: &str, format: Format, names: &[&str]) -> Result<Self, TemplateError> {
        Self::compile_within(text, format, (names, Limits::ONE))
    }

    /// Reads a template whose results keep to limits.
    ///
    /// # Errors
    /// As [`Template::compile`].
    pub fn compile_within(
        text: &str,
        format: Format,
        (names, limits): (&[&str], Limits),
    ) -> Result<Self, TemplateError> {
        let mut environment = environment(format, limits);
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
        try_out(&environment, format)?;
        Ok(Self {
            environment,
            format,
            limits,
        })
    }

    /// Makes a text of `values`, a map by name.
    ///
    /// # Errors
    /// [`TemplateError`]: something they lack, too much work, too long a result, or one that is not of its format.
    pub fn render(&self, values: &Value) -> Result<String, TemplateError> {
        let template = self
            .environment
            .get_template(NAME)
            .map_err(|error| fault(&error))?;
        let most = self.limits.output_max;
        let mut body = Bounded::new(most);
        match template.render_captured_to(values.clone(), &mut body) {
            Ok(_) => {}
            Err(error) if body.bytes.len() >= most => return Err(too_long(&error, most)),
            Err(error) => return Err(fault(&error)),
        }
        self.format
            .finished(String::from_utf8_lossy(&body.bytes).into_owned())
    }
}

/// An environment's only template.
const NAME: &str = "body";

fn environment(format: Format, limits: Limits) -> Environment<'static> {
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
    environment.set_fuel(Some(limits.fuel));
    if let Some(formatter) = format.formatter() {
        environment.set_formatter(formatter);
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

/// The engine looks filters up when it comes to them. One run over an event in which every member is missing, and none
/// is missed, comes to those that stand outside of loops and branches. What it makes of a target shows what stands
/// between insertions.
fn try_out(environment: &Environment<'static>, format: Format) -> Result<(), TemplateError> {
    let mut trial = environment.clone();
    trial.set_undefined_behavior(UndefinedBehavior::Chainable);
    let run = trial
        .get_template(NAME)
        .and_then(|template| template.render(Value::from(())));
    match run {
        Err(error) if is_unknown(&error) => Err(fault(&error)),
        Ok(target) if format == Format::Target => format.finished(target).map(drop),
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

fn too_long(error: &Error, most: usize) -> TemplateError {
    TemplateError {
        line: error.line().unwrap_or(1),
        message: format!("the result is longer than {} KiB", most / 1024),
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

#[cfg(test)]
mod tests;
