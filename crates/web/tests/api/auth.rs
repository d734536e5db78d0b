//! Signing up, in, out and being kept out.

use axum::{body::Body, http::Request};
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    who_is_not_invited_does_not_register_where_that_is_asked,
    an_invitation_that_does_not_hold_makes_no_account,
    a_person_registers_signs_in_and_out,
    what_is_wrong_is_named,
    an_address_is_one_person_s_however_it_is_spelled,
    wrong_passwords_lock_for_longer_and_longer,
    a_refresh_token_used_twice_ends_its_session_alone,
    tokens_that_share_their_first_72_bytes_are_two_tokens,
    a_disabled_person_is_out_at_once,
    a_forgotten_password_is_chosen_anew_by_mail_once,
    an_address_is_confirmed_by_mail,
    a_browser_is_kept_by_a_cookie_and_other_sites_are_refused,
    a_set_up_link_makes_one_admin,
    invitations_are_for_one_address_and_roles_hold,
    who_may_what_is_remembered_for_a_moment_and_a_change_is_seen_at_once,
}

async fn a_person_registers_signs_in_and_out(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let profile = anna.get("/api/auth/profile").await.expect(200);
    assert_eq!(profile.text("/email"), "anna@example.com");
    assert_eq!(profile.text("/role"), "owner");
    assert_eq!(profile.body["admin"], false);
    let body = json!({ "email": " Anna@Example.com", "password": "a long password" });
    let second = app.nobody().post("/api/auth/login", &body).await.expect(200);
    let second = app.nobody().with_token(&second.text("/accessToken"));
    assert_eq!(
        second
            .get("/api/auth/sessions")
            .await
            .expect(200)
            .body
            .as_array()
            .unwrap()
            .len(),
        2
    );
    second.post("/api/auth/logout", &json!({})).await.expect(200);
    second.get("/api/auth/profile").await.expect(401);
    anna.get("/api/auth/profile").await.expect(200);
    app.pass_ms(901_000);
    anna.get("/api/auth/profile").await.expect(401);
    app.nobody().get("/api/auth/profile").await.expect(401);
}

