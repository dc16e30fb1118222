//! Money: an amount of the configured currency, kept as a whole number of its ten-thousandths.

use std::fmt;
use std::str::FromStr;

/// How many ten-thousandths make one unit of the currency.
const UNIT: i64 = 10_000;
/// So many decimals an amount has at most.
const DECIMALS: usize = 4;
/// So many are always written.
const DECIMALS_WRITTEN: usize = 2;
/// No amount is written with more characters: the longest there is has 21, and no reader is to look through a page of zeros.
const CHARS_MOST: usize = 32;

/// An amount of money, in ten-thousandths of the currency's unit: exact, and up to 922 trillion units either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

/// Why a text is no decimal number; `Display` finishes the sentence "`value` …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDecimal {
    /// Anything but digits with one point between them, and a minus sign before them.
    #[error("is not a decimal number such as 48.00")]
    NotDecimal,
    /// More than so many decimals, of which the last is not zero.
    #[error("has more than {0} decimals")]
    TooFine(usize),
    /// Beyond 64 bits.
    #[error("is too large")]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Parses a decimal number of at most four decimals: `48`, `48.00`, `-0.125`. No sign but a minus, no exponent, no
    /// thousands apart.
    ///
    /// # Errors
    /// [`BadDecimal`] says which rule was broken.
    pub fn parse(text: &str) -> Result<Self, BadDecimal> {
        decimal(text, DECIMALS).map(Self)
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum of two; `None` where there is no such amount.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum of many, whatever their order; `None` where there is no such amount.
    #[must_use]
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        // Fewer than 2^64 amounts cannot overflow 128 bits.
        let sum: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        Self::from_wide(sum)
    }

    /// So many times this amount; `None` where there is no such amount.
    #[must_use]
    pub fn times(self, count: u64) -> Option<Self> {
        Self::from_wide(i128::from(self.0) * i128::from(count))
    }

    /// One of so many equal parts, to the nearest ten-thousandth, a half to the even one; `None` of no parts.
    #[must_use]
    pub fn over(self, count: u64) -> Option<Self> {
        Self::from_wide(half_even(self.0.into(), count.into())?)
    }

    /// An amount of so many ten-thousandths; `None` where there is no such amount.
    #[must_use]
    pub fn from_wide(ten_thousandths: i128) -> Option<Self> {
        i64::try_from(ten_thousandths).ok().map(Self)
    }

    /// To the nearest hundredth, a half to the even one: what people are shown.
    #[must_use]
    pub fn to_hundredths(self) -> Self {
        const HUNDREDTH: i64 = 100;
        let rounded = half_even(self.0.into(), HUNDREDTH.into());
        let back = rounded.map(|hundredths| hundredths * i128::from(HUNDREDTH));
        back.and_then(Self::from_wide).unwrap_or(self)
    }
}

impl FromStr for Money {
    type Err = BadDecimal;

    fn from_str(text: &str) -> Result<Self, BadDecimal> {
        Self::parse(text)
    }
}

/// With a point and at least two decimals: `48.00`, `0.125`, `-1216.00`. Reads back as the same amount.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs() / UNIT.unsigned_abs();
        let rest = self.0.unsigned_abs() % UNIT.unsigned_abs();
        let decimals = format!("{rest:0DECIMALS$}");
        let kept = decimals.trim_end_matches('0').len().max(DECIMALS_WRITTEN);
        let sign = if self.is_negative() { "-" } else { "" };
        f.pad(&format!("{sign}{units}.{decimals:.kept$}"))
    }
}

/// The currency of every amount, as ISO 4217 writes it: three capital letters. Which of them are in use is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads three capital letters; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(letters))
    }

    /// Its letters: `USD`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads a decimal number as a whole number of its last place, so many places behind the point. Zeros beyond them say
/// nothing and are passed over.
pub(super) fn decimal(text: &str, places: usize) -> Result<i64, BadDecimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > CHARS_MOST || !is_number(whole) || !is_number(fraction) {
        return Err(BadDecimal::NotDecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(BadDecimal::TooFine(places));
    }
    let sign = if digits.len() < text.len() { "-" } else { "" };
    format!("{sign}{whole}{fraction:0<places$}")
        .parse()
        .map_err(|_| BadDecimal::TooLarge)
}

