//! Occurrences on the nights when clocks are moved, and what is refused.

use super::*;

mod reference;

fn timetable(cron: &str, zone: &str) -> Timetable {
    Timetable::new(cron.parse().unwrap(), Zone::parse(zone).unwrap())
}

fn at(text: &str) -> Millis {
    Millis::parse_rfc3339(text).unwrap()
}

/// The occurrences after `from` and before `to`, as far as they differ: `T10:00` of one day, or whole.
fn between(timetable: &Timetable, from: &str, to: &str) -> Vec<String> {
    let (mut last, to) = (at(from), at(to));
    let mut found = Vec::new();
    while let Some(next) = timetable.next(last).filter(|next| *next < to) {
        assert!(next > last, "time goes on");
        found.push(next.to_string().replace(":00.000Z", "Z"));
        last = next;
    }
    found
}

const ANGELES: &str = "America/Los_Angeles";

/// The occurrences of the night on which clocks in Los Angeles are put forward at 10:00Z, from 02:00 to 03:00.
fn spring(cron: &str) -> Vec<String> {
    let day = ("2026-03-08T08:59:59Z", "2026-03-08T12:00:00Z");
    between(&timetable(cron, ANGELES), day.0, day.1)
}

/// The occurrences of the night on which they are put back at 09:00Z, from 02:00 to 01:00.
fn autumn(cron: &str) -> Vec<String> {
    let day = ("2026-11-01T07:59:59Z", "2026-11-01T11:00:00Z");
    between(&timetable(cron, ANGELES), day.0, day.1)
}

#[test]
fn a_time_that_is_leapt_over_comes_at_the_first_instant_after_it_and_once() {
    assert_eq!(spring("30 2 * * *"), ["2026-03-08T10:00Z"]);
    assert_eq!(spring("0 2 * * *"), ["2026-03-08T10:00Z"]);
    assert_eq!(spring("59 1 * * *"), ["2026-03-08T09:59Z"]);
    assert_eq!(spring("0 3 * * *"), ["2026-03-08T10:00Z"]);
    assert_eq!(
        spring("0,30 2,3 * * *"),
        ["2026-03-08T10:00Z", "2026-03-08T10:30Z"]
    );
    assert_eq!(spring("*/15 2 * * *"), ["2026-03-08T10:00Z"]);
    assert_eq!(spring("30 2 8 3 *"), ["2026-03-08T10:00Z"]);
}

#[test]
fn a_time_that_comes_twice_is_the_first() {
    assert_eq!(autumn("30 1 * * *"), ["2026-11-01T08:30Z"]);
    assert_eq!(autumn("0 1 * * *"), ["2026-11-01T08:00Z"]);
    assert_eq!(autumn("0 2 * * *"), ["2026-11-01T10:00Z"]);
    assert_eq!(autumn("0,30 1-2 * * *").len(), 4);
    // From within the hour that comes again, the next is tomorrow's.
    let daily = timetable("30 1 * * *", ANGELES);
    for after in [
        "2026-11-01T08:30:00Z",
        "2026-11-01T09:15:00Z",
        "2026-11-01T09:30:00Z",
    ] {
        assert_eq!(daily.next(at(after)), Some(at("2026-11-02T09:30:00Z")), "{after}");
    }
}

#[test]
fn a_schedule_of_every_hour_goes_by_time_as_it_passes() {
    let quarters = spring("*/15 * * * *");
    assert_eq!(
        quarters.len(),
        12,
        "three hours have twelve quarters: {quarters:?}"
    );
    assert_eq!(
        spring("5 * * * *"),
        ["2026-03-08T09:05Z", "2026-03-08T10:05Z", "2026-03-08T11:05Z"]
    );
    let quarters = autumn("*/15 * * * *");
    assert_eq!(
        quarters.len(),
        12,
        "also where one of them comes twice: {quarters:?}"
    );
    assert_eq!(
        autumn("5 0-23 * * *"),
        ["2026-11-01T08:05Z", "2026-11-01T09:05Z", "2026-11-01T10:05Z"]
    );
}

