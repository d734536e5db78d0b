//! The whole sheet for the desk's script, as columns: small for thousands of pictures, most of which share their product, pose and shape.

use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    response::IntoResponse as _,
};
use serde::Serialize;
use store::overview::SheetPicture;

use super::{kind, made, shoot_of};
use crate::{
    app::App,
    auth::caller::{Allowed, Read},
    extract::Json,
    pages::{
        Page,
        pictures::{copies, pose_name},
        shell::Shell,
    },
};

/// Columns of one length, a row a picture; `product`, `pose` and `shape` say which of `products`, `poses` and `copies` is theirs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    last_event: i64,
    /// SKU and name.
    products: Vec<(&'a str, &'a str)>,
    poses: Vec<String>,
    copies: Vec<Vec<(u32, u32)>>,
    id: Vec<&'a str>,
    product: Vec<usize>,
    pose: Vec<usize>,
    shape: Vec<usize>,
    /// The lowest margin, -1 to 1, in thousandths.
    score: Vec<Option<f64>>,
    /// failed, doubtful, unverifiable, passed, by their first letters.
    kind: Vec<&'static str>,
    /// approved, rejected, by their first letters; empty.
    decision: Vec<&'static str>,
    version: Vec<i64>,
}

pub(in crate::pages) async fn index(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = shoot_of(&app, &shell, &shoot).await?;
    let last_event = app.store.last_event(&shoot.id).await?;
    let pictures = made(&app, &shell, &shoot).await?;
    let (products, product) = shared(&pictures, |one| one.product.as_str());
    let (poses, pose) = shared(&pictures, |one| (one.pose.as_str(), one.take));
    let (shapes, shape) = shared(&pictures, copies);
    let name = |at: usize| {
        let one = &pictures[at];
        (one.sku.as_str(), one.name.as_deref().unwrap_or_default())
    };
    let answer = Index {
        last_event,
        products: products.into_iter().map(|(_, at)| name(at)).collect(),
        poses: poses
            .into_iter()
            .map(|((pose, take), _)| pose_name(shell.w, pose, take))
            .collect(),
        copies: shapes.into_iter().map(|(shape, _)| shape).collect(),
        id: pictures.iter().map(|one| one.id.as_str()).collect(),
        product,
        pose,
        shape,
        score: pictures.iter().map(|one| one.score.map(thousandths)).collect(),
        kind: pictures.iter().map(|one| &kind(one)[..1]).collect(),
        decision: pictures.iter().map(decision).collect(),
        version: pictures.iter().map(|one| one.tries).collect(),
    };
    Ok(Json(answer).into_response())
}

fn thousandths(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}

fn decision(picture: &SheetPicture) -> &'static str {
    match picture.review.as_deref() {
        Some("approved") => "a",
        Some(_) => "r",
        None => "",
    }
}

/// What pictures share, each with the first that has it, and which of them each picture has.
fn shared<'a, T: Clone + Eq + std::hash::Hash>(
    pictures: &'a [SheetPicture],
    of: impl Fn(&'a SheetPicture) -> T,
) -> (Vec<(T, usize)>, Vec<usize>) {
    let (mut known, mut places) = (Vec::new(), HashMap::new());
    let column = pictures.iter().enumerate().map(|(at, picture)| {
        let value = of(picture);
        *places.entry(value.clone()).or_insert_with(|| {
            known.push((value, at));
            known.len() - 1
        })
    });
    let column = column.collect();
    (known, column)
}