async fn what_is_wrong_is_named(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let nobody = app.nobody();
    for (body, field) in [
        (json!({ "email": "anna", "password": "a long password" }), "email"),
        (json!({ "email": "a@b.co", "password": "short" }), "password"),
        (
            json!({ "email": "a@b.co", "password": "password123" }),
            "password",
        ),
        (json!({ "email": "a@b.co", "password": 7 }), "password"),
        (
            json!({ "email": "a@b.co", "password": "a long password", "admin": true }),
            "admin",
        ),
    ] {
        let answer = nobody.post("/api/auth/register", &body).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let no_json = Request::post("/api/auth/login")
        .header("content-type", "application/json")
        .body(Body::from("{"));
    app.send(no_json.unwrap()).await.expect(400);
    let no_type = Request::post("/api/auth/login").body(Body::from("{}"));
    app.send(no_type.unwrap()).await.expect(415);
    nobody.get("/api/nothing").await.expect(404);
    nobody.get("/api/auth/login").await.expect(405);
}

async fn an_address_is_one_person_s_however_it_is_spelled(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    app.register("anna@example.com").await;
    let body = json!({ "email": "ANNA@example.com", "password": "another password" });
    let answer = app.nobody().post("/api/auth/register", &body).await.expect(409);
    assert_eq!(answer.text("/code"), "taken");
}

async fn wrong_passwords_lock_for_longer_and_longer(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    app.register("anna@example.com").await;
    let wrong = json!({ "email": "anna@example.com", "password": "not this one" });
    let right = json!({ "email": "anna@example.com", "password": "a long password" });
    for _ in 0..6 {
        app.nobody().post("/api/auth/login", &wrong).await.expect(401);
    }
    let locked = app.nobody().post("/api/auth/login", &right).await.expect(429);
    assert_eq!(locked.headers["retry-after"], "30");
    app.pass_ms(30_001);
    app.nobody().post("/api/auth/login", &wrong).await.expect(401);
    let locked = app.nobody().post("/api/auth/login", &right).await.expect(429);
    assert_eq!(locked.headers["retry-after"], "60");
    app.pass_ms(60_001);
    app.nobody().post("/api/auth/login", &right).await.expect(200);
    app.nobody().post("/api/auth/login", &wrong).await.expect(401);
    app.nobody().post("/api/auth/login", &right).await.expect(200);
}

async fn a_refresh_token_used_twice_ends_its_session_alone(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let other = json!({ "email": "anna@example.com", "password": "a long password" });
    let other = app.nobody().post("/api/auth/login", &other).await.expect(200);
    let refresh = async |token: &str| {
        let body = json!({ "refreshToken": token });
        app.nobody().post("/api/auth/refresh", &body).await
    };
    let second = refresh(&anna.refresh_token).await.expect(200);
    let third = refresh(&second.text("/refreshToken")).await.expect(200);
    // Who took the first token uses it now: thief and owner are both out.
    let reused = refresh(&anna.refresh_token).await.expect(401);
    assert_eq!(reused.text("/code"), "refresh_token_reused");
    refresh(&third.text("/refreshToken")).await.expect(401);
    app.nobody()
        .with_token(&third.text("/accessToken"))
        .get("/api/auth/profile")
        .await
        .expect(401);
    refresh(&other.text("/refreshToken")).await.expect(200);
    app.pass_ms(8 * 24 * 3_600_000);
    refresh("never given to anybody").await.expect(401);
}

async fn tokens_that_share_their_first_72_bytes_are_two_tokens(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    // A hash that reads 72 bytes takes these for one; and a user's id opens nothing.
    let padded = "x".repeat(72);
    for forged in [
        format!("{padded}{}", anna.refresh_token),
        format!("{}x", anna.refresh_token),
        anna.id.clone(),
    ] {
        let body = json!({ "refreshToken": forged, "userId": anna.id });
        app.nobody().post("/api/auth/refresh", &body).await.expect(422);
        let body = json!({ "refreshToken": forged });
        app.nobody().post("/api/auth/refresh", &body).await.expect(401);
    }
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.";
    app.nobody()
        .with_token(none)
        .get("/api/auth/profile")
        .await
        .expect(401);
}

async fn a_disabled_person_is_out_at_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let user = domain::ids::UserId(anna.id.clone());
    assert!(app.store.set_user_active(&user, false, 1).await.unwrap());
    anna.get("/api/auth/profile").await.expect(401);
    let body = json!({ "email": "anna@example.com", "password": "a long password" });
    let answer = app.nobody().post("/api/auth/login", &body).await.expect(403);
    assert_eq!(answer.text("/code"), "disabled");
}

async fn a_forgotten_password_is_chosen_anew_by_mail_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let nobody = app.nobody();
    for email in ["anna@example.com", "nobody@example.com"] {
        nobody
            .post("/api/auth/password-resets", &json!({ "email": email }))
            .await
            .expect(202);
    }
    assert_eq!(app.letters_to("nobody@example.com"), 0);
    let body = json!({ "token": app.mailed_token("anna@example.com"), "password": "another long one" });
    nobody.put("/api/auth/password-resets", &body).await.expect(200);
    nobody.put("/api/auth/password-resets", &body).await.expect(422);
    anna.get("/api/auth/profile").await.expect(401);
    let body = json!({ "email": "anna@example.com", "password": "another long one" });
    nobody.post("/api/auth/login", &body).await.expect(200);
    nobody
        .post(
            "/api/auth/password-resets",
            &json!({ "email": "anna@example.com" }),
        )
        .await
        .expect(202);
    app.pass_ms(3_600_001);
    let body = json!({ "token": app.mailed_token("anna@example.com"), "password": "a third long one" });
    nobody.put("/api/auth/password-resets", &body).await.expect(422);
}

async fn an_address_is_confirmed_by_mail(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let user = domain::ids::UserId(anna.id.clone());
    let verified = async || app.store.user(&user).await.unwrap().unwrap().verified_ms;
    assert_eq!(verified().await, None);
    anna.post("/api/auth/verifications", &json!({})).await.expect(202);
    let body = json!({ "token": app.mailed_token("anna@example.com") });
    app.nobody()
        .put("/api/auth/verifications", &body)
        .await
        .expect(200);
    assert!(verified().await.is_some());
}

