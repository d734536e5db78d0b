//! The form of a shoot, and what becomes of it.

use testkit::database::TestDatabase;

use super::filled;
use crate::{app::TestApp, browser::Browser, studio::End};

testkit::on_both_databases! {
    a_shoot_s_form_is_kept_as_a_brand_preset_and_begun_from_it,
    a_person_registers_shoots_and_decides_without_scripts,
    a_shoot_that_is_ordered_twice_at_once_is_one,
    what_a_form_cannot_hold_is_said_at_its_field,
    names_of_settings_are_for_who_can_set_them,
    who_has_too_few_credits_reads_where_there_are_more,
}

/// A shoot of one picture.
fn order<'a>(product: &'a str, more: (&'a str, &'a str)) -> [(&'a str, &'a str); 6] {
    [
        ("product", product),
        ("pose", "FRONT"),
        ("engine", "engine:studio"),
        ("background", "white"),
        ("extent", "all"),
        more,
    ]
}

async fn a_shoot_that_is_ordered_twice_at_once_is_one(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, ..] = filled(&app, "anna@example.com").await;
    let form = order(&product, ("key", "press-1"));
    let (first, second) = tokio::join!(
        anna.send("POST", "/shoots", &form),
        anna.send("POST", "/shoots", &form)
    );
    let third = anna.send("POST", "/shoots", &form).await;
    for seen in [&first, &second, &third] {
        assert_eq!(seen.status, 303, "{}", seen.text);
        assert_eq!(seen.location, first.location);
    }
    assert!(first.location.starts_with("/shoots/"), "{}", first.location);
    assert_eq!(app.work(End::Done).await, 1);
}

async fn what_a_form_cannot_hold_is_said_at_its_field(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, ..] = filled(&app, "anna@example.com").await;
    let named = anna
        .send("POST", "/shoots", &order(&product, ("name", "Spring\0")))
        .await;
    assert_eq!(named.status, 422, "{}", named.text);
    let (_, field) = named.text.split_once("name=\"name\"").expect(&named.text);
    let field = field.split("</div>").next().unwrap();
    assert!(
        field.contains("aria-invalid") && field.contains("control characters do not belong here"),
        "{field}"
    );
    let unknown = anna
        .send("POST", "/shoots", &order("a\0b", ("name", "Spring")))
        .await;
    assert_eq!(unknown.status, 422, "{}", unknown.text);
}

async fn names_of_settings_are_for_who_can_set_them(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    owner.product("TS-1", None, &["front"]).await;
    let page = Browser::sign_in(&app, "owner@example.com")
        .await
        .page("/shoots/new")
        .await;
    assert!(page.contains("KEYLESS_API_KEY"), "{page}");
    let editor = app
        .register_member(&owner.client, "ben@example.com", "editor")
        .await;
    let mut ben = Browser::sign_in(&app, "ben@example.com").await;
    let entered = [("workspace", owner.workspace.as_str())];
    assert_eq!(ben.send("POST", "/workspace", &entered).await.status, 303);
    let page = ben.page("/shoots/new").await;
    assert!(
        page.contains("ask your operator") && !page.contains("KEYLESS_API_KEY"),
        "{page}"
    );
    ben.cookie.push_str("; photogen-look=.de");
    let page = ben.page("/shoots/new").await;
    assert!(
        page.contains("line\">Sie ist hier nicht eingerichtet; fragen Sie Ihren Betreiber"),
        "{page}"
    );
    let engines = editor.get("/api/engines").await.expect(200).body.to_string();
    assert!(
        engines.contains("ask your operator") && !engines.contains("KEYLESS_API_KEY"),
        "{engines}"
    );
}

async fn a_shoot_s_form_is_kept_as_a_brand_preset_and_begun_from_it(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
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

async fn a_person_registers_shoots_and_decides_without_scripts(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
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
    let (_, rest) = desk.split_once(&format!("<a href=\"/review/{shoot}/")).unwrap();
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

async fn who_has_too_few_credits_reads_where_there_are_more(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 0).await;
    let owner = app.register("owner@example.com").await;
    let product = owner.product("TS-1", None, &["front"]).await;
    app.register_member(&owner.client, "ben@example.com", "editor")
        .await;
    let anna = Browser::sign_in(&app, "owner@example.com").await;
    let ben = Browser::sign_in(&app, "ben@example.com").await;
    let entered = [("workspace", owner.workspace.as_str())];
    assert_eq!(ben.send("POST", "/workspace", &entered).await.status, 303);
    let asked = order(&product, ("name", "Spring"));
    let plan = anna.send("POST", "/shoots/plan", &asked).await.text;
    assert!(
        plan.contains("you have 0 free") && plan.contains("<a href=\"/billing\">Buy credits</a>"),
        "{plan}"
    );
    let plan = ben.send("POST", "/shoots/plan", &asked).await.text;
    assert!(
        plan.contains("<a href=\"/settings/members\">Ask an owner for more</a>")
            && !plan.contains("href=\"/billing\""),
        "{plan}"
    );
}
