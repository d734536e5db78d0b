//! What the operator sets: presets, default thresholds and packages, with every version.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{
    clock::day,
    engine::Preset,
    payment::{Package, check_packages},
    threshold::{Threshold, Thresholds},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{settings::Version as VersionRow, thresholds::DEFAULTS};
use utoipa::ToSchema;

use super::super::Stamp;
use crate::{
    app::App,
    auth::caller::Admin,
    error::{Error, FieldError, Result},
    extract::{Json, etag, if_match},
    payments::{self, PACKAGES},
};

/// The setting that holds presets.
const PRESETS: &str = "presets";
/// The versions of a setting that are shown.
const VERSIONS_MAX: u32 = 50;

/// What the operator can set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminConfig {
    /// The presets that hold.
    #[schema(value_type = Vec<Object>)]
    presets: Vec<Preset>,
    /// Every version that was set, the newest first; without one the built-in presets hold.
    presets_history: Vec<ConfigVersion>,
    /// The thresholds that workspaces without their own have, by lock.
    #[schema(value_type = Object)]
    thresholds: Thresholds,
    /// Every version that was set, the newest first.
    thresholds_history: Vec<ConfigVersion>,
    /// The packages of credits that are sold.
    #[schema(value_type = Vec<Object>)]
    packages: Vec<Package>,
    /// Every version that was set, the newest first; without one the built-in packages are sold.
    packages_history: Vec<ConfigVersion>,
    /// Counts the changes; also its ETag.
    version: i64,
}

/// A version of a setting.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigVersion {
    /// 1, 2, 3, …
    version: i64,
    /// The value: a list, or an object.
    #[schema(value_type = Value)]
    value: Value,
    /// Who set it.
    set_by: String,
    /// When.
    set_ms: Stamp,
}

impl From<VersionRow> for ConfigVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            version: row.version,
            value: row.value,
            set_by: row.set_by,
            set_ms: row.set_ms,
        }
    }
}

/// The presets that hold: those that the operator set, or the built-in ones.
pub(crate) async fn presets(app: &App) -> Result<Vec<Preset>> {
    let set = app.store.setting_versions(PRESETS, 1).await?.pop();
    let Some(set) = set else {
        return Ok(app.catalog.presets.clone());
    };
    serde_json::from_value(set.value).map_err(Error::internal)
}

async fn config_now(app: &App) -> Result<Response> {
    let presets_history = app.store.setting_versions(PRESETS, VERSIONS_MAX).await?;
    let thresholds_history = app.store.setting_versions(DEFAULTS, VERSIONS_MAX).await?;
    let packages_history = app.store.setting_versions(PACKAGES, VERSIONS_MAX).await?;
    let last = |history: &[VersionRow]| history.first().map_or(0, |row| row.version);
    let version = last(&presets_history) + last(&thresholds_history) + last(&packages_history);
    let history = |rows: Vec<VersionRow>| rows.into_iter().map(ConfigVersion::from).collect();
    let config = AdminConfig {
        presets: presets(app).await?,
        presets_history: history(presets_history),
        thresholds: app.store.default_thresholds().await?,
        thresholds_history: history(thresholds_history),
        packages: payments::packages(app).await?,
        packages_history: history(packages_history),
        version,
    };
    Ok(([etag(version)], Json(config)).into_response())
}

/// What the operator has set, with every version.
#[utoipa::path(get, path = "/api/admin/config", tag = "admin",
    responses((status = 200, body = AdminConfig), (status = 401), (status = 403)))]
pub async fn config(State(app): State<App>, _: Admin) -> Result<Response> {
    config_now(&app).await
}

/// What to set; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConfig {
    /// Every preset, in place of those that hold: name, summary, engine, fallbacks, quality.
    #[schema(value_type = Option<Vec<Object>>)]
    presets: Option<Vec<Value>>,
    /// The thresholds of workspaces without their own, by lock, 0 to 1.
    #[schema(value_type = Option<Object>)]
    thresholds: Option<BTreeMap<String, f64>>,
    /// Every package that is sold from now on: id, name, credits, priceMinor (cents), currency. What was bought before stays.
    #[schema(value_type = Option<Vec<Object>>)]
    packages: Option<Vec<Value>>,
}

/// Sets presets, default thresholds and packages. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/admin/config", tag = "admin", request_body = NewConfig,
    responses((status = 200, body = AdminConfig), (status = 401), (status = 403), (status = 412), (status = 422)))]