async fn a_browser_is_kept_by_a_cookie_and_other_sites_are_refused(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        config.public_url = "https://studio.test".into();
    })
    .await;
    let body = json!({ "email": "anna@example.com", "password": "a long password", "cookie": true });
    let answer = app.nobody().post("/api/auth/register", &body).await.expect(201);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-photogen=") && cookie.contains("; HttpOnly; SameSite=Lax"));
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/"));
    assert!(answer.body.get("accessToken").is_none());
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let rename = async |headers: &[(&str, &str)]| {
        let body = json!({ "name": "Anna" });
        app.nobody()
            .call(axum::http::Method::PUT, "/api/auth/profile", Some(&body), headers)
            .await
    };
    for (name, value, status) in [
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://studio.test", 200),
        ("origin", "https://evil.test", 403),
        ("origin", "null", 403),
    ] {
        rename(&[("cookie", &cookie), (name, value)]).await.expect(status);
    }
    rename(&[("cookie", "__Host-photogen=stolen")]).await.expect(401);
    // The plain cookie of another host under our domain is not ours.
    rename(&[("cookie", &cookie.replace("__Host-", ""))])
        .await
        .expect(401);
}

async fn a_set_up_link_makes_one_admin(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let hash = web::auth::secret::hash("set up");
    app.store
        .add_mail_token(&hash, None, "setup", i64::MAX, 0)
        .await
        .unwrap();
    let body = |email: &str| json!({ "email": email, "password": "a long password", "setupToken": "set up" });
    let admin = app
        .nobody()
        .post("/api/auth/register", &body("root@example.com"))
        .await
        .expect(201);
    assert_eq!(admin.body["user"]["admin"], true);
    app.nobody()
        .post("/api/auth/register", &body("second@example.com"))
        .await
        .expect(422);
    assert!(app.store.has_admin().await.unwrap());
}

async fn invitations_are_for_one_address_and_roles_hold(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    let ben = app.register("ben@example.com").await;
    let eve = app.register("eve@example.com").await;
    let body = json!({ "email": "ben@example.com", "role": "reviewer" });
    owner.post("/api/invitations", &body).await.expect(201);
    let token = json!({ "token": app.mailed_token("ben@example.com") });
    eve.put("/api/auth/invitations", &token).await.expect(422);
    ben.put("/api/auth/invitations", &token).await.expect(200);
    ben.put("/api/auth/invitations", &token).await.expect(422);
    let enter = format!("/api/auth/workspaces/{}", owner.workspace);
    eve.put(&enter, &json!({})).await.expect(404);
    let profile = ben.put(&enter, &json!({})).await.expect(200);
    assert_eq!(profile.text("/role"), "reviewer");
    ben.get("/api/members").await.expect(200);
    let refused = ben.get("/api/keys").await.expect(403);
    assert!(refused.text("/detail").contains("reviewer"));
    let last = format!("/api/members/{}", owner.id);
    owner.delete(&last).await.expect(409);
    ben.delete(&last).await.expect(403);
    let ben_member = format!("/api/members/{}", ben.id);
    owner
        .put(&ben_member, &json!({ "role": "boss" }))
        .await
        .expect(422);
    owner
        .put(&ben_member, &json!({ "role": "owner" }))
        .await
        .expect(200);
    ben.get("/api/keys").await.expect(200);
    owner.delete(&last).await.expect(200);
    owner.get("/api/members").await.expect(401);
    eve.put(&ben_member, &json!({ "role": "reviewer" }))
        .await
        .expect(404);
}

async fn who_may_what_is_remembered_for_a_moment_and_a_change_is_seen_at_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let admin = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    let profile = async || anna.get("/api/auth/profile").await;
    profile().await.expect(200);
    // Through this server: at once, however lately it was asked.
    anna.put("/api/auth/profile", &json!({ "name": "Anna B" }))
        .await
        .expect(200);
    assert_eq!(profile().await.expect(200).text("/name"), "Anna B");
    let status = format!("/api/admin/users/{}/status", anna.id);
    for (word, code) in [("disabled", 401), ("active", 401)] {
        profile().await;
        admin.put(&status, &json!({ "status": word })).await.expect(200);
        profile().await.expect(code);
    }
    // Past this server, as the command line does it: at once where servers share a database, within a second where not.
    let ben = app.register("ben@example.com").await;
    ben.get("/api/auth/profile").await.expect(200);
    let id = domain::ids::UserId(ben.id.clone());
    app.store.set_user_admin(&id, true).await.unwrap();
    app.pass_ms(1_000);
    assert_eq!(
        ben.get("/api/auth/profile").await.expect(200).body["admin"],
        json!(true)
    );
}

