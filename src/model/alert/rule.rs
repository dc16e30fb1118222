//! Rules: what is watched, in which unit, and the terms that hold where nothing is written.

/// On which side of its bound a value is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

impl Side {
    /// As it is written before a bound.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::Below => "<",
        }
    }

    /// Whether `value` is on the wrong side of `limit`. A value at its bound is not.
    #[must_use]
    pub fn breaks(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::Below => value < limit,
        }
    }
}

/// What a rule's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole, from 0 to 1.
    Share,
    /// How many there were within a span.
    Count,
    /// A span, in seconds.
    Span,
    /// A size, in MiB.
    Size,
    /// Whether something is so: 1, or 0.
    Flag,
}

/// When a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The bound, in the rule's unit.
    pub limit: f64,
    /// Over how long it is measured, in milliseconds; 0 where it is of the moment.
    pub over_ms: i64,
    /// How long it must be so, in milliseconds; 0: at once.
    pub for_ms: i64,
}

const MINUTE_MS: i64 = 60_000;

impl Terms {
    const fn of(limit: f64, over_ms: i64, for_ms: i64) -> Self {
        Self {
            limit,
            over_ms,
            for_ms,
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident { $name:literal, $side:ident, $unit:ident, $terms:expr, $what:literal })+) => {
        /// What is watched.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)+
        }

        impl Rule {
            /// Every rule, in the order of the packaged file.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)+];

            /// Its name in configuration, messages and answers; it stands in data files, and is at most 20 characters long.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// On which side of its bound it is broken.
            #[must_use]
            pub const fn side(self) -> Side {
                match self {
                    $(Self::$rule => Side::$side,)+
                }
            }

            /// What its values are.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self {
                    $(Self::$rule => Unit::$unit,)+
                }
            }

            /// The terms that hold where nothing is written.
            #[must_use]
            pub const fn terms(self) -> Terms {
                match self {
                    $(Self::$rule => $terms,)+
                }
            }

            /// What is measured, as the subject of a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$rule => $what,)+
                }
            }
        }
    };
}

rules! {
    /// Of the calls to destinations, those that are followed by another.
    RetryRatio { "retry_ratio", Above, Share, Terms::of(0.05, 5 * MINUTE_MS, 5 * MINUTE_MS),
        "the share of calls to destinations that are made again" }
    /// How long the oldest delivery that is due has waited, of destinations that are not paused.
    Lag { "lag", Above, Span, Terms::of(300.0, 0, 0),
        "how long the oldest delivery that is due has waited" }
    /// Of the calls to destinations, those that are answered with a 5xx or not at all.
    ApiErrorRate { "api_error_rate", Above, Share, Terms::of(0.02, 5 * MINUTE_MS, 0),
        "the share of calls to destinations that fail over there or on the way" }
    /// Deliveries that became dead letters.
    DeadLetters { "dead_letters", Above, Count, Terms::of(5.0, MINUTE_MS, 0),
        "deliveries that became dead letters" }
    /// Of the pages of the site, those that are answered from memory, from the launch until six hours after it.
    HitRatio { "hit_ratio", Below, Share, Terms::of(0.92, 5 * MINUTE_MS, 5 * MINUTE_MS),
        "the share of pages that are answered from memory" }
    /// Webhooks without a signature, with a wrong one, or with one of another time.
    SignatureFailures { "signature_failures", Above, Count, Terms::of(20.0, 5 * MINUTE_MS, 0),
        "webhooks whose signature is missing, wrong or of another time" }
    /// Of the calls to destinations, those that are answered with a 429.
    RateLimited { "rate_limited", Above, Share, Terms::of(0.05, 5 * MINUTE_MS, 0),
        "the share of calls to destinations that are one too many (429)" }
    /// What the disk has left until nothing new is taken in.
    DiskFree { "disk_free", Below, Size, Terms::of(512.0, 0, 0),
        "what the disk has left until nothing new is taken in" }
    /// How far the export is behind.
    ExportLag { "export_lag", Above, Span, Terms::of(300.0, 0, 0),
        "how far the export is behind" }
    /// How old the newest backup is, or, where there is none, the data file.
    BackupAge { "backup_age", Above, Span, Terms::of(26.0 * 3_600.0, 0, 0),
        "how old the newest backup is" }
    /// A destination that is paused because it refuses our credentials, or is gone for good.
    Credentials { "credentials", Above, Flag, Terms::of(0.0, 0, 0),
        "a destination that turns us away, and is paused for it" }
    /// How long a destination's breaker has not been closed.
    BreakerOpen { "breaker_open", Above, Span, Terms::of(600.0, 0, 0),
        "how long a destination's breaker has been open" }
    /// Units of work in the background that failed.
    WorkerErrors { "worker_errors", Above, Count, Terms::of(5.0, 5 * MINUTE_MS, 0),
        "units of work in the background that failed" }
    /// How long until dead letters are forgotten by their age, where some are close to it.
    DeadLettersLeaving { "dead_letters_leaving", Below, Span, Terms::of(7.0 * 86_400.0, 0, 0),
        "how long until the oldest dead letter is forgotten by its age" }
    /// How long until the first certificate expires, where one is in the last sixth of its time; a name without one has none.
    CertificateExpiry { "certificate_expiry", Below, Span, Terms::of(14.0 * 86_400.0, 0, 15 * MINUTE_MS),
        "how long until the first certificate expires" }
}

