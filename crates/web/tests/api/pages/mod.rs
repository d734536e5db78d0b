//! The pages, as a browser asks for them: every one answers, works without scripts, and shows nobody what is not theirs.

mod billing;
mod exports;
mod german;
mod models;
mod pictures;
mod retention;
mod review;
mod shoots;
mod workspace;

use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::{app::TestApp, browser::Browser, studio::End};

testkit::on_both_databases! {
    every_page_answers_and_needs_no_inline_code,
    who_is_not_signed_in_is_led_to_the_sign_in_page_and_back,
    another_tenant_s_pages_are_not_there,
    roles_see_their_pages_alone,
    a_refusal_of_its_own_keeps_its_words,
    the_link_of_an_invitation_leads_to_an_account_and_a_forged_one_does_not,
    a_form_that_is_wrong_is_shown_again_with_what_was_typed,
    a_button_that_is_pressed_twice_does_it_once,
    who_is_invited_is_asked_in_not_told_of_a_sign_out,
    the_numbers_beside_the_menu_follow_the_work,
}

/// A workspace with one of everything; the ids of its project, product, model, shoot and picture.
async fn filled(app: &TestApp, email: &str) -> [String; 5] {
    let anna = app.sign_in(email).await;
    let project = anna.project("Autumn core").await;
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
        format!("/shoots/{shoot}/unmade"),
        format!("/shoots/new?like={shoot}"),
        format!("/review/{shoot}"),
        format!("/review/{shoot}/{picture}"),
    ];
    fixed.into_iter().map(str::to_owned).chain(own).collect()
}

async fn every_page_answers_and_needs_no_inline_code(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
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
    Browser::register(&app, "anna@example.com").await;
    let nobody = Browser::new(&app);
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
    Browser::register(&app, "anna@example.com").await;
    let ids = filled(&app, "anna@example.com").await;
    let zoe = Browser::register(&app, "zoe@example.com").await;
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

async fn a_refusal_of_its_own_keeps_its_words(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    Browser::register(&app, "anna@example.com").await;
    app.change(|config| config.registration_open = false);
    let form = [
        ("email", "ben@example.com"),
        ("password", "a long password"),
        ("name", "Ben"),
    ];
    let refused = Browser::new(&app).send("POST", "/register", &form).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("open the link of your invitation"),
        "{}",
        refused.text
    );
}

async fn the_link_of_an_invitation_leads_to_an_account_and_a_forged_one_does_not(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    app.register("anna@example.com").await;
    app.change(|config| config.registration_open = false);
    let anna = app.sign_in("anna@example.com").await;
    let invitation = json!({ "email": "ben@example.com", "role": "reviewer" });
    anna.post("/api/invitations", &invitation).await.expect(201);
    let register = async |next: &str| {
        let form = [
            ("email", "ben@example.com"),
            ("password", "a long password"),
            ("name", "Ben"),
            ("next", next),
        ];
        Browser::new(&app).send("POST", "/register", &form).await
    };
    assert_eq!(register("/join?token=forged").await.status, 403);
    let link = format!("/join?token={}", app.mailed_token("ben@example.com"));
    let came = register(&link).await;
    assert_eq!(
        (came.status.as_u16(), came.location),
        (303, link),
        "{}",
        came.text
    );
}

async fn roles_see_their_pages_alone(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    app.register_member(&owner.client, "ben@example.com", "reviewer")
        .await;
    let ben = Browser::sign_in(&app, "ben@example.com").await;
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
    let boss = Browser::sign_in(&app, "admin@example.com").await;
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

async fn a_form_that_is_wrong_is_shown_again_with_what_was_typed(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
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

/// Where a form of a page is sent.
fn action(page: &str, begins: &str) -> String {
    let (_, rest) = page.split_once(&format!("action=\"{begins}")).expect(page);
    format!("{begins}{}", rest.split('"').next().unwrap())
}

async fn a_button_that_is_pressed_twice_does_it_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [.., shoot, picture] = filled(&app, "anna@example.com").await;
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "approve")]).await;
    for (path, begins, first, other) in [
        ("/exports", "/exports?", ("profile", "web"), ("profile", "etsy")),
        (
            "/billing",
            "/billing/checkout?",
            ("package", "pro"),
            ("package", "starter"),
        ),
    ] {
        let action = action(&anna.page(path).await, begins);
        let press = async |field: (&str, &str)| anna.send("POST", &action, &[field]).await;
        let (one, two) = tokio::join!(press(first), press(first));
        assert_eq!((one.status.as_u16(), two.status.as_u16()), (303, 303), "{path}");
        assert_eq!(one.location, two.location, "{path}");
        // What is chosen otherwise on the same page is another order.
        let three = press(other).await;
        assert_eq!(three.status, 303, "{path}: {}", three.text);
        assert_ne!(one.location, three.location, "{path}");
    }
    // Browsers mark the parts of files otherwise at every sending.
    let action = action(&anna.page("/imports").await, "/imports?");
    let mut imports = Vec::new();
    for (edge, sku) in [("edge1", "A1"), ("edge-two", "A1"), ("edge3", "A2")] {
        let body = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"products.csv\"\r\n\r\nsku,name\n{sku},Tee\n\r\n--{edge}--\r\n"
        );
        let kind = format!("multipart/form-data; boundary={edge}");
        let seen = anna.ask("POST", &action, &kind, body).await;
        assert_eq!(seen.status, 303, "{}", seen.text);
        imports.push(seen.location);
    }
    assert_eq!(imports[0], imports[1]);
    assert_ne!(imports[0], imports[2], "other files are another import");
}

async fn who_is_invited_is_asked_in_not_told_of_a_sign_out(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let nobody = Browser::new(&app);
    let seen = nobody.send("GET", "/join?token=abc", &[]).await;
    let page = nobody.page(&seen.location).await;
    assert!(
        page.contains("Sign in or register to join") && !page.contains("You were signed out"),
        "{page}"
    );
}

async fn the_numbers_beside_the_menu_follow_the_work(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let counts = async || {
        let counts = anna.page("/counts").await;
        serde_json::from_str::<Value>(&counts).unwrap()
    };
    let before = counts().await;
    assert_eq!(before["products"], "0");
    assert_eq!(before["undecided"], "0");
    filled(&app, "anna@example.com").await;
    let after = counts().await;
    assert_eq!(after["products"], "1");
    assert_eq!(after["undecided"], "2");
    let page = anna.page("/").await;
    for name in ["products", "models", "shoots", "undecided"] {
        let shown = format!("data-count=\"{name}\">{}</span>", after[name].as_str().unwrap());
        assert!(page.contains(&shown), "{shown}: {page}");
    }
    let workspace = format!("data-workspace=\"{}\"", after["workspace"].as_str().unwrap());
    assert!(page.contains(&workspace), "{workspace}");
    let seen = Browser::new(&app).send("GET", "/counts", &[]).await;
    assert!(seen.location.starts_with("/login"), "{}", seen.location);
}
