//! Whether an event's payload names a person.

use serde_json::Value;

use crate::model::person::Person;

/// Whether a string of the payload is exactly the person's address; or, of an id, the value of a member that holds ids:
/// whose name ends with `id` or `user`, as `userId`, `user_id` and `customer.user` do. No part of a string is looked at.
pub(super) fn names(person: &Person, payload: &str) -> bool {
    let may_name = match person {
        // Written out or escaped.
        Person::Email(_) => payload.contains('@') || payload.contains('\\') || !payload.is_ascii(),
        Person::User(_) => true,
    };
    may_name
        && serde_json::from_str(payload).is_ok_and(|payload: Value| match person {
            Person::Email(_) => has_text(&payload, person),
            Person::User(_) => has_id(&payload, ("", person)),
        })
}

/// What a payload may be nested has a bound, so this has one too.
fn has_text(value: &Value, person: &Person) -> bool {
    match value {
        Value::String(text) => person.is(text),
        Value::Array(items) => items.iter().any(|item| has_text(item, person)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| person.is(name) || has_text(value, person)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn has_id(value: &Value, (name, person): (&str, &Person)) -> bool {
    match value {
        Value::String(text) => holds_ids(name) && person.is(text),
        Value::Number(number) => holds_ids(name) && person.is(&number.to_string()),
        Value::Array(items) => items.iter().any(|item| has_id(item, (name, person))),
        Value::Object(members) => members.iter().any(|(name, value)| has_id(value, (name, person))),
        Value::Null | Value::Bool(_) => false,
    }
}

fn holds_ids(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("id") || name.ends_with("user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::UserId;

    #[test]
    fn a_payload_names_an_address_where_a_whole_string_is_one() {
        let ann = Person::of_email("ann@b.example").unwrap();
        for yes in [
            r#"{"email":"Ann@B.example"}"#,
            r#"{"to":[{"mail":" ann@b.example"}]}"#,
            r#"{"email":"ann\u0040b.example"}"#,
            r#"{"ann@b.example":1}"#,
        ] {
            assert!(names(&ann, yes), "{yes}");
        }
        for no in [
            r#"{"text":"write to ann@b.example"}"#,
            r#"{"email":"joann@b.example"}"#,
            "{}",
            "no JSON @",
        ] {
            assert!(!names(&ann, no), "{no}");
        }
    }

    #[test]
    fn a_payload_names_an_id_only_where_ids_stand() {
        let user = Person::User(UserId::parse("42").unwrap());
        for yes in [
            r#"{"userId":"42"}"#,
            r#"{"customer":{"id":42}}"#,
            r#"{"user":"42"}"#,
            r#"{"user_ids":7,"uid":["1","42"]}"#,
        ] {
            assert!(names(&user, yes), "{yes}");
        }
        for no in [r#"{"seats":42}"#, r#"{"plan":"42"}"#, r#"{"userId":"420"}"#] {
            assert!(!names(&user, no), "{no}");
        }
    }
}
