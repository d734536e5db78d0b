//! Who may call what: a row for each operation of the API.

use domain::access::Action;
use serde_json::{Value, json};

/// The least that an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// Nothing.
    Anybody,
    /// Somebody who is signed in; no key.
    Person,
    /// To be allowed this, as a person or by a key.
    May(Action),
    /// To be allowed this, as a person.
    PersonMay(Action),
    /// To run the platform.
    Admin,
}

use Action::{Edit, Manage, Read, Review, Shoot};
use Least::{Admin, Anybody, May, Person, PersonMay};

/// Who may call what. An operation that is missing here fails the tests.
pub const TABLE: &[(&str, Least)] = &[
    ("POST /api/auth/register", Anybody),
    ("POST /api/auth/login", Anybody),
    ("POST /api/auth/refresh", Anybody),
    ("POST /api/auth/password-resets", Anybody),
    ("PUT /api/auth/password-resets", Anybody),
    ("PUT /api/auth/verifications", Anybody),
    ("GET /api/media/{signed}", Anybody),
    ("POST /api/auth/verifications", Person),
    ("GET /api/auth/profile", Person),
    ("PUT /api/auth/profile", Person),
    ("PUT /api/auth/password", Person),
    ("GET /api/auth/sessions", Person),
    ("DELETE /api/auth/sessions/{id}", Person),
    ("GET /api/auth/workspaces", Person),
    ("PUT /api/auth/workspaces/{id}", Person),
    ("PUT /api/auth/invitations", Person),
    ("GET /api/keys", May(Manage)),
    ("POST /api/keys", PersonMay(Manage)),
    ("DELETE /api/keys/{id}", May(Manage)),
    ("GET /api/members", May(Read)),
    ("PUT /api/members/{userId}", May(Manage)),
    ("DELETE /api/members/{userId}", May(Manage)),
    ("GET /api/invitations", May(Manage)),
    ("POST /api/invitations", PersonMay(Manage)),
    ("DELETE /api/invitations/{id}", May(Manage)),
    ("GET /api/engines", May(Read)),
    ("GET /api/projects", May(Read)),
    ("POST /api/projects", May(Edit)),
    ("GET /api/projects/{id}", May(Read)),
    ("PUT /api/projects/{id}", May(Edit)),
    ("DELETE /api/projects/{id}", May(Edit)),
    ("POST /api/projects/{id}/restoration", May(Edit)),
    ("GET /api/brand-presets", May(Read)),
    ("POST /api/brand-presets", May(Edit)),
    ("GET /api/brand-presets/{id}", May(Read)),
    ("PUT /api/brand-presets/{id}", May(Edit)),
    ("DELETE /api/brand-presets/{id}", May(Edit)),
    ("GET /api/products", May(Read)),
    ("POST /api/products", May(Edit)),
    ("GET /api/products/{id}", May(Read)),
    ("PUT /api/products/{id}", May(Edit)),
    ("DELETE /api/products/{id}", May(Edit)),
    ("POST /api/products/{id}/restoration", May(Edit)),
    ("PUT /api/products/{id}/photos/{view}", May(Edit)),
    ("DELETE /api/products/{id}/photos/{view}/{number}", May(Edit)),
    ("POST /api/uploads", May(Edit)),
    ("GET /api/uploads/{id}", May(Read)),
    ("DELETE /api/uploads/{id}", May(Edit)),
    ("POST /api/uploads/tus", May(Edit)),
    ("PATCH /api/uploads/tus/{id}", May(Edit)),
    ("DELETE /api/uploads/tus/{id}", May(Edit)),
    ("POST /api/products/import", May(Edit)),
    ("GET /api/imports", May(Read)),
    ("GET /api/imports/{id}", May(Read)),
    ("GET /api/imports/{id}/rows", May(Read)),
    ("POST /api/imports/{id}/cancellation", May(Edit)),
    ("GET /api/models", May(Read)),
    ("POST /api/models", May(Edit)),
    ("GET /api/models/{id}", May(Read)),
    ("PUT /api/models/{id}", May(Edit)),
    ("DELETE /api/models/{id}", May(Edit)),
    ("POST /api/models/{id}/restoration", May(Edit)),
    ("PUT /api/models/{id}/consent", May(Edit)),
    ("DELETE /api/models/{id}/consent", May(Edit)),
    ("GET /api/models/{id}/similarity", May(Read)),
    ("POST /api/models/{id}/photos", May(Edit)),
    ("DELETE /api/models/{id}/photos/{number}", May(Edit)),
    ("GET /api/generate", May(Read)),
    ("POST /api/generate", May(Shoot)),
    ("GET /api/generate/{id}", May(Read)),
    ("POST /api/generations/{id}/review", May(Review)),
    ("POST /api/generations/{id}/redo", May(Shoot)),
    ("POST /api/reviews", May(Review)),
    ("GET /api/shoots", May(Read)),
    ("GET /api/shoots/{id}", May(Read)),
    ("POST /api/shoots/{id}/pause", May(Shoot)),
    ("POST /api/shoots/{id}/resume", May(Shoot)),
    ("POST /api/shoots/{id}/cancellation", May(Shoot)),
    ("PUT /api/shoots/{id}/priority", May(Shoot)),
    ("GET /api/shoots/{id}/events", May(Read)),
    ("GET /api/exports", May(Read)),
    ("POST /api/exports", May(Edit)),
    ("GET /api/exports/targets", May(Read)),
    ("GET /api/exports/{id}", May(Read)),
    ("POST /api/exports/{id}/cancellation", May(Edit)),
    ("GET /api/exports/{id}/deliveries", May(Read)),
    ("GET /api/webhooks", May(Manage)),
    ("POST /api/webhooks", May(Manage)),
    ("GET /api/webhooks/{id}", May(Manage)),
    ("PUT /api/webhooks/{id}", May(Manage)),
    ("DELETE /api/webhooks/{id}", May(Manage)),
    ("POST /api/webhooks/{id}/secret", May(Manage)),
    ("POST /api/webhooks/{id}/ping", May(Manage)),
    ("GET /api/webhooks/{id}/deliveries", May(Manage)),
    (
        "POST /api/webhooks/{id}/deliveries/{deliveryId}/replay",
        May(Manage),
    ),
    ("POST /api/engines/{engine}/webhook", Anybody),
    ("GET /api/audit", May(Manage)),
    ("GET /api/thresholds", May(Manage)),
    ("PUT /api/thresholds", May(Manage)),
    ("GET /api/thresholds/preview", May(Manage)),
    ("GET /api/workspace/retention", May(Read)),
    ("PUT /api/workspace/retention", May(Manage)),
    ("GET /api/billing/balance", May(Read)),
    ("GET /api/billing/history", May(Manage)),
    ("GET /api/billing/history.csv", May(Manage)),
    ("GET /api/billing/packages", May(Read)),
    ("POST /api/billing/checkout/{packageId}", PersonMay(Manage)),
    ("GET /api/billing/purchases", May(Manage)),
    ("GET /api/billing/purchases/{id}", May(Manage)),
    ("GET /api/billing/purchases/{id}/invoice", May(Manage)),
    ("POST /api/billing/webhook", Anybody),
    ("GET /api/billing/caps", May(Manage)),
    ("PUT /api/billing/caps/{of}/{id}", PersonMay(Manage)),
    ("GET /api/admin/metrics", Admin),
    ("GET /api/admin/users", Admin),
    ("PUT /api/admin/users/{id}/status", Admin),
    ("GET /api/admin/config", Admin),
    ("PUT /api/admin/config", Admin),
    ("GET /api/admin/engines", Admin),
    ("GET /api/admin/generations", Admin),
    ("POST /api/admin/workspaces/{id}/grants", Admin),
    ("GET /api/admin/purchases", Admin),
    ("POST /api/admin/purchases/{id}/payment", Admin),
    ("POST /api/admin/purchases/reconciliation", Admin),
    ("GET /api/admin/audit", Admin),
    // Ends the session it is called with, so it is called last.
    ("POST /api/auth/logout", Person),
];

