//! Values as they were written, with their places, and the readers that make them typed.

use std::ops::RangeInclusive;

use super::fault::{Invalid, Place, shown};

/// A value of the file or the environment.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text in quotes.
    Text(String),
    /// A whole number; `None` beyond 64 bits.
    Integer(Option<i64>),
    /// A number with a fraction.
    Fraction(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A list.
    List(Vec<Written>),
    /// A table: names in the order of the alphabet, each value at its name's line.
    Table(Vec<(String, Written)>),
    /// From the environment: text, number or list with commas, as the key wants it.
    Variable(String),
    /// Anything else TOML knows, by its name: no key wants one.
    Other(&'static str),
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The line of its key, or in a list its own.
    pub(super) place: Place,
    /// Where a text itself begins: within `"""`, the line after, if nothing follows the quotes.
    pub(super) text_place: Place,
    pub(super) value: Value,
}

/// A refused value: where, and why.
pub(super) type Refusal = (Place, Invalid);

impl Written {
    /// Reads one text.
    pub(super) fn one<T>(&self, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<T, Vec<Refusal>> {
        let parsed = match &self.value {
            Value::Text(text) | Value::Variable(text) => parse(text),
            other => Err(Invalid(format!("is {}; write it in quotes", other.kind()))),
        };
        parsed.map_err(|why| vec![(self.place.clone(), why)])
    }

    /// Reads every item of a list, and names every item that is refused.
    pub(super) fn each<T>(&self, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>, Vec<Refusal>> {
        let items = self.items().map_err(|why| vec![(self.place.clone(), why)])?;
        let mut read = Vec::with_capacity(items.len());
        let mut refused = Vec::new();
        for item in &items {
            match item.one(&parse) {
                Ok(value) => read.push(value),
                Err(why) => refused.extend(why),
            }
        }
        if refused.is_empty() {
            Ok(read)
        } else {
            Err(refused)
        }
    }

    /// Reads a whole number within bounds.
    pub(super) fn integer(&self, bounds: RangeInclusive<i64>) -> Result<i64, Vec<Refusal>> {
        let number = match &self.value {
            Value::Integer(number) => *number,
            Value::Variable(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|n| bounds.contains(n)).ok_or_else(|| {
            let written = match &self.value {
                Value::Integer(Some(number)) => number.to_string(),
                Value::Text(text) | Value::Variable(text) => shown(text),
                other => other.kind().to_owned(),
            };
            let (from, to) = (bounds.start(), bounds.end());
            vec![(
                self.place.clone(),
                Invalid(format!("{written} is not a whole number from {from} to {to}")),
            )]
        })
    }

    /// Reads a number from 0 to 1.
    pub(super) fn fraction(&self) -> Result<f64, Vec<Refusal>> {
        let number = match &self.value {
            Value::Fraction(number) => Some(*number),
            Value::Integer(Some(0)) => Some(0.0),
            Value::Integer(Some(1)) => Some(1.0),
            _ => None,
        };
        number.filter(|n| (0.0..=1.0).contains(n)).ok_or_else(|| {
            let why = "is not a number from 0 to 1; write for example 0.2".to_owned();
            vec![(self.place.clone(), Invalid(why))]
        })
    }

    /// Reads `true` or `false`.
    pub(super) fn truth(&self) -> Result<bool, Vec<Refusal>> {
        let read = match &self.value {
            Value::Truth(truth) => Some(*truth),
            Value::Variable(text) => text.trim().parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| {
            let why = "is not a choice; write true or false, without quotes".to_owned();
            vec![(self.place.clone(), Invalid(why))]
        })
    }

    /// The entries of a table.
    pub(super) fn table(&self) -> Result<&[(String, Self)], Vec<Refusal>> {
        match &self.value {
            Value::Table(entries) => Ok(entries),
            other => {
                let why = format!(
                    "is {}; write a table such as {{ name = \"value\" }}",
                    other.kind()
                );
                Err(vec![(self.place.clone(), Invalid(why))])
            }
        }
    }

    fn items(&self) -> Result<Vec<Self>, Invalid> {
        match &self.value {
            Value::List(items) => Ok(items.clone()),
            Value::Variable(text) => Ok(split(text, &self.place)),
            Value::Text(text) => Err(Invalid(format!("is a list; write [{}]", shown(text)))),
            other => Err(Invalid(format!(
                "is {}; write a list such as [\"…\"]",
                other.kind()
            ))),
        }
    }
}

impl Value {
    /// What it is, as a sentence needs it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Variable(_) => "text",
            Self::Integer(_) => "a number",
            Self::Fraction(_) => "a number with a fraction",
            Self::Truth(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(name) => name,
        }
    }
}

/// A variable's list: items between commas, nothing for an empty variable.
fn split(text: &str, place: &Place) -> Vec<Written> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let item = |item: &str| Written {
        place: place.clone(),
        text_place: place.clone(),
        value: Value::Variable(item.trim().to_owned()),
    };
    text.split(',').map(item).collect()
}