pub async fn set_config(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    Json(body): Json<NewConfig>,
) -> Result<Response> {
    let presets = body.presets.map(|rows| parse_presets(&app, rows)).transpose()?;
    let thresholds = body
        .thresholds
        .map(|rows| parse_thresholds(&app, rows))
        .transpose()?;
    let packages = body.packages.map(parse_packages).transpose()?;
    let seen = if_match(&headers)?;
    let last = async |name| {
        let newest = app.store.setting_versions(name, 1).await?.pop();
        Ok::<_, Error>(newest.map_or(0, |row| row.version))
    };
    let (presets_last, thresholds_last) = (last(PRESETS).await?, last(DEFAULTS).await?);
    let packages_last = last(PACKAGES).await?;
    if seen.is_some_and(|seen| seen != presets_last + thresholds_last + packages_last) {
        return Err(store::StoreError::Changed.into());
    }
    let set = async |name, last, value: Value| {
        let by = admin.0.user.as_str();
        app.store
            .set_setting(&app.ids, name, Some(last), &value, by, app.now_ms())
            .await
    };
    if let Some(presets) = presets {
        set(PRESETS, presets_last, json!(presets)).await?;
    }
    if let Some(thresholds) = thresholds {
        set(DEFAULTS, thresholds_last, json!(thresholds)).await?;
    }
    if let Some(packages) = packages {
        set(PACKAGES, packages_last, json!(packages)).await?;
    }
    config_now(&app).await
}

fn parse_presets(app: &App, rows: Vec<Value>) -> Result<Vec<Preset>> {
    let (mut presets, mut wrong): (Vec<Preset>, Vec<FieldError>) = (Vec::new(), Vec::new());
    for (number, row) in rows.into_iter().enumerate() {
        let mut note = |message: String| {
            wrong.push(FieldError {
                field: format!("presets[{number}]"),
                message,
            });
        };
        match serde_json::from_value::<Preset>(row) {
            Err(error) => note(error.to_string()),
            Ok(preset) if presets.iter().any(|other| other.name == preset.name) => {
                note(format!("{} is there twice", preset.name));
            }
            Ok(preset) => {
                let chain = std::iter::once(&preset.engine).chain(&preset.fallbacks);
                for choice in chain {
                    match app.catalog.engine(&choice.name.0) {
                        None => note(format!("there is no engine `{}`", choice.name)),
                        Some(entry) => {
                            let today = day(app.now_ms());
                            if let Err(refusal) = entry.card.model(choice.model.as_deref(), today) {
                                note(refusal.to_string());
                            }
                        }
                    }
                }
                presets.push(preset);
            }
        }
    }
    if presets.is_empty() && wrong.is_empty() {
        return Err(Error::field("presets", "leave at least one preset"));
    }
    if wrong.is_empty() {
        Ok(presets)
    } else {
        Err(Error::fields(wrong))
    }
}

fn parse_packages(rows: Vec<Value>) -> Result<Vec<Package>> {
    let package = |(number, row)| {
        serde_json::from_value::<Package>(row).map_err(|error| FieldError {
            field: format!("packages[{number}]"),
            message: error.to_string(),
        })
    };
    let packages: std::result::Result<Vec<Package>, FieldError> =
        rows.into_iter().enumerate().map(package).collect();
    let packages = packages.map_err(|wrong| Error::fields(vec![wrong]))?;
    check_packages(&packages).map_err(|error| Error::field("packages", error))?;
    Ok(packages)
}

fn parse_thresholds(app: &App, rows: BTreeMap<String, f64>) -> Result<Thresholds> {
    let (mut thresholds, mut wrong) = (Thresholds::new(), Vec::new());
    for (lock, value) in rows {
        let parsed = match Threshold::try_from(value) {
            _ if !app.catalog.locks.contains(&lock) => Err(format!("there is no lock `{lock}`")),
            parsed => parsed.map_err(|error| error.to_string()),
        };
        match parsed {
            Ok(value) => {
                thresholds.insert(lock, value);
            }
            Err(message) => wrong.push(FieldError {
                field: format!("thresholds.{lock}"),
                message,
            }),
        }
    }
    if wrong.is_empty() {
        Ok(thresholds)
    } else {
        Err(Error::fields(wrong))
    }
}
