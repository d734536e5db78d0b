//! The pages, as a browser asks for them: every one answers, works without scripts, and shows nobody what is not theirs.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use domain::clock::Clock as _;
use http_body_util::BodyExt as _;
use serde_json::json;
use store::{
    blobs::Blobs as _,
    exports::{DeliveryEnd, ExportEnd, Parcel, report_key},
    targets::{Target, Targets},
};
use testkit::database::TestDatabase;

use crate::{app::TestApp, studio::End};

testkit::on_both_databases! {
    every_page_answers_and_needs_no_inline_code,
    who_is_not_signed_in_is_led_to_the_sign_in_page_and_back,
    another_tenant_s_pages_are_not_there,
    roles_see_their_pages_alone,
    a_form_that_is_wrong_is_shown_again_with_what_was_typed,
    a_shoot_s_form_is_kept_as_a_brand_preset_and_begun_from_it,
    a_person_registers_shoots_and_decides_without_scripts,
    a_doubted_picture_shows_where_its_product_differs,
    the_photos_of_a_person_are_compared_on_their_page,
    a_desk_s_decisions_are_saved_and_another_s_are_not_overruled_in_silence,
    an_export_is_ordered_watched_and_told_of,
    an_export_is_put_somewhere_and_stopped,
    credits_are_ordered_by_hand_and_packages_changed,
    retention_is_counted_set_and_told_of,
}

/// A browser: a cookie and what it accepts.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
}

/// What a browser got.
struct Seen {
    status: StatusCode,
    location: String,
    cookie: String,
    text: String,
}

