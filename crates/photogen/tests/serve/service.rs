//! A service that runs as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Cursor},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::{
    Garment, Print,
    database::{Engine, TestDatabase},
};

/// A drawn photo of a shirt.
pub fn shirt() -> Vec<u8> {
    shirt_of(512)
}

/// A drawn photo of a shirt, of so many pixels a side.
pub fn shirt_of(side: u32) -> Vec<u8> {
    let garment = Garment {
        side,
        print: Print::Badge([240, 240, 240]),
        ..Garment::default()
    };
    let mut png = Cursor::new(Vec::new());
    let photo = image::DynamicImage::ImageRgba16(garment.photo()).to_rgb8();
    photo.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The longest a test waits for a picture.
const PATIENCE: Duration = Duration::from_mins(2);

pub struct Service {
    process: Child,
    url: String,
    database: Option<String>,
    folder: tempfile::TempDir,
    home: PathBuf,
    settings: Vec<(String, String)>,
    log: Option<PathBuf>,
}

impl Service {
    /// Starts one on SQLite, with settings. `None`, said so, where the cut-out model is not here.
    pub fn on_sqlite(settings: &[(&str, &str)]) -> Option<Self> {
        Self::start_in(tempfile::tempdir().unwrap(), None, settings)
    }

    /// Starts one on either database, with settings.
    pub fn with(database: &TestDatabase, engine: Engine, settings: &[(&str, &str)]) -> Option<Self> {
        let url = (engine == Engine::Postgres).then(|| database.url.clone());
        Self::start_in(tempfile::tempdir().unwrap(), url, settings)
    }

    /// Starts one on SQLite that logs into a file.
    pub fn logged(settings: &[(&str, &str)], log: &Path) -> Option<Self> {
        Self::open(tempfile::tempdir().unwrap(), None, settings, Some(log.to_owned()))
    }

    /// Starts one on what a folder holds.
    pub fn start_in(
        folder: tempfile::TempDir,
        database: Option<String>,
        settings: &[(&str, &str)],
    ) -> Option<Self> {
        Self::open(folder, database, settings, None)
    }

    fn open(
        folder: tempfile::TempDir,
        database: Option<String>,
        settings: &[(&str, &str)],
        log: Option<PathBuf>,
    ) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        testkit::model("u2netp.onnx")?;
        let mut service = Self {
            process: Command::new("true").spawn().unwrap(),
            url: String::new(),
            database,
            folder,
            home: testkit::home()?,
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            log,
        };
        service.spawn();
        Some(service)
    }

    fn command(&self) -> Command {
        self.beside(&[
            "serve",
            "--addr",
            "127.0.0.1:0",
            "--calls-per-minute",
            "100000",
            "--jobs",
            "1",
        ])
    }

    /// Another command of the program, on the same data and settings.
    pub fn beside(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command
            .args(words)
            .arg("--data")
            .arg(self.folder.path())
            .env("PHOTOGEN_HOME", &self.home)
            .env_remove("DATABASE_URL")
            .env_remove("STORAGE_URL")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(url) = &self.database {
            command.args(["--database-url", url]);
        }
        command
    }

    fn spawn(&mut self) {
        let mut command = self.command();
        if let Some(log) = &self.log {
            command.stderr(std::fs::File::create(log).unwrap());
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        self.url = url.unwrap_or_else(|| panic!("no address: {line}")).into();
        self.process = process;
    }

    /// Where it keeps everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// No time to finish anything.
    pub fn kill_and_start_again(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.spawn();
    }

    /// As a system stops it.
    pub fn end_gently(mut self) {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let code = self.process.wait().unwrap();
        assert!(code.success(), "{code}");
    }

    /// What a second one on the same folder says.
    pub fn try_another(&self, args: &[&str]) -> String {
        let output = self.command().args(args).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn nobody(&self) -> Person {
        Person {
            url: self.url.clone(),
            token: None,
            client: Client::new(),
        }
    }

    pub async fn register(&self, email: &str) -> Person {
        self.enter("register", email).await
    }

    pub async fn sign_in(&self, email: &str) -> Person {
        self.enter("login", email).await
    }

    async fn enter(&self, door: &str, email: &str) -> Person {
        let body = json!({ "email": email, "password": "a long password" });
        let (status, answer) = self.nobody().post(&format!("/api/auth/{door}"), &body).await;
        assert!(matches!(status, 200 | 201), "{answer}");
        Person {
            token: Some(answer["accessToken"].as_str().unwrap().to_owned()),
            ..self.nobody()
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who calls.
pub struct Person {
    url: String,
    token: Option<String>,
    client: Client,
}

impl Person {
    /// The same at a service that has started again.
    pub fn at(&self, service: &Service) -> Self {
        Self {
            token: self.token.clone(),
            ..service.nobody()
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        Self::answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json");
        Self::answer(request.body(body.to_string())).await
    }

    pub async fn bytes(&self, path: &str) -> (u16, Vec<u8>) {
        let response = self
            .client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap();
        (
            response.status().as_u16(),
            response.bytes().await.unwrap().to_vec(),
        )
    }

    /// A file that only who is signed in is shown.
    pub async fn file(&self, path: &str) -> (u16, Vec<u8>) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.bytes().await.unwrap().to_vec())
    }

    /// A product with a drawn photo of its front.
    pub async fn product(&self, sku: &str, photo: &[u8]) -> String {
        let (status, product) = self.post("/api/products", &json!({ "sku": sku })).await;
        assert_eq!(status, 201, "{product}");
        let id = product["id"].as_str().unwrap().to_owned();
        let request = self.request(
            Method::PUT,
            &format!("/api/products/{id}/photos/front?name=front.png"),
        );
        let (status, product) = Self::answer(request.body(photo.to_vec())).await;
        assert_eq!(status, 200, "{product}");
        id
    }

    /// The kinds of a shoot's events, listened to until one of a kind comes.
    pub async fn events_until(&self, shoot: &str, last: &str) -> Vec<String> {
        let listening = async {
            let mut response = self
                .request(Method::GET, &format!("/api/shoots/{shoot}/events"))
                .send()
                .await
                .unwrap();
            assert_eq!(response.status().as_u16(), 200);
            let (mut text, mut seen) = (String::new(), 0);
            while let Some(part) = response.chunk().await.unwrap() {
                text.push_str(&String::from_utf8_lossy(&part));
                let kinds: Vec<String> = text
                    .lines()
                    .filter_map(|line| line.strip_prefix("event: "))
                    .map(str::to_owned)
                    .collect();
                let numbers: Vec<i64> = text
                    .lines()
                    .filter_map(|line| line.strip_prefix("id: "))
                    .map(|id| id.parse().unwrap())
                    .collect();
                assert_eq!(
                    numbers,
                    (1..=numbers.len() as i64).collect::<Vec<_>>(),
                    "no event is missing"
                );
                if kinds.len() > seen && kinds.last().is_some_and(|kind| kind == last) {
                    let (_, told) = self.get(&format!("/api/shoots/{shoot}")).await;
                    if told["state"] == "done" {
                        return kinds;
                    }
                }
                seen = kinds.len();
            }
            panic!("the stream ended: {text}");
        };
        tokio::time::timeout(PATIENCE, listening)
            .await
            .expect("the shoot ends in time")
    }
}
