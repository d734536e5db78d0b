//! One picture on a page of its own: what the desk shows, without scripts.

use askama::Template;
use axum::extract::{Path, State};
use serde_json::json;
use store::catalogue::PhotoFile;

use super::{
    REASONS,
    detail::{Detail, detail},
    files::source_file,
    made, picture_of, shoot_of,
};
use crate::{
    api::generations as api,
    app::App,
    auth::caller::{Allowed, Caller, Read, Review},
    error::Result,
    extract::id,
    pages::{
        Page, again, assets,
        form::{Form, Wrong},
        html, input,
        pictures::shoot_name,
        shell::Shell,
        show, to,
        words::Words,
    },
};

#[derive(Template)]
#[template(path = "review/picture.html")]
struct PicturePage {
    w: Words,
    shell: Shell,
    shoot: String,
    shoot_name: String,
    detail: Detail,
    earlier: Option<String>,
    later: Option<String>,
    form: Form,
    wrong: Wrong,
    price: i64,
    /// The photo it was made from, where the product still has it.
    source: Option<PhotoFile>,
    /// So that asking for it again twice is asking once.
    key: String,
}

async fn pictured(
    app: &App,
    shell: Shell,
    caller: &Caller,
    at: (&str, &str),
    form: Form,
    wrong: Wrong,
) -> Result<PicturePage> {
    let shoot = shoot_of(app, &shell, at.0).await?;
    let row = picture_of(app, caller, at.0, at.1).await?;
    let pictures = made(app, &shell, &shoot).await?;
    let here = pictures.iter().position(|one| one.id == at.1);
    let neighbour = |at: Option<usize>| at.and_then(|at| pictures.get(at)).map(|one| one.id.clone());
    Ok(PicturePage {
        w: shell.w,
        earlier: neighbour(here.and_then(|at| at.checked_sub(1))),
        later: neighbour(here.map(|at| at + 1)),
        shoot_name: shoot_name(shell.w, &shoot),
        shoot: at.0.to_owned(),
        detail: detail(app, &shell, &row).await?,
        source: source_file(app, caller, &row).await?,
        key: app.ids.next(),
        price: shoot.price_credits,
        form,
        wrong,
        shell,
    })
}

/// One picture on a page of its own: what the desk shows, without scripts.
pub(in crate::pages) async fn picture(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Read>,
    Path((shoot, picture)): Path<(String, String)>,
) -> Page {
    html(
        &pictured(
            &app,
            shell,
            &caller,
            (&shoot, &picture),
            Form::default(),
            Wrong::default(),
        )
        .await?,
    )
}

/// Decides on it and goes on to the next.
pub(in crate::pages) async fn decide(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Review>,
    Path((shoot, picture)): Path<(String, String)>,
    form: Form,
) -> Page {
    let decided = async {
        let row = picture_of(&app, &caller, &shoot, &picture).await?;
        let parsed = api::parse(&input(&json!({
            "decision": form.get("decision"), "anyway": form.get("decision") == "approve" && row.status.name() == "REJECTED",
            "reason": form.given("reason"), "note": form.given("note"),
        }))?)?;
        api::decide(&app, &caller, &row, &parsed).await
    };
    match decided.await {
        Ok(_) => {
            let later = form.given("later").filter(|later| id(later, "picture").is_ok());
            Ok(to(&match (form.get("from"), later) {
                ("unmade", _) => format!("/shoots/{shoot}/unmade?again"),
                ("shoot", _) => format!("/shoots/{shoot}?done=again"),
                (_, Some(later)) => format!("/review/{shoot}/{later}"),
                (_, None) => format!("/review/{shoot}"),
            }))
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&pictured(&app, shell, &caller, (&shoot, &picture), form, wrong).await?)
        }
    }
}
