//! Faces in photos of a person: looked at when a photo comes in, kept sealed while the consent holds, compared with each other.

use std::sync::Arc;

use domain::{
    ids::{ModelId, WorkspaceId},
    likeness::Likeness,
    product::PhotoRef,
};
use serde::Serialize;
use store::models::{Model as Row, SeenFace};
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{Error, Result},
    intake::{FaceFacts, FaceLook},
};

/// What is sealed of faces, for this purpose; its owner is the photo's blob.
pub const FACES: &str = "faces";

/// The face in a photo.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Face {
    /// Its shorter side, in pixels.
    side: u32,
    /// How it is turned: front, three_quarter, profile.
    yaw: Option<&'static str>,
    /// All faces that were found, with those in the background.
    faces: u32,
}

/// Compares the photos of a person by what is kept of their faces, which goes no further than this. None where faces cannot be
/// compared here.
pub(crate) async fn likeness(app: &App, workspace: &WorkspaceId, model: &Row) -> Result<Option<Likeness>> {
    let sealed = app.store.sealed_faces(workspace, &model.id, app.now_ms()).await?;
    let seals = app.config.seals(FACES)?;
    let opened = |photo: &PhotoRef| seals.open(&photo.source, sealed.get(&i64::from(photo.number))?);
    let seen: Vec<Option<String>> = model.photos.iter().map(opened).collect();
    let intake = Arc::clone(&app.intake);
    tokio::task::spawn_blocking(move || intake.likeness(&seen))
        .await
        .map_err(Error::internal)
}

/// Writes down what was seen; what says whose face it is only while the consent holds, and sealed.
pub(super) async fn remember(
    app: &App,
    workspace: &WorkspaceId,
    model: &ModelId,
    number: i64,
    source: &str,
    face: FaceFacts,
) -> Result<()> {
    let told = serde_json::to_value(Face {
        side: face.side,
        yaw: face.yaw,
        faces: face.faces,
    })
    .map_err(Error::internal)?;
    let seen = SeenFace {
        told: &told,
        sealed: &app.config.seals(FACES)?.seal(source, &face.seen)?,
    };
    app.store
        .set_model_face(workspace, model, number, &seen, app.now_ms())
        .await?;
    Ok(())
}

/// Looks again at the photos of a person who has agreed now.
pub(super) async fn look_again(app: App, workspace: WorkspaceId, model: ModelId) -> Result<()> {
    let Some(row) = app.store.model(&workspace, &model).await? else {
        return Ok(());
    };
    for photo in row.photos {
        if app
            .store
            .sealed_face(&photo.source, app.now_ms())
            .await?
            .is_none()
            && let Some(face) = look(&app, &photo.source).await?
        {
            remember(
                &app,
                &workspace,
                &model,
                i64::from(photo.number),
                &photo.source,
                face,
            )
            .await?;
        }
    }
    Ok(())
}

/// The face in a photo; none where nobody can look. A photo that is no reference is refused.
pub(super) async fn look(app: &App, source: &str) -> Result<Option<FaceFacts>> {
    let bytes = app.blobs.get(source).await?;
    let (intake, scratch) = (Arc::clone(&app.intake), app.config.scratch.join(app.ids.next()));
    let looked = tokio::task::spawn_blocking(move || {
        std::fs::write(&scratch, &bytes)?;
        let looked = intake.face(&scratch);
        std::fs::remove_file(&scratch)?;
        std::io::Result::Ok(looked)
    });
    match looked.await.map_err(Error::internal)?.map_err(Error::internal)? {
        FaceLook::Usable(face) => Ok(Some(face)),
        FaceLook::Unusable(why) => Err(Error::field("file", why)),
        FaceLook::Unknown(why) => {
            tracing::warn!(why, "the face of a reference photo was not looked at");
            Ok(None)
        }
    }
}
