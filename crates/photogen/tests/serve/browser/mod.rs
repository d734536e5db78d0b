//! The studio in a real browser: Debian's Chromium, driven by its chromedriver.
mod desk;
mod driver;
mod heatmap;
mod session;
mod sizes;

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::service::{self, Service};
use driver::{Driver, Look, Window};

const LOOKS: [Look; 3] = [
    Look {
        name: "light-1440",
        dark: false,
        width: 1440,
    },
    Look {
        name: "dark-1440",
        dark: true,
        width: 1440,
    },
    Look {
        name: "light-360",
        dark: false,
        width: 360,
    },
];

/// The shoot whose page is open has made its pictures.
const DONE: &str = "document.getElementById('live-state')?.dataset.shootState === 'done'";

/// A folder in which screens are kept, to be looked at.
fn screens() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens")
}

/// axe-core, which `.ci/run` fetches; `None`, said so, where it is not here.
fn axe() -> Option<String> {
    let path = testkit::repository().join("target/axe/node_modules/axe-core/axe.min.js");
    let found = std::fs::read_to_string(path);
    if found.is_err() {
        let _ = std::io::stderr()
            .write_all(b"skipped: no axe-core in target/axe; accessibility is not looked at\n");
    }
    found.ok()
}

/// A service, a driver, and a window of somebody who has just registered; none where something is not here.
async fn begun() -> Option<(Service, Driver, Window)> {
    let driver = Driver::start()?;
    let service = Service::on_sqlite(&[])?;
    let anna = driver.window(service.url(), "anna").await;
    anna.go("/register").await;
    anna.fill("#name", "Anna Berg").await;
    anna.fill("#email", "anna@example.com").await;
    anna.fill("#password", "a long password").await;
    anna.press("main form button").await;
    anna.until("location.pathname === '/'").await;
    Some((service, driver, anna))
}

