//! Pages in German: nothing on them stands in English but what people wrote.

use axum::http::Method;
use serde_json::json;
use testkit::database::TestDatabase;

use super::{filled, paths};
use crate::{app::TestApp, browser::Browser, imports, studio::End};

testkit::on_both_databases! {
    pages_in_german_show_no_english,
    pages_of_the_platform_in_german_show_no_english,
    forms_and_reports_in_german_say_in_german_what_is_wrong,
    numbers_in_german_have_a_comma_and_credits_one_name,
    letters_are_in_the_language_of_who_asked_for_them,
    what_the_api_refuses_a_script_of_a_page_is_told_in_german,
}

/// Words that hardly an English sentence does without, and that German does not have.
const ENGLISH: [&str; 6] = ["the", "of", "not", "is", "and", "with"];

fn to_german(browser: &mut Browser<'_>) {
    browser.cookie.push_str("; photogen-look=.de");
}

/// What a page shows or reads aloud: its text but for code, and the words in attributes.
fn shown(page: &str) -> Vec<&str> {
    let mut shown = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        for name in [" title=\"", " alt=\"", " aria-label=\"", " placeholder=\""] {
            let values = tag.split(name).skip(1);
            shown.extend(values.filter_map(|value| value.split('"').next()));
        }
        if !tag.starts_with("code") {
            shown.push(text);
        }
    }
    shown
}

#[track_caller]
fn demand_german(path: &str, page: &str) {
    assert!(page.contains("<html lang=\"de\""), "{path}");
    for text in shown(page) {
        let mut words = text.split(|c: char| !c.is_alphabetic());
        let english = words.find(|word| ENGLISH.contains(word));
        assert_eq!(english, None, "{path}: {text}");
    }
}

async fn pages_in_german_show_no_english(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = Browser::register(&app, "anna@example.com").await;
    to_german(&mut anna);
    let ids = filled(&app, "anna@example.com").await;
    let [project, product, ..] = &ids;
    let api = app.sign_in("anna@example.com").await;
    let mut paths = paths(&ids);
    let mut made = Vec::new();
    for end in [End::Rejected, End::Doubtful, End::Failed] {
        let order = json!({ "productIds": [product], "poses": ["FRONT", "LEFT"], "engine": "studio" });
        let shoot = api.shoot(&order).await;
        assert_eq!(app.work(end).await, 1);
        let pictures = api.pictures(&shoot).await;
        let front = pictures.iter().find(|one| one["pose"] == "FRONT").unwrap();
        paths.push(format!("/shoots/{shoot}"));
        made.push(format!("/review/{shoot}/{}", front["id"].as_str().unwrap()));
    }
    let plan = format!("/shoots/new?project={project}");
    paths.extend(made.iter().chain([&plan]).cloned());
    for path in paths {
        demand_german(&path, &anna.page(&path).await);
    }
    let plan = anna.page(&plan).await;
    for said in [
        "Die Pose „Gehend“ braucht eine Person",
        "OpenAI Images: liest viele Fotos",
    ] {
        assert!(plan.contains(said), "{said}: {plan}");
    }
    let sent_back = anna.page(&made[0]).await;
    assert!(
        sent_back.contains("der Druck oben links fehlt oder ist entstellt"),
        "{sent_back}"
    );
}

async fn pages_of_the_platform_in_german_show_no_english(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    app.register_admin("admin@example.com").await;
    let mut boss = Browser::sign_in(&app, "admin@example.com").await;
    to_german(&mut boss);
    for path in [
        "/admin",
        "/admin/users",
        "/admin/engines",
        "/admin/checks",
        "/admin/queue",
        "/admin/purchases",
    ] {
        demand_german(path, &boss.page(path).await);
    }
}

