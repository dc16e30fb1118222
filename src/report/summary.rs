//! A report in a few lines, for those who are told of it.

use std::ops::Range;

use super::Report;
use super::data::Row;
use super::figures::{count, money, or_none, percent, ratio, whole_percent};
use crate::model::money::{Currency, Money};
use crate::model::roi::{Cost, Terms};
use crate::model::time::Millis;
use crate::store::Fault;

impl Report {
    /// The figures of a range, each by its name, as people read them.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn summary(&self, range: Range<Millis>) -> Result<Vec<(&'static str, String)>, Fault> {
        let funnel = self.parts.funnel.borrow().clone();
        let figures = self.figures(range).await?;
        Ok(lines(&figures.whole, &funnel.terms(), funnel.currency))
    }
}

fn lines(whole: &Row, terms: &Terms, currency: Option<Currency>) -> Vec<(&'static str, String)> {
    let amount = |amount: Money| match &currency {
        Some(currency) => format!("{} {}", money(amount), currency.as_str()),
        None => money(amount),
    };
    let (counted, roi) = (&whole.counted, &whole.roi);
    let cost = roi.cost.map(|cost| match Cost::is_estimated(cost) {
        true => format!("{} (estimated)", amount(cost.amount())),
        false => amount(cost.amount()),
    });
    vec![
        ("visits", count(counted.visits)),
        ("conversions", count(counted.conversions)),
        ("conversion rate", or_none(roi.rate.and_then(percent))),
        ("cost", or_none(cost)),
        ("CAC", or_none(roi.cac.map(amount))),
        ("LTV", or_none(terms.ltv.map(amount))),
        ("LTV to CAC", or_none(roi.ltv_cac.and_then(ratio))),
        ("lift", or_none(roi.lift.map(amount))),
        ("net ROI", or_none(roi.net_roi.and_then(whole_percent))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::roi::{Baseline, Counted, Roi};

    #[test]
    fn the_figures_of_a_launch_are_a_few_lines_and_what_is_not_reckoned_is_a_dash() {
        let terms = Terms {
            ltv: Some(Money(480_000)),
            baseline: Some(Baseline::parse("0.042").unwrap()),
            ..Terms::default()
        };
        let counted = Counted {
            visits: 12_400,
            conversions: 1_624,
            spend: Some(Money(12_160_000)),
        };
        let whole = Row {
            roi: Roi::of(&counted, &terms),
            counted,
            ..Row::default()
        };
        let told = lines(&whole, &terms, Currency::parse("USD"));
        let of = |name: &str| {
            told.iter()
                .find(|(of, _)| *of == name)
                .map(|(_, text)| text.as_str())
        };
        assert_eq!(of("visits"), Some("12,400"));
        assert_eq!(of("CAC"), Some("0.75 USD"));
        assert_eq!(of("LTV"), Some("48.00 USD"));
        assert_eq!(of("net ROI"), Some("4,255 %"));
        let nothing = lines(&Row::default(), &Terms::default(), None);
        assert!(
            nothing
                .iter()
                .skip(2)
                .all(|(_, text)| text == super::super::figures::NONE)
        );
    }
}
