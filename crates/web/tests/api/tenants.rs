//! Who reaches what: every operation of the API, as another tenant, in every role, by a key of every scope, and as nobody.

use std::collections::BTreeSet;

use axum::http::Method;
use domain::access::{Action, Role};
use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::{
    app::{Answer, Client, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    nobody_reaches_what_is_not_open_to_all,
    another_tenant_s_things_are_not_there,
    lists_and_orders_take_no_ids_of_another_tenant,
    roles_and_keys_do_what_the_table_says,
}

/// The least that an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Least {
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
const TABLE: &[(&str, Least)] = &[
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
fn body(operation: &str) -> Option<Value> {
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
fn operations() -> Vec<(String, bool)> {
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

#[test]
fn the_table_holds_every_operation_and_no_other() {
    let described: BTreeSet<String> = operations().into_iter().map(|(name, _)| name).collect();
    let listed: BTreeSet<String> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(described, listed);
    for (name, open) in operations() {
        let (_, least) = TABLE.iter().find(|(listed, _)| *listed == name).unwrap();
        assert_eq!(
            open,
            *least == Anybody,
            "{name}: its description says who it is open to"
        );
    }
}

/// What a tenant has, for the places in paths.
struct Things {
    project: String,
    product: String,
    model: String,
    shoot: String,
    generation: String,
    key: String,
    invitation: String,
    member: String,
    session: String,
    workspace: String,
    webhook: String,
    delivery: String,
    upload: String,
    import: String,
    export: String,
    purchase: String,
    preset: String,
}

impl Things {
    async fn of(app: &TestApp, owner: &Client<'_>) -> Self {
        let preset = json!({ "name": "Web shop", "settings": { "poses": ["FRONT"] } });
        let preset = owner.post("/api/brand-presets", &preset).await;
        let project = owner.project("Spring").await;
        let product = owner.product("TS-1", Some(&project), &["front"]).await;
        let model = owner.model("Mara").await;
        let shoot = owner
            .shoot(&json!({ "projectId": project, "poses": ["FRONT"], "name": "Hidden" }))
            .await;
        app.work(End::Done).await;
        let generation = owner.pictures(&shoot).await[0]["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "shop", "scopes": ["read"] });
        let key = owner.post("/api/keys", &key).await.expect(201).text("/id");
        let webhook = json!({ "url": "https://shop.example.com/" });
        let webhook = owner
            .post("/api/webhooks", &webhook)
            .await
            .expect(201)
            .text("/id");
        let ping = format!("/api/webhooks/{webhook}/ping");
        let delivery = owner.post(&ping, &json!({})).await.expect(202).text("/id");
        let photo: &[u8] = b"a photo that waits";
        let upload = owner
            .form("/api/uploads", &[("a.jpg", photo)])
            .await
            .expect(201)
            .text("/id");
        let import = owner
            .form("/api/products/import?dry_run=true", &[("TS-9.jpg", photo)])
            .await;
        let import = import.expect(202).text("/importId");
        let export = json!({ "profiles": ["web"], "generationIds": [generation] });
        let export = owner.post("/api/exports", &export).await.expect(202).text("/id");
        let purchase = owner.post("/api/billing/checkout/pro", &json!({})).await;
        let invitation = json!({ "email": "zoe@example.com", "role": "editor" });
        let invitation = owner.post("/api/invitations", &invitation).await;
        let profile = owner.get("/api/auth/profile").await.expect(200);
        Self {
            project,
            product,
            model,
            shoot,
            generation,
            key,
            webhook,
            delivery,
            upload,
            import,
            export,
            purchase: purchase.expect(201).text("/id"),
            preset: preset.expect(201).text("/id"),
            invitation: invitation.expect(201).text("/id"),
            member: profile.text("/id"),
            session: owner.get("/api/auth/sessions").await.expect(200).text("/0/id"),
            workspace: profile.text("/workspaceId"),
        }
    }

    /// The path of an operation with these things in it.
    fn path(&self, operation: &str) -> String {
        let (_, path) = operation.split_once(' ').unwrap();
        let id = match path.split('/').nth(2).unwrap() {
            "projects" => &self.project,
            "brand-presets" => &self.preset,
            "products" => &self.product,
            "models" => &self.model,
            "shoots" => &self.shoot,
            "generate" | "generations" => &self.generation,
            "keys" => &self.key,
            "webhooks" => &self.webhook,
            "uploads" => &self.upload,
            "imports" => &self.import,
            "exports" => &self.export,
            "invitations" => &self.invitation,
            "auth" if path.contains("sessions") => &self.session,
            "billing" if path.contains("caps") => &self.project,
            "billing" => &self.purchase,
            _ if path.starts_with("/api/auth") || path.starts_with("/api/admin") => &self.workspace,
            _ => "",
        };
        path.replace("{id}", id)
            .replace("{userId}", &self.member)
            .replace("{deliveryId}", &self.delivery)
            .replace("{engine}", "nobody")
            .replace("{view}", "front")
            .replace("{number}", "1")
            .replace("{packageId}", "none")
            .replace("{of}", "project")
            .replace("{signed}", "e30.AAAA")
    }

    fn are_told_in(&self, answer: &Answer) -> bool {
        let text = answer.body.to_string();
        let all = [
            &self.project,
            &self.product,
            &self.model,
            &self.shoot,
            &self.generation,
            &self.key,
            &self.invitation,
            &self.member,
            &self.session,
            &self.workspace,
            &self.webhook,
            &self.delivery,
            &self.preset,
            &self.purchase,
            &self.upload,
            &self.import,
            &self.export,
        ];
        all.iter().any(|id| text.contains(id.as_str()))
    }
}

async fn call(client: &Client<'_>, operation: &str, path: &str) -> Answer {
    let method = operation.split(' ').next().unwrap().parse::<Method>().unwrap();
    if path.starts_with("/api/uploads/tus") {
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("upload-offset", "0"),
            ("content-type", "application/offset+octet-stream"),
        ];
        return client.raw(method, path, &headers, "").await;
    }
    client.call(method, path, body(operation).as_ref(), &[]).await
}

async fn nobody_reaches_what_is_not_open_to_all(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let things = Things::of(&app, &anna).await;
    for (operation, least) in TABLE {
        let answer = call(&app.nobody(), operation, &things.path(operation)).await;
        let status = answer.status.as_u16();
        if *least == Anybody {
            assert!([404, 422].contains(&status), "{operation}: {status}");
        } else {
            assert_eq!(status, 401, "{operation}: {:#}", answer.body);
        }
        assert!(!things.are_told_in(&answer), "{operation}: {:#}", answer.body);
    }
}

async fn another_tenant_s_things_are_not_there(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 100).await;
    let anna = app.register("anna@example.com").await;
    let things = Things::of(&app, &anna).await;
    let before = anna.get(&format!("/api/generate/{}", things.generation)).await;
    let eve = app.register("eve@example.com").await;
    for (operation, least) in TABLE {
        let answer = call(&eve, operation, &things.path(operation)).await;
        let status = answer.status.as_u16();
        if operation.contains('{') && *least != Admin {
            assert_eq!(status, 404, "{operation}: {:#}", answer.body);
        } else if *least == Admin {
            assert_eq!(status, 403, "{operation}: {:#}", answer.body);
        } else {
            assert!(status < 500, "{operation}: {:#}", answer.body);
        }
        assert!(!things.are_told_in(&answer), "{operation}: {:#}", answer.body);
    }
    // Nothing of it was changed either.
    let after = anna.get(&format!("/api/generate/{}", things.generation)).await;
    assert_eq!(before.expect(200).body, after.expect(200).body);
    for path in [
        format!("/api/projects/{}", things.project),
        format!("/api/products/{}", things.product),
        format!("/api/models/{}", things.model),
    ] {
        anna.get(&path).await.expect(200);
    }
}

async fn lists_and_orders_take_no_ids_of_another_tenant(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 100).await;
    let anna = app.register("anna@example.com").await;
    let things = Things::of(&app, &anna).await;
    let eve = app.register("eve@example.com").await;
    let Things {
        project,
        product,
        model,
        shoot,
        generation,
        ..
    } = &things;
    for path in [
        format!("/api/products?projectId={project}"),
        format!("/api/shoots?projectId={project}"),
        format!("/api/generate?shootId={shoot}"),
        format!("/api/generate?projectId={project}"),
        format!("/api/generate?productId={product}"),
        "/api/projects?deleted=true".to_owned(),
        "/api/members".to_owned(),
    ] {
        let answer = eve.get(&path).await.expect(200);
        assert!(!things.are_told_in(&answer), "{path}: {:#}", answer.body);
    }
    let own = eve.product("EVE-1", None, &["front"]).await;
    for (path, body, field) in [
        (
            "/api/products",
            json!({ "sku": "X", "projectId": project }),
            "projectId",
        ),
        (
            "/api/generate",
            json!({ "projectId": project, "poses": ["FRONT"] }),
            "projectId",
        ),
        (
            "/api/generate",
            json!({ "productId": product, "poses": ["FRONT"] }),
            "productId",
        ),
        (
            "/api/generate",
            json!({ "productIds": [own, product], "poses": ["FRONT"] }),
            "productIds[1]",
        ),
        (
            "/api/generate",
            json!({ "productId": own, "modelId": model, "poses": ["FRONT"], "engine": "dresser" }),
            "modelId",
        ),
    ] {
        let answer = eve.post(path, &body).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field);
    }
    let moved = json!({ "sku": "EVE-1", "projectId": project });
    eve.put(&format!("/api/products/{own}"), &moved).await.expect(422);
    let bulk = json!({ "ids": [generation], "decision": "approve" });
    let bulk = eve.post("/api/reviews", &bulk).await.expect(200);
    assert_eq!(bulk.body["decided"], json!([]));
    assert_eq!(bulk.text("/refused/0/code"), "not_found");
    assert_eq!(eve.credits().await, 100);
}

async fn roles_and_keys_do_what_the_table_says(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    let editor = app.register_member(&owner, "editor@example.com", "editor").await;
    let reviewer = app
        .register_member(&owner, "reviewer@example.com", "reviewer")
        .await;
    let root = app.register_admin("root@example.com").await;
    let mut keys = Vec::new();
    for scope in Action::ALL {
        let body = json!({ "name": scope.name(), "scopes": [scope.name()] });
        keys.push((
            scope,
            owner.post("/api/keys", &body).await.expect(201).text("/key"),
        ));
    }
    // Ids of nothing: who may gets as far as being told so, and nothing is changed.
    let nothing = || "nothing".to_owned();
    let things = Things {
        preset: nothing(),
        project: nothing(),
        product: nothing(),
        model: nothing(),
        shoot: nothing(),
        generation: nothing(),
        key: nothing(),
        invitation: nothing(),
        member: nothing(),
        session: nothing(),
        workspace: nothing(),
        webhook: nothing(),
        delivery: nothing(),
        upload: nothing(),
        import: nothing(),
        export: nothing(),
        purchase: nothing(),
    };
    for (operation, least) in TABLE {
        let path = things.path(operation);
        let check = async |who: String, client: &Client<'_>, may: bool| {
            let answer = call(client, operation, &path).await;
            let status = answer.status.as_u16();
            let told = format!("{operation} as {who}: {status} {:#}", answer.body);
            if may {
                assert!(![401, 403].contains(&status) && status < 500, "{told}");
            } else {
                assert_eq!(status, 403, "{told}");
            }
        };
        for (role, person) in [
            (Role::Reviewer, &reviewer),
            (Role::Editor, &editor),
            (Role::Owner, &owner),
        ] {
            let may = match least {
                Anybody | Person => true,
                May(action) | PersonMay(action) => role.may(*action),
                Admin => false,
            };
            check(role.to_string(), person, may).await;
        }
        check("who runs the platform".to_owned(), &root, true).await;
        for (scope, key) in &keys {
            let may = match least {
                Anybody => true,
                May(action) => scope == action,
                Person | PersonMay(_) | Admin => false,
            };
            check(format!("a key that may {scope}"), &owner.with_token(key), may).await;
        }
    }
}
