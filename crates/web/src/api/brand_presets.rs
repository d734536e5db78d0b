//! Brand presets: how a brand has its pictures, under a name, for every order that names it.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::ids::{ModelId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::brand_presets::BrandPreset as Row;
use utoipa::ToSchema;

use super::{
    Done, Stamp,
    generate::{Generate, checked},
};
use crate::{
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, etag, from_json, id, if_match, line},
};

/// Fields of which one says what the others would: an order that has one takes none of its group from a preset.
const GROUPS: [&[&str]; 2] = [
    &["background", "backgroundHex", "profile"],
    &["engine", "enginePreset"],
];

/// What an order takes from a preset where it does not say it itself. Fields and words are those of `POST /api/generate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrandSettings {
    /// The person who wears the products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
    /// Poses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poses: Option<Vec<String>>,
    /// Words for engines that read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    /// The brand's style in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    style: Option<String>,
    /// The ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    background: Option<String>,
    /// Its colour: #rrggbb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    background_hex: Option<String>,
    /// The size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
    /// The format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_format: Option<String>,
    /// An engine and those asked after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    engine_preset: Option<String>,
    /// An engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    engine: Option<String>,
    /// low, medium, high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quality: Option<String>,
    /// Reject every picture that a person would have to look at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strict_mode: Option<bool>,
    /// The channel that the pictures are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// No shadow under the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    no_shadow: Option<bool>,
    /// How often a picture that a lock sent back is made again, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    /// Leave prints as the engine made them: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    composite_back: Option<bool>,
}

impl BrandSettings {
    /// Those of the fields of an order that a preset holds; the others, and empty ones, are passed over.
    pub(crate) fn of_order(order: &Value) -> Result<Self> {
        let all = Self::fields();
        let given = order.as_object().into_iter().flatten();
        let kept: Map<String, Value> = given
            .filter(|(name, value)| all.contains(&name.as_str()) && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        serde_json::from_value(Value::Object(kept)).map_err(Error::internal)
    }

    fn fields() -> [&'static str; 16] {
        [
            "modelId",
            "poses",
            "prompt",
            "style",
            "background",
            "backgroundHex",
            "resolution",
            "outputFormat",
            "enginePreset",
            "engine",
            "quality",
            "strictMode",
            "profile",
            "noShadow",
            "retries",
            "compositeBack",
        ]
    }

    /// The person who wears the products.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model_id.as_deref()
    }

    /// The engine preset.
    pub(crate) fn engine_preset(&self) -> Option<&str> {
        self.engine_preset.as_deref()
    }

    /// The poses.
    pub(crate) fn poses(&self) -> &[String] {
        self.poses.as_deref().unwrap_or_default()
    }

    /// The ground, or its colour.
    pub(crate) fn ground(&self) -> Option<&str> {
        self.background_hex.as_deref().or(self.background.as_deref())
    }

    /// The size.
    pub(crate) fn size(&self) -> Option<&str> {
        self.resolution.as_deref()
    }

    /// The format.
    pub(crate) fn format(&self) -> Option<&str> {
        self.output_format.as_deref()
    }

    /// The engine.
    pub(crate) fn engine(&self) -> Option<&str> {
        self.engine.as_deref()
    }

    /// The channel.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The order that says nothing but this; of the front where no pose is said.
    pub(crate) fn order(&self) -> Result<Generate> {
        let mut order = Map::new();
        self.fill(&mut order)?;
        order.entry("poses").or_insert_with(|| vec!["FRONT"].into());
        from_json(Value::Object(order).to_string().as_bytes())
    }

    /// Says what an order does not.
    fn fill(&self, order: &mut Map<String, Value>) -> Result<()> {
        order.retain(|_, value| !value.is_null());
        let Value::Object(own) = serde_json::to_value(self).map_err(Error::internal)? else {
            return Ok(());
        };
        let said = |name: &str, order: &Map<String, Value>| {
            let group = GROUPS.iter().find(|group| group.contains(&name));
            group.map_or_else(
                || order.contains_key(name),
                |group| group.iter().any(|name| order.contains_key(*name)),
            )
        };
        let missing: Vec<(String, Value)> = own.into_iter().filter(|(name, _)| !said(name, order)).collect();
        order.extend(missing);
        Ok(())
    }
}

