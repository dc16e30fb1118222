//! A second implementation, to which ten thousand random schedules are compared.
//!
//! It shares nothing with the first: the fields are drawn as sets beside the text that says them, days are reckoned by
//! chrono, offsets come from chrono-tz, and instants are found by walking the minutes of a span one by one. Clocks are
//! watched as by a person: a schedule that names hours fires when the wall first shows its time or a later one.
//!
//! chrono-tz's zone data is of early 2025, so spans lie in years and zones where both agree, which each span asserts: until
//! the end of 2024, and 2026 in Los Angeles, Berlin and on Lord Howe.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use super::*;

const SCHEDULES: usize = 10_000;
const MINUTE_MS: i64 = 60_000;
/// How many days a span has. On the first of them clocks are only looked at.
const DAYS: usize = 4;
/// How many schedules are compared in each span.
const OF_A_SPAN: usize = 40;

/// Zone, and the years in which clocks there did something worth watching.
const ZONES: [(&str, (i32, i32)); 20] = [
    ("America/Los_Angeles", (2026, 2026)),
    ("America/Los_Angeles", (2000, 2024)),
    ("Europe/Berlin", (2026, 2026)),
    ("Europe/London", (2000, 2024)),
    ("Australia/Lord_Howe", (2026, 2026)),
    ("Australia/Lord_Howe", (2000, 2024)),
    ("Africa/Casablanca", (2012, 2024)),
    ("Pacific/Apia", (2010, 2013)),
    ("Pacific/Apia", (2011, 2011)),
    ("America/Sao_Paulo", (2004, 2019)),
    ("America/Havana", (2004, 2024)),
    ("America/St_Johns", (2000, 2011)),
    ("Asia/Tehran", (2008, 2022)),
    ("Asia/Beirut", (2005, 2022)),
    ("Antarctica/Troll", (2006, 2024)),
    ("America/Caracas", (2007, 2016)),
    ("Asia/Pyongyang", (2015, 2018)),
    ("Pacific/Chatham", (2000, 2024)),
    ("Africa/Cairo", (2010, 2024)),
    ("UTC", (2000, 2026)),
];

/// Chance that repeats itself (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(u32::try_from(all.len()).unwrap()) as usize]
    }
}

/// A field: what is written, and what it takes, a bit for each value.
#[derive(Debug)]
struct Field {
    text: String,
    takes: u64,
}

impl Field {
    fn anything(first: u32, last: u32) -> Self {
        Self {
            text: "*".to_owned(),
            takes: bits(first..=last),
        }
    }

    fn one(value: u32) -> Self {
        Self {
            text: value.to_string(),
            takes: bits([value]),
        }
    }

    const fn takes(&self, value: u32) -> bool {
        self.takes & (1 << value) != 0
    }
}

fn bits(values: impl IntoIterator<Item = u32>) -> u64 {
    values.into_iter().fold(0, |bits, value| bits | (1 << value))
}

fn field(chance: &mut Chance, (first, last): (u32, u32)) -> Field {
    let span = last - first + 1;
    let (mut text, mut takes) = (String::new(), 0);
    match chance.below(6) {
        0 | 1 => {
            text.push('*');
            takes = bits(first..=last);
        }
        2 => {
            let step = 1 + chance.below(span - 1);
            write!(text, "*/{step}").unwrap();
            takes = bits((first..=last).step_by(step as usize));
        }
        _ => {
            for item in 0..=chance.below(3) {
                let from = first + chance.below(span);
                let to = from + chance.below(last - from + 1);
                let step = 1 + chance.below(4);
                let (written, to, step) = match chance.below(4) {
                    0 if from < to => (format!("{from}-{to}"), to, 1),
                    1 if from < to => (format!("{from}-{to}/{step}"), to, step),
                    _ => (from.to_string(), from, 1),
                };
                text.push_str(if item > 0 { "," } else { "" });
                text.push_str(&written);
                takes |= bits((from..=to).step_by(step as usize));
            }
        }
    }
    Field { text, takes }
}

/// An expression: minute, hour, day of the month, month, day of the week.
#[derive(Debug)]
struct Drawn([Field; 5]);

impl Drawn {
    fn new(chance: &mut Chance) -> Self {
        let mut drawn =
            Self([(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)].map(|bounds| field(chance, bounds)));
        // Every minute of a night is walked soon enough.
        if chance.below(4) > 0 {
            let minute = chance.below(60);
            drawn.0[0] = Field::one(minute);
        }
        // Clocks are moved at night, and most dates fit: what fits nothing compares nothing.
        if chance.below(2) == 0 {
            let hour = chance.below(4);
            drawn.0[1] = Field::one(hour);
        }
        if chance.below(4) > 0 {
            drawn.0[3] = Field::anything(1, 12);
        }
        for (index, last) in [(2, 31), (4, 7)] {
            if chance.below(2) > 0 {
                drawn.0[index] = Field::anything(u32::from(index == 2), last);
            }
        }
        drawn
    }

    fn text(&self) -> String {
        self.0.each_ref().map(|field| field.text.as_str()).join(" ")
    }

    fn fits(&self, shown: &Shown) -> bool {
        let [minute, hour, day, month, weekday] = &self.0;
        if !minute.takes(shown.minute) || !hour.takes(shown.hour) || !month.takes(shown.month) {
            return false;
        }
        let by_day = day.takes(shown.day);
        let by_weekday = weekday.takes(shown.weekday) || shown.weekday == 0 && weekday.takes(7);
        match (day.text.as_str(), weekday.text.as_str()) {
            ("*", _) => by_weekday,
            (_, "*") => by_day,
            _ => by_day || by_weekday,
        }
    }

