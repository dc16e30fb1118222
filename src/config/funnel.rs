//! `[funnel]`: what a launch is reckoned with, and what visitors are to do.

use super::fault::{Invalid, shown};
use super::written::{Refusal, Value, Written};
use crate::model::funnel::Goal;
use crate::model::money::{Currency, Money};
use crate::model::roi::{Baseline, Terms};

/// What visits cost and conversions are worth, and what conversions are. Nothing of it has a default: what is not written is not reckoned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// The currency of every amount.
    pub currency: Option<Currency>,
    /// What a visit costs where no spend is recorded; not less than nothing.
    pub cost_per_visit: Option<Money>,
    /// What one conversion is worth over its whole life; more than nothing.
    pub ltv: Option<Money>,
    /// The rate at which visitors convert anyway.
    pub baseline_rate: Option<Baseline>,
    /// What visitors are to do; no two of one name.
    pub goals: Vec<Goal>,
}

impl Funnel {
    /// What figures are reckoned with.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms {
            cost_per_visit: self.cost_per_visit,
            ltv: self.ltv,
            baseline: self.baseline_rate,
        }
    }
}

/// Reads a currency's three letters.
pub(super) fn currency(text: &str) -> Result<Currency, Invalid> {
    Currency::parse(text).ok_or_else(|| {
        Invalid(format!(
            r#"{} is not a currency of ISO 4217; write for example "USD" or "EUR""#,
            shown(text)
        ))
    })
}

/// Reads an amount that may be nothing.
pub(super) fn cost(text: &str) -> Result<Money, Invalid> {
    amount(text, |amount| !amount.is_negative())
}

/// Reads an amount of more than nothing.
pub(super) fn worth(text: &str) -> Result<Money, Invalid> {
    amount(text, |amount| amount > Money::ZERO)
}

fn amount(text: &str, is_allowed: impl Fn(Money) -> bool) -> Result<Money, Invalid> {
    match Money::parse(text.trim()) {
        Ok(amount) if is_allowed(amount) => Ok(amount),
        Ok(_) => Err(Invalid(format!("{} is too little", shown(text)))),
        Err(bad) => Err(Invalid(format!("{} {bad}", shown(text)))),
    }
}

/// Reads a rate from 0 to 1, as a number or in quotes. A number is read by its decimals, of which binary fractions keep more
/// than a rate may have.
pub(super) fn rate(written: &Written) -> Result<Baseline, Vec<Refusal>> {
    let text = match &written.value {
        Value::Fraction(number) => number.to_string(),
        Value::Integer(Some(number)) => number.to_string(),
        Value::Text(text) | Value::Variable(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    Baseline::parse(&text).map_err(|_| {
        let why = "is not a number from 0 to 1 with at most six decimals; write for example 0.042";
        vec![(written.place.clone(), Invalid(why.to_owned()))]
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, file, read, with_variables};
    use super::*;

    #[test]
    fn money_is_read_exactly_and_has_no_default() {
        assert_eq!(read(&file("")).funnel.terms(), Terms::default());
        let text = "[funnel]\ncurrency = \"EUR\"\ncost_per_visit = \"12.50\"\nltv = \"48.00\"\nbaseline_rate = 0.042\n";
        let expected = Funnel {
            currency: Currency::parse("EUR"),
            cost_per_visit: Some(Money(125_000)),
            ltv: Some(Money(480_000)),
            baseline_rate: Some(Baseline::parse("0.042").unwrap()),
            goals: Vec::new(),
        };
        assert_eq!(read(&file(text)).funnel, expected);
        let variables = [
            ("GANTRY_FUNNEL__BASELINE_RATE", "0.042"),
            ("GANTRY_FUNNEL__LTV", "48"),
        ];
        let funnel = read(&with_variables(file(""), &variables)).funnel;
        assert_eq!(
            (funnel.baseline_rate, funnel.ltv),
            (expected.baseline_rate, expected.ltv)
        );
    }

    #[test]
    fn rates_are_read_by_their_decimals() {
        let rate = |written: &str| read(&file(&format!("[funnel]\nbaseline_rate = {written}"))).funnel;
        let parsed = |text: &str| Some(Baseline::parse(text).unwrap());
        for (written, decimal) in [
            ("0.1", "0.1"),
            ("0.000001", "0.000001"),
            ("4.2e-2", "0.042"),
            ("1", "1"),
            ("\"0.3\"", "0.3"),
        ] {
            assert_eq!(rate(written).baseline_rate, parsed(decimal), "{written}");
        }
    }

    #[test]
    fn what_is_no_money_is_refused_on_its_line() {
        let cases = [
            ("currency = \"usd\"", "\"usd\" is not a currency of ISO 4217"),
            ("ltv = \"0.00\"", "\"0.00\" is too little"),
            ("ltv = 48.00", "is a number with a fraction; write it in quotes"),
            ("cost_per_visit = \"-1\"", "\"-1\" is too little"),
            ("cost_per_visit = \"1,50\"", "\"1,50\" is not a decimal number"),
            ("cost_per_visit = \"0.00001\"", "has more than 4 decimals"),
            ("baseline_rate = 4.2", "is not a number from 0 to 1"),
            ("baseline_rate = 0.0420001", "at most six decimals"),
            ("baseline_rate = nan", "is not a number from 0 to 1"),
            ("baseline_rate = []", "is not a number from 0 to 1"),
        ];
        for (line, why) in cases {
            let said = faults(&file(&format!("[funnel]\n{line}\n")));
            assert!(
                said.starts_with("gantry.toml:2: funnel.") && said.contains(why),
                "{line}: {said}"
            );
        }
    }
}
