//! Scales: where values lie, in parts of a chart. Whole numbers only, so that equal values lie equally.

/// A chart's height and width in its own units.
pub(super) const UNITS: u64 = 10_000;
/// At about so many lines a scale is divided.
const LINES: u64 = 3;

/// A scale from nothing to a round number at or above the largest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    step: u64,
    lines: u64,
}

impl Scale {
    /// A scale for values up to `most`.
    pub(super) fn up_to(most: u64) -> Self {
        let step = round_up(most.div_ceil(LINES).max(1));
        Self {
            step,
            lines: most.div_ceil(step).max(1),
        }
    }

    /// The values at its lines, without nothing.
    pub(super) fn lines(self) -> impl Iterator<Item = u64> {
        (1..=self.lines).map(move |line| line.saturating_mul(self.step))
    }

    /// How far up a value lies, in [`UNITS`].
    pub(super) fn up(self, value: u64) -> u64 {
        share(value, self.step.saturating_mul(self.lines))
    }
}

/// `part` of `whole`, in [`UNITS`], held at the whole.
pub(super) fn share(part: u64, whole: u64) -> u64 {
    let share = u128::from(part) * u128::from(UNITS) / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(UNITS).min(UNITS)
}

/// Units as an attribute wants them: `12.34%`.
pub(super) fn percent(units: u64) -> String {
    let hundredths = units * 10_000 / UNITS;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// The next of 1, 2, 5, 10, 20, 50 … at or above `number`.
fn round_up(number: u64) -> u64 {
    let mut magnitude = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            match magnitude.checked_mul(factor) {
                Some(round) if round >= number => return round,
                Some(_) => {}
                None => return number,
            }
        }
        magnitude = magnitude.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers_above_everything() {
        let lines = |most| Scale::up_to(most).lines().collect::<Vec<_>>();
        assert_eq!(lines(0), [1]);
        assert_eq!(lines(1), [1]);
        assert_eq!(lines(7), [5, 10]);
        assert_eq!(lines(100), [50, 100]);
        assert_eq!(lines(842), [500, 1_000]);
        assert_eq!(lines(1_210), [500, 1_000, 1_500]);
        assert!(lines(u64::MAX).len() <= 4);
        assert_eq!(Scale::up_to(842).up(500), UNITS / 2);
        assert_eq!(Scale::up_to(u64::MAX).up(u64::MAX), UNITS);
        assert_eq!(percent(share(1, 3)), "33.33%");
    }
}
