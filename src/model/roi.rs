//! ROI: what visits cost, and what the conversions among them were worth.
//!
//! Every figure is exact until it is written: rates and ratios are fractions, amounts whole ten-thousandths, and one that
//! is rounded is rounded once, a half to the even neighbour. A figure of which a part is not configured, or would be
//! divided by nothing, is `None`; so is one beyond 128 bits.

use super::money::{BadDecimal, Money, decimal, half_even};

/// How many millionths make one.
const MILLION: i128 = 1_000_000;
/// So many decimals a configured rate has at most.
const RATE_DECIMALS: usize = 6;

/// What the maker says a launch is reckoned with. What is not said is not reckoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What a visit costs where no spend is recorded.
    pub cost_per_visit: Option<Money>,
    /// What one conversion is worth over its whole life; more than nothing.
    pub ltv: Option<Money>,
    /// The rate at which visitors convert anyway.
    pub baseline: Option<Baseline>,
}

/// A conversion rate in millionths, from nothing to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline(u32);

/// What was counted, and spent, in a range: of all, of a source or of a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many visits.
    pub visits: u64,
    /// How many of them converted.
    pub conversions: u64,
    /// What was spent; `None` where no spend is recorded of the whole range, be it for others. Where some is, what has none
    /// was free, so that the costs of the parts add up to the cost of the whole.
    pub spend: Option<Money>,
}

/// A ratio of two whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    over: i128,
    /// Above zero.
    under: i128,
}

/// What a range cost, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Spend that was recorded.
    Recorded(Money),
    /// Visits at what one costs: an estimate, and shown as one.
    Estimated(Money),
}

/// The figures of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roi {
    /// Conversions to visits.
    pub rate: Option<Fraction>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// Cost to conversions, to the ten-thousandth. It is an estimate where the cost is one.
    pub cac: Option<Money>,
    /// The worth of a conversion to its cost.
    pub ltv_cac: Option<Fraction>,
    /// How many conversions pay for the cost, each by its worth over its whole life.
    pub payback: Option<u64>,
    /// What those conversions are worth that would not have been there anyway, to the ten-thousandth. Less than nothing
    /// where the rate is below the baseline.
    pub lift: Option<Money>,
    /// What is left of the lift after the cost, to the cost.
    pub net_roi: Option<Fraction>,
}

impl Baseline {
    /// Reads a number from 0 to 1 of at most six decimals.
    ///
    /// # Errors
    /// [`BadDecimal`]; a number beyond 1 or below 0 is [`BadDecimal::NotDecimal`].
    pub fn parse(text: &str) -> Result<Self, BadDecimal> {
        let millionths = decimal(text, RATE_DECIMALS)?;
        let within = u32::try_from(millionths).ok();
        let within = within.filter(|millionths| i128::from(*millionths) <= MILLION);
        within.map(Self).ok_or(BadDecimal::NotDecimal)
    }

    /// It as a fraction.
    #[must_use]
    pub fn fraction(self) -> Fraction {
        Fraction {
            over: self.0.into(),
            under: MILLION,
        }
    }
}

impl Fraction {
    /// `over / under`; `None` where `under` is not above zero.
    #[must_use]
    pub fn new(over: impl Into<i128>, under: impl Into<i128>) -> Option<Self> {
        let (over, under) = (over.into(), under.into());
        (under > 0).then_some(Self { over, under })
    }

    /// It as a whole number of units of which `scale` make one, a half to the even: at 1,000,000 in millionths. `None`
    /// beyond 128 bits.
    #[must_use]
    pub fn in_parts_of(self, scale: u32) -> Option<i128> {
        half_even(self.over.checked_mul(scale.into())?, self.under)
    }

    /// It as a number of six decimals, for readers who reckon no further.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "of figures that are shown and not reckoned with"
    )]
    pub fn to_six_decimals(self) -> Option<f64> {
        const SCALE: u32 = 1_000_000;
        Some(self.in_parts_of(SCALE)? as f64 / f64::from(SCALE))
    }

    fn less(self, other: Self) -> Option<Self> {
        let over = self.over.checked_mul(other.under)?;
        let over = over.checked_sub(other.over.checked_mul(self.under)?)?;
        Self::new(over, self.under.checked_mul(other.under)?)
    }

    fn times(self, factor: i128) -> Option<Self> {
        // What cancels is taken out first: visits are the lower part of their own rate.
        let common = greatest_common_divisor(factor, self.under);
        let (factor, under) = (factor.checked_div(common)?, self.under.checked_div(common)?);
        Self::new(self.over.checked_mul(factor)?, under)
    }

    fn to_money(self) -> Option<Money> {
        Money::from_wide(self.in_parts_of(1)?)
    }
}

impl Cost {
    /// How much.
    #[must_use]
    pub const fn amount(self) -> Money {
        match self {
            Self::Recorded(amount) | Self::Estimated(amount) => amount,
        }
    }