impl Rule {
    /// The rule of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == name)
    }

    /// Whether it is measured over a span.
    #[must_use]
    pub const fn is_over_a_span(self) -> bool {
        self.terms().over_ms > 0
    }

    /// Whether each destination has it for itself.
    #[must_use]
    pub const fn is_of_each_destination(self) -> bool {
        matches!(self, Self::Credentials | Self::BreakerOpen)
    }

    /// Whether it tells of what is going on now, and not of days; of one that is watched during the launch alone that is said
    /// by its terms.
    #[must_use]
    pub const fn is_of_the_moment(self) -> bool {
        !matches!(
            self,
            Self::HitRatio
                | Self::BackupAge
                | Self::Credentials
                | Self::DeadLettersLeaving
                | Self::CertificateExpiry
        )
    }

    /// Of how many a share must be: one of one is no share of anything.
    #[must_use]
    pub const fn samples_least(self) -> u64 {
        match self {
            Self::HitRatio => 100,
            _ => 20,
        }
    }
}

impl Terms {
    /// The terms that hold during a launch: what a rule of the moment may come to, and how long it may be so, times `factor`, which
    /// is from above 0 to 1. A rule of days is as it was, and so is one that is a launch's own, or has no bound.
    #[must_use]
    pub fn during_launch(self, rule: Rule, factor: f64) -> Self {
        if !rule.is_of_the_moment() {
            return self;
        }
        let limit = match rule.side() {
            Side::Above => self.limit * factor,
            Side::Below => self.limit / factor,
        };
        let limit = match rule.unit() {
            // As exact as anybody writes it.
            Unit::Share => (limit * 10_000.0).round() / 10_000.0,
            Unit::Span => (limit * 10.0).round() / 10.0,
            Unit::Count | Unit::Size | Unit::Flag => limit.floor(),
        };
        Self {
            limit,
            for_ms: millis(seconds(self.for_ms) * factor),
            ..self
        }
    }

    /// As they are written in the configuration: `> 0.05 for 5m`. What is the rule's own without being written is left out.
    #[must_use]
    pub fn written(&self, rule: Rule) -> String {
        let own = rule.terms();
        let mut text = match rule.unit() {
            Unit::Flag => "on".to_owned(),
            unit => format!("{} {}", rule.side().as_str(), unit.written(self.limit)),
        };
        if rule.unit() == Unit::Count || self.over_ms != own.over_ms {
            text.push_str(" in ");
            text.push_str(&span(self.over_ms));
        }
        if self.for_ms > 0 {
            text.push_str(" for ");
            text.push_str(&span(self.for_ms));
        }
        text
    }
}

impl Unit {
    /// A value of this unit as it is written in the configuration: `0.05`, `5`, `5m`, `512MiB`.
    #[must_use]
    pub fn written(self, value: f64) -> String {
        match self {
            Self::Share | Self::Count => format!("{value}"),
            Self::Span => span(millis(value)),
            Self::Size => format!("{value}MiB"),
            Self::Flag => if value > 0.0 { "on" } else { "off" }.to_owned(),
        }
    }

    /// A value of this unit for people: `5.2 %`, `7`, `12 min`, `480 MiB`.
    #[must_use]
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Count => format!("{value:.0}"),
            Self::Span => for_people(millis(value)),
            Self::Size => format!("{value:.0} MiB"),
            Self::Flag => if value > 0.0 { "yes" } else { "no" }.to_owned(),
        }
    }
}

