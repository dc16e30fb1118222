//! Goals: what visitors are to do, the list in `[funnel]`.

use super::fault::{Invalid, shown};
use super::fields::Fields;
use super::written::{Refusal, Value, Written};
use crate::model::funnel::{Goal, ReachedBy};
use crate::model::ids::{EventType, GoalName};

/// The keys of one of `goals`.
const GOAL_KEYS: [&str; 3] = ["name", "path", "event"];
/// The most goals: each is a series of the metrics.
const GOALS_MOST: usize = 100;
/// The longest path of a goal, in bytes.
const PATH_BYTES_MOST: usize = 512;

/// Reads the goals.
pub(super) fn goals(written: &Written) -> Result<Vec<Goal>, Vec<Refusal>> {
    let Value::List(items) = &written.value else {
        let why = r#"is a list; write [{ name = "signup", path = "/thanks" }]"#.to_owned();
        return Err(vec![(written.place.clone(), Invalid(why))]);
    };
    let mut goals: Vec<Goal> = Vec::with_capacity(items.len());
    let mut refused = Vec::new();
    for item in items {
        match goal(item) {
            Ok(goal) if goals.iter().any(|known| known.name == goal.name) => {
                let why = format!("{} is the name of another goal; use another", goal.name);
                refused.push((item.place.clone(), Invalid(why)));
            }
            Ok(goal) => goals.push(goal),
            Err(why) => refused.extend(why),
        }
    }
    if goals.len() > GOALS_MOST {
        refused.push((
            written.place.clone(),
            Invalid(format!("there are more than {GOALS_MOST}")),
        ));
    }
    match refused.is_empty() {
        true => Ok(goals),
        false => Err(refused),
    }
}

fn goal(written: &Written) -> Result<Goal, Vec<Refusal>> {
    let mut fields = Fields::open("funnel.goals", &GOAL_KEYS, (&written.place, written.table()?));
    let name = fields.required("name", |written| {
        written.one(|text| GoalName::parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text)))))
    });
    let path = fields.optional("path", |written| written.one(path));
    let event = fields.optional("event", |written| {
        written.one(|text| EventType::parse(text).map_err(|bad| Invalid(format!("{} {bad}", shown(text)))))
    });
    if fields.is_written("path") {
        fields.forbid("event", "stands beside path; a goal is reached by one of them");
    }
    fields.into_refusals()?;
    let reached_by = match (path, event) {
        (Some(path), _) => ReachedBy::Path(path),
        (None, Some(event)) => ReachedBy::Event(event),
        (None, None) => ReachedBy::Telling,
    };
    name.map(|name| Goal { name, reached_by }).ok_or_else(Vec::new)
}

fn path(text: &str) -> Result<String, Invalid> {
    let fits = text.len() <= PATH_BYTES_MOST && text.starts_with('/');
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['?', '#', '*']);
    match fits && plain {
        true => Ok(text.to_owned()),
        false => Err(Invalid(format!(
            r#"{} is not a path as addresses have it; write for example "/thanks""#,
            shown(text)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{faults, file, read};
    use super::*;

    #[test]
    fn a_goal_is_reached_by_its_path_by_an_event_or_by_being_told_of() {
        let text = r#"[funnel]
            goals = [{ name = "signup", path = "/thanks" }, { name = "lead", event = "LEAD_CAPTURE" }, { name = "call" }]"#;
        let reached: Vec<(String, ReachedBy)> = read(&file(text))
            .funnel
            .goals
            .into_iter()
            .map(|goal| (goal.name.to_string(), goal.reached_by))
            .collect();
        let expected = [
            ("signup".to_owned(), ReachedBy::Path("/thanks".to_owned())),
            (
                "lead".to_owned(),
                ReachedBy::Event(EventType::parse("LEAD_CAPTURE").unwrap()),
            ),
            ("call".to_owned(), ReachedBy::Telling),
        ];
        assert_eq!(reached, expected);
    }

    #[test]
    fn what_is_no_goal_is_refused_on_its_line() {
        let cases = [
            (r#"["signup"]"#, "write a table such as"),
            (r#""signup""#, "is a list"),
            (r#"[{ path = "/" }]"#, "name: is missing"),
            (r#"[{ name = "a b" }]"#, "may only contain"),
            (r#"[{ name = "a", path = "thanks" }]"#, "is not a path"),
            (r#"[{ name = "a", path = "/t*" }]"#, "is not a path"),
            (
                r#"[{ name = "a", path = "/", event = "X" }]"#,
                "reached by one of them",
            ),
            (
                r#"[{ name = "a" }, { name = "a" }]"#,
                "is the name of another goal",
            ),
        ];
        for (goals, why) in cases {
            let said = faults(&file(&format!("[funnel]\ngoals = {goals}\n")));
            assert!(
                said.starts_with("gantry.toml:2: funnel.goals") && said.contains(why),
                "{goals}: {said}"
            );
        }
    }
}
