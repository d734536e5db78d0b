//! A product: its words, its photos by view, every picture of it.

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, Query as AxumQuery, Request, State},
    http::HeaderMap,
};
use domain::{
    ids::{ProductId, ProjectId},
    product::View,
};
use serde_json::json;
use store::{catalogue::CatalogueProduct, shoots::GenerationFilter};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    pictures::{Small, Tile},
    products::category,
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::{media, products as api, uploads},
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, Query, id},
};

/// A shorter side gives no sharp print.
const SHARP: i64 = 1000;

/// A photo, as its slot shows it.
struct Photo {
    view: &'static str,
    number: u32,
    side: &'static str,
    name: String,
    small_copies: Small,
    full: String,
    width: i64,
    height: i64,
    bytes: i64,
    /// Too small for a sharp print.
    small: bool,
}

/// The place of a view's photos.
struct Slot {
    view: &'static str,
    photos: Vec<Photo>,
}

/// The pictures of a pose.
struct Group {
    pose: String,
    tiles: Vec<Tile>,
}

#[derive(Template)]
#[template(path = "products/page.html")]
struct ProductPage {
    w: Words,
    shell: Shell,
    id: String,
    sku: String,
    name: String,
    created_ms: i64,
    updated_ms: i64,
    slots: Vec<Slot>,
    groups: Vec<Group>,
    pictures: usize,
    form: Form,
    wrong: Wrong,
}

fn slots(app: &App, row: &CatalogueProduct) -> Vec<Slot> {
    let photos = row.product.photos.iter().zip(&row.files);
    let photo = |(photo, file): (&domain::product::PhotoRef, &store::catalogue::PhotoFile)| Photo {
        view: photo.view.name(),
        number: photo.number,
        side: photo.side.map_or("", domain::product::Side::name),
        small_copies: Small::of_photo(app, photo, file),
        full: media::url(app, &photo.source, &file.media_type, Some(&file.name)),
        name: file.name.clone(),
        width: file.width,
        height: file.height,
        bytes: file.bytes,
        small: file.width.min(file.height) < SHARP,
    };
    View::ALL
        .into_iter()
        .map(|view| Slot {
            view: view.name(),
            photos: photos
                .clone()
                .filter(|(one, _)| one.view == view)
                .map(photo)
                .collect(),
        })
        .collect()
}

async fn shown(
    app: &App,
    shell: Shell,
    product: &str,
    form: Option<Form>,
    wrong: Wrong,
) -> Result<ProductPage> {
    let product = ProductId(id(product, "product")?);
    let workspace = &shell.person.workspace;
    let row = app.store.product(workspace, &product).await?;
    let row = row.ok_or_else(|| Error::not_found("product"))?;
    let filter = GenerationFilter {
        product: Some(product.as_str()),
        ..GenerationFilter::default()
    };
    let mut pictures = app.store.newest_pictures(workspace, &filter, 200).await?;
    pictures.sort_by_key(|one| (one.pose, one.take));
    let mut groups: Vec<Group> = Vec::new();
    for picture in &pictures {
        let pose = shell.w.name("pose", picture.pose.as_str());
        let tile = Tile::of(shell.w, picture);
        match groups.last_mut().filter(|group| group.pose == pose) {
            Some(group) => group.tiles.push(tile),
            None => groups.push(Group {
                pose,
                tiles: vec![tile],
            }),
        }
    }
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = form.unwrap_or_else(|| {
        Form(vec![
            own("sku", &row.product.sku),
            own("name", row.product.name.as_deref().unwrap_or_default()),
            own("category", category(&row.product)),
            own("colour", row.product.colour.as_deref().unwrap_or_default()),
            own("project", row.project.as_ref().map_or("", ProjectId::as_str)),
            own("version", &row.version.to_string()),
        ])
    });
    Ok(ProductPage {
        w: shell.w,
        slots: slots(app, &row),
        pictures: pictures.len(),
        id: row.id.0,
        sku: row.product.sku,
        name: row.product.name.unwrap_or_default(),
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
        groups,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(product): Path<String>,
) -> Page {
    html(&shown(&app, shell, &product, None, Wrong::default()).await?)
}

pub(super) async fn change(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
    form: Form,
) -> Page {
    let row = app
        .store
        .product(&caller.workspace, &ProductId(id(&product, "product")?))
        .await?
        .ok_or_else(|| Error::not_found("product"))?;
    let body = input(&json!({
        "sku": form.get("sku"), "name": form.given("name"), "category": form.given("category"),
        "colour": form.given("colour"), "projectId": form.given("project"), "attributes": row.attributes,
    }))?;
    let mut headers = HeaderMap::new();
    if let Some(version) = form
        .given("version")
        .and_then(|text| format!("\"{text}\"").parse().ok())
    {
        headers.insert(axum::http::header::IF_MATCH, version);
    }
    match api::change(
        State(app.clone()),
        caller,
        Path(product.clone()),
        headers,
        Json(body),
    )
    .await
    {
        Ok(_) => Ok(to(&format!("/products/{product}?done=saved"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &product, Some(form), wrong).await?)
        }
    }
}

/// A photo that a form sends, in place of the one of its view. The view stands in the address, before the file.
pub(super) async fn add_photo(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
    AxumQuery(query): AxumQuery<std::collections::HashMap<String, String>>,
    request: Request,
) -> Page {
    let view = query.get("view").cloned().unwrap_or_default();
    let put = async {
        let upload = uploads::create(
            State(app.clone()),
            caller.clone(),
            Query(input(&json!({}))?),
            request,
        )
        .await?;
        let upload = answer(upload).await?;
        let asked = input(&json!({ "upload": upload["id"], "side": query.get("side") }))?;
        api::put_photo(
            State(app.clone()),
            caller,
            Path((product.clone(), view)),
            Query(asked),
            Body::empty(),
        )
        .await
    };
    match put.await {
        Ok(_) => Ok(to(&format!("/products/{product}?done=photo"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &product, None, wrong).await?)
        }
    }
}

pub(super) async fn remove_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path((product, view, number)): Path<(String, String, String)>,
) -> Page {
    let _ = api::remove_photo(State(app), caller, Path((product.clone(), view, number))).await?;
    Ok(to(&format!("/products/{product}?done=deleted")))
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
) -> Page {
    let _ = api::delete(State(app), caller, Path(product)).await?;
    Ok(to("/products?filter=deleted&done=deleted"))
}

pub(super) async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(product): Path<String>,
) -> Page {
    let _ = api::restore(State(app), caller, Path(product.clone())).await?;
    Ok(to(&format!("/products/{product}?done=restored")))
}