/// A brand preset to make, or as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrandPresetInput {
    /// Its name, each once in a workspace.
    #[schema(example = "Web shop, autumn", max_length = 100)]
    name: String,
    /// What orders take from it.
    settings: BrandSettings,
}

/// A brand preset.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BrandPreset {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What orders take from it.
    settings: BrandSettings,
    /// When it was made.
    created_ms: Stamp,
    /// When it was last changed.
    updated_ms: Stamp,
    /// Counts its changes; also its ETag.
    version: i64,
}

/// What a row holds. A field that a later version wrote is passed over.
pub(crate) fn settings(row: &Row) -> Result<BrandSettings> {
    let stored: Value = serde_json::from_str(&row.settings).map_err(Error::internal)?;
    BrandSettings::of_order(&stored)
}

impl BrandPreset {
    fn of(row: Row) -> Result<Self> {
        Ok(Self {
            settings: settings(&row)?,
            id: row.id,
            name: row.name,
            created_ms: row.created_ms,
            updated_ms: row.updated_ms,
            version: row.version,
        })
    }
}

fn answer(status: StatusCode, row: Row) -> Result<Response> {
    let version = row.version;
    Ok((status, [etag(version)], Json(BrandPreset::of(row)?)).into_response())
}

/// Name and settings, which an order could be made of today.
async fn parse(app: &App, workspace: &WorkspaceId, body: &BrandPresetInput) -> Result<(String, String)> {
    let name = line("name", &body.name, 100)?;
    let told = |error: Error| error.within("settings");
    checked(app, &body.settings.order().map_err(told)?)
        .await
        .map_err(told)?;
    if let Some(model) = body.settings.model() {
        let none = || Error::field("settings.modelId", "there is no such model");
        let model = ModelId(id(model, "model").map_err(|_| none())?);
        app.store.model(workspace, &model).await?.ok_or_else(none)?;
    }
    let settings = serde_json::to_string(&body.settings).map_err(Error::internal)?;
    Ok((name, settings))
}

/// An order with what the brand preset that it names says for it.
pub(crate) async fn filled(app: &App, workspace: &WorkspaceId, order: Value) -> Result<Generate> {
    let Value::Object(mut order) = order else {
        return from_json(order.to_string().as_bytes());
    };
    if let Some(named) = order.get("brandPreset").filter(|named| !named.is_null()) {
        let none = || Error::field("brandPreset", "there is no such brand preset");
        let named = id(named.as_str().ok_or_else(none)?, "brand preset").map_err(|_| none())?;
        let row = app.store.brand_preset(workspace, &named).await?;
        settings(&row.ok_or_else(none)?)?.fill(&mut order)?;
    }
    from_json(Value::Object(order).to_string().as_bytes())
}

/// The brand presets of the workspace, by name: all of them, 100 at most.
#[utoipa::path(get, path = "/api/brand-presets", tag = "shoots",
    responses((status = 200, body = Vec<BrandPreset>), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Read>) -> Result<Json<Vec<BrandPreset>>> {
    let rows = app.store.brand_presets(&caller.workspace).await?;
    let presets: Result<Vec<BrandPreset>> = rows.into_iter().map(BrandPreset::of).collect();
    Ok(Json(presets?))
}

