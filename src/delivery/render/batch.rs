//! From several events to the one request that delivers them.

use minijinja::{Value, context};
use sha2::{Digest, Sha256};

use super::{Blueprint, Content, RenderError, Subject, Values, begun, members, request, span, trace, values};
use crate::model::event::DeliveryId;
use crate::model::lane::batch::BATCH_BYTES_MAX;
use crate::outbound::Request;

/// What the template of a batch may name: the events, a list of maps with the names of one event and `deliveryId`, and how
/// many there are.
pub const BATCH_NAMES: [&str; 2] = ["events", "count"];

/// The most events that are set aside at once because the template does not fit them: each costs a rendering.
const UNFIT_MOST: usize = 16;

/// What became of the deliveries that were to go together; what is named nowhere goes another time.
#[derive(Debug, Default)]
pub struct Packed {
    /// The request, and which deliveries it holds, in order, as positions among those that were given.
    pub call: Option<(Request, Vec<usize>)>,
    /// Those of whose events no request can be made, and why.
    pub unfit: Vec<(usize, RenderError)>,
}

/// Makes one request of as many deliveries as fit into it, the first before others. The same deliveries make the same request
/// but for the span in its `traceparent`.
///
/// An event that the template does not fit is found by making a batch of each event alone; it goes nowhere, the others go.
#[must_use]
pub fn pack(blueprint: &Blueprint, subjects: &[Subject<'_>]) -> Packed {
    let all: Vec<usize> = (0..subjects.len()).collect();
    let picked = |positions: &[usize]| -> Vec<Subject<'_>> {
        let each = positions.iter();
        each.filter_map(|at| subjects.get(*at).copied()).collect()
    };
    let error = match render(blueprint, subjects) {
        Ok(request) => {
            return Packed {
                call: Some((request, all)),
                unfit: Vec::new(),
            };
        }
        Err(error) => error,
    };
    let (mut fit, mut unfit) = (Vec::new(), Vec::new());
    for (at, subject) in subjects.iter().enumerate() {
        match render(blueprint, std::slice::from_ref(subject)) {
            Ok(_) => fit.push(at),
            Err(error) if unfit.len() < UNFIT_MOST => unfit.push((at, error)),
            // The rest another time.
            Err(_) => break,
        }
    }
    // What fits alone and not together is too long, or too much work.
    if unfit.is_empty() && fit.len() < 2 {
        unfit.extend(fit.first().map(|at| (*at, error)));
        fit.clear();
    }
    while !fit.is_empty() {
        if let Ok(request) = render(blueprint, &picked(&fit)) {
            let call = Some((request, fit));
            return Packed { call, unfit };
        }
        fit.truncate(fit.len() / 2);
    }
    Packed { call: None, unfit }
}

fn render(blueprint: &Blueprint, subjects: &[Subject<'_>]) -> Result<Request, RenderError> {
    let make = || values_of_all(subjects);
    let values = Values::of(&make);
    let body = match &blueprint.body {
        Content::Template(template) => values.fill(template, "body's")?,
        Content::Event | Content::Webhook => array(subjects)?,
    };
    let ids: Vec<DeliveryId> = subjects.iter().map(|subject| subject.delivery).collect();
    let id = call_id(&ids);
    let trace = match subjects {
        [one] => trace(one),
        several => {
            let attempt = several.iter().map(|subject| subject.attempt).max();
            // The traces of several events cannot go on as one.
            begun(id.0, span(id, attempt.unwrap_or(1)))
        }
    };
    request(blueprint, &values, ((&id.to_string(), &trace), body))
}

fn values_of_all(subjects: &[Subject<'_>]) -> Result<Value, RenderError> {
    let events = subjects.iter().map(values_of_one);
    let events = Value::from(events.collect::<Result<Vec<_>, _>>()?);
    Ok(context! { events => events, count => subjects.len() })
}

fn values_of_one(subject: &Subject<'_>) -> Result<Value, RenderError> {
    let values = values(subject)?;
    Ok(context! { deliveryId => subject.delivery.to_string(), ..values })
}

/// The whole events as JSON.
fn array(subjects: &[Subject<'_>]) -> Result<String, RenderError> {
    let mut array = String::from("[");
    for (at, subject) in subjects.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        array.push_str(comma);
        array.push_str(&format!(
            r#"{{"deliveryId":"{}",{}}}"#,
            subject.delivery,
            members(subject)
        ));
        if array.len() >= BATCH_BYTES_MAX && subjects.len() > 1 {
            return Err(RenderError::TooLong);
        }
    }
    array.push(']');
    Ok(array)
}

/// What a call of these deliveries is known by, in any order of them: the delivery's own id where there is one, else a UUID
/// of version 8 (RFC 9562 §5.8) over theirs.
pub(in crate::delivery) fn call_id(deliveries: &[DeliveryId]) -> DeliveryId {
    if let [one] = deliveries {
        return *one;
    }
    let mut ids: Vec<u128> = deliveries.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(b"batch");
    ids.iter().for_each(|id| hasher.update(id.to_be_bytes()));
    let hash = hasher.finalize();
    let head = hash.iter().take(16);
    let id = head.fold(0_u128, |id, byte| (id << 8) | u128::from(*byte));
    let (version, variant) = (0xf << 76, 0b11 << 62);
    DeliveryId(id & !version & !variant | 8 << 76 | 0b10 << 62)
}

#[cfg(test)]
mod tests;