    /// Whether it was reckoned from visits.
    #[must_use]
    pub const fn is_estimated(self) -> bool {
        matches!(self, Self::Estimated(_))
    }
}

impl Roi {
    /// The figures of what was counted, on the maker's terms.
    #[must_use]
    pub fn of(counted: &Counted, terms: &Terms) -> Self {
        let rate = Fraction::new(counted.conversions, counted.visits);
        let cost = cost(counted, terms);
        let cac = cost.and_then(|cost| cost.amount().over(counted.conversions));
        let exact = rate.and_then(|rate| lift(counted.visits, rate, terms));
        Self {
            rate,
            cost,
            cac,
            ltv_cac: cost.and_then(|cost| {
                let worth = i128::from(terms.ltv?.0).checked_mul(counted.conversions.into())?;
                Fraction::new(worth, cost.amount().0).filter(|_| counted.conversions > 0)
            }),
            payback: cost.and_then(|cost| payback(cost.amount(), terms.ltv?)),
            lift: exact.and_then(Fraction::to_money),
            net_roi: exact
                .zip(cost)
                .and_then(|(lift, cost)| net_roi(lift, cost.amount())),
        }
    }
}

/// What was spent; where no spend is recorded, what so many visits cost.
fn cost(counted: &Counted, terms: &Terms) -> Option<Cost> {
    match counted.spend {
        Some(spend) => Some(Cost::Recorded(spend)),
        None => terms.cost_per_visit?.times(counted.visits).map(Cost::Estimated),
    }
}

/// `visits × (rate − baseline) × ltv`, in ten-thousandths.
fn lift(visits: u64, rate: Fraction, terms: &Terms) -> Option<Fraction> {
    let above = rate.less(terms.baseline?.fraction())?;
    above.times(visits.into())?.times(terms.ltv?.0.into())
}

/// `(lift − cost) / cost`, of more than nothing.
fn net_roi(lift: Fraction, cost: Money) -> Option<Fraction> {
    let cost = i128::from(cost.0);
    let left = lift.less(Fraction::new(cost, 1)?)?;
    Fraction::new(left.over, left.under.checked_mul(cost)?)
}

/// How many times `ltv` is at least `cost`.
fn payback(cost: Money, ltv: Money) -> Option<u64> {
    let (cost, ltv) = (i128::from(cost.0), i128::from(ltv.0));
    let whole = cost.checked_div(ltv).filter(|_| ltv > 0 && cost >= 0)?;
    u64::try_from(whole + i128::from(whole * ltv < cost)).ok()
}

/// The first of these days, in order, by whose end the conversions so far brought in at least `cost`.
#[must_use]
pub fn paid_back_on<D>(days: impl IntoIterator<Item = (D, Money)>, cost: Money) -> Option<D> {
    let mut so_far = 0_i128;
    days.into_iter()
        .find(|(_, value)| {
            so_far += i128::from(value.0);
            so_far >= i128::from(cost.0)
        })
        .map(|(day, _)| day)
}