/// A body that an operation takes.
pub fn body(operation: &str) -> Option<Value> {
    Some(match operation {
        "PUT /api/members/{userId}" => json!({ "role": "editor" }),
        "PUT /api/projects/{id}" | "PUT /api/models/{id}" => json!({ "name": "other" }),
        "PUT /api/products/{id}" => json!({ "sku": "other" }),
        "PUT /api/brand-presets/{id}" => json!({ "name": "other", "settings": {} }),
        "PUT /api/models/{id}/consent" => json!({ "scope": "all" }),
        "POST /api/generations/{id}/review" => json!({ "decision": "approve" }),
        "PUT /api/webhooks/{id}" => json!({ "url": "https://shop.example.com/" }),
        "PUT /api/auth/profile" => json!({ "name": "Other" }),
        "PUT /api/auth/password" => json!({ "currentPassword": "wrong", "newPassword": "another long one" }),
        "PUT /api/auth/invitations" => json!({ "token": "none" }),
        "POST /api/keys" => json!({ "name": "x", "scopes": ["read"] }),
        "POST /api/invitations" => json!({ "email": "yan@example.com", "role": "reviewer" }),
        "PUT /api/shoots/{id}/priority" => json!({ "priority": 1 }),
        _ if operation.starts_with("GET") || operation.starts_with("DELETE") => return None,
        _ => json!({}),
    })
}

/// The operations of the API's description: `GET /api/projects`, and whether it is open to all.
pub fn operations() -> Vec<(String, bool)> {
    let description = web::openapi();
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                let open = operation["security"] == json!([{}]);
                operations.push((format!("{} {path}", method.to_uppercase()), open));
            }
        }
    }
    assert!(operations.len() >= 60, "{}", operations.len());
    operations
}
