//! Figures as people read them.

use crate::model::money::Money;
use crate::model::roi::Fraction;

/// What stands where there is no figure.
pub const NONE: &str = "\u{2013}";
/// Minus, as wide as a digit.
pub const MINUS: &str = "\u{2212}";

/// A count with its thousands apart: `12,345`.
#[must_use]
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A count of something, in words: `1 vote`, `12,345 votes`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", count(number))
}

/// How many conversions pay for a visitor who converts: `1 conversion pays for it`.
#[must_use]
pub fn pays(conversions: u64) -> String {
    let verb = if conversions == 1 { "pays" } else { "pay" };
    format!(
        "{} {verb} for it",
        counted(conversions, "conversion", "conversions")
    )
}

/// An amount to the hundredth, with its thousands apart: `52,953.60`.
#[must_use]
pub fn money(amount: Money) -> String {
    let text = amount.to_hundredths().to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (MINUS.to_owned(), digits),
        None => (String::new(), text.as_str()),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "00"));
    format!("{sign}{}.{decimals}", grouped(whole))
}

/// A share in percent with one decimal: `13.1 %`.
#[must_use]
pub fn percent(fraction: Fraction) -> Option<String> {
    Some(format!("{} %", tenths(fraction.in_parts_of(1_000)?)))
}

/// A share in whole percent, with its thousands apart: `4,255 %`.
#[must_use]
pub fn whole_percent(fraction: Fraction) -> Option<String> {
    let percent = fraction.in_parts_of(100)?;
    let sign = if percent < 0 {
        MINUS.to_owned()
    } else {
        String::new()
    };
    Some(format!(
        "{sign}{} %",
        grouped(&percent.unsigned_abs().to_string())
    ))
}

/// How many times: `64.1 : 1`.
#[must_use]
pub fn ratio(fraction: Fraction) -> Option<String> {
    Some(format!("{} : 1", tenths(fraction.in_parts_of(10)?)))
}

/// `value`, or that there is none.
#[must_use]
pub fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| NONE.to_owned())
}

fn tenths(tenths: i128) -> String {
    let sign = if tenths < 0 {
        MINUS.to_owned()
    } else {
        String::new()
    };
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    format!("{sign}{}.{rest}", grouped(&whole.to_string()))
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let money = |text: &str| money(Money::parse(text).unwrap());
        assert_eq!(money("52953.6"), "52,953.60");
        assert_eq!(money("-1216.005"), "\u{2212}1,216.00");
        assert_eq!(money("0"), "0.00");
        let of = |over: u64, under: u64| Fraction::new(over, under).unwrap();
        assert_eq!(percent(of(1_624, 12_400)).unwrap(), "13.1 %");
        assert_eq!(whole_percent(of(4_255, 100)).unwrap(), "4,255 %");
        assert_eq!(ratio(of(641, 10)).unwrap(), "64.1 : 1");
        assert_eq!(counted(1, "vote", "votes"), "1 vote");
        assert_eq!(counted(12_345, "vote", "votes"), "12,345 votes");
    }
}