    fn occurrences(&self, span: &[Minute]) -> Vec<Millis> {
        let every_hour = self.0[1].takes == bits(0..24);
        let occurs = |minute: &&Minute| match every_hour {
            true => self.fits(&minute.shown),
            false => minute.first_shown.iter().any(|shown| self.fits(shown)),
        };
        span.iter().filter(occurs).map(|minute| minute.at).collect()
    }
}

/// What a clock on a wall shows.
struct Shown {
    minute: u32,
    hour: u32,
    day: u32,
    month: u32,
    /// From Sunday.
    weekday: u32,
}

impl Shown {
    fn of(local: NaiveDateTime) -> Self {
        Self {
            minute: local.minute(),
            hour: local.hour(),
            day: local.day(),
            month: local.month(),
            weekday: local.weekday().num_days_from_sunday(),
        }
    }
}

/// A minute of a span.
struct Minute {
    at: Millis,
    shown: Shown,
    /// What was never shown before: this, and what was leapt over; nothing in an hour that comes again.
    first_shown: Vec<Shown>,
}

/// The minutes of a span but for its first day, on which clocks are only looked at.
fn watched(minutes: &[(Millis, NaiveDateTime)]) -> Vec<Minute> {
    let (seen, watched) = minutes.split_at(MINUTES_OF_A_DAY);
    let mut latest = seen.iter().map(|(_, local)| *local).max().unwrap();
    let minute = |(at, local): &(Millis, NaiveDateTime)| {
        let new = (1..=(*local - latest).num_minutes()).map(|minute| latest + TimeDelta::minutes(minute));
        let first_shown = new.map(Shown::of).collect();
        latest = latest.max(*local);
        Minute {
            at: *at,
            shown: Shown::of(*local),
            first_shown,
        }
    };
    watched.iter().map(minute).collect()
}

const MINUTES_OF_A_DAY: usize = 1_440;

/// The minutes from `from` on for so many days, and what clocks showed.
fn minutes(zone: Tz, from: Millis, days: usize) -> Vec<(Millis, NaiveDateTime)> {
    let known = Zone::parse(zone.name()).unwrap();
    let count = i64::try_from(days * MINUTES_OF_A_DAY).unwrap();
    let minute = |minute| {
        let at = from.plus(minute * MINUTE_MS);
        let utc = DateTime::from_timestamp_millis(at.0).unwrap().naive_utc();
        let ahead = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
        let (ahead_ms, _) = known.offset(at).unwrap();
        assert_eq!(
            ahead_ms,
            i64::from(ahead) * 1_000,
            "{zone} at {at}: the zone data differ"
        );
        (at, utc + TimeDelta::seconds(i64::from(ahead)))
    };
    (0..count).map(minute).collect()
}

/// Midnight of some day (UTC) of a year; mostly two days before clocks are moved.
fn begin(chance: &mut Chance, zone: Tz, year: i32) -> Millis {
    let new_year = at(&format!("{year}-01-01T00:00:00Z"));
    let day = |day: u32| new_year.plus(i64::from(day) * DAY_MS);
    let ahead = |at: Millis| {
        let utc = DateTime::from_timestamp_millis(at.0).unwrap().naive_utc();
        zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
    };
    let moved: Vec<u32> = (3..360)
        .filter(|number| ahead(day(*number)) != ahead(day(*number + 1)))
        .collect();
    match moved.is_empty() || chance.below(5) == 0 {
        true => day(chance.below(358)),
        false => day(chance.of(&moved) - 2),
    }
}

#[test]
fn ten_thousand_random_schedules_are_never_early_never_twice_and_never_missed() {
    let mut seed = [0; 4];
    getrandom::fill(&mut seed).unwrap();
    let seed = u64::from(u32::from_le_bytes(seed));
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let (mut compared, mut occurred) = (0, 0);
    while compared < SCHEDULES {
        let (name, (first, last)) = chance.of(&ZONES);
        let zone: Tz = name.parse().unwrap();
        let year = first + i32::try_from(chance.below(u32::try_from(last - first + 1).unwrap())).unwrap();
        let from = begin(&mut chance, zone, year);
        let span = watched(&minutes(zone, from, DAYS));
        for _ in 0..OF_A_SPAN {
            let drawn = Drawn::new(&mut chance);
            let Ok(cron) = drawn.text().parse::<Cron>() else {
                // Only a date that never comes is refused: 31 4, 30 2.
                assert_eq!(
                    drawn.text().parse::<Cron>(),
                    Err(BadCron::Never),
                    "{}",
                    drawn.text()
                );
                continue;
            };
            let timetable = Timetable::new(cron, Zone::parse(name).unwrap());
            let expected = drawn.occurrences(&span);
            let (begins, ends) = (
                from.plus(DAY_MS - 1),
                from.plus(i64::try_from(DAYS).unwrap() * DAY_MS),
            );
            let next = |after: &Millis| timetable.next(*after).filter(|at| *at < ends);
            let found: Vec<Millis> = std::iter::successors(next(&begins), next).collect();
            let what = || format!("seed {seed}: `{}` in {name} from {from}", drawn.text());
            assert_eq!(found, expected, "{}", what());
            // From anywhere between, the next is the same.
            for _ in 0..4 {
                let after = begins.plus(i64::from(chance.below(3 * 86_400_000)));
                let after_it = expected.iter().find(|at| **at > after);
                assert_eq!(next(&after), after_it.copied(), "{} after {after}", what());
            }
            compared += 1;
            occurred += found.len();
        }
    }
    println!("{compared} schedules, {occurred} occurrences");
    assert!(occurred > SCHEDULES, "most of them occur");
}
