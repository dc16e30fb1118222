//! Destinations, as far as people are shown them.

/// The destinations, and whether all of them wait.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Destinations {
    pub(in crate::cli) items: Vec<Destination>,
    pub(in crate::cli) paused_since: Option<String>,
}

/// A destination and what waits for it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Destination {
    pub(in crate::cli) name: String,
    pub(in crate::cli) url: Option<String>,
    pub(in crate::cli) paused: Option<Paused>,
    pub(in crate::cli) configured: bool,
    pub(in crate::cli) pending: u64,
    pub(in crate::cli) leased: u64,
    pub(in crate::cli) retrying: u64,
    pub(in crate::cli) dead: u64,
    pub(in crate::cli) delivered: u64,
    pub(in crate::cli) oldest_due: Option<String>,
    #[serde(default)]
    pub(in crate::cli) oldest_dead: Option<String>,
    #[serde(default)]
    pub(in crate::cli) last_call_at: Option<String>,
    #[serde(default)]
    pub(in crate::cli) last_hour: Option<Calls>,
    #[serde(default)]
    pub(in crate::cli) rate: Option<String>,
    #[serde(default)]
    pub(in crate::cli) concurrency: Option<u64>,
    #[serde(default)]
    pub(in crate::cli) batch: Option<Batch>,
    #[serde(default)]
    pub(in crate::cli) quota_group: Option<String>,
    #[serde(default)]
    pub(in crate::cli) held: Option<Held>,
    #[serde(default)]
    pub(in crate::cli) breaker: Option<Breaker>,
    #[serde(default)]
    pub(in crate::cli) windows: Vec<Window>,
    #[serde(default)]
    pub(in crate::cli) quotas: Vec<Quota>,
}

/// Calls of a while.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Calls {
    pub(in crate::cli) calls: u64,
    pub(in crate::cli) failed: u64,
    pub(in crate::cli) limited: u64,
    pub(in crate::cli) p50_ms: Option<u64>,
    pub(in crate::cli) p95_ms: Option<u64>,
}

/// How deliveries share calls.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Batch {
    pub(in crate::cli) max: u64,
    pub(in crate::cli) wait_ms: u64,
}

/// What holds everything back.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Held {
    pub(in crate::cli) why: String,
    pub(in crate::cli) until: Option<String>,
}

/// Whether calls are made.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Breaker {
    pub(in crate::cli) state: String,
    pub(in crate::cli) since: Option<String>,
    pub(in crate::cli) reason: Option<String>,
    pub(in crate::cli) next_probe: Option<String>,
}

/// How many calls a span holds.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Window {
    pub(in crate::cli) window: String,
    pub(in crate::cli) limit: u64,
    pub(in crate::cli) used: u64,
}

/// What the receiver said is left.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Quota {
    pub(in crate::cli) limit: Option<u64>,
    pub(in crate::cli) remaining: i64,
    pub(in crate::cli) resets_at: String,
}

/// A call of a sample event.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Trial {
    pub(in crate::cli) request: Option<TrialRequest>,
    pub(in crate::cli) answer: Option<TrialAnswer>,
    pub(in crate::cli) error: Option<String>,
    pub(in crate::cli) verdict: String,
}

/// What is sent for a delivery.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct DeliveryStory {
    pub(in crate::cli) request: Option<TrialRequest>,
    /// Why there is none.
    pub(in crate::cli) request_error: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct TrialRequest {
    pub(in crate::cli) method: String,
    pub(in crate::cli) url: String,
    pub(in crate::cli) headers: std::collections::BTreeMap<String, String>,
    pub(in crate::cli) body: String,
}

/// What came back.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct TrialAnswer {
    pub(in crate::cli) status: u16,
    pub(in crate::cli) took_ms: u64,
    pub(in crate::cli) excerpt: String,
}

/// Why a destination is paused.
#[derive(Clone, Debug, serde::Deserialize)]
pub(in crate::cli) struct Paused {
    #[serde(default)]
    pub(in crate::cli) reason: Option<String>,
}

impl Destination {
    /// Whether it is served, in a few words.
    pub(in crate::cli) fn state(&self) -> String {
        match (&self.paused, self.configured) {
            (Some(Paused { reason: Some(reason) }), _) if !reason.is_empty() => format!("paused: {reason}"),
            (Some(_), _) => "paused".to_owned(),
            (None, false) => "not configured".to_owned(),
            (None, true) => self.held().unwrap_or_else(|| "sending".to_owned()),
        }
    }

    /// Why it waits, and until when.
    fn held(&self) -> Option<String> {
        let held = self.held.as_ref()?;
        let why = match held.why.as_str() {
            "breaker" => {
                let breaker = self.breaker.as_ref()?;
                let reason = breaker.reason.as_deref().unwrap_or_default();
                return Some(match &breaker.next_probe {
                    Some(at) => format!("breaker open until {at}: {reason}"),
                    None => format!("breaker half-open: {reason}"),
                });
            }
            "retry-after" => "asked to wait",
            "window" => "window full",
            "quota" => "quota used up",
            other => other,
        };
        Some(match &held.until {
            Some(until) => format!("{why} until {until}"),
            None => format!("{why}, waiting for answers"),
        })
    }
}
