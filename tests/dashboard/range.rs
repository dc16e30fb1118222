//! The funnel from one day to another.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::stage::Stage;

/// The numbers of a chart, newest first.
const TABLE: &str = r#"
    const table = document.querySelector("g-chart details");
    table.open = true;
    return [...table.querySelectorAll("tbody td")].map((cell) => cell.innerText);
"#;

#[tokio::test]
async fn the_funnel_is_shown_from_one_day_to_another_which_the_address_keeps() {
    let stage = Stage::full().await;
    let desk = Desk::of(&stage.appliance).await;
    desk.open("/funnel").await;
    desk.press("^other days$").await;
    desk.fill("^from$", "2024-02-28").await;
    desk.fill("^to$", "2024-03-01").await;
    desk.says("From Feb 28, 2024 to Mar 1, 2024;").await;
    desk.says("visits 0 conversions 0 ").await;
    desk.until(TABLE, vec![], |shown| shown.as_array().map_or(0, Vec::len) == 72)
        .await;
    desk.press("^days$").await;
    // The 29th is one of them.
    desk.until(TABLE, vec![], |shown| *shown == json!(["0", "0", "0"]))
        .await;

    // A range that is none is not asked for.
    desk.fill("^to$", "2024-02-27").await;
    desk.find("alert", "not before it").await;
    desk.says("From Feb 28, 2024 to Mar 1, 2024;").await;

    // What one day had, by the clocks of the launch.
    let zone = stage.appliance.admin.get("/api/launch").await.json()["timezone"].clone();
    let yesterday =
        "return new Intl.DateTimeFormat('en-CA', { timeZone: arguments[0] }).format(Date.now() - 86_400_000)";
    let day = desk.run(yesterday, vec![zone]).await;
    let day = day.as_str().expect("a day");
    desk.fill("^to$", day).await;
    desk.fill("^from$", day).await;
    let roi = format!("/api/roi?from={day}&to={day}");
    let visits = stage.appliance.admin.get(&roi).await.json()["total"]["visits"].clone();
    let visits = visits.as_u64().expect("a number");
    assert!(visits > 0, "somebody came");
    let written: Vec<String> = visits.to_string().chars().map(String::from).collect();
    desk.says(&format!("visits {} conversions", written.join(",?")))
        .await;
    let is_day = |shown: &Value| {
        let [Value::String(number)] = shown.as_array().map_or(&[][..], Vec::as_slice) else {
            return false;
        };
        number.replace(',', "") == visits.to_string()
    };
    desk.until(TABLE, vec![], is_day).await;

    let address = desk.browser().current_url().await.expect("an address");
    assert_eq!(address.query(), Some(format!("from={day}&to={day}").as_str()));
    desk.browser().refresh().await.expect("the page");
    desk.ready().await;
    desk.says(&format!("visits {} conversions", written.join(",?")))
        .await;
    desk.press("^today$").await;
    desk.says("to now;").await;
    assert!(!desk.shows("field", "^from$").await, "the fields are gone");
    desk.assert_quiet("/funnel");
}

#[tokio::test]
async fn days_begin_where_the_clocks_of_their_zone_have_them_begin() {
    let stage = Stage::empty().await;
    let desk = Desk::before(&stage.appliance).await;
    desk.open("/sign-in").await;
    let begins = r#"
        const [days, done] = arguments;
        const app = document.querySelector("script[type=module]").src;
        import(app.replace("app.js", "lib/days.js")).then(({ starts }) =>
            done(days.map(([zone, day]) => new Date(starts(day, zone)).toISOString().slice(0, 16))), (fault) => done(String(fault)));
    "#;
    let days = [
        ("UTC", "2026-12-01", "2026-12-01T00:00"),
        ("America/Los_Angeles", "2026-03-08", "2026-03-08T08:00"),
        ("America/Los_Angeles", "2026-03-09", "2026-03-09T07:00"),
        ("America/Los_Angeles", "2026-11-01", "2026-11-01T07:00"),
        ("America/Los_Angeles", "2026-11-02", "2026-11-02T08:00"),
        ("Pacific/Auckland", "2026-09-27", "2026-09-26T12:00"),
        ("Pacific/Auckland", "2026-09-28", "2026-09-27T11:00"),
        ("Asia/Kolkata", "2026-12-01", "2026-11-30T18:30"),
        // Clocks leapt from midnight to one.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
    ];
    let asked: Vec<[&str; 2]> = days.iter().map(|(zone, day, _)| [*zone, *day]).collect();
    let expected: Vec<&str> = days.iter().map(|(_, _, begins)| *begins).collect();
    assert_eq!(desk.ask(begins, vec![json!(asked)]).await, json!(expected));
}
