//! Keys: list, create, revoke, and another admin token.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::token::{ADMIN, new_secret};
use super::{Parts, Upkeep};
use crate::model::key::{ApiKey, KeyHash, KeySecret, Scope};
use crate::model::time::Millis;
use crate::store::{KeyCreated, MAX_KEYS};
use crate::web::ApiError;
use crate::web::acts::KeptAs;
use crate::web::answer::{self, Named, Query};
use crate::web::auth::{Admin, Reader};
use crate::web::describe::OneOf;

/// The largest body of these requests, in bytes.
const MAX_BODY: usize = 4 * 1024;
/// The longest name of a key, in characters.
const MAX_NAME: usize = 64;

#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyItem {
    name: String,
    #[schemars(with = "OneOf<Scope>")]
    scope: &'static str,
    created_at: String,
    /// To the minute; `null`: never, as far as is known.
    last_used_at: Option<String>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "KeyMade")]
pub(super) struct NewKey<'a> {
    name: &'a str,
    #[schemars(with = "OneOf<Scope>")]
    scope: &'static str,
    /// Shown this once; `null` where the answer is given again.
    key: Option<&'a str>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewKey")]
pub(super) struct Wanted {
    #[schemars(length(min = 1, max = 64))]
    name: String,
    #[schemars(with = "OneOf<Scope>")]
    scope: String,
}

impl KeyItem {
    fn of(key: &ApiKey, used: Option<Millis>) -> Self {
        Self {
            name: key.name.clone(),
            scope: key.scope.as_str(),
            created_at: key.created_at.to_string(),
            last_used_at: used.map(|at| at.to_string()),
        }
    }
}

/// `GET /api/keys`
pub(super) async fn list(
    State(upkeep): State<Upkeep>,
    _: Reader,
    query: Query,
) -> Result<Response<Body>, ApiError> {
    let Parts { store, auth, .. } = upkeep.parts.as_ref();
    let kept: HashMap<KeyHash, Millis> = store.key_uses().await?.into_iter().collect();
    let items = store.keys().into_iter().map(|key| {
        let used = kept.get(&key.hash).copied().max(auth.uses().of(&key.hash));
        KeyItem::of(&key, used)
    });
    let list = query.part(items.collect(), |key: &KeyItem| &key.name)?;
    Ok(answer::json(StatusCode::OK, &list))
}

/// `POST /api/keys`
pub(super) async fn create(
    State(upkeep): State<Upkeep>,
    _: Admin,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let Wanted { name, scope } = answer::read_json(request, MAX_BODY).await?;
    let named = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !named {
        return Err(ApiError::unprocessable(
            "name",
            format!("`name` must have 1 to {MAX_NAME} characters"),
        ));
    }
    let wrong = || ApiError::unprocessable("scope", "`scope` is `ingest`, `read` or `admin`");
    let scope = Scope::parse(&scope).ok_or_else(wrong)?;
    let secret = new_secret()?;
    let store = &upkeep.parts.store;
    match store.create_key(name.clone(), scope, secret.hash()).await? {
        KeyCreated::New => Ok(shown(StatusCode::CREATED, &name, scope, &secret)),
        KeyCreated::NameTaken => Err(ApiError::conflict(format!("another key is called `{name}`"))),
        KeyCreated::TooMany => Err(ApiError::conflict(format!(
            "there are {MAX_KEYS} keys, which is the most"
        ))),
    }
}

/// `DELETE /api/keys/{name}`
pub(super) async fn revoke(
    State(upkeep): State<Upkeep>,
    _: Admin,
    Named(name): Named,
) -> Result<Response<Body>, ApiError> {
    match upkeep.parts.store.revoke_key(name).await? {
        true => Ok(answer::empty(StatusCode::NO_CONTENT)),
        false => Err(ApiError::not_found("key")),
    }
}

/// `POST /api/keys/admin/reset`
pub(super) async fn reset(State(upkeep): State<Upkeep>, _: Admin) -> Result<Response<Body>, ApiError> {
    let secret = new_secret()?;
    let store = &upkeep.parts.store;
    store
        .replace_key(ADMIN.into(), Scope::Admin, secret.hash())
        .await?;
    Ok(shown(StatusCode::OK, ADMIN, Scope::Admin, &secret))
}

fn shown(status: StatusCode, name: &str, scope: Scope, secret: &KeySecret) -> Response<Body> {
    let key = |key| NewKey {
        name,
        scope: scope.as_str(),
        key,
    };
    let mut answer = answer::json(status, &key(Some(secret.expose())));
    match serde_json::to_vec(&key(None)) {
        Ok(kept) => answer.extensions_mut().insert(KeptAs(kept)),
        Err(error) => return ApiError::internal(error).into_response(),
    };
    answer
}
