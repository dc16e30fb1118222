//! The packaged configuration, with other values in it: its comments stay where they are.

use crate::config::DEFAULT_TOML;

/// Who is told of alerts.
#[derive(Clone, Copy, Debug)]
pub(super) struct AlertsTo<'a> {
    /// Where they go, or the reference of a secret.
    pub(super) url: &'a str,
    pub(super) preset: &'static str,
}

/// The packaged file with these values of `section.key`, as TOML writes them, and with a destination for alerts.
pub(super) fn with(values: &[(&'static str, String)], alerts: Option<AlertsTo<'_>>) -> String {
    let told = alerts.map(|_| ("alerts.to", list(&["alerts".to_owned()])));
    let values: Vec<_> = values.iter().cloned().chain(told).collect();
    let mut section = "";
    let mut text = String::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        let written = values.iter().find_map(|(name, value)| {
            let key = name.strip_prefix(section)?.strip_prefix('.')?;
            let is_its = line
                .strip_prefix("# ")
                .unwrap_or(line)
                .starts_with(&format!("{key} = "));
            is_its.then(|| format!("{key} = {value}"))
        });
        text.push_str(written.as_deref().unwrap_or(line));
        text.push('\n');
    }
    if let Some(AlertsTo { url, preset }) = alerts {
        let (url, preset) = (quoted(url), quoted(preset));
        text.push_str(&format!(
            "\n# Who is told of alerts.\n[[destination]]\nname = \"alerts\"\npreset = {preset}\nurl = {url}\n"
        ));
    }
    text
}

/// A text as TOML writes it: what JSON escapes, TOML reads.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A list of texts as TOML writes it.
pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_value_it_is_the_packaged_file() {
        assert_eq!(with(&[], None), DEFAULT_TOML);
    }

    #[test]
    fn a_value_takes_the_line_of_its_key_in_its_section_and_of_no_other() {
        // `at` is a key of [launch] and of [backup]; `origin` is commented, and `origin_secret` is another.
        let values = [
            ("launch.at", quoted("2026-12-01T00:01:00")),
            ("pages.origin", quoted("http://127.0.0.1:3000")),
        ];
        let text = with(&values, None);
        let changed = text.lines().zip(DEFAULT_TOML.lines());
        let changed: Vec<_> = changed.filter(|(is, was)| is != was).map(|(is, _)| is).collect();
        assert_eq!(
            changed,
            [
                "origin = \"http://127.0.0.1:3000\"",
                "at = \"2026-12-01T00:01:00\""
            ]
        );
        assert_eq!(text.lines().count(), DEFAULT_TOML.lines().count());
    }

    #[test]
    fn who_is_told_is_a_destination_and_whatever_is_said_stays_in_its_value() {
        let url = "https://x.example/\"]\n[server]";
        let to = AlertsTo { url, preset: "slack" };
        let text = with(&[], Some(to));
        assert!(text.contains("\nto = [\"alerts\"]\n"), "{text}");
        assert!(text.ends_with("preset = \"slack\"\nurl = \"https://x.example/\\\"]\\n[server]\"\n"));
    }
}