/// Of two numbers of which the second is above zero.
fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    i128::try_from(a).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap_or_else(|bad| panic!("{text} {bad}"))
    }

    fn terms() -> Terms {
        Terms {
            cost_per_visit: Some(money("12.50")),
            ltv: Some(money("48.00")),
            baseline: Some(Baseline::parse("0.042").unwrap()),
        }
    }

    fn percent(fraction: Fraction) -> i128 {
        fraction.in_parts_of(100).unwrap()
    }

    #[test]
    fn a_launch_at_thirteen_in_a_hundred_lifts_what_its_maker_reckons() {
        let rate = Fraction::new(131, 1_000).unwrap();
        let exact = lift(12_400, rate, &terms()).unwrap();
        assert_eq!(exact.to_money(), Some(money("52972.80")));
        assert_eq!(percent(net_roi(exact, money("1216.00")).unwrap()), 4_256);
    }

    #[test]
    fn whole_conversions_give_what_their_own_rate_gives() {
        let counted = Counted {
            visits: 12_400,
            conversions: 1_624,
            spend: Some(money("1216.00")),
        };
        let roi = Roi::of(&counted, &terms());
        assert_eq!(roi.rate, Fraction::new(1_624, 12_400));
        assert_eq!(roi.cost, Some(Cost::Recorded(money("1216.00"))));
        assert_eq!(roi.cac, Some(money("0.7488")));
        assert_eq!(roi.ltv_cac.unwrap().to_six_decimals(), Some(64.105_263));
        assert_eq!(roi.payback, Some(26));
        assert_eq!(roi.lift, Some(money("52953.60")));
        assert_eq!(percent(roi.net_roi.unwrap()), 4_255);
    }

    #[test]
    fn where_no_spend_is_recorded_the_cost_is_what_visits_cost_and_says_so() {
        let counted = Counted {
            visits: 1_000,
            conversions: 131,
            spend: None,
        };
        let roi = Roi::of(&counted, &terms());
        assert_eq!(roi.cost, Some(Cost::Estimated(money("12500.00"))));
        assert!(roi.cost.is_some_and(Cost::is_estimated));
        // cost_per_visit / rate
        assert_eq!(roi.cac, Some(money("95.4198")));
        let free = Counted {
            spend: Some(Money::ZERO),
            ..counted
        };
        let roi = Roi::of(&free, &terms());
        assert_eq!(
            (roi.cost, roi.cac),
            (Some(Cost::Recorded(Money::ZERO)), Some(Money::ZERO))
        );
        assert_eq!(
            (roi.ltv_cac, roi.net_roi),
            (None, None),
            "nothing is divided by nothing"
        );
        assert_eq!(roi.payback, Some(0));
    }

    #[test]
    fn what_is_not_configured_is_not_reckoned() {
        let counted = Counted {
            visits: 10,
            conversions: 1,
            spend: None,
        };
        let roi = Roi::of(&counted, &Terms::default());
        let rate_alone = Roi {
            rate: Fraction::new(1, 10),
            ..Roi::default()
        };
        assert_eq!(roi, rate_alone);
        let spent = Counted {
            spend: Some(money("5.00")),
            ..counted
        };
        let without = |change: fn(&mut Terms)| {
            let mut terms = terms();
            change(&mut terms);
            Roi::of(&spent, &terms)
        };
        let roi = without(|terms| terms.ltv = None);
        assert_eq!(
            (roi.cac, roi.ltv_cac, roi.lift),
            (Some(money("5.00")), None, None)
        );
        let roi = without(|terms| terms.baseline = None);
        assert_eq!((roi.lift, roi.net_roi, roi.payback), (None, None, Some(1)));
        assert!(roi.ltv_cac.is_some());
        let roi = without(|terms| terms.cost_per_visit = None);
        assert!(roi.net_roi.is_some(), "spend is recorded");
    }

    #[test]
    fn without_visits_there_is_no_rate_and_without_conversions_no_cac() {
        let none = Counted {
            spend: Some(money("5.00")),
            ..Counted::default()
        };
        let roi = Roi::of(&none, &terms());
        assert_eq!(
            (roi.rate, roi.cac, roi.ltv_cac, roi.lift),
            (None, None, None, None)
        );
        assert_eq!(roi.cost, Some(Cost::Recorded(money("5.00"))));
        let below = Counted {
            visits: 1_000,
            conversions: 40,
            spend: Some(money("5.00")),
        };
        let roi = Roi::of(&below, &terms());
        assert_eq!(roi.lift, Some(money("-96.00")), "below the baseline");
        assert_eq!(percent(roi.net_roi.unwrap()), -2_020);
    }

    #[test]
    fn a_baseline_is_a_decimal_from_0_to_1_and_stays_one() {
        let tenth = Baseline::parse("0.1").unwrap().fraction();
        assert_eq!(tenth, Fraction::new(100_000, 1_000_000).unwrap());
        assert!(Baseline::parse("0").is_ok() && Baseline::parse("1.000000").is_ok());
        for bad in ["1.000001", "-0.1", "0.0000001", "4.2%", ""] {
            assert!(Baseline::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_day_that_pays_back_is_the_first_whose_end_has_brought_in_the_cost() {
        let days = [
            (1, money("40.00")),
            (2, money("59.99")),
            (3, money("0.01")),
            (4, money("1.00")),
        ];
        assert_eq!(paid_back_on(days, money("100.00")), Some(3));
        assert_eq!(paid_back_on(days, money("101.01")), None);
        assert_eq!(paid_back_on(days, Money::ZERO), Some(1));
    }

    proptest! {
        #[test]
        fn no_count_makes_reckoning_panic(visits: u64, conversions: u64, spend: Option<i64>, ltv: i64, millionths in 0..=1_000_000_u32) {
            let counted = Counted { visits, conversions, spend: spend.map(Money) };
            let terms = Terms { cost_per_visit: Some(Money(ltv)), ltv: Some(Money(ltv)), baseline: Some(Baseline(millionths)) };
            let roi = Roi::of(&counted, &terms);
            for fraction in [roi.rate, roi.ltv_cac, roi.net_roi].into_iter().flatten() {
                let _ = fraction.to_six_decimals();
            }
        }

        #[test]
        fn the_lift_of_whole_conversions_is_their_worth_less_that_of_the_baseline(
            visits in 1..1_000_000_000_u64, part in 0..=1_000_u64, ltv in 1..1_000_000_000_i64, millionths in 0..=1_000_000_u32,
        ) {
            let counted = Counted { visits, conversions: visits * part / 1_000, spend: None };
            let terms = Terms { cost_per_visit: None, ltv: Some(Money(ltv)), baseline: Some(Baseline(millionths)) };
            let lift = Roi::of(&counted, &terms).lift.map(|lift| i128::from(lift.0));
            let above = i128::from(counted.conversions) * MILLION - i128::from(visits) * i128::from(millionths);
            prop_assert_eq!(lift, half_even(above * i128::from(ltv), MILLION));
        }
    }
}
