//! Conversions, as visitors of a campaign bring them.

use gantry::model::funnel::{Bearer, ConversionDraft, Label, Origin, Sameness, Touch, Touches};
use gantry::model::ids::GoalName;
use gantry::model::money::Money;
use gantry::model::time::Millis;

/// A sign-up worth 19.50 by somebody who came from `source` at `at`.
pub(crate) fn signup((source, campaign): (&str, &str), at: Millis) -> ConversionDraft {
    let label = |text: &str| Label::named(text).expect("a label");
    let origin = Origin {
        source: label(source),
        campaign: label(campaign),
        referrer: Label::none(),
        path: Label::none(),
        variant: Label::none(),
    };
    ConversionDraft {
        goal: GoalName::parse("signup").expect("a name"),
        value: Some(Money::parse("19.50").expect("an amount")),
        sameness: Sameness::None,
        bearer: Bearer {
            visitor: None,
            touches: Some(Touches::of(Touch { at, origin })),
        },
    }
}
