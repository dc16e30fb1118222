//! The schema: the tables as SQL, step by step. A step that was released does not change; what is new is a new step.

use tokio_postgres::Transaction;

use super::session::Failure;

/// The steps, in order; the first makes version 1.
const STEPS: &[&str] = &["\
CREATE TABLE IF NOT EXISTS launch_metrics (
    timestamp timestamptz PRIMARY KEY,
    total_requests bigint NOT NULL,
    conversions bigint NOT NULL,
    conv_rate double precision,
    estimated_cac numeric
);
CREATE TABLE IF NOT EXISTS poll_results (
    poll_id text NOT NULL,
    option_id text NOT NULL,
    votes bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (poll_id, option_id)
);
CREATE TABLE IF NOT EXISTS marketing_events (
    id uuid PRIMARY KEY,
    idempotency_key varchar(64) NOT NULL,
    type varchar(32) NOT NULL,
    payload jsonb NOT NULL,
    source varchar(64) NOT NULL,
    fingerprint varchar(16) NOT NULL,
    status varchar(16) NOT NULL,
    retry_count integer NOT NULL,
    last_error text,
    scheduled_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS marketing_events_created_at ON marketing_events (created_at);
CREATE INDEX IF NOT EXISTS marketing_events_type ON marketing_events (type, created_at);
"];

/// The table that says which version the others have. Whoever writes holds its row until the transaction is over.
const VERSIONS: &str = "\
CREATE TABLE IF NOT EXISTS gantry_schema (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO gantry_schema (version) VALUES (0) ON CONFLICT (single) DO NOTHING;
";

/// The version that is written to.
pub(super) const VERSION: i32 = 1;

/// The version of the tables, whose row is held from here on.
pub(super) const HOLD: &str = "SELECT version FROM gantry_schema FOR UPDATE";

/// Everything as one script, for who runs it by hand. Run again, it changes nothing.
#[must_use]
pub fn script() -> String {
    let steps: String = STEPS.concat();
    format!("BEGIN;\n{VERSIONS}{steps}{}COMMIT;\n", reached(VERSION))
}

fn reached(version: i32) -> String {
    format!("UPDATE gantry_schema SET version = {version}, changed_at = now() WHERE version < {version};\n")
}

/// Makes or changes the tables: the version that they had.
pub(super) async fn migrate(transaction: &Transaction<'_>) -> Result<i32, Failure> {
    transaction.batch_execute(VERSIONS).await?;
    let found: i32 = transaction.query_typed_one(HOLD, &[]).await?.try_get(0)?;
    if found > VERSION {
        return Err(Failure::Newer(found));
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        transaction.batch_execute(step).await?;
    }
    transaction.batch_execute(&reached(VERSION)).await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_step_for_every_version() {
        assert_eq!(STEPS.len(), usize::try_from(VERSION).unwrap());
        assert!(STEPS.iter().all(|step| step.ends_with(";\n")));
    }
}
