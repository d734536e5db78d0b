//! Who reaches what: every operation of the API, as another tenant, in every role, by a key of every scope, and as nobody.

mod table;
mod things;

use std::collections::BTreeSet;

use domain::access::{Action, Role};
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::{Client, TestApp};
use table::{
    Least::{Admin, Anybody, May, Person, PersonMay},
    TABLE, operations,
};
use things::{Things, call};

testkit::on_both_databases! {
    nobody_reaches_what_is_not_open_to_all,
    another_tenant_s_things_are_not_there,
    lists_and_orders_take_no_ids_of_another_tenant,
    roles_and_keys_do_what_the_table_says,
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
    let things = Things::none();
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
