//! Replays, as far as people are shown them.

/// What a replay would send.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Look {
    pub(in crate::cli) count: u64,
    /// False: there may be more.
    pub(in crate::cli) complete: bool,
    pub(in crate::cli) passed_over: u64,
    pub(in crate::cli) sends: String,
    #[serde(default)]
    pub(in crate::cli) destinations: Vec<OfDestination>,
    #[serde(default)]
    pub(in crate::cli) examples: Vec<Example>,
}

/// How many deliveries to one destination.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct OfDestination {
    pub(in crate::cli) destination: String,
    pub(in crate::cli) count: u64,
}

/// A delivery that would be sent.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Example {
    pub(in crate::cli) id: String,
    #[serde(rename = "type")]
    pub(in crate::cli) kind: String,
    pub(in crate::cli) created_at: String,
    pub(in crate::cli) destination: String,
    pub(in crate::cli) status: Option<String>,
}

/// A replay.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Replay {
    pub(in crate::cli) id: String,
    pub(in crate::cli) status: String,
    pub(in crate::cli) filter: Filter,
    pub(in crate::cli) count: u64,
    pub(in crate::cli) done: u64,
    pub(in crate::cli) passed_over: u64,
    pub(in crate::cli) progress: f64,
    pub(in crate::cli) by: String,
    pub(in crate::cli) created_at: String,
}

/// What a replay sends.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Filter {
    #[serde(rename = "type")]
    pub(in crate::cli) kind: Option<String>,
    pub(in crate::cli) source: Option<String>,
    pub(in crate::cli) destination: Option<String>,
    pub(in crate::cli) status: String,
    pub(in crate::cli) error_class: Option<String>,
}

impl Replay {
    /// Whether it goes on.
    pub(in crate::cli) fn is_running(&self) -> bool {
        self.status == "RUNNING"
    }
}

impl Filter {
    /// What it asks for, in one line.
    pub(in crate::cli) fn text(&self) -> String {
        let asked = [
            ("type", self.kind.as_ref()),
            ("source", self.source.as_ref()),
            ("destination", self.destination.as_ref()),
            ("status", Some(&self.status)),
            ("errorClass", self.error_class.as_ref()),
        ];
        let asked = asked
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        asked.collect::<Vec<_>>().join(" ")
    }
}
