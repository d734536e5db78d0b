//! Retention: three periods, what each means, and how much would go now.

use askama::Template;
use axum::{extract::State, http::StatusCode};
use serde_json::{Value, json};
use store::retention::{DAYS_MAX, Retention};

use super::{
    Page, again, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::retention as api,
    app::App,
    auth::caller::{Allowed, Manage, Read},
    error::Result,
    extract::Json,
};

/// The periods, as fields and words name them.
const NAMES: [&str; 3] = ["candidates", "rejected", "biometric"];

/// A period, as its field shows it.
struct Period {
    name: &'static str,
    days: String,
    /// How much would go now; empty where the days are wrong.
    due: String,
}

#[derive(Template)]
#[template(path = "settings/retention.html")]
struct RetentionPage {
    w: Words,
    shell: Shell,
    periods: Vec<Period>,
    wrong: Wrong,
}

/// The periods that hold, as fields.
fn held(retention: Retention) -> Form {
    let days = [retention.candidates, retention.rejected, retention.biometric];
    let field = |(name, days): (&str, Option<i64>)| {
        let days = days.map(|days| days.to_string());
        (name.to_owned(), days.unwrap_or_default())
    };
    Form(NAMES.into_iter().zip(days).map(field).collect())
}

/// What the fields hold, as the API takes it.
fn body(form: &Form) -> Result<api::NewRetention> {
    let days = |name: &str| match form.given(name) {
        None => Value::Null,
        Some(text) => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
    };
    input(&json!({
        "candidates": days("candidates"), "rejected": days("rejected"), "biometric": days("biometric"),
    }))
}

/// The page with these fields, and how much would go by them.
async fn shown(app: &App, shell: Shell, form: &Form) -> Result<RetentionPage> {
    let workspace = &shell.person.workspace;
    let (due, wrong) = match api::parse(&body(form)?) {
        Ok(periods) => {
            let due = app.store.retention_due(workspace, &periods, app.now_ms()).await?;
            (
                Some([due.candidates, due.rejected, due.biometric]),
                Wrong::default(),
            )
        }
        Err(error) => (None, Wrong::by(shell.w, error)?),
    };
    let w = shell.w;
    let period = |(at, name): (usize, &'static str)| Period {
        name,
        days: form.get(name).to_owned(),
        due: due.map_or_else(String::new, |due| w.n(&format!("retention-due-{name}"), due[at])),
    };
    Ok(RetentionPage {
        w,
        periods: NAMES.into_iter().enumerate().map(period).collect(),
        wrong,
        shell,
    })
}

/// Shows the periods that hold, or those of the address: to count before they are set.
pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let asked = Form::of_query(&shell.query);
    let form = if NAMES.iter().any(|name| asked.has(name)) {
        asked
    } else {
        held(app.store.retention(&shell.person.workspace).await?)
    };
    html(&shown(&app, shell, &form).await?)
}

pub(super) async fn set(State(app): State<App>, shell: Shell, caller: Allowed<Manage>, form: Form) -> Page {
    match api::set(State(app.clone()), caller, Json(body(&form)?)).await {
        Ok(_) => Ok(to("/settings/retention?done=retention")),
        Err(error) if error.status() == StatusCode::BAD_REQUEST => again(&shown(&app, shell, &form).await?),
        Err(error) => Err(error),
    }
}