async fn forms_and_reports_in_german_say_in_german_what_is_wrong(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = Browser::register(&app, "anna@example.com").await;
    to_german(&mut anna);
    let long = "x".repeat(101);
    for (path, form, said) in [
        (
            "/products",
            [("sku", ""), ("name", "Tee")],
            "Schreiben Sie hier etwas",
        ),
        (
            "/products",
            [("sku", long.as_str()), ("name", "Tee")],
            "Höchstens 100 Zeichen; dies sind 101",
        ),
        (
            "/products",
            [("sku", "A\u{200b}1"), ("name", "Tee")],
            "Die SKU enthält „U+200B“",
        ),
        (
            "/settings/members",
            [("email", "nobody"), ("role", "editor")],
            "Das ist keine E-Mail-Adresse",
        ),
        (
            "/settings/webhooks",
            [("url", "http://a.example"), ("event", "")],
            "Die Adresse eines Webhooks beginnt mit https://",
        ),
        (
            "/exports",
            [("profile", "web"), ("shoot", "all")],
            "Noch ist nichts angenommen",
        ),
    ] {
        let seen = anna.send("POST", path, &form).await;
        assert_eq!(seen.status, 422, "{path}: {}", seen.text);
        assert!(seen.text.contains(said), "{path}: {said}: {}", seen.text);
        demand_german(path, &seen.text);
    }
    let table: &[u8] = b"sku,view,file\nA1,upside down,\n,front,\n";
    let api = app.sign_in("anna@example.com").await;
    let sent = api
        .form("/api/products/import?dry_run=true", &[("products.csv", table)])
        .await
        .expect(202);
    let import = sent.text("/importId");
    imports::ended(&api, &import).await;
    let path = format!("/imports/{import}?show=all");
    let report = anna.page(&path).await;
    demand_german(&path, &report);
    let table = anna.page(&format!("/imports/{import}/report.csv")).await;
    assert!(
        table.starts_with("\u{feff}Nummer;Art;SKU;Datei;Zeile;Ansicht;Ergebnis;Hinweis\n"),
        "{table}"
    );
    let first = table.lines().nth(1).unwrap();
    assert!(first.starts_with("1;\""), "{first}");
    let mut words = table.split(|c: char| !c.is_alphabetic());
    assert_eq!(words.find(|word| ENGLISH.contains(word)), None, "{table}");
    for said in ["„upside down“ ist keine Ansicht", "Weder SKU noch Datei"] {
        assert!(report.contains(said), "{said}: {report}");
        assert!(table.contains(said), "{said}: {table}");
    }
}

async fn numbers_in_german_have_a_comma_and_credits_one_name(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = Browser::register(&app, "anna@example.com").await;
    to_german(&mut anna);
    let billing = anna.page("/billing").await;
    assert!(billing.contains("9,99 USD"), "{billing}");
    let checks = anna.page("/settings/checks").await;
    for said in [
        "jetzt 0,5<",
        "Versuch 0,5<",
        "0,5 nehmen",
        "Menschen haben keines davon abgelehnt.",
        "name=\"value\" value=\"0.5\"",
    ] {
        assert!(checks.contains(said), "{said}: {checks}");
    }
    let plan = anna.page("/shoots/new").await;
    assert!(
        plan.contains("10 Guthaben frei") && !plan.contains("Punkt"),
        "{plan}"
    );
}

#[track_caller]
fn demand_letter(app: &TestApp, to: &str, subject: &str, said: &str) {
    let letter = app.letter_to(to);
    assert_eq!(letter.subject, subject);
    assert!(
        letter.body.starts_with(said) && letter.body.contains("token="),
        "{}",
        letter.body
    );
}

async fn letters_are_in_the_language_of_who_asked_for_them(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = Browser::new(&app);
    to_german(&mut anna);
    let form = [
        ("email", "anna@example.com"),
        ("password", "a long password"),
        ("name", "Anna Berg"),
    ];
    let seen = anna.send("POST", "/register", &form).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    anna.cookie = seen.cookie;
    to_german(&mut anna);
    demand_letter(
        &app,
        "anna@example.com",
        "Bestätigen Sie Ihre Adresse",
        "Bestätigen Sie, dass diese Adresse Ihnen gehört:",
    );
    let home = anna.page("/").await;
    assert!(home.contains("Arbeitsbereich von Anna Berg"), "{home}");

    let invited = [("email", "ben@example.com"), ("role", "reviewer")];
    let seen = anna.send("POST", "/settings/members", &invited).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    demand_letter(
        &app,
        "ben@example.com",
        "Sie sind eingeladen",
        "Anna Berg lädt Sie ein, in Arbeitsbereich von Anna Berg als Prüfer mitzuarbeiten:",
    );

    let asked = [("email", "anna@example.com")];
    let seen = anna.send("POST", "/password-reset", &asked).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let said = "Wählen Sie innerhalb einer Stunde ein neues Passwort:";
    demand_letter(&app, "anna@example.com", "Ein neues Passwort", said);

    // Programs say it in a header; who says nothing is written to in English.
    let asked = json!({ "email": "anna@example.com" });
    let path = "/api/auth/password-resets";
    app.nobody().post(path, &asked).await.expect(202);
    let english = "Choose a new password within an hour:";
    demand_letter(&app, "anna@example.com", "A new password", english);
    let german = [("accept-language", "de-AT,en;q=0.5")];
    let answer = app.nobody().call(Method::POST, path, Some(&asked), &german).await;
    answer.expect(202);
    demand_letter(&app, "anna@example.com", "Ein neues Passwort", said);
}

async fn what_the_api_refuses_a_script_of_a_page_is_told_in_german(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let script = [
        ("accept-language", "de"),
        ("content-type", "application/octet-stream"),
        ("x-told", "1"),
    ];
    let path = "/api/uploads?name=a.jpg";
    let refused = anna.raw(Method::POST, path, &script, "").await.expect(422);
    assert_eq!(refused.text("/detail"), "die Datei ist leer");
    // To programs the API speaks English, whatever their language.
    let refused = anna.raw(Method::POST, path, &script[..2], "").await.expect(422);
    assert_eq!(refused.text("/detail"), "file: the file is empty");
}
