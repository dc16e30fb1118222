//! Placeholder.

/// Placeholder.
pub struct Settings {
    /// Placeholder.
    pub seconds: Option<u64>,
}

/// Placeholder.
pub async fn run(_: Settings) -> anyhow::Result<bool> {
    anyhow::bail!("later")
}
