//! Tables as JSON: what is sent of them is what an API would have been sent.

use serde_json::{Map, Number, Value as Json};

use super::fault::Invalid;
use super::written::{Refusal, Value, Written};
use crate::model::event::MAX_PAYLOAD;

/// As deep as events that are sent may be.
const DEPTH_MOST: usize = 32;

/// A table as the text of a JSON object, its names in the order of the alphabet; at most [`MAX_PAYLOAD`] bytes.
pub(super) fn object(written: &Written) -> Result<String, Vec<Refusal>> {
    written.table()?;
    let mut refused = Vec::new();
    let json = value(written, DEPTH_MOST, &mut refused);
    let text = json.unwrap_or_default().to_string();
    if text.len() > MAX_PAYLOAD {
        let why = Invalid(format!("is larger than {MAX_PAYLOAD} bytes"));
        refused.push((written.place.clone(), why));
    }
    match refused.is_empty() {
        true => Ok(text),
        false => Err(refused),
    }
}

/// A value, `depth` of them deep at most; `None` where it is refused.
fn value(written: &Written, depth: usize, refused: &mut Vec<Refusal>) -> Option<Json> {
    let Some(deeper) = depth.checked_sub(1) else {
        return refuse(written, format!("is deeper than {DEPTH_MOST} levels"), refused);
    };
    match &written.value {
        Value::Text(text) | Value::Variable(text) if text.contains('\0') => {
            refuse(written, "contains NUL".to_owned(), refused)
        }
        Value::Text(text) | Value::Variable(text) => Some(Json::from(text.as_str())),
        Value::Integer(Some(number)) => Some(Json::from(*number)),
        Value::Integer(None) => refuse(written, "has more than 64 bits".to_owned(), refused),
        Value::Fraction(number) => match Number::from_f64(*number) {
            Some(number) => Some(Json::Number(number)),
            None => refuse(written, "is a number that JSON cannot write".to_owned(), refused),
        },
        Value::Truth(truth) => Some(Json::from(*truth)),
        Value::List(items) => {
            let items: Vec<Json> = items
                .iter()
                .filter_map(|item| value(item, deeper, refused))
                .collect();
            Some(Json::Array(items))
        }
        Value::Table(entries) => {
            let entries = entries.iter();
            let entries: Map<String, Json> = entries
                .filter_map(|(name, item)| {
                    if name.contains('\0') {
                        return refuse(item, "has a name that contains NUL".to_owned(), refused);
                    }
                    Some((name.clone(), value(item, deeper, refused)?))
                })
                .collect();
            Some(Json::Object(entries))
        }
        Value::Other(name) => refuse(written, format!("is {name}; write it in quotes"), refused),
    }
}

fn refuse<T>(written: &Written, why: String, refused: &mut Vec<Refusal>) -> Option<T> {
    refused.push((written.place.clone(), Invalid(why)));
    None
}
