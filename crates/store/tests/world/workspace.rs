//! A workspace to test in.

use domain::ids::WorkspaceId;
use store::{Store, workspaces::NewWorkspace};

/// Makes it, where it is not there.
pub(crate) async fn workspace(store: &Store, id: &str, metered: bool) -> WorkspaceId {
    let id = WorkspaceId(id.to_owned());
    let new = NewWorkspace {
        id: id.clone(),
        name: "test",
        metered,
    };
    store.ensure_workspace(&new, 0).await.unwrap();
    id
}
