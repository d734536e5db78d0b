//! Settings: oneself, the members, keys for programs, webhooks.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use domain::access::{Action, Role};
use serde_json::json;
use store::{
    keys::ApiKey,
    members::{Invitation, Member},
    sessions::Device,
    webhooks::{Delivery, KINDS, Webhook},
};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::{auth, keys as keys_api, members as members_api, webhooks as webhooks_api},
    app::App,
    auth::caller::{Allowed, Caller, Manage, Read},
    error::{Error, Result},
    extract::Json,
    middleware::rate::From as Address,
};

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct Profile {
    w: Words,
    shell: Shell,
    devices: Vec<Device>,
    form: Form,
    wrong: Wrong,
}

async fn profile(app: &App, shell: Shell, form: Option<Form>, wrong: Wrong) -> Result<Profile> {
    Ok(Profile {
        w: shell.w,
        devices: app.store.devices(&shell.person.user, app.now_ms()).await?,
        form: form.unwrap_or_else(|| Form(vec![("name".to_owned(), shell.person.name.clone())])),
        wrong,
        shell,
    })
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    html(&profile(&app, shell, None, Wrong::default()).await?)
}

pub(super) async fn rename(State(app): State<App>, shell: Shell, caller: Caller, form: Form) -> Page {
    let body = input(&json!({ "name": form.get("name") }))?;
    match auth::change(State(app.clone()), caller, Json(body)).await {
        Ok(_) => Ok(to("/settings?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&profile(&app, shell, Some(form), wrong).await?)
        }
    }
}

pub(super) async fn password(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    from: Address,
    form: Form,
) -> Page {
    let body =
        input(&json!({ "currentPassword": form.get("current"), "newPassword": form.get("password") }))?;
    match auth::passwords::change_password(State(app.clone()), caller, from, Json(body)).await {
        Ok(_) => Ok(to("/login?done=password")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&profile(&app, shell, None, wrong).await?)
        }
    }
}

pub(super) async fn end_session(State(app): State<App>, caller: Caller, Path(session): Path<String>) -> Page {
    let Json(_) = auth::places::end_session(State(app), caller, Path(session)).await?;
    Ok(to("/settings?done=signed-out"))
}

#[derive(Template)]
#[template(path = "settings/members.html")]
struct TeamPage {
    w: Words,
    shell: Shell,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    form: Form,
    wrong: Wrong,
}

async fn team(app: &App, shell: Shell, form: Form, wrong: Wrong) -> Result<TeamPage> {
    let workspace = &shell.person.workspace;
    let may = shell.person.role.may(Action::Manage);
    Ok(TeamPage {
        w: shell.w,
        members: app.store.members(workspace).await?,
        invitations: if may {
            app.store.invitations(workspace, app.now_ms()).await?
        } else {
            Vec::new()
        },
        form,
        wrong,
        shell,
    })
}

pub(super) async fn members(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    html(&team(&app, shell, Form::default(), Wrong::default()).await?)
}

pub(super) async fn invite(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    headers: HeaderMap,
    form: Form,
) -> Page {
    let body = input(&json!({ "email": form.get("email"), "role": form.get("role") }))?;
    match members_api::invite(State(app.clone()), caller, headers, Json(body)).await {
        Ok(_) => Ok(to("/settings/members?done=invited")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&team(&app, shell, form, wrong).await?)
        }
    }
}

pub(super) async fn set_role(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    Path(user): Path<String>,
    form: Form,
) -> Page {
    let body = input(&json!({ "role": form.get("role") }))?;
    match members_api::set_role(State(app.clone()), caller, Path(user), Json(body)).await {
        Ok(_) => Ok(to("/settings/members?done=saved")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&team(&app, shell, Form::default(), wrong).await?)
        }
    }
}

pub(super) async fn remove_member(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    Path(user): Path<String>,
) -> Page {
    let is_me = shell.person.user.as_str() == user;
    match members_api::remove(State(app.clone()), caller, Path(user)).await {
        Ok(_) if is_me => Ok(to("/login")),
        Ok(_) => Ok(to("/settings/members?done=deleted")),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&team(&app, shell, Form::default(), wrong).await?)
        }
    }
}

pub(super) async fn withdraw(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(invitation): Path<String>,
) -> Page {
    let Json(_) = members_api::withdraw(State(app), caller, Path(invitation)).await?;
    Ok(to("/settings/members?done=deleted"))
}

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct KeyPage {
    w: Words,
    shell: Shell,
    keys: Vec<ApiKey>,
    made: Option<String>,
    form: Form,
    wrong: Wrong,
}

