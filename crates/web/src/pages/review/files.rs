//! The files of a picture, as a page shows them.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use store::{
    catalogue::PhotoFile,
    overview::SheetFile,
    shoots::{AttemptTold, Generation},
};

use super::detail::source;
use crate::{
    api::{generations as api, media},
    app::App,
    auth::caller::{Allowed, Caller, Read},
    error::{Error, Result},
    extract::Query,
    pages::{form::Form, pictures::full},
};

/// The file of a try (none: of what was delivered, or else of the last that was sent back).
pub(super) fn file_of(
    row: &Generation,
    attempts: &[AttemptTold],
    number: Option<usize>,
) -> Option<SheetFile> {
    let sheet = |file: &domain::manifest::DeliveredFile| SheetFile {
        path: file.path.clone(),
        width: file.width,
        height: file.height,
        format: file.format,
    };
    let delivered = row.delivered.as_ref().map(|made| sheet(&made.file));
    match number {
        Some(number) => {
            let one = attempts.get(number.checked_sub(1)?)?;
            let own = one.entry.candidate.as_ref().map(sheet);
            own.or(delivered.filter(|_| one.entry.outcome == "done"))
        }
        None => delivered.or_else(|| {
            attempts
                .iter()
                .rev()
                .find_map(|one| one.entry.candidate.as_ref().map(sheet))
        }),
    }
}

/// The heat-map of a try (none: of the last).
fn heatmap_of(attempts: &[AttemptTold], number: Option<usize>) -> Option<&str> {
    let at = number.unwrap_or(attempts.len()).checked_sub(1)?;
    attempts.get(at)?.heatmap.as_deref()
}

/// A file of a picture: `thumb`, `full` and `heatmap` (of a try), or the `source` photo. Asked for by who is signed in, so that a
/// desk that is open for hours does not lose its pictures.
pub(in crate::pages) async fn file(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path((picture, what)): Path<(String, String)>,
    Query(asked): Query<media::SmallQuery>,
    uri: axum::http::Uri,
) -> Result<Response> {
    let query = Form::of_query(uri.query().unwrap_or_default());
    let row = api::found(&app, &caller, &picture).await?;
    let mut response = match what.as_str() {
        "source" => {
            let photo = source(&row).ok_or_else(|| Error::not_found("photo"))?;
            let file = source_file(&app, &caller, &row).await?;
            // A common type where the photo was changed since.
            let kind = file.map_or_else(|| "image/jpeg".to_owned(), |file| file.media_type);
            let url = media::url(&app, &photo.source, &kind, None);
            return Ok(Redirect::temporary(&url).into_response());
        }
        "thumb" | "full" => {
            let attempts = app.store.attempts_of(&caller.workspace, &row.id).await?;
            let file = file_of(&row, &attempts, query.get("try").parse().ok())
                .ok_or_else(|| Error::not_found("file"))?;
            let name = row.shot.file_key();
            let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
            if what == "full" || file.format == domain::format::Format::Avif {
                return Ok(Redirect::temporary(&full(&app, &file, &name)).into_response());
            }
            media::small(&app, &file.path, asked.side()?).await?
        }
        "heatmap" => {
            let attempts = app.store.attempts_of(&caller.workspace, &row.id).await?;
            let key = heatmap_of(&attempts, query.get("try").parse().ok())
                .ok_or_else(|| Error::not_found("heat-map"))?;
            Body::from(app.blobs.get(key).await?).into_response()
        }
        _ => return Err(Error::not_found("file")),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=604800, immutable"),
    );
    Ok(response)
}

/// What the photo that a picture was made from is as a file, where its product still has it.
pub(super) async fn source_file(app: &App, caller: &Caller, row: &Generation) -> Result<Option<PhotoFile>> {
    let Some(photo) = source(row) else {
        return Ok(None);
    };
    let product = app.store.product(&caller.workspace, &row.product).await?;
    Ok(product.and_then(|product| {
        let mut photos = product.product.photos.iter().zip(product.files);
        photos
            .find(|(one, _)| one.source == photo.source)
            .map(|(_, file)| file)
    }))
}
