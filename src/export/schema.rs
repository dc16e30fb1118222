//! The schema: the tables as SQL, step by step. A step that was released does not change; what is new is a new step.

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

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

/// The table that says which version the others have, and which data file is written there: the first that is, unless it is
/// taken over. Whoever writes holds its row until the transaction is over.
const VERSIONS: &str = "\
CREATE TABLE IF NOT EXISTS gantry_schema (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    owner text
);
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'gantry_schema'::regclass AND attname = 'owner') THEN
        ALTER TABLE gantry_schema ADD COLUMN owner text;
    END IF;
END $$;
INSERT INTO gantry_schema (version) VALUES (0) ON CONFLICT (single) DO NOTHING;
";

/// The version that is written to.
pub(super) const VERSION: i32 = 1;

/// The version of the tables and whose they are; the row is held from here on.
const HOLD: &str = "SELECT version, owner FROM gantry_schema FOR UPDATE";
/// From here on they are somebody's.
const OWN: &str = "UPDATE gantry_schema SET owner = $1";

/// Everything as one script, for who runs it by hand. Run again, it changes nothing.
#[must_use]
pub fn script() -> String {
    let steps: String = STEPS.concat();
    format!("BEGIN;\n{VERSIONS}{steps}{}COMMIT;\n", reached(VERSION))
}

fn reached(version: i32) -> String {
    format!("UPDATE gantry_schema SET version = {version}, changed_at = now() WHERE version < {version};\n")
}

/// Whether tables are taken that hold what another data file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taking {
    IfFree,
    Over,
}

/// Makes sure that the tables are of the version that is written and hold what `owner` has, a data file, and nobody else; they
/// are held from here on.
pub(super) async fn hold(transaction: &Transaction<'_>, owner: &str) -> Result<(), Failure> {
    let (found, of) = held(transaction).await?;
    match found {
        VERSION => be_owner(transaction, (of, owner)).await,
        newer if newer > VERSION => Err(Failure::Newer(newer)),
        older => Err(Failure::Older(older)),
    }
}

async fn held(transaction: &Transaction<'_>) -> Result<(i32, Option<String>), Failure> {
    let held = transaction.query_typed_one(HOLD, &[]).await;
    let row = held.map_err(|error| match error.code() {
        Some(code) if [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN].contains(code) => {
            Failure::NoSchema
        }
        _ => error.into(),
    })?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Of what is nobody's, `owner` is the owner.
async fn be_owner(transaction: &Transaction<'_>, (of, owner): (Option<String>, &str)) -> Result<(), Failure> {
    match of {
        Some(of) if of == owner => Ok(()),
        Some(of) => Err(Failure::Owned(of)),
        None => own(transaction, owner).await,
    }
}

async fn own(transaction: &Transaction<'_>, owner: &str) -> Result<(), Failure> {
    transaction.execute_typed(OWN, &[(&owner, Type::TEXT)]).await?;
    Ok(())
}

/// Makes or changes the tables: the version that they had.
pub(super) async fn migrate(
    transaction: &Transaction<'_>,
    (owner, taking): (&str, Taking),
) -> Result<i32, Failure> {
    transaction.batch_execute(VERSIONS).await?;
    let (found, of) = held(transaction).await?;
    if found > VERSION {
        return Err(Failure::Newer(found));
    }
    match taking {
        Taking::Over => own(transaction, owner).await?,
        Taking::IfFree => be_owner(transaction, (of, owner)).await?,
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