async fn who_is_not_invited_does_not_register_where_that_is_asked(database: TestDatabase) {
    let mut app = TestApp::with(&database, |_| {}).await;
    app.register("anna@example.com").await;
    app.change(|config| config.registration_open = false);
    let body = json!({ "email": "ben@example.com", "password": "a long password" });
    let refused = app.nobody().post("/api/auth/register", &body).await.expect(403);
    assert_eq!(refused.text("/code"), "registration_closed");
    let anna = app.sign_in("anna@example.com").await;
    let invitation = json!({ "email": "ben@example.com", "role": "reviewer" });
    anna.post("/api/invitations", &invitation).await.expect(201);
    // Who only knows that the address is invited is not the one who got the letter.
    app.nobody().post("/api/auth/register", &body).await.expect(403);
    let token = app.mailed_token("ben@example.com");
    let body = json!({ "email": "ben@example.com", "password": "a long password", "invitation": token });
    let ben = app.nobody().post("/api/auth/register", &body).await.expect(201);
    let ben = app.nobody().with_token(&ben.text("/accessToken"));
    let balance = ben.get("/api/billing/balance").await.expect(200);
    assert_eq!(balance.body["available"], json!(0), "{}", balance.body);
}

async fn an_invitation_that_does_not_hold_makes_no_account(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    app.register("anna@example.com").await;
    app.change(|config| config.registration_open = false);
    let anna = app.sign_in("anna@example.com").await;
    let invite = async |email: &str| {
        let body = json!({ "email": email, "role": "reviewer" });
        let made = anna.post("/api/invitations", &body).await.expect(201);
        (made.text("/id"), app.mailed_token(email))
    };
    let register = async |email: &str, token: &str| {
        let body = json!({ "email": email, "password": "a long password", "invitation": token });
        app.nobody().post("/api/auth/register", &body).await
    };
    let refused = async |email: &str, token: &str, why: &str| {
        let answer = register(email, token).await;
        assert_eq!(answer.status, 403, "{email}, {why}: {:#}", answer.body);
        assert_eq!(answer.text("/code"), "registration_closed", "{email}, {why}");
    };
    let (_, replaced) = invite("ben@example.com").await;
    let (_, bens) = invite("ben@example.com").await;
    let (zoes, withdrawn) = invite("zoe@example.com").await;
    anna.delete(&format!("/api/invitations/{zoes}")).await.expect(200);
    let (_, late) = invite("max@example.com").await;
    for (email, token, why) in [
        ("ben@example.com", "", "no token"),
        ("ben@example.com", "made-up", "a token of nobody"),
        ("ben@example.com", replaced.as_str(), "a later one took its place"),
        ("ben@example.com", late.as_str(), "it is to another address"),
        ("eve@example.com", bens.as_str(), "it is to another address"),
        ("zoe@example.com", withdrawn.as_str(), "it was taken back"),
    ] {
        refused(email, token, why).await;
    }
    // A set-up link is no way round it.
    let body = json!({ "email": "eve@example.com", "password": "a long password", "setupToken": "made-up" });
    app.nobody().post("/api/auth/register", &body).await.expect(422);

    let ben = register("ben@example.com", &bens).await.expect(201);
    let ben = app.nobody().with_token(&ben.text("/accessToken"));
    ben.put("/api/auth/invitations", &json!({ "token": bens }))
        .await
        .expect(200);
    refused("ben@example.com", &bens, "it was used").await;
    app.pass_ms(7 * 24 * 3_600_000);
    refused("max@example.com", &late, "it is too old").await;

    for email in ["eve@example.com", "zoe@example.com", "max@example.com"] {
        let body = json!({ "email": email, "password": "a long password" });
        app.nobody().post("/api/auth/login", &body).await.expect(401);
    }
}
