//! The set lock in a shoot: once the pictures are made, the whole views of each product are compared with each other.

use domain::{
    ids::WorkspaceId,
    verdict::{Outcome, Verdict},
};
use imaging::{
    Picture,
    codec::{Limits, decode},
    locks::set::{self, Member},
};
use store::{blobs::Blobs, sets::SetMember};
use worker::Environment;

/// Compares what was not compared yet. A picture that does not belong with the others goes to review and says why; sentences
/// about sets that could not be compared are returned.
pub(super) async fn check(
    environment: &Environment,
    workspace: &WorkspaceId,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> anyhow::Result<Vec<String>> {
    let lock = set::LOCK.name;
    let sets = environment
        .store
        .unchecked_sets(workspace, lock, set::PICTURES_MIN)
        .await?;
    let mut troubles = Vec::new();
    for members in sets {
        if is_stopped() {
            break;
        }
        match compared(&*environment.blobs, members).await {
            Ok(told) => {
                let now_ms = environment.clock.now_ms();
                environment
                    .store
                    .record_set(&environment.ids, &told, now_ms)
                    .await?;
            }
            Err(trouble) => troubles.push(format!("pictures of one product were not compared: {trouble}")),
        }
    }
    Ok(troubles)
}

/// What the lock says of each member.
pub(crate) async fn compared(
    blobs: &dyn Blobs,
    members: Vec<SetMember>,
) -> Result<Vec<(SetMember, Verdict, Option<String>)>, String> {
    let mut pictures = Vec::with_capacity(members.len());
    for member in &members {
        pictures.push(read(blobs, &member.path).await?);
    }
    let compared: Vec<Member<'_>> = members
        .iter()
        .zip(&pictures)
        .map(|(member, picture)| Member {
            name: member.pose.as_str(),
            picture,
            face: None,
        })
        .collect();
    // Faces are the identity lock's: no cosine is compared here.
    let verdict = set::check(&compared, 1.0);
    let told = members.into_iter().map(|member| {
        let is_outlier = verdict.evidence["outlier"]["name"] == member.pose.as_str();
        if is_outlier {
            let doubt = verdict.evidence["reason"].as_str().map(str::to_owned);
            return (member, verdict.clone(), doubt);
        }
        let mut belongs = verdict.clone();
        if matches!(verdict.outcome, Outcome::Doubtful | Outcome::Failed) {
            belongs.outcome = Outcome::Passed;
            belongs.evidence["reason"] = "it belongs with the others".into();
        }
        (member, belongs, None)
    });
    Ok(told.collect())
}

async fn read(blobs: &dyn Blobs, path: &str) -> Result<Picture, String> {
    let bytes = blobs.get(path).await.map_err(|error| error.to_string())?;
    let photo = decode(&bytes, &Limits::default()).map_err(|error| format!("{path}: {error}"))?;
    Ok(photo.pixels)
}