#[test]
fn half_an_hour_on_lord_howe_and_a_midnight_that_is_not() {
    // 2026-10-04, 02:00 (+10:30) becomes 02:30 (+11).
    let zone = "Australia/Lord_Howe";
    let night = |cron: &str| {
        between(
            &timetable(cron, zone),
            "2026-10-03T15:00:00Z",
            "2026-10-03T16:31:00Z",
        )
    };
    assert_eq!(night("15 2 * * *"), ["2026-10-03T15:30Z"]);
    assert_eq!(
        night("15,30,45 2 * * *"),
        ["2026-10-03T15:30Z", "2026-10-03T15:45Z"]
    );
    // 2026-04-05, 02:00 (+11) becomes 01:30 (+10:30).
    let daily = timetable("45 1 * * *", zone);
    assert_eq!(
        between(&daily, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"),
        ["2026-04-04T14:45Z"]
    );
    // In Cairo the day of 2026-04-24 begins at 01:00.
    let midnight = timetable("0 0 * * *", "Africa/Cairo");
    assert_eq!(
        between(&midnight, "2026-04-23T00:00:00Z", "2026-04-25T00:00:00Z"),
        ["2026-04-23T22:00Z", "2026-04-24T21:00Z"]
    );
}

#[test]
fn clocks_that_are_put_back_for_a_month() {
    // Until 2026 Morocco left its summer time for Ramadan: 2025-02-23 at 03:00 (+01) back to 02:00 (+00), 2025-04-06 at
    // 02:00 forward to 03:00.
    let daily = timetable("30 2 * * *", "Africa/Casablanca");
    assert_eq!(
        between(&daily, "2025-02-22T12:00:00Z", "2025-02-24T12:00:00Z"),
        ["2025-02-23T01:30Z", "2025-02-24T02:30Z"]
    );
    assert_eq!(
        between(&daily, "2025-04-05T12:00:00Z", "2025-04-07T12:00:00Z"),
        ["2025-04-06T02:00Z", "2025-04-07T01:30Z"]
    );
}

#[test]
fn a_day_that_is_not_comes_with_the_first_instant_of_the_next() {
    // Samoa went from the end of 2011-12-29 (-10) to the beginning of 2011-12-31 (+14).
    let zone = "Pacific/Apia";
    let noon = timetable("0 12 * * *", zone);
    assert_eq!(
        between(&noon, "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"),
        ["2011-12-29T22:00Z", "2011-12-30T10:00Z", "2011-12-30T22:00Z"]
    );
    let that_day = timetable("0 9,12 30 12 *", zone);
    assert_eq!(
        between(&that_day, "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z"),
        ["2011-12-30T10:00Z"]
    );
}

#[test]
fn what_vixie_cron_and_croner_know_is_read() {
    let next = |cron: &str| {
        let next = timetable(cron, "UTC").next(at("2026-11-01T00:00:00Z")).unwrap();
        next.to_string().replace(":00.000Z", "")
    };
    for (cron, expected) in [
        ("0 9 * * MON-FRI", "2026-11-02T09:00"),
        ("0 9 * * 7", "2026-11-01T09:00"),
        ("0 9 13 * FRI", "2026-11-06T09:00"),
        ("0 9 13 * +FRI", "2026-11-13T09:00"),
        ("0 0 L * *", "2026-11-30T00:00"),
        ("0 0 15W * *", "2026-11-16T00:00"),
        ("0 0 * * 5#2", "2026-11-13T00:00"),
        ("0 0 * * 5L", "2026-11-27T00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("10-20/5 4 1,15 dec *", "2026-12-01T04:10"),
        ("  0  0 ? * ?", "2026-11-02T00:00"),
        ("@yearly", "2027-01-01T00:00"),
        ("@annually", "2027-01-01T00:00"),
        ("@monthly", "2026-12-01T00:00"),
        ("@weekly", "2026-11-08T00:00"),
        ("@daily", "2026-11-02T00:00"),
        ("@hourly", "2026-11-01T01:00"),
    ] {
        assert_eq!(next(cron), expected, "{cron}");
    }
    let cron: Cron = " 0\t9 * *  1 ".parse().unwrap();
    assert_eq!(cron.as_str(), "0 9 * * 1");
}

#[test]
fn what_is_no_expression_or_never_comes_is_refused() {
    let refused = |text: &str| text.parse::<Cron>().expect_err(text);
    assert_eq!(refused(""), BadCron::Fields(0));
    assert_eq!(refused("0 9 * *"), BadCron::Fields(4));
    assert_eq!(refused("0 0 9 * * *"), BadCron::Fields(6));
    assert_eq!(refused("0 0 9 * * * 2026"), BadCron::Fields(7));
    assert_eq!(refused("0 0 30 2 *"), BadCron::Never);
    assert_eq!(refused("* * 31 4,6,9,11 *"), BadCron::Never);
    assert_eq!(refused(&"1,".repeat(200)), BadCron::TooLong);
    for bad in [
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "* * * JANUARY *",
        "0/5 * * * *",
        "1,,2 * * * *",
        "@reboot",
        "@daily@",
        "@ 0 0 * *",
        "0 0 * * MON#6",
        "é * * * *",
    ] {
        assert!(
            matches!(refused(bad), BadCron::Field(_)),
            "{bad}: {:?}",
            refused(bad)
        );
    }
}

#[test]
fn what_was_passed_over_is_its_last_and_how_many_before() {
    let passed = |cron: &str, after: &str, upto: &str| {
        let passed = timetable(cron, "UTC").passed(at(after), at(upto));
        passed.map(|passed| (passed.latest.to_string().replace(":00.000Z", ""), passed.others))
    };
    let found = |latest: &str, others| Some((latest.to_owned(), others));
    let (from, day) = ("2026-11-01T09:00:00Z", "0 9 * * *");
    assert_eq!(passed(day, from, "2026-11-02T08:59:59.999Z"), None);
    assert_eq!(
        passed(day, from, "2026-11-02T09:00:00Z"),
        found("2026-11-02T09:00", 0)
    );
    assert_eq!(
        passed(day, from, "2026-11-05T10:00:00Z"),
        found("2026-11-05T09:00", 3)
    );
    assert_eq!(passed(day, from, "2026-10-05T10:00:00Z"), None);
    for (upto, latest) in [
        ("2026-11-20T00:00:30Z", "2026-11-20T00:00"),
        ("2036-11-20T00:00:30Z", "2036-11-20T00:00"),
    ] {
        assert_eq!(passed("* * * * *", from, upto), found(latest, COUNTED_MOST));
    }
    let sparse = passed("* * 1 1 *", from, "2029-06-01T00:00:00Z");
    assert_eq!(sparse, found("2029-01-01T23:59", COUNTED_MOST));
}

#[test]
fn a_digest_tells_timetables_apart() {
    let digest = |cron: &str, zone: &str| timetable(cron, zone).digest();
    assert_eq!(digest("0 9 * * *", ANGELES), digest(" 0  9 * * *", ANGELES));
    assert_ne!(digest("0 9 * * *", ANGELES), digest("0 9 * * *", "UTC"));
    assert_ne!(digest("0 9 * * *", ANGELES), digest("0 8 * * *", ANGELES));
}
