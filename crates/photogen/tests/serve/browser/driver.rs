//! Chromium, driven by chromedriver, as a person's hands and eyes.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::session::Session;

/// The longest that anything on a page is waited for; a picture takes seconds, on a busy machine more.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running chromedriver.
pub struct Driver {
    process: Child,
    url: String,
    folder: tempfile::TempDir,
}

/// A window of a browser of its own: cookies, storage, downloads.
pub struct Window {
    session: Session,
    service: String,
    downloads: PathBuf,
}

/// How a window is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub name: &'static str,
    pub dark: bool,
    pub width: u32,
}

impl Driver {
    /// Starts one; `None`, said so, where it or Chromium is not installed.
    pub fn start() -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut process) = started else {
            let said = "skipped: no chromedriver; the pages are not looked at in a browser\n";
            let _ = std::io::stderr().write_all(said.as_bytes());
            return None;
        };
        let lines = BufReader::new(process.stdout.take()?).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        Some(Self {
            process,
            url: format!("http://127.0.0.1:{}", port.expect("chromedriver names its port")),
            folder: tempfile::tempdir().unwrap(),
        })
    }

    /// Opens a window on a service.
    pub async fn window(&self, service: &str, name: &str) -> Window {
        let downloads = self.folder.path().join(name);
        std::fs::create_dir_all(&downloads).unwrap();
        let profile = self.folder.path().join(format!("{name}-profile"));
        let profile = format!("--user-data-dir={}", profile.display());
        let options = json!({
            "args": [
                profile,"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,960", "--lang=en"],
            "prefs": { "download.default_directory": downloads, "download.prompt_for_download": false, "intl.accept_languages": "en" },
        });
        let asked = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        Window {
            session: Session::open(&self.url, &asked).await,
            service: service.to_owned(),
            downloads,
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // A test that failed has left its windows open.
        let folder = self.folder.path().to_string_lossy().into_owned();
        let _ = Command::new("pkill").args(["-KILL", "-f", &folder]).status();
    }
}

impl Window {
    /// Goes to a page.
    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.service);
        self.session.post("/url", &json!({ "url": url })).await.unwrap();
    }

    /// The path of the page that is open.
    pub async fn path(&self) -> String {
        let url = self.session.get("/url").await.unwrap();
        let url = url.as_str().unwrap();
        url.strip_prefix(&self.service)
            .unwrap_or(url)
            .split('?')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Types into a field, in place of what it held.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.found(selector).await;
        self.session
            .post(&format!("/element/{field}/clear"), &json!({}))
            .await
            .unwrap();
        self.type_into(&field, text).await;
    }

    /// Chooses a file.
    pub async fn choose(&self, selector: &str, file: &Path) {
        let input = self.found(selector).await;
        self.type_into(&input, &file.to_string_lossy()).await;
    }

    /// Presses what a selector finds, once it is there and can be pressed.
    pub async fn press(&self, selector: &str) {
        self.until(&format!(
            "(() => {{ const one = document.querySelector({}); return one && !one.disabled; }})()",
            json!(selector)
        ))
        .await;
        let found = self.found(selector).await;
        self.session
            .post(&format!("/element/{found}/click"), &json!({}))
            .await
            .unwrap();
    }

    /// Ticks a box that is drawn by what stands beside it.
    pub async fn tick(&self, selector: &str) {
        let script = "const box = document.querySelector(arguments[0]); if (!box.checked) box.click(); return box.checked;";
        let ticked = self.session.run(script, &[json!(selector)]).await.unwrap();
        assert_eq!(ticked, true, "{selector}");
    }

    /// Strikes keys, where the page has put the focus.
    pub async fn keys(&self, keys: &str) {
        let focused = self.session.focused().await.unwrap();
        self.type_into(&focused, keys).await;
    }

    async fn type_into(&self, element: &str, text: &str) {
        let path = format!("/element/{element}/value");
        self.session.post(&path, &json!({ "text": text })).await.unwrap();
    }

    async fn found(&self, selector: &str) -> String {
        self.until(&format!("document.querySelector({}) !== null", json!(selector)))
            .await;
        self.session.element(selector).await.unwrap()
    }

    /// Waits until an expression holds.
    pub async fn until(&self, expression: &str) {
        let began = Instant::now();
        // A page that is just being left answers nothing.
        while !matches!(self.value(expression).await, Ok(Value::Bool(true))) {
            assert!(began.elapsed() < PATIENCE, "{expression}: {}", self.said().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a page is open.
    pub async fn until_at(&self, path: &str) {
        self.until(&format!("location.pathname.startsWith({})", json!(path)))
            .await;
    }

    /// What an expression comes to.
    pub async fn of(&self, expression: &str) -> Value {
        self.value(expression).await.unwrap()
    }

    async fn value(&self, expression: &str) -> Result<Value, String> {
        self.session.run(&format!("return {expression};"), &[]).await
    }

    /// Where it is, and the words of the page.
    async fn said(&self) -> String {
        let text = self.value("document.body.innerText.slice(0, 2000)").await;
        format!("{} {text:?}", self.path().await)
    }

    /// What the console has had to say since it was asked last: errors, warnings of broken rules.
    pub async fn complaints(&self) -> Vec<String> {
        let told = self
            .session
            .post("/se/log", &json!({ "type": "browser" }))
            .await
            .unwrap();
        let entries = told.as_array().cloned().unwrap_or_default();
        let errors = entries.into_iter().filter(|entry| entry["level"] == "SEVERE");
        errors
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Looks at pages in another light and width.
    pub async fn look(&self, look: Look) {
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let metrics = json!({ "width": look.width, "height": 960, "deviceScaleFactor": 1, "mobile": false });
        self.developer("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
        self.developer("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Takes so many times as long for everything that the browser works out.
    pub async fn slow(&self, times: f64) {
        self.developer("Emulation.setCPUThrottlingRate", json!({ "rate": times }))
            .await;
    }

    async fn developer(&self, command: &str, values: Value) {
        let asked = json!({ "cmd": command, "params": values });
        self.session.post("/goog/cdp/execute", &asked).await.unwrap();
    }

    /// What axe finds against WCAG 2.2 AA, a line each.
    pub async fn faults(&self, axe: &str) -> Vec<String> {
        self.session.run(axe, &[]).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
                .then(({ violations }) => done(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`)));";
        let asked = json!({ "script": run, "args": [] });
        let told = self.session.post("/execute/async", &asked).await.unwrap();
        let lines = told.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|line| line.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Keeps a picture of the page.
    pub async fn picture(&self, folder: &Path, name: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let shot = self.session.get("/screenshot").await.unwrap();
        let png = STANDARD.decode(shot.as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// The session ends, as after a week away.
    pub async fn forget(&self) {
        self.session.delete("/cookie").await.unwrap();
    }

    /// The one file that was downloaded, once it is whole.
    pub async fn download(&self) -> PathBuf {
        let began = Instant::now();
        loop {
            let files = std::fs::read_dir(&self.downloads).unwrap().map_while(Result::ok);
            let whole = files
                .map(|file| file.path())
                .find(|path| path.extension().is_some_and(|kind| kind == "zip"));
            if let Some(path) = whole {
                return path;
            }
            assert!(began.elapsed() < PATIENCE, "nothing was downloaded");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Closes it.
    pub async fn close(self) {
        self.session.delete("").await.unwrap();
    }
}