async fn key_list(
    app: &App,
    shell: Shell,
    form: Form,
    wrong: Wrong,
    made: Option<String>,
) -> Result<KeyPage> {
    Ok(KeyPage {
        w: shell.w,
        keys: app.store.api_keys(&shell.person.workspace).await?,
        made,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn keys(State(app): State<App>, shell: Shell, _: Allowed<Manage>) -> Page {
    html(&key_list(&app, shell, Form::default(), Wrong::default(), None).await?)
}

/// Makes a key and shows it, this once.
pub(super) async fn make_key(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    form: Form,
) -> Page {
    let days: Option<i64> = form.get("days").parse().ok();
    let ends = days.map(|days| app.now_ms() + days * 24 * 3_600_000);
    let body = input(&json!({ "name": form.get("name"), "scopes": form.all("scope"), "expiresMs": ends }))?;
    match keys_api::create(State(app.clone()), caller, Json(body)).await {
        Ok((_, Json(made))) => {
            let made = serde_json::to_value(made).map_err(Error::internal)?;
            let key = made["key"].as_str().map(str::to_owned);
            html(&key_list(&app, shell, Form::default(), Wrong::default(), key).await?)
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&key_list(&app, shell, form, wrong, None).await?)
        }
    }
}

pub(super) async fn revoke_key(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(key): Path<String>,
) -> Page {
    let Json(_) = keys_api::revoke(State(app), caller, Path(key)).await?;
    Ok(to("/settings/keys?done=revoked"))
}

#[derive(Template)]
#[template(path = "settings/webhooks.html")]
struct Webhooks {
    w: Words,
    shell: Shell,
    rows: Vec<(Webhook, Vec<Delivery>)>,
    secret: Option<String>,
    form: Form,
    wrong: Wrong,
}

async fn webhook_list(
    app: &App,
    shell: Shell,
    form: Form,
    wrong: Wrong,
    secret: Option<String>,
) -> Result<Webhooks> {
    let workspace = &shell.person.workspace;
    let mut rows = Vec::new();
    for webhook in app.store.webhooks(workspace).await? {
        let last = app
            .store
            .deliveries(workspace, &webhook.id, None, None, 8)
            .await?;
        rows.push((webhook, last));
    }
    Ok(Webhooks {
        w: shell.w,
        rows,
        secret,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn webhooks(State(app): State<App>, shell: Shell, _: Allowed<Manage>) -> Page {
    html(&webhook_list(&app, shell, Form::default(), Wrong::default(), None).await?)
}

/// Makes a webhook and shows its secret, this once.
pub(super) async fn make_webhook(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    form: Form,
) -> Page {
    let body = input(&json!({ "url": form.get("url"), "events": form.all("event") }))?;
    match webhooks_api::create(State(app.clone()), caller, Json(body)).await {
        Ok(response) => {
            let made = answer(response).await?;
            let secret = made["secret"].as_str().map(str::to_owned);
            html(&webhook_list(&app, shell, Form::default(), Wrong::default(), secret).await?)
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&webhook_list(&app, shell, form, wrong, None).await?)
        }
    }
}

/// Tries a webhook, switches it on or off, deletes it, or gives it another secret.
pub(super) async fn webhook_action(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Manage>,
    Path((webhook, action)): Path<(String, String)>,
) -> Page {
    let path = Path(webhook.clone());
    let done = match action.as_str() {
        "ping" => webhooks_api::ping(State(app.clone()), caller, path)
            .await
            .map(|_| "pinged"),
        "deletion" => webhooks_api::delete(State(app.clone()), caller, path)
            .await
            .map(|_| "deleted"),
        "switch" => {
            let row = app.store.webhook(&shell.person.workspace, &webhook).await?;
            let row = row.ok_or_else(|| Error::not_found("webhook"))?;
            let body =
                input(&json!({ "url": row.url, "events": row.events(), "enabled": !row.is_enabled() }))?;
            let headers = HeaderMap::new();
            webhooks_api::change(State(app.clone()), caller, path, headers, Json(body))
                .await
                .map(|_| "saved")
        }
        "secret" => {
            let Json(made) = webhooks_api::renew_secret(State(app.clone()), caller, path).await?;
            let made = serde_json::to_value(made).map_err(Error::internal)?;
            let secret = made["secret"].as_str().map(str::to_owned);
            return html(&webhook_list(&app, shell, Form::default(), Wrong::default(), secret).await?);
        }
        _ => return Err(Error::not_found("page")),
    };
    match done {
        Ok(done) => Ok(to(&format!("/settings/webhooks?done={done}"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&webhook_list(&app, shell, Form::default(), wrong, None).await?)
        }
    }
}
