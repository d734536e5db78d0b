//! What the operator sees across workspaces.
