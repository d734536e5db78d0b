//! Small pictures on pages of every width: drawn about as wide as their `sizes` say, so that browsers load what they need.

use super::{Look, begun, shot};

/// Faults of the page that is open: what is told as more than a fifth narrower than it is drawn, or three fifths wider.
const FAULTS: &str = "(() => {
    const told = (sizes) => {
        for (const part of sizes.split(',')) {
            const [, condition, length] = /^\\s*(\\([^)]*\\)\\s+)?(.+)$/.exec(part);
            if (condition && !matchMedia(condition.trim()).matches) continue;
            const probe = document.createElement('div');
            probe.style.setProperty('position', 'absolute');
            probe.style.setProperty('width', length);
            document.body.append(probe);
            const width = probe.getBoundingClientRect().width;
            probe.remove();
            return width;
        }
    };
    const shown = [...document.querySelectorAll('img[srcset]')].filter((one) => one.clientWidth > 0);
    const faults = shown
        .map((one) => [one, told(one.sizes) / one.clientWidth])
        .filter(([, share]) => !(share >= 0.8 && share <= 1.6))
        .map(([one, share]) => `${one.sizes}: ${share} of ${one.clientWidth} px`);
    return shown.length ? faults : ['no picture is shown'];
})()";

#[tokio::test(flavor = "multi_thread")]
async fn small_pictures_are_drawn_as_wide_as_they_are_told() {
    let Some((service, _driver, anna)) = begun().await else {
        return;
    };
    let shoot = shot(&anna).await;
    let id = shoot.rsplit('/').next().unwrap();
    let person = service.sign_in("anna@example.com").await;
    let (_, products) = person.get("/api/products").await;
    let product = products["items"][0]["id"].as_str().unwrap();
    let mut faults = Vec::new();
    for width in [360, 480, 720, 1024, 1200, 1440, 1920, 2560] {
        anna.look(Look {
            name: "light",
            dark: false,
            width,
        })
        .await;
        for page in [
            "/".to_owned(),
            "/products".to_owned(),
            "/products?view=table".to_owned(),
            format!("/products/{product}"),
            "/shoots/new".to_owned(),
            shoot.clone(),
            format!("/review/{id}?show=all"),
        ] {
            anna.go(&page).await;
            anna.until("document.readyState === 'complete'").await;
            if page.starts_with("/review") {
                anna.until("document.querySelector('.shot img[srcset]')?.complete")
                    .await;
            }
            let told = anna.of(FAULTS).await;
            let told = told.as_array().unwrap();
            faults.extend(told.iter().map(|fault| format!("{width} {page}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(anna.complaints().await, Vec::<String>::new());
    anna.close().await;
}
