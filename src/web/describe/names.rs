//! Texts that are not any text: one of some names, an instant, a day, an amount.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::WebhookPreset;
use crate::metrics::SeriesId;
use crate::model::audit::Via;
use crate::model::delivery::AttemptClass;
use crate::model::event::{DeliveryStatus, EventStatus};
use crate::model::funnel::{Dimension, Level};
use crate::model::key::Scope;
use crate::model::launch::Phase;
use crate::model::replay::Selection;

/// What has one of some names.
pub trait Names {
    /// What one of them is called.
    const NAME: &'static str;

    /// All of them.
    fn names() -> Vec<&'static str>;
}

/// A text that is one of the names of `T`.
#[derive(Debug)]
pub struct OneOf<T>(PhantomData<T>);

impl<T: Names> JsonSchema for OneOf<T> {
    fn schema_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": T::names()})
    }
}

macro_rules! names {
    ($($type:ty: $name:literal),+ $(,)?) => {$(
        impl Names for $type {
            const NAME: &'static str = $name;

            fn names() -> Vec<&'static str> {
                Self::ALL.iter().map(|one| one.as_str()).collect()
            }
        }
    )+};
}

names! {
    Via: "AuditVia",
    Phase: "LaunchPhase",
    WebhookPreset: "WebhookPreset",
    AttemptClass: "AttemptClass",
    DeliveryStatus: "DeliveryStatus",
    EventStatus: "EventStatus",
    Dimension: "FunnelDimension",
    Level: "FunnelLevel",
    Scope: "KeyScope",
    Selection: "ReplaySelection",
}

impl Names for SeriesId {
    const NAME: &'static str = "SeriesName";

    fn names() -> Vec<&'static str> {
        Self::ALL.map(Self::name).to_vec()
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $schema:tt),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}

texts! {
    /// An instant, RFC 3339.
    Instant: {"type": "string", "format": "date-time"},
    /// A day of the launch's zone.
    Day: {"type": "string", "format": "date"},
    /// An amount of money, a decimal.
    Amount: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,4})?$"},
    /// A text that is no JSON.
    Text: {"type": "string"},
    /// No text: bytes. (OpenAPI 3.1 says so by the media type alone.)
    Bytes: {},
}
