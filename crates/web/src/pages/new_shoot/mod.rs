//! A new shoot: one page, no wizard. What cannot be made is explained where it is chosen, and the price stands before the button.

mod brief;
mod choices;
mod plan;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue},
    response::IntoResponse as _,
};
use domain::profile::{self, Profile};
use serde_json::json;
use store::brand_presets::BrandPreset;

use self::{
    brief::{body, opened},
    choices::{Choice, EngineChoice, Person, choices, engine_choices, people},
    plan::{Plan, Pose, reckon},
};
use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::{
        brand_presets::{self, BrandSettings},
        generate as api,
    },
    app::App,
    auth::caller::{Allowed, Edit, Shoot as MayShoot},
    error::{Error, Result},
    extract::Json,
    middleware::idempotency,
};

#[derive(Template)]
#[template(path = "shoots/new.html")]
struct NewShoot {
    w: Words,
    shell: Shell,
    form: Form,
    wrong: Wrong,
    products: Vec<Choice>,
    whole_project: Option<i64>,
    people: Vec<Person>,
    poses: Vec<Pose>,
    engines: Vec<EngineChoice>,
    plan: Plan,
    key: String,
    presets: Vec<BrandPreset>,
    profiles: &'static [Profile],
}

#[derive(Template)]
#[template(path = "shoots/plan_parts.html")]
struct PlanParts {
    w: Words,
    poses: Vec<Pose>,
    plan: Plan,
    wrong: Wrong,
    shell: Shell,
}

async fn shown(
    app: &App,
    caller: &Allowed<MayShoot>,
    shell: Shell,
    mut form: Form,
    wrong: Option<Wrong>,
) -> Result<NewShoot> {
    let (products, whole_project) = choices(app, &shell, &mut form).await?;
    let (poses, plan, found) = reckon(app, caller, &shell, &form).await?;
    Ok(NewShoot {
        w: shell.w,
        people: people(app, &shell).await?,
        presets: app.store.brand_presets(&shell.person.workspace).await?,
        profiles: profile::all(),
        engines: engine_choices(app, caller, shell.w).await?,
        key: app.ids.next(),
        wrong: wrong.unwrap_or(found),
        products,
        whole_project,
        poses,
        plan,
        form,
        shell,
    })
}

pub(super) async fn page(State(app): State<App>, shell: Shell, caller: Allowed<MayShoot>) -> Page {
    let form = opened(&app, &shell).await?;
    html(&shown(&app, &caller, shell, form, None).await?)
}

/// The plan of the form as it stands: its parts for a script, else the whole page again.
pub(super) async fn plan(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<MayShoot>,
    headers: HeaderMap,
    form: Form,
) -> Page {
    if !headers.contains_key("x-parts") {
        return html(&shown(&app, &caller, shell, form, None).await?);
    }
    let (poses, plan, wrong) = reckon(&app, &caller, &shell, &form).await?;
    html(&PlanParts {
        w: shell.w,
        poses,
        plan,
        wrong,
        shell,
    })
}

/// Keeps the form as it stands as a brand preset: a new one, or in place of the one of this name.
pub(super) async fn keep(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    shooting: Allowed<MayShoot>,
    form: Form,
) -> Page {
    let settings = BrandSettings::of_order(&body(&form, &form.all("pose"), false))?;
    let name = form.get("preset-name").trim().to_owned();
    let presets = app.store.brand_presets(&shell.person.workspace).await?;
    let same = presets.into_iter().find(|preset| preset.name == name);
    let kept = async {
        let asked = input(&json!({ "name": name, "settings": settings }))?;
        match same {
            Some(row) => {
                brand_presets::change(
                    State(app.clone()),
                    caller,
                    Path(row.id),
                    HeaderMap::new(),
                    Json(asked),
                )
                .await
            }
            None => brand_presets::create(State(app.clone()), caller, Json(asked)).await,
        }
    };
    match kept.await {
        Ok(_) => Ok(to("/settings/presets?done=saved")),
        Err(error) => {
            let mut wrong = Wrong::by(shell.w, error)?;
            // The form has another name, the shoot's.
            for (field, _) in wrong.fields.iter_mut().filter(|(field, _)| field == "name") {
                "preset-name".clone_into(field);
            }
            again(&shown(&app, &shooting, shell, form, Some(wrong)).await?)
        }
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<MayShoot>,
    form: Form,
) -> Page {
    let mut form = form;
    if form.get("extent") == "all" {
        form.0.retain(|(key, _)| key != "pilot");
    }
    let mut headers = HeaderMap::new();
    if let Ok(key) = HeaderValue::from_str(form.get("key"))
        && !key.is_empty()
    {
        headers.insert(idempotency::KEY, key);
    }
    let asked = match form.given("seed") {
        Some(seed) if seed.parse::<u64>().is_err() => {
            Err(Error::field("seed", "a seed is a whole number; try 12"))
        }
        _ => Ok(body(&form, &form.all("pose"), false)),
    };
    let ordered = match asked {
        Ok(asked) => api::generate(State(app.clone()), caller.clone(), headers, Json(asked)).await,
        Err(error) => Err(error),
    };
    match ordered {
        Ok(response) => {
            let made = answer(response.into_response()).await?;
            Ok(to(&format!(
                "/shoots/{}",
                made["shootId"].as_str().unwrap_or_default()
            )))
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, &caller, shell, form, Some(wrong)).await?)
        }
    }
}