/// `over / under` to the nearest whole number, a half to the even one; `None` where `under` is not above zero.
pub(super) fn half_even(over: i128, under: i128) -> Option<i128> {
    if under <= 0 {
        return None;
    }
    let (whole, rest) = (over.div_euclid(under), over.rem_euclid(under));
    // Twice the rest may be beyond 128 bits; what is missing to the next whole number is not.
    let up = match rest.cmp(&(under - rest)) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => whole.rem_euclid(2),
        std::cmp::Ordering::Greater => 1,
    };
    Some(whole + up)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap_or_else(|bad| panic!("{text} {bad}"))
    }

    #[test]
    fn amounts_are_read_exactly_and_written_with_at_least_two_decimals() {
        let cases = [
            ("48", 480_000, "48.00"),
            ("48.0", 480_000, "48.00"),
            ("12.50", 125_000, "12.50"),
            ("0.125", 1_250, "0.125"),
            ("0.0001", 1, "0.0001"),
            ("-0.01", -100, "-0.01"),
            ("-1216.00", -12_160_000, "-1216.00"),
            ("007.10000000", 71_000, "7.10"),
            ("922337203685477.5807", i64::MAX, "922337203685477.5807"),
            ("-922337203685477.5808", i64::MIN, "-922337203685477.5808"),
            ("-0", 0, "0.00"),
        ];
        for (text, ten_thousandths, written) in cases {
            assert_eq!(Money::parse(text), Ok(Money(ten_thousandths)), "{text}");
            assert_eq!(Money(ten_thousandths).to_string(), written);
        }
        assert_eq!(format!("{:>8}", money("48")), "   48.00");
    }

    #[test]
    fn what_is_no_amount_is_refused_by_its_rule() {
        let long = "0".repeat(CHARS_MOST + 1);
        let none = [
            "", "-", ".", "1.", ".5", "+1", "1e3", "1,5", "1 000", " 1", "--1", "1.2.3", "NaN", "\u{661}",
            &long,
        ];
        for text in none {
            assert_eq!(Money::parse(text), Err(BadDecimal::NotDecimal), "{text:?}");
        }
        assert_eq!(Money::parse("0.00001"), Err(BadDecimal::TooFine(4)));
        assert_eq!(Money::parse("922337203685477.5808"), Err(BadDecimal::TooLarge));
        assert_eq!(
            Money::parse("1.23456").unwrap_err().to_string(),
            "has more than 4 decimals"
        );
    }

    #[test]
    fn a_half_goes_to_the_even_neighbour_on_either_side_of_zero() {
        let over = |ten_thousandths, count| Money(ten_thousandths).over(count).map(|part| part.0);
        let halves = [1, 3, 5, -1, -3, -5].map(|odd| over(odd, 2));
        assert_eq!(halves, [0, 2, 2, 0, -2, -2].map(Some));
        assert_eq!(over(10, 3), Some(3));
        assert_eq!(over(20, 3), Some(7));
        assert_eq!(over(1, 0), None);
        let shown = ["0.005", "0.015", "0.0251", "-0.005"].map(|text| money(text).to_hundredths());
        assert_eq!(shown, ["0.00", "0.02", "0.03", "0.00"].map(money));
    }

    #[test]
    fn sums_and_products_beyond_what_can_be_kept_are_none() {
        let most = Money(i64::MAX);
        assert_eq!(most.plus(Money(1)), None);
        assert_eq!(most.times(2), None);
        assert_eq!(Money(i64::MIN).times(1), Some(Money(i64::MIN)));
        assert_eq!(Money::sum([most, Money(1)]), None);
        assert_eq!(
            Money::sum([most, Money(1), Money(-1)]),
            Some(most),
            "in any order"
        );
        assert_eq!(money("48.00").times(1_624), Some(money("77952.00")));
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::parse("EUR").unwrap().to_string(), "EUR");
        for bad in ["", "EU", "EURO", "eur", "E1R", "\u{20ac}"] {
            assert_eq!(Currency::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_amount(ten_thousandths: i64) {
            let amount = Money(ten_thousandths);
            prop_assert_eq!(Money::parse(&amount.to_string()), Ok(amount));
        }

        #[test]
        fn no_text_makes_reading_panic(text in "[-0-9.]{0,40}|.*") {
            if let Ok(amount) = Money::parse(&text) {
                prop_assert_eq!(Money::parse(&amount.to_string()), Ok(amount));
            }
        }

        #[test]
        fn equal_parts_are_off_by_half_a_ten_thousandth_at_most(ten_thousandths: i64, count in 1..u64::MAX) {
            let part = i128::from(Money(ten_thousandths).over(count).unwrap().0);
            let (whole, count) = (i128::from(ten_thousandths), i128::from(count));
            prop_assert!(2 * (part * count - whole).abs() <= count);
        }
    }
}