/// Makes a brand preset. Its settings are checked as an order's are.
#[utoipa::path(post, path = "/api/brand-presets", tag = "shoots", request_body = BrandPresetInput,
    responses((status = 201, body = BrandPreset), (status = 401), (status = 403), (status = 409, description = "The name is taken"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Json(body): Json<BrandPresetInput>,
) -> Result<Response> {
    let (name, settings) = parse(&app, &caller.workspace, &body).await?;
    let row = app
        .store
        .add_brand_preset(&app.ids, &caller.workspace, &name, &settings, app.now_ms())
        .await?;
    answer(StatusCode::CREATED, row)
}

/// A brand preset.
#[utoipa::path(get, path = "/api/brand-presets/{id}", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = BrandPreset), (status = 401), (status = 403), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(preset): Path<String>,
) -> Result<Response> {
    let row = app
        .store
        .brand_preset(&caller.workspace, &id(&preset, "brand preset")?)
        .await?;
    answer(
        StatusCode::OK,
        row.ok_or_else(|| Error::not_found("brand preset"))?,
    )
}

/// Changes a brand preset. With `If-Match` only if nobody has meanwhile.
#[utoipa::path(put, path = "/api/brand-presets/{id}", tag = "shoots", request_body = BrandPresetInput, params(("id" = String, Path)),
    responses((status = 200, body = BrandPreset), (status = 401), (status = 403), (status = 404), (status = 409, description = "The name is taken"), (status = 412), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(preset): Path<String>,
    headers: HeaderMap,
    Json(body): Json<BrandPresetInput>,
) -> Result<Response> {
    let preset = id(&preset, "brand preset")?;
    let (name, settings) = parse(&app, &caller.workspace, &body).await?;
    let row = app
        .store
        .change_brand_preset(
            &caller.workspace,
            &preset,
            if_match(&headers)?,
            (&name, &settings),
            app.now_ms(),
        )
        .await?;
    answer(
        StatusCode::OK,
        row.ok_or_else(|| Error::not_found("brand preset"))?,
    )
}

/// Deletes a brand preset. Shoots that were ordered by it stay as they are.
#[utoipa::path(delete, path = "/api/brand-presets/{id}", tag = "shoots", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(preset): Path<String>,
) -> Result<Json<Done>> {
    let there = app
        .store
        .delete_brand_preset(&caller.workspace, &id(&preset, "brand preset")?)
        .await?;
    Done::if_there(there, "brand preset")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(preset: &Value, order: &Value) -> Value {
        let settings = BrandSettings::of_order(preset).expect("settings");
        let mut order = order.as_object().expect("an object").clone();
        settings.fill(&mut order).expect("an order");
        Value::Object(order)
    }

    #[test]
    fn an_order_says_it_first() {
        let preset = json!({ "poses": ["BACK"], "background": "CUSTOM_HEX", "backgroundHex": "#eeeeee", "engine": "studio",
            "strictMode": true, "unknown": 1, "prompt": null });
        for (order, wanted) in [
            (
                json!({ "projectId": "p" }),
                json!({ "projectId": "p", "poses": ["BACK"], "background": "CUSTOM_HEX", "backgroundHex": "#eeeeee",
                    "engine": "studio", "strictMode": true }),
            ),
            (
                json!({ "poses": ["FRONT"], "profile": "amazon", "enginePreset": "FAST", "strictMode": false }),
                json!({ "poses": ["FRONT"], "profile": "amazon", "enginePreset": "FAST", "strictMode": false }),
            ),
            (
                json!({ "poses": null, "background": "white", "engine": null }),
                json!({ "poses": ["BACK"], "background": "white", "engine": "studio", "strictMode": true }),
            ),
        ] {
            assert_eq!(filled(&preset, &order), wanted);
        }
    }

    #[test]
    fn every_field_is_held() {
        let all: Map<String, Value> = BrandSettings::fields()
            .iter()
            .map(|name| {
                let value = match *name {
                    "poses" => json!(["FRONT"]),
                    "strictMode" | "noShadow" | "compositeBack" => json!(true),
                    "retries" => json!(2),
                    _ => json!("word"),
                };
                ((*name).to_owned(), value)
            })
            .collect();
        let all = Value::Object(all);
        let settings = BrandSettings::of_order(&all).expect("settings");
        assert_eq!(serde_json::to_value(&settings).expect("JSON"), all);
    }
}