/// Units of a span: as written, as told, and in milliseconds.
const UNITS: [(&str, &str, i64); 4] = [
    ("d", "d", 86_400_000),
    ("h", "h", 3_600_000),
    ("m", "min", 60_000),
    ("s", "s", 1_000),
];

/// A span in the largest unit that it is a whole number of.
fn span(ms: i64) -> String {
    let whole = UNITS.iter().find(|(.., length)| ms % length == 0);
    match whole.filter(|_| ms != 0) {
        Some((unit, _, length)) => format!("{}{unit}", ms / length),
        None => format!("{ms}ms"),
    }
}

/// A span as people tell it: at least two of its unit, or less than a minute.
#[must_use]
pub fn for_people(ms: i64) -> String {
    let unit = UNITS.into_iter().find(|(.., length)| ms >= 2 * length);
    let (_, name, length) = unit.unwrap_or(("s", "s", 1_000));
    format!("{} {name}", ms.max(0) / length)
}

/// Seconds in milliseconds; a span that is measured is far below what a float holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast holds at the ends of the range"
)]
fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "spans are far below 2^53 milliseconds")]
const fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn during_a_launch_less_is_too_much_and_sooner() {
        let halved: Vec<(&str, String)> = Rule::ALL
            .iter()
            .map(|rule| {
                (
                    rule.as_str(),
                    rule.terms().during_launch(*rule, 0.5).written(*rule),
                )
            })
            .collect();
        let expected = [
            ("retry_ratio", "> 0.025 for 150s"),
            ("lag", "> 150s"),
            ("api_error_rate", "> 0.01"),
            ("dead_letters", "> 2 in 1m"),
            ("hit_ratio", "< 0.92 for 5m"),
            ("signature_failures", "> 10 in 5m"),
            ("rate_limited", "> 0.025"),
            ("disk_free", "< 1024MiB"),
            ("export_lag", "> 150s"),
            ("backup_age", "> 26h"),
            ("credentials", "on"),
            ("breaker_open", "> 5m"),
            ("worker_errors", "> 2 in 5m"),
            ("dead_letters_leaving", "< 7d"),
            ("certificate_expiry", "< 14d for 15m"),
        ];
        assert_eq!(halved, expected.map(|(rule, text)| (rule, text.to_owned())));
        for rule in Rule::ALL {
            assert_eq!(rule.terms().during_launch(*rule, 1.0), rule.terms());
        }
    }

    #[test]
    fn terms_are_written_as_they_are_read() {
        let written: Vec<(&str, String)> = Rule::ALL
            .iter()
            .map(|rule| (rule.as_str(), rule.terms().written(*rule)))
            .collect();
        let expected = [
            ("retry_ratio", "> 0.05 for 5m"),
            ("lag", "> 5m"),
            ("api_error_rate", "> 0.02"),
            ("dead_letters", "> 5 in 1m"),
            ("hit_ratio", "< 0.92 for 5m"),
            ("signature_failures", "> 20 in 5m"),
            ("rate_limited", "> 0.05"),
            ("disk_free", "< 512MiB"),
            ("export_lag", "> 5m"),
            ("backup_age", "> 26h"),
            ("credentials", "on"),
            ("breaker_open", "> 10m"),
            ("worker_errors", "> 5 in 5m"),
            ("dead_letters_leaving", "< 7d"),
            ("certificate_expiry", "< 14d for 15m"),
        ];
        assert_eq!(written, expected.map(|(rule, text)| (rule, text.to_owned())));
    }

    #[test]
    fn values_are_told_in_their_unit() {
        assert_eq!(Unit::Share.shown(0.0523), "5.2 %");
        assert_eq!(Unit::Count.shown(7.0), "7");
        assert_eq!(Unit::Size.shown(480.4), "480 MiB");
        for (seconds, text) in [
            (0.0, "0 s"),
            (119.0, "119 s"),
            (720.0, "12 min"),
            (90_000.0, "25 h"),
            (1e6, "11 d"),
        ] {
            assert_eq!(Unit::Span.shown(seconds), text);
        }
    }

    #[test]
    fn a_value_at_its_bound_is_no_breach() {
        assert!(!Side::Above.breaks(5.0, 5.0) && Side::Above.breaks(5.1, 5.0));
        assert!(!Side::Below.breaks(5.0, 5.0) && Side::Below.breaks(4.9, 5.0));
    }
}