impl Browser<'_> {
    async fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Seen {
        let mut body = String::new();
        for (name, value) in form {
            let value = value
                .replace('%', "%25")
                .replace('&', "%26")
                .replace('#', "%23")
                .replace('+', "%2B");
            let _ = write!(body, "{name}={value}&");
        }
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html,*/*")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &self.cookie)
            .body(Body::from(body))
            .unwrap();
        let response = self.app.open(request).await;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, location, cookie) = (response.status(), header("location"), header("set-cookie"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Seen {
            status,
            location,
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn page(&self, path: &str) -> String {
        let seen = self.send("GET", path, &[]).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        seen.text
    }
}

/// Registers somebody by the page.
async fn browser<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let nobody = Browser {
        app,
        cookie: String::new(),
    };
    let form = [
        ("email", email),
        ("password", "a long password"),
        ("name", "Anna Berg"),
    ];
    let seen = nobody.send("POST", "/register", &form).await;
    assert_eq!(
        (seen.status.as_u16(), seen.location.as_str()),
        (303, "/"),
        "{}",
        seen.text
    );
    Browser {
        app,
        cookie: seen.cookie,
    }
}

/// A workspace with one of everything; the ids of its project, product, model, shoot and picture.
async fn filled(app: &TestApp, email: &str) -> [String; 5] {
    let token = {
        let body = json!({ "email": email, "password": "a long password" });
        app.nobody()
            .post("/api/auth/login", &body)
            .await
            .expect(200)
            .text("/accessToken")
    };
    let anna = app.nobody().with_token(&token);
    let project = anna
        .post("/api/projects", &json!({ "name": "Autumn core" }))
        .await
        .expect(201)
        .text("/id");
    let product = anna.product("SW-QZ-03", Some(&project), &["front", "back"]).await;
    let model = anna.model("Jonas").await;
    let shoot = anna
        .shoot(&json!({ "projectId": project, "poses": ["FRONT", "BACK"] }))
        .await;
    assert_eq!(app.work(End::Done).await, 2);
    let picture = anna.pictures(&shoot).await[0]["id"].as_str().unwrap().to_owned();
    [project, product, model, shoot, picture]
}

fn paths([project, product, model, shoot, picture]: &[String; 5]) -> Vec<String> {
    let fixed = [
        "/",
        "/projects",
        "/projects?deleted=yes",
        "/products",
        "/products?view=table&filter=back",
        "/imports",
        "/models",
        "/shoots",
        "/shoots/new",
        "/exports",
        "/billing",
        "/billing?kind=grant",
        "/settings",
        "/settings/members",
        "/settings/keys",
        "/settings/webhooks",
        "/settings/presets",
        "/settings/checks",
        "/settings/retention",
    ];
    let own = [
        format!("/projects/{project}"),
        format!("/products/{product}"),
        format!("/models/{model}"),
        format!("/shoots/{shoot}"),
        format!("/shoots/new?like={shoot}"),
        format!("/review/{shoot}"),
        format!("/review/{shoot}/{picture}"),
    ];
    fixed.into_iter().map(str::to_owned).chain(own).collect()
}

async fn every_page_answers_and_needs_no_inline_code(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let ids = filled(&app, "anna@example.com").await;
    for path in paths(&ids) {
        let page = anna.page(&path).await;
        assert!(page.contains("<h1"), "{path} has no heading");
        for inline in [" style=\"", "<style", " onclick=", "javascript:"] {
            assert!(
                !page.contains(inline),
                "{path} has {inline}, which its policy forbids"
            );
        }
        for script in page.split("<script").skip(1) {
            assert!(
                script.starts_with(" type=\"module\" src=\"/assets/"),
                "{path} has a script of its own"
            );
        }
        assert!(page.len() < 120_000, "{path} has {} bytes", page.len());
    }
    let page = anna.page("/").await;
    let style = page
        .split("href=\"")
        .find(|rest| rest.starts_with("/assets/") && rest.contains("app.css"))
        .unwrap();
    let style = anna.send("GET", style.split('"').next().unwrap(), &[]).await;
    assert!(style.status.is_success() && style.text.contains("--paper"));
}

async fn who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    browser(&app, "anna@example.com").await;
    let nobody = Browser {
        app: &app,
        cookie: String::new(),
    };
    let seen = nobody.send("GET", "/products?view=table", &[]).await;
    assert_eq!(seen.location, "/login?again=1&next=%2Fproducts%3Fview%3Dtable");
    let wrong = [("email", "anna@example.com"), ("password", "not the password")];
    let seen = nobody.send("POST", "/login", &wrong).await;
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("anna@example.com") && !seen.text.contains("not the password"));
    let right = [
        ("email", "anna@example.com"),
        ("password", "a long password"),
        ("next", "/products?view=table"),
    ];
    assert_eq!(
        nobody.send("POST", "/login", &right).await.location,
        "/products?view=table"
    );
    for elsewhere in [
        "//evil.example.com",
        "/\\evil.example.com",
        "/\t/evil.example.com",
        "/\n/evil.example.com",
    ] {
        let form = [
            ("email", "anna@example.com"),
            ("password", "a long password"),
            ("next", elsewhere),
        ];
        assert_eq!(
            nobody.send("POST", "/login", &form).await.location,
            "/",
            "{elsewhere:?}"
        );
    }
    for old in [
        ("/dashboard", "/"),
        ("/auth", "/login"),
        ("/generate", "/shoots/new"),
    ] {
        assert_eq!(nobody.send("GET", old.0, &[]).await.location, old.1);
    }
}

async fn another_tenant_s_pages_are_not_there(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    browser(&app, "anna@example.com").await;
    let ids = filled(&app, "anna@example.com").await;
    let zoe = browser(&app, "zoe@example.com").await;
    let [project, product, model, shoot, picture] = &ids;
    let gets = [
        format!("/projects/{project}"),
        format!("/products/{product}"),
        format!("/models/{model}"),
        format!("/shoots/{shoot}"),
        format!("/shoots/{shoot}/live"),
        format!("/shoots/new?like={shoot}"),
        format!("/shoots/new?project={project}"),
        format!("/review/{shoot}"),
        format!("/review/{shoot}/index"),
        format!("/review/{shoot}/{picture}"),
        format!("/pictures/{picture}/thumb"),
        format!("/pictures/{picture}/full"),
        format!("/pictures/{picture}/source"),
    ];
    for path in gets {
        let seen = zoe.send("GET", &path, &[]).await;
        assert_eq!(seen.status, 404, "{path}");
        assert!(
            !seen.text.contains("SW-QZ-03") && !seen.text.contains("Autumn core"),
            "{path}"
        );
    }
    let posts = [
        format!("/projects/{project}"),
        format!("/projects/{project}/deletion"),
        format!("/products/{product}"),
        format!("/products/{product}/deletion"),
        format!("/models/{model}"),
        format!("/models/{model}/deletion"),
        format!("/models/{model}/consent"),
        format!("/shoots/{shoot}/cancellation"),
        format!("/review/{shoot}/{picture}"),
    ];
    for path in posts {
        let form = [
            ("name", "mine"),
            ("sku", "X"),
            ("scope", "all"),
            ("decision", "approve"),
        ];
        let seen = zoe.send("POST", &path, &form).await;
        assert_eq!(seen.status, 404, "{path}: {}", seen.text);
    }
}

async fn roles_see_their_pages_alone(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    app.register_member(&owner.client, "ben@example.com", "reviewer")
        .await;
    let nobody = Browser {
        app: &app,
        cookie: String::new(),
    };
    let form = [("email", "ben@example.com"), ("password", "a long password")];
    let cookie = nobody.send("POST", "/login", &form).await.cookie;
    let ben = Browser { app: &app, cookie };
    let entered = [("workspace", owner.workspace.as_str())];
    assert_eq!(ben.send("POST", "/workspace", &entered).await.status, 303);
    for (path, status) in [
        ("/", 200),
        ("/products", 200),
        ("/review", 200),
        ("/settings", 200),
        ("/exports", 200),
        ("/shoots/new", 403),
        ("/billing", 403),
        ("/settings/keys", 403),
        ("/settings/checks", 403),
        ("/settings/retention", 200),
        ("/admin", 403),
        ("/admin/users", 403),
        ("/admin/queue", 403),
        ("/admin/purchases", 403),
    ] {
        assert_eq!(ben.send("GET", path, &[]).await.status.as_u16(), status, "{path}");
    }
    assert_eq!(ben.send("POST", "/projects", &[("name", "X")]).await.status, 403);
    let retention = [("rejected", "30")];
    assert_eq!(
        ben.send("POST", "/settings/retention", &retention).await.status,
        403
    );
    let page = ben.page("/settings/retention").await;
    assert!(
        page.contains(" readonly") && !page.contains("formmethod"),
        "{page}"
    );
    assert_eq!(
        ben.send("POST", "/exports", &[("profile", "web")]).await.status,
        403
    );
    let admin = app.register_admin("admin@example.com").await;
    let form = [("email", "admin@example.com"), ("password", "a long password")];
    let cookie = nobody.send("POST", "/login", &form).await.cookie;
    let boss = Browser { app: &app, cookie };
    for path in [
        "/admin",
        "/admin?days=7",
        "/admin/users",
        "/admin/engines",
        "/admin/checks",
        "/admin/queue",
        "/admin/purchases",
    ] {
        boss.page(path).await;
    }
    let seen = boss
        .send(
            "POST",
            &format!("/admin/users/{}", admin.id),
            &[("status", "disabled")],
        )
        .await;
    assert_eq!(
        seen.status, 422,
        "the last who runs the platform stays: {}",
        seen.text
    );
}

async fn a_shoot_s_form_is_kept_as_a_brand_preset_and_begun_from_it(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    filled(&app, "anna@example.com").await;
    let form = [
        ("preset-name", "Web shop"),
        ("pose", "BACK"),
        ("background", "custom"),
        ("hex", "#EEEEDD"),
        ("resolution", "1500"),
        ("format", "png"),
        ("strict", "on"),
        ("prompt", "soft light"),
    ];
    for _ in 0..2 {
        // Kept again under the same name, it takes the place of the first.
        let kept = anna.send("POST", "/settings/presets", &form).await;
        assert_eq!(
            (kept.status.as_u16(), &*kept.location),
            (303, "/settings/presets?done=saved"),
            "{}",
            kept.text
        );
    }
    let list = anna.page("/settings/presets").await;
    assert_eq!(list.matches("/shoots/new?preset=").count(), 1, "{list}");
    for said in ["Web shop", "#EEEEDD", "1500", "PNG"] {
        assert!(list.contains(said), "{said}: {list}");
    }
    let at = list.find("/shoots/new?preset=").unwrap();
    let path = list[at..].split('"').next().unwrap();
    let begun = anna.page(path).await;
    for set in [
        "value=\"BACK\" checked",
        "value=\"custom\" checked",
        "value=\"1500\" selected",
        "value=\"png\" selected",
        "name=\"strict\" checked",
        "soft light",
        "#eeeedd",
    ] {
        assert!(begun.contains(set), "{set}: {begun}");
    }
    assert!(!begun.contains("value=\"FRONT\" checked"), "{begun}");
    let nameless = anna.send("POST", "/settings/presets", &form[1..]).await;
    assert_eq!(nameless.status, 422);
    let preset = path.rsplit('=').next().unwrap();
    let gone = anna
        .send("POST", &format!("/settings/presets/{preset}/deletion"), &[])
        .await;
    assert_eq!(gone.location, "/settings/presets?done=deleted");
    assert!(!anna.page("/settings/presets").await.contains("Web shop"));
}

async fn a_form_that_is_wrong_is_shown_again_with_what_was_typed(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let made = anna
        .send("POST", "/products", &[("sku", "A1"), ("name", "Tee")])
        .await;
    assert!(made.location.starts_with("/products/"), "{}", made.text);
    let twice = anna
        .send("POST", "/products", &[("sku", "a1"), ("name", "Heavy <tee>")])
        .await;
    assert_eq!(twice.status, 422);
    assert!(
        twice.text.contains("taken") && twice.text.contains("Heavy &#60;tee&#62;"),
        "{}",
        twice.text
    );
    let weak = [
        ("email", "new@example.com"),
        ("password", "short"),
        ("name", "Zoë"),
    ];
    let seen = anna.send("POST", "/register", &weak).await;
    assert!(
        seen.status == 422 && seen.text.contains("Zoë") && seen.text.contains("aria-invalid"),
        "{}",
        seen.text
    );
}

async fn a_person_registers_shoots_and_decides_without_scripts(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let [project, product, ..] = filled(&app, "anna@example.com").await;
    let page = anna.page(&format!("/shoots/new?project={project}")).await;
    assert!(page.contains("SW-QZ-03") && page.contains("class=\"pictogram\""));
    // FRONT and a close-up of three takes, at one credit each; WALKING needs a person and says so.
    let form = [
        ("product", product.as_str()),
        ("pose", "FRONT"),
        ("pose", "WALKING"),
        ("engine", "engine:studio"),
        ("background", "custom"),
        ("hex", "#E9E2D6"),
        ("resolution", "2000"),
        ("format", "webp"),
        ("extent", "all"),
        ("name", "By hand"),
    ];
    let plan = anna.send("POST", "/shoots/plan", &form).await;
    assert!(
        plan.text.contains("WALKING needs a person") && plan.text.contains("Start the shoot, 1 credit"),
        "{}",
        plan.text
    );
    let ordered = anna.send("POST", "/shoots", &form).await;
    let shoot = ordered
        .location
        .strip_prefix("/shoots/")
        .expect(&ordered.text)
        .to_owned();
    assert_eq!(app.work(End::Done).await, 1);
    let page = anna.page(&format!("/shoots/{shoot}")).await;
    assert!(page.contains("By hand") && page.contains("Review 1"));
    let desk = anna.page(&format!("/review/{shoot}")).await;
    let (_, rest) = desk.split_once(&format!("/review/{shoot}/")).unwrap();
    let picture = rest.split('"').next().unwrap();
    let decided = anna
        .send(
            "POST",
            &format!("/review/{shoot}/{picture}"),
            &[("decision", "approve")],
        )
        .await;
    assert_eq!(decided.location, format!("/review/{shoot}"));
    assert!(
        anna.page(&format!("/review/{shoot}/{picture}"))
            .await
            .contains("approved")
    );
    let bad = [
        ("product", product.as_str()),
        ("pose", "FRONT"),
        ("engine", "engine:studio"),
        ("seed", "12.5"),
        ("extent", "all"),
    ];
    let seen = anna.send("POST", "/shoots", &bad).await;
    assert!(
        seen.status == 422 && seen.text.contains("whole number") && seen.text.contains("12.5"),
        "{}",
        seen.text
    );
}

async fn a_doubted_picture_shows_where_its_product_differs(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let [_, product, _, passed_shoot, passed] = filled(&app, "anna@example.com").await;
    let sign_in = json!({ "email": "anna@example.com", "password": "a long password" });
    let token = app.nobody().post("/api/auth/login", &sign_in).await.expect(200);
    let api = app.nobody().with_token(&token.text("/accessToken"));
    let shoot = api
        .shoot(&json!({ "productIds": [product], "poses": ["FRONT"] }))
        .await;
    assert_eq!(app.work(End::Doubtful).await, 1);
    let picture = api.pictures(&shoot).await[0]["id"].as_str().unwrap().to_owned();

    let path = format!("/pictures/{picture}/heatmap?try=1");
    let seen = anna.send("GET", &path, &[]).await;
    assert_eq!((seen.status.as_u16(), seen.text.as_str()), (200, "warm"));
    let page = anna.page(&format!("/review/{shoot}/{picture}")).await;
    assert!(page.contains(&path) && page.contains("yellow a little"), "{page}");
    let details = anna.page(&format!("/review/{shoot}/details?ids={picture}")).await;
    let details: serde_json::Value = serde_json::from_str(&details).unwrap();
    assert_eq!(details[0]["tries"][0]["heatmap"], json!(path));
    let told = api.get(&format!("/api/generate/{picture}")).await.expect(200);
    assert!(told.text("/attempts/0/heatmapUrl").starts_with("/api/media/"));

    // One that passed has none.
    let page = anna.page(&format!("/review/{passed_shoot}/{passed}")).await;
    assert!(!page.contains("/heatmap"), "{page}");
    let told = api.get(&format!("/api/generate/{passed}")).await.expect(200);
    assert_eq!(told.body["attempts"][0]["heatmapUrl"], json!(null));
    for none in [
        format!("/pictures/{passed}/heatmap"),
        format!("/pictures/{picture}/heatmap?try=2"),
        format!("/pictures/{picture}/heatmap?try=0"),
    ] {
        assert_eq!(anna.send("GET", &none, &[]).await.status, 404, "{none}");
    }
    let zoe = browser(&app, "zoe@example.com").await;
    assert_eq!(zoe.send("GET", &path, &[]).await.status, 404);
}

async fn the_photos_of_a_person_are_compared_on_their_page(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let [_, _, model, ..] = filled(&app, "anna@example.com").await;
    let path = format!("/models/{model}");
    let page = anna.page(&path).await;
    assert!(
        !page.contains("Similarity of the photos"),
        "one photo is like none"
    );
    let sign_in = json!({ "email": "anna@example.com", "password": "a long password" });
    let token = app.nobody().post("/api/auth/login", &sign_in).await.expect(200);
    let api = app.nobody().with_token(&token.text("/accessToken"));
    let photos = format!("/api/models/{model}/photos");
    for photo in ["Jonas from the side", "dark"] {
        api.file("POST", &photos, photo.as_bytes()).await.expect(201);
    }
    // The first photo came before the consent, and is looked at again by and by.
    api.delete(&format!("{photos}/1")).await.expect(200);
    let page = anna.page(&path).await;
    assert!(page.contains("The photos are not compared"), "{page}");
    for photo in ["Jonas in front", "stranger"] {
        api.file("POST", &photos, photo.as_bytes()).await.expect(201);
    }
    let page = anna.page(&path).await;
    for said in [
        "Photo 5 looks like another person: remove it or check it.",
        "Below 0.50 two photos look like two people",
        "<td data-unlike>0.12 <span>unlike</span></td>",
        "<td>0.83</td>",
        "<td>–</td>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    api.delete(&format!("{photos}/5")).await.expect(200);
    assert!(anna.page(&path).await.contains("look like one person"));
}

async fn a_desk_s_decisions_are_saved_and_another_s_are_not_overruled_in_silence(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let [.., shoot, picture] = filled(&app, "anna@example.com").await;
    let ben = app.register("ben@example.com").await;
    let form = [("email", "ben@example.com"), ("role", "reviewer")];
    assert_eq!(
        anna.send("POST", "/settings/members", &form).await.location,
        "/settings/members?done=invited"
    );
    ben.put(
        "/api/auth/invitations",
        &json!({ "token": app.mailed_token("ben@example.com") }),
    )
    .await
    .expect(200);
    let owners = anna.page("/settings/members").await;
    assert!(owners.contains("ben@example.com"));
    let decide = async |entries: serde_json::Value| {
        let request = Request::builder()
            .method("POST")
            .uri(format!("/review/{shoot}/decisions"))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &anna.cookie)
            .body(Body::from(json!({ "entries": entries }).to_string()))
            .unwrap();
        app.send(request).await.expect(200).body
    };
    let entry = |seq: u32, decision: &str, seen: Option<&str>, over: bool| json!({ "seq": seq, "id": picture, "decision": decision, "seen": seen, "over": over });
    let saved = decide(json!([entry(1, "approve", None, false)])).await;
    assert_eq!(
        (&saved[0]["state"], &saved[0]["review"]),
        (&json!("saved"), &json!("approved"))
    );
    let unknown = decide(json!([{ "seq": 2, "id": "nobody-s", "decision": "approve", "seen": null }])).await;
    assert_eq!(unknown[0]["state"], "refused");
    let workspace = {
        let profile = app
            .nobody()
            .post(
                "/api/auth/login",
                &json!({ "email": "anna@example.com", "password": "a long password" }),
            )
            .await;
        profile.expect(200).text("/user/workspaceId")
    };
    ben.put(&format!("/api/auth/workspaces/{workspace}"), &json!({}))
        .await
        .expect(200);
    let review = format!("/api/generations/{picture}/review");
    ben.post(&review, &json!({ "decision": "reject", "reason": "print" }))
        .await
        .expect(200);
    let conflict = decide(json!([entry(3, "approve", Some("approved"), false)])).await;
    assert_eq!(
        (&conflict[0]["state"], &conflict[0]["review"]),
        (&json!("conflict"), &json!("rejected"))
    );
    let overruled = decide(json!([entry(4, "approve", Some("rejected"), true)])).await;
    assert_eq!(overruled[0]["review"], "approved");
}

/// Chosen on the page, put there file by file, told of; and one that is stopped.
async fn an_export_is_put_somewhere_and_stopped(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        let shop = Target {
            name: "shop".to_owned(),
            address: "/nowhere/{workspace}".to_owned(),
            workspaces: vec![],
        };
        let clock = Arc::new(crate::app::TestClock::default());
        config.targets = Arc::new(Targets::new(vec![shop], "memory:", clock).unwrap());
    })
    .await;
    let anna = browser(&app, "anna@example.com").await;
    let [_, _, _, shoot, picture] = filled(&app, "anna@example.com").await;
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "approve")]).await;
    assert!(
        anna.page("/exports")
            .await
            .contains("<option value=\"shop\">shop</option>")
    );
    let wrong = [("profile", "web"), ("target", "/etc"), ("as", "files")];
    let refused = anna.send("POST", "/exports", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("use shop"), "{}", refused.text);
    let order = [("profile", "web"), ("target", "shop"), ("as", "files")];
    let sent = anna.send("POST", "/exports", &order).await;
    assert_eq!(sent.status, 303, "{}", sent.text);

    // The worker, by hand.
    let id = sent.location.rsplit('/').next().unwrap();
    app.store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    let parcel = |path: &str| Parcel {
        path: path.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
    };
    let parcels = [parcel("web/a.webp"), parcel("web/b.webp")];
    assert!(app.store.plan_parcels(id, "t", &parcels).await.unwrap());
    let end = DeliveryEnd::Failed("the shop is full".to_owned());
    assert!(app.store.end_parcel(id, "t", "web/b.webp", &end).await.unwrap());
    let end = DeliveryEnd::Delivered(7);
    assert!(app.store.end_parcel(id, "t", "web/a.webp", &end).await.unwrap());
    assert!(
        anna.page(&sent.location)
            .await
            .contains("1 of 2 files is delivered")
    );
    let end = ExportEnd::Done {
        file: "exports/w/a.zip".to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        expires_ms: app.clock.now_ms() + 60_000,
    };
    assert!(app.store.end_export(id, "t", &end, 5).await.unwrap());
    let page = anna.page(&sent.location).await;
    for said in ["What is not at shop", "web/b.webp", "the shop is full"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("/cancellation"), "it has ended");

    let sent = anna.send("POST", "/exports", &order).await;
    let cancellation = format!("{}/cancellation", sent.location);
    assert!(anna.page(&sent.location).await.contains(&cancellation));
    for _ in 0..2 {
        let stopped = anna.send("POST", &cancellation, &[]).await;
        assert_eq!(stopped.status, 303, "{}", stopped.text);
        assert_eq!(stopped.location, sent.location);
    }
    assert!(anna.page(&sent.location).await.contains("It was stopped"));
    assert!(app.store.claim_export("t", i64::MAX, 0).await.unwrap().is_none());
}

async fn an_export_is_ordered_watched_and_told_of(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = browser(&app, "anna@example.com").await;
    let [_, _, _, shoot, picture] = filled(&app, "anna@example.com").await;
    let ordered = [("shoot", "all"), ("profile", "amazon"), ("profile", "web")];
    let refused = anna.send("POST", "/exports", &ordered).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("nothing is approved yet"),
        "{}",
        refused.text
    );
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "approve")]).await;
    let misnamed = [
        ("shoot", shoot.as_str()),
        ("profile", "web"),
        ("naming", "{pose}"),
    ];
    let refused = anna.send("POST", "/exports", &misnamed).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"{pose}\""), "what was typed stays");
    let sent = anna.send("POST", "/exports", &ordered).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert!(anna.page(&sent.location).await.contains("It waits for its turn"));

    // The worker, by hand.
    let id = sent.location.rsplit('/').next().unwrap();
    let held = app.store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    assert_eq!(held.id, id);
    app.store.tell_export(id, "t", [2, 1, 0], i64::MAX).await.unwrap();
    assert!(
        anna.page(&sent.location)
            .await
            .contains("1 of 2 files is rendered")
    );
    let file = "exports/w/a.zip";
    let packed = json!({
        "version": 1, "generator": "photogen", "profiles": ["amazon", "web"], "remarks": ["one picture is gone"],
        "files": [exported("amazon", false), exported("web", true)],
    });
    app.blobs.put(file, "a zip".into()).await.unwrap();
    app.blobs
        .put(&report_key(file), packed.to_string().into())
        .await
        .unwrap();
    let end = ExportEnd::Done {
        file: file.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        expires_ms: app.clock.now_ms() + 60_000,
    };
    app.store.tell_export(id, "t", [2, 2, 1], i64::MAX).await.unwrap();
    assert!(app.store.end_export(id, "t", &end, 5).await.unwrap());
    let page = anna.page(&sent.location).await;
    for said in [
        "1 of 2 files meets",
        "1 of 1 files meets its rules",
        "0 of 1 files meet its rules",
        "fill: 62 % (85 %)",
        "one picture is gone",
        "/api/media/",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(anna.page("/exports").await.contains("1 of 2 files meets"));
    let zoe = browser(&app, "zoe@example.com").await;
    assert_eq!(zoe.send("GET", &sent.location, &[]).await.status, 404);
    app.pass_ms(60_001);
    let page = anna.page(&sent.location).await;
    assert!(page.contains("kept long enough") && !page.contains("/api/media/"));
}

/// A file of an archive, as its manifest tells of it.
fn exported(profile: &str, passes: bool) -> serde_json::Value {
    let outcome = if passes { "passed" } else { "failed" };
    json!({
        "path": format!("{profile}/TS-1.jpg"), "profile": profile, "sku": "TS-1", "name": null, "pose": "FRONT", "take": 1, "number": 1,
        "alt": "a shirt", "bytes": 9, "sha256": "ab", "width": 9, "height": 9, "format": "jpeg", "digital_source_type": "x",
        "provenance": "none", "passes": passes,
        "checks": [{ "name": "fill", "outcome": outcome, "found": "62 %", "wanted": "85 %" }],
        "notes": [], "verdicts": [], "recipe": {}, "source_sha256": "cd",
    })
}

async fn credits_are_ordered_by_hand_and_packages_changed(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    app.register_admin("anna@example.com").await;
    let nobody = Browser {
        app: &app,
        cookie: String::new(),
    };
    let form = [("email", "anna@example.com"), ("password", "a long password")];
    let cookie = nobody.send("POST", "/login", &form).await.cookie;
    let anna = Browser { app: &app, cookie };
    let page = anna.page("/billing").await;
    assert!(
        page.contains("9.99 USD") && page.contains("10 credits are left"),
        "{page}"
    );
    let bought = anna
        .send("POST", "/billing/checkout", &[("package", "pro")])
        .await;
    assert!(
        bought.location.starts_with("/billing?purchase="),
        "{}",
        bought.location
    );
    let page = anna.page(&bought.location).await;
    assert!(page.contains("You get an invoice"), "{page}");
    let id = bought
        .location
        .trim_start_matches("/billing?purchase=")
        .trim_end_matches("&go");
    assert!(anna.page("/admin/purchases").await.contains(id));
    let settled = anna.send("POST", &format!("/admin/purchases/{id}"), &[]).await;
    assert_eq!(settled.location, "/admin/purchases?done=saved");
    assert!(
        anna.page(&bought.location)
            .await
            .contains("The credits are there")
    );
    let wrong = [
        ("id0", "x"),
        ("name0", "X"),
        ("credits0", "0"),
        ("price0", "100"),
        ("currency0", "usd"),
    ];
    assert_eq!(anna.send("POST", "/admin/purchases", &wrong).await.status, 422);
    let right = [
        ("id0", "big"),
        ("name0", "Big"),
        ("credits0", "9"),
        ("price0", "100"),
        ("currency0", "EUR"),
    ];
    assert_eq!(anna.send("POST", "/admin/purchases", &right).await.status, 303);
    let page = anna.page("/billing").await;
    assert!(page.contains("1.00 EUR") && !page.contains("Starter"), "{page}");
    assert_eq!(
        anna.send("POST", "/billing/checkout", &[("package", "pro")])
            .await
            .status,
        422
    );
}

async fn retention_is_counted_set_and_told_of(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let email = "anna@example.com";
    let anna = browser(&app, email).await;
    let [.., shoot, picture] = filled(&app, email).await;
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "reject")]).await;
    app.pass_ms(8 * 24 * 3_600_000);
    let form = [("email", email), ("password", "a long password")];
    let cookie = anna.send("POST", "/login", &form).await.cookie;
    let anna = Browser { app: &app, cookie };

    // Nothing goes before it is set; what would go is counted.
    let page = anna.page("/settings/retention").await;
    assert!(page.contains("placeholder=\"for ever\""), "{page}");
    let page = anna
        .page("/settings/retention?candidates=7&rejected=7&biometric=")
        .await;
    assert!(page.contains("The files of 1 picture would go now."), "{page}");
    assert!(page.contains("name=\"rejected\" type=\"number\" min=\"1\" max=\"3650\""));
    let page = anna.page("/settings/retention?rejected=9").await;
    assert!(!page.contains("of 1 picture"), "{page}");

    for wrong in ["0", "-1", "99999", "banana"] {
        let seen = anna
            .send("POST", "/settings/retention", &[("rejected", wrong)])
            .await;
        assert_eq!(seen.status, 422, "{wrong}");
        assert!(
            seen.text.contains(&format!("value=\"{wrong}\"")) && seen.text.contains("from 1 to 3650"),
            "{}",
            seen.text
        );
    }
    let seen = anna
        .send(
            "POST",
            "/settings/retention",
            &[("rejected", "7"), ("biometric", "")],
        )
        .await;
    assert_eq!(
        seen.location, "/settings/retention?done=retention",
        "{}",
        seen.text
    );
    let page = anna.page(&seen.location).await;
    assert!(page.contains("value=\"7\"") && page.contains("What is older goes within the hour"));

    web::upkeep::once(&app.app).await.unwrap();
    let page = anna.page(&format!("/shoots/{shoot}")).await;
    assert!(
        page.contains("data-state=\"removed\"") && page.contains("file removed"),
        "{page}"
    );
    assert!(
        !anna
            .page(&format!("/review/{shoot}?show=all"))
            .await
            .contains(&picture)
    );
    let page = anna.page(&review).await;
    assert!(
        page.contains("only for some time") && !page.contains("/full?"),
        "{page}"
    );
    let seen = anna.send("GET", &format!("/pictures/{picture}/thumb"), &[]).await;
    assert_eq!(seen.status, 404);
    let seen = anna.send("POST", &review, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422, "{}", seen.text);
    assert!(seen.text.contains("nothing to approve"), "{}", seen.text);
}