/// Changes the rows of a service by a script, which is given the database and some words.
fn rewrite(service: &Service, script: &str, words: &[&str]) {
    let mut python = Command::new("python3")
        .arg("-")
        .arg(service.folder().join("photogen.db"))
        .args(words)
        .stdin(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut input = python.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    assert!(python.wait().unwrap().success(), "the rows were not changed");
}

/// An archive with a table and two drawn photos.
fn archive() -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let mut zip = zip::ZipWriter::new(file.as_file());
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [
        (
            "products.csv",
            b"sku,name,category\nTS-1,Tee one,top\nTS-2,Tee two,top\n".to_vec(),
        ),
        ("TS-1_front.png", service::shirt_of(800)),
        ("TS-2_front.png", service::shirt_of(800)),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    file
}

async fn import(anna: &Window) {
    let archive = archive();
    anna.go("/imports").await;
    anna.choose("form[data-import] input[name=file]", archive.path())
        .await;
    anna.press("form[data-import] button[data-kind=primary]").await;
    anna.until_at("/imports/").await;
    anna.press("form.foot-action button").await;
    anna.until("[...document.querySelectorAll('.head-actions a')].some((one) => one.getAttribute('href').startsWith('/shoots/new'))")
        .await;
}

/// Orders the FRONT of everything; the path of the shoot's page.
async fn order(anna: &Window) -> String {
    anna.go("/shoots/new").await;
    anna.tick("input[name=product]").await;
    anna.press("[data-pick=all]").await;
    for pose in ["BACK", "DETAIL_CLOSE_UP"] {
        anna.of(&format!(
            "(() => {{ const box = document.querySelector('input[name=pose][value={pose}]'); if (box.checked) box.click(); return true; }})()"
        ))
        .await;
    }
    anna.tick("input[name=pose][value=FRONT]").await;
    anna.of("document.querySelector('select[name=resolution]').value = '1000'")
        .await;
    anna.until("document.querySelectorAll('input[name=pose]:checked').length === 1")
        .await;
    anna.until("document.querySelector('#plan-go .plan-sum strong').textContent.startsWith('2 ')")
        .await;
    anna.press("#plan-go button[value=all]").await;
    anna.until("/^\\/shoots\\/[0-9a-f-]{36}$/.test(location.pathname)")
        .await;
    anna.path().await
}

/// Imports, orders, and waits until the pictures are made; the path of the shoot's page.
async fn shot(anna: &Window) -> String {
    import(anna).await;
    let shoot = order(anna).await;
    anna.until(DONE).await;
    shoot
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_folder_of_photos_to_an_opened_archive() {
    let Some((service, driver, anna)) = begun().await else {
        return;
    };
    import(&anna).await;
    let shoot = order(&anna).await;

    // A second window watches the same shoot.
    let second = driver.window(service.url(), "second").await;
    second.go("/login").await;
    second.fill("#email", "anna@example.com").await;
    second.fill("#password", "a long password").await;
    second.press("main form button").await;
    second.until("location.pathname === '/'").await;
    second.go(&shoot).await;
    let all_there = "document.querySelectorAll('.cell[data-state=picture]').length === 2";
    for window in [&anna, &second] {
        window.until(DONE).await;
        window.until(all_there).await;
    }

    // Reviewed by keyboard.
    anna.press("#live-actions a[data-kind=primary]").await;
    anna.until("document.querySelector('[data-desk]')?.hasAttribute('data-ready')")
        .await;
    anna.until("document.querySelector('[data-photo]').naturalWidth > 0")
        .await;
    anna.keys("a").await;
    anna.until("document.querySelector('[data-decided]').textContent === '1'")
        .await;
    anna.keys("a").await;
    anna.until("document.querySelector('[data-decided]').textContent === '2'")
        .await;
    anna.keys("z").await;
    anna.until("document.querySelector('[data-decided]').textContent === '1'")
        .await;
    anna.keys("a").await;
    anna.until("document.querySelector('[data-decided]').textContent === '2'")
        .await;
    anna.until("Object.entries(localStorage).filter(([key]) => key.startsWith('queue ')).every(([, held]) => held === '[]')")
        .await;

    // Packed, downloaded, opened.
    anna.go("/exports").await;
    anna.tick("input[name=profile][value=web]").await;
    anna.press("aside form button[data-kind=primary]").await;
    anna.until_at("/exports/").await;
    anna.press(".head-actions a[download]").await;
    let packed = std::fs::File::open(anna.download().await).unwrap();
    let mut packed = zip::ZipArchive::new(packed).unwrap();
    let names: Vec<String> = (0..packed.len())
        .map(|at| packed.by_index(at).unwrap().name().unwrap().into_owned())
        .collect();
    for wanted in ["manifest.json", "manifest.csv", "report.html"] {
        assert!(names.iter().any(|name| name == wanted), "{wanted}: {names:?}");
    }
    assert_eq!(
        names.iter().filter(|name| name.starts_with("web/")).count(),
        2,
        "{names:?}"
    );
    for window in [anna, second] {
        assert_eq!(window.complaints().await, Vec::<String>::new());
        window.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_in_the_middle_of_a_form_loses_nothing_typed() {
    let Some((_service, _driver, anna)) = begun().await else {
        return;
    };
    import(&anna).await;
    anna.go("/shoots/new").await;
    anna.press("details.more-fields summary").await;
    anna.fill("textarea[name=prompt]", "linen, morning light").await;
    anna.tick("input[name=pose][value=BACK]").await;
    anna.forget().await;
    anna.press("#plan-go button[value=all]").await;
    anna.until_at("/login").await;
    anna.fill("#email", "anna@example.com").await;
    anna.fill("#password", "a long password").await;
    anna.press("main form button").await;
    anna.until_at("/shoots/new").await;
    anna.until("document.querySelector('textarea[name=prompt]').value === 'linen, morning light'")
        .await;
    anna.until("document.querySelector('input[name=pose][value=BACK]').checked")
        .await;
    anna.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_clean_in_the_console_and_to_axe_in_light_dark_and_on_a_phone() {
    let Some((service, _driver, anna)) = begun().await else {
        return;
    };
    let axe = axe();
    let shoot = shot(&anna).await;
    let id = shoot.rsplit('/').next().unwrap();
    let person = service.sign_in("anna@example.com").await;
    let (_, products) = person.get("/api/products").await;
    let (status, project) = person.post("/api/projects", &json!({ "name": "Autumn" })).await;
    assert_eq!(status, 201, "{project}");
    let (status, model) = person.post("/api/models", &json!({ "name": "Mara" })).await;
    assert_eq!(status, 201, "{model}");
    let (_, pictures) = person.get(&format!("/api/generate?shootId={id}")).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let own = [
        format!("/products/{}", text(&products["items"][0]["id"])),
        format!("/projects/{}", text(&project["id"])),
        format!("/models/{}", text(&model["id"])),
        shoot.clone(),
        format!("/review/{id}?show=all"),
        format!("/review/{id}/{}", text(&pictures["items"][0]["id"])),
    ];
    let fixed = [
        "/",
        "/projects",
        "/products",
        "/products?view=table",
        "/imports",
        "/models",
        "/shoots",
        "/shoots/new",
        "/exports",
        "/billing",
        "/settings",
        "/settings/members",
        "/settings/keys",
        "/settings/webhooks",
        "/settings/presets",
        "/settings/checks",
        "/settings/retention",
    ];
    let pages: Vec<String> = fixed.iter().map(|&path| path.to_owned()).chain(own).collect();
    let mut faults = Vec::new();
    for look in LOOKS {
        anna.look(look).await;
        for page in &pages {
            anna.go(page).await;
            anna.until("document.readyState === 'complete'").await;
            let kind = page
                .trim_start_matches('/')
                .split(['/', '?'])
                .take(2)
                .collect::<Vec<_>>();
            let name = format!(
                "{}-{}-{}",
                look.name,
                pages.iter().position(|one| one == page).unwrap_or_default(),
                kind[0]
            );
            anna.picture(&screens(), &name).await;
            faults.extend(
                anna.complaints()
                    .await
                    .into_iter()
                    .map(|fault| format!("{name} {page}: {fault}")),
            );
            if anna.of("document.documentElement.scrollWidth > innerWidth").await == true {
                faults.push(format!("{name} {page}: it is wider than the window"));
            }
            if let Some(axe) = &axe {
                faults.extend(
                    anna.faults(axe)
                        .await
                        .into_iter()
                        .map(|fault| format!("{name} {page}: {fault}")),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    anna.close().await;
}
