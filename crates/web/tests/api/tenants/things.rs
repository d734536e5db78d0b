//! What a tenant has, and calls that name it.

use axum::http::Method;
use serde_json::json;

use super::table::body;
use crate::{
    app::{Answer, Client, TestApp},
    studio::End,
};

/// What a tenant has, for the places in paths.
pub struct Things {
    pub project: String,
    pub product: String,
    pub model: String,
    pub shoot: String,
    pub generation: String,
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
    pub async fn of(app: &TestApp, owner: &Client<'_>) -> Self {
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

    /// Ids of nothing: who may gets as far as being told so, and nothing is changed.
    pub fn none() -> Self {
        let nothing = || "nothing".to_owned();
        Self {
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
            preset: nothing(),
        }
    }

    /// The path of an operation with these things in it.
    pub fn path(&self, operation: &str) -> String {
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

    /// Whether an answer names one of them.
    pub fn are_told_in(&self, answer: &Answer) -> bool {
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

/// Calls an operation with a body that it takes.
pub async fn call(client: &Client<'_>, operation: &str, path: &str) -> Answer {
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
