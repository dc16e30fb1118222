//! `GET /api/producthunt`: what is known of the post.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ProductHunt, Quota, Standing};
use crate::web::ApiError;
use crate::web::answer;
use crate::web::auth::Reader;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ProductHunt")]
pub(super) struct Shown {
    /// `null`: none is configured.
    post: Option<PostItem>,
}

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProductHuntPost")]
struct PostItem {
    slug: String,
    /// `null`: not known yet.
    votes: Option<u64>,
    comments: Option<u64>,
    /// When they were so many.
    as_of: Option<String>,
    /// When it is asked next.
    next_at: Option<String>,
    /// Why nothing newer is known.
    last_error: Option<String>,
    quota: Option<QuotaItem>,
}

/// What the API said that is left of its limit.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProductHuntQuota")]
struct QuotaItem {
    limit: Option<u64>,
    remaining: i64,
    reset_at: String,
}

impl PostItem {
    fn of(standing: Standing) -> Self {
        let Standing {
            slug,
            figures,
            next_at,
            trouble,
            quota,
        } = standing;
        Self {
            slug,
            votes: figures.map(|(figures, _)| figures.votes),
            comments: figures.map(|(figures, _)| figures.comments),
            as_of: figures.map(|(_, at)| at.to_string()),
            next_at: next_at.map(|at| at.to_string()),
            last_error: trouble.map(|trouble| trouble.text().to_owned()),
            quota: quota.map(QuotaItem::of),
        }
    }
}

impl QuotaItem {
    fn of(quota: Quota) -> Self {
        Self {
            limit: quota.limit,
            remaining: quota.remaining,
            reset_at: quota.reset_at.to_string(),
        }
    }
}

/// `GET /api/producthunt`
pub(super) async fn show(State(hunt): State<ProductHunt>, _: Reader) -> Result<Response<Body>, ApiError> {
    let post = hunt.standing().map(PostItem::of);
    Ok(answer::json(StatusCode::OK, &Shown { post }))
}
