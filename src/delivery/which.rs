//! Which deliveries, as it is asked for in a query or a body: names and texts become a filter, or are refused by field.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::dead::DeadGroup;
use crate::model::delivery::{AttemptClass, DeliveryFilter, Destination, DestinationNumber};
use crate::model::event::{DeliveryStatus, Pattern};
use crate::model::time::Millis;
use crate::web::ApiError;
use crate::web::answer::Query;
use crate::web::describe::{Instant, OneOf};

/// Which deliveries, as asked for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "DeliveriesWanted")]
pub(super) struct Which {
    destination: Option<String>,
    #[schemars(with = "Option<OneOf<DeliveryStatus>>")]
    status: Option<String>,
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    error_class: Option<String>,
    /// The same by a shorter name.
    #[schemars(with = "Option<OneOf<AttemptClass>>")]
    class: Option<String>,
    /// As dead letters are grouped.
    group: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    source: Option<String>,
    #[schemars(with = "Option<Instant>")]
    from: Option<String>,
    #[schemars(with = "Option<Instant>")]
    to: Option<String>,
}

impl Which {
    pub(super) fn of(query: &Query) -> Self {
        let text = |name| query.get(name).map(str::to_owned);
        Self {
            destination: text("destination"),
            status: text("status"),
            error_class: text("errorClass"),
            class: text("class"),
            group: text("group"),
            kind: text("type"),
            source: text("source"),
            from: text("from"),
            to: text("to"),
        }
    }

    pub(super) fn filter(&self, known: &[Destination]) -> Result<DeliveryFilter, ApiError> {
        let status = self.status.as_deref().map(|text| {
            DeliveryStatus::parse(text).ok_or_else(|| {
                let names = DeliveryStatus::ALL.iter().map(|status| status.as_str());
                one_of("status", names)
            })
        });
        let class = match (&self.error_class, &self.class) {
            (Some(_), Some(_)) => {
                let twice = "`class` and `errorClass` are the same; give one of them";
                return Err(ApiError::unprocessable("class", twice));
            }
            (Some(text), None) => Some(class("errorClass", text)?),
            (None, text) => text.as_deref().map(|text| class("class", text)).transpose()?,
        };
        let status = status.transpose()?;
        let group = each(self.group.as_deref(), |text| {
            let wrong = || ApiError::unprocessable("group", "`group` is the `id` of a group of dead letters");
            DeadGroup::parse(text).ok_or_else(wrong)
        })?;
        if group.is_some() && status.is_some_and(|status| status != DeliveryStatus::Dead) {
            return Err(ApiError::unprocessable("status", "those of a group are DEAD"));
        }
        Ok(DeliveryFilter {
            destination: each(self.destination.as_deref(), |text| destination(text, known))?,
            status,
            class,
            group,
            kind: each(self.kind.as_deref(), |text| pattern("type", text))?,
            source: each(self.source.as_deref(), |text| pattern("source", text))?,
            from: each(self.from.as_deref(), |text| instant("from", text))?,
            to: each(self.to.as_deref(), |text| instant("to", text))?,
        })
    }
}

/// Reads what is there.
pub(super) fn each<T>(
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, ApiError>,
) -> Result<Option<T>, ApiError> {
    text.map(read).transpose()
}

pub(super) fn destination(text: &str, known: &[Destination]) -> Result<DestinationNumber, ApiError> {
    let to = known.iter().find(|to| to.name.as_str() == text);
    to.map(|to| to.number)
        .ok_or_else(|| ApiError::unprocessable("destination", "there is no such destination"))
}

pub(super) fn class(field: &'static str, text: &str) -> Result<AttemptClass, ApiError> {
    AttemptClass::parse(text).ok_or_else(|| {
        let names = AttemptClass::ALL.iter().map(|class| class.as_str());
        one_of(field, names)
    })
}

pub(super) fn pattern(field: &'static str, text: &str) -> Result<Pattern, ApiError> {
    Pattern::parse(text).ok_or_else(|| {
        let wrong = format!("`{field}` is one value, or the beginning of some and a star");
        ApiError::unprocessable(field, wrong)
    })
}

pub(super) fn instant(field: &'static str, text: &str) -> Result<Millis, ApiError> {
    let wrong = || ApiError::unprocessable(field, format!("`{field}` must be RFC 3339 with an offset"));
    Millis::parse_rfc3339(text).ok_or_else(wrong)
}

pub(super) fn one_of(field: &'static str, names: impl Iterator<Item = &'static str>) -> ApiError {
    let names = names.collect::<Vec<_>>().join(", ");
    ApiError::unprocessable(field, format!("`{field}` is one of {names}"))
}
