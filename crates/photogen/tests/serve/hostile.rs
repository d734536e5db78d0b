//! Clients that wish a service ill, and what its logs tell of people who do not.

use std::{
    collections::HashMap,
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;
use testkit::vendor::{Behaviour, VendorServer};

use crate::service::{self, Service};

/// The service's own patience, and some.
const LET_GO: Duration = Duration::from_secs(45);
const MANY: usize = 10_000;

fn send(address: &str, text: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(text.as_bytes())?;
    stream.set_read_timeout(Some(LET_GO))?;
    Ok(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clients_that_never_finish_keep_nobody_out_and_are_let_go() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let address = service.url().trim_start_matches("http://").to_owned();
    let began = Instant::now();
    let heads = (0..MANY).map_while(
        |_| match send(&address, "GET /api/auth/profile HTTP/1.1\r\nx-slow: ") {
            Ok(stream) => Some(stream),
            // This process, or the service, may open no more files here.
            Err(error) => (error.kind() == ErrorKind::ConnectionReset).then(|| panic!("{error}")),
        },
    );
    let mut heads: Vec<TcpStream> = heads.collect();
    if heads.len() < MANY {
        // Few files may be open here: some are left for who asks, and for the service.
        heads.truncate(heads.len() * 8 / 10);
    }
    assert!(heads.len() > 400, "{}", heads.len());
    let body = send(
        &address,
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"email\":",
    );
    let asked = Instant::now();
    let (status, _) = service.nobody().get("/readyz").await;
    let took = asked.elapsed();
    println!("{} clients wait; another is answered in {took:?}", heads.len());
    assert_eq!(status, 200);
    assert!(took < Duration::from_secs(2), "{took:?}");
    for mut stream in heads.into_iter().chain([body.unwrap()]) {
        let mut rest = Vec::new();
        // An end, or a refusal and an end.
        let ended = stream.read_to_end(&mut rest);
        assert!(
            ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
            "still there after {:?}",
            began.elapsed()
        );
    }
    assert!(began.elapsed() < LET_GO * 2, "{:?}", began.elapsed());
    let (status, _) = service.nobody().get("/readyz").await;
    assert_eq!(status, 200);
    service.end_gently();
}

/// What is answered, also where that comes while the rest is still being sent; and whether all was sent.
fn answer(address: &str, text: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LET_GO)).unwrap();
    let is_sent = stream.write_all(text.as_bytes()).is_ok();
    let mut answer = Vec::new();
    // What came before the other side hung up is there all the same.
    let _ = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), is_sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_measure_is_refused() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let address = service.url().trim_start_matches("http://").to_owned();
    let long = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(2 << 20)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x-many: a\r\n".repeat(5_000)
    );
    let split =
        "GET /login?next=%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned();
    // Of two megabytes not all are taken: the refusal may be lost with the rest. 55 kB fit on their way.
    for (text, begins, may_break_off) in [
        (long, "HTTP/1.1 431", true),
        (many, "HTTP/1.1 431", false),
        (split, "HTTP/1.1 ", false),
    ] {
        let (answer, is_sent) = answer(&address, &text);
        let broke_off = may_break_off && !is_sent && answer.is_empty();
        assert!(broke_off || answer.starts_with(begins), "{begins}: {answer:.300}");
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        assert!(!head.contains("set-cookie: a=b"), "{head}");
    }
    let (status, _) = service.nobody().get("/readyz").await;
    assert_eq!(status, 200);
}

/// Everything at its most talkative, through good and bad ends.
#[tokio::test(flavor = "multi_thread")]
async fn no_log_holds_a_secret_or_a_person() {
    let vendor = VendorServer::start([Behaviour::RepeatsKey, Behaviour::Unauthorised]);
    let settings: HashMap<&str, String> = [
        ("LOG_LEVEL", "trace".to_owned()),
        ("JWT_SECRET", "secret-of-tokens-".repeat(4)),
        ("STRIPE_SECRET_KEY", "sk_test_secretofmoney".to_owned()),
        ("STRIPE_WEBHOOK_SECRET", "whsec_secretofhooks".to_owned()),
        ("STRIPE_BASE_URL", "http://127.0.0.1:9".to_owned()),
        ("OPENAI_API_KEY", "sk-secretofpictures".to_owned()),
        ("OPENAI_BASE_URL", vendor.url.clone()),
        ("SMTP_URL", "smtp://mailer:secretofletters@127.0.0.1:9".to_owned()),
        ("MAIL_FROM", "shop@example.com".to_owned()),
    ]
    .into();
    let log = tempfile::NamedTempFile::new().unwrap();
    let pairs: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, &**value)).collect();
    let Some(service) = Service::logged(&pairs, log.path()) else {
        return;
    };
    let anna = service.register("anna.private@example.com").await;
    let (_, again) = service
        .nobody()
        .post(
            "/api/auth/login",
            &json!({ "email": "anna.private@example.com", "password": "a long password" }),
        )
        .await;
    let wrong = json!({ "email": "anna.private@example.com", "password": "a wrong password" });
    assert_eq!(service.nobody().post("/api/auth/login", &wrong).await.0, 401);
    let refresh = json!({ "refreshToken": again["refreshToken"] });
    let (_, fresh) = service.nobody().post("/api/auth/refresh", &refresh).await;
    let (status, key) = anna
        .post(
            "/api/keys",
            &json!({ "name": "shop", "scopes": ["read", "shoot"] }),
        )
        .await;
    assert_eq!(status, 201, "{key}");
    let hook = json!({ "url": "https://shop.example.com/hook", "events": ["shoot.done"] });
    let (status, hook) = anna.post("/api/webhooks", &hook).await;
    assert_eq!(status, 201, "{hook}");
    let (status, _) = anna.post("/api/billing/checkout/starter", &json!({})).await;
    assert!(status >= 400, "nobody is at that address: {status}");
    assert_eq!(
        anna.post("/api/billing/webhook", &json!({ "id": "evt_1" }))
            .await
            .0,
        400
    );
    let product = anna.product("TEE1", &service::shirt()).await;
    let order =
        json!({ "productIds": [product], "poses": ["FRONT"], "resolution": "RES_1000", "engine": "openai" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    anna.events_until(ordered["shootId"].as_str().unwrap(), "shoot.done")
        .await;
    service.end_gently();

    let log = std::fs::read_to_string(log.path()).unwrap();
    assert!(log.lines().count() > 100, "it is talkative: {log:.2000}");
    let told = |value: &serde_json::Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    let mut secrets: Vec<String> = [
        "anna.private",
        "a long password",
        "a wrong password",
        "secretofmoney",
        "secretofhooks",
        "secretofpictures",
        "secretofletters",
        "secret-of-tokens",
    ]
    .map(str::to_owned)
    .into();
    secrets.extend(
        [
            &again["accessToken"],
            &again["refreshToken"],
            &fresh["accessToken"],
            &fresh["refreshToken"],
        ]
        .map(told),
    );
    secrets.extend([&key["key"], &hook["secret"]].map(told));
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert!(
            line.is_none(),
            "{secret} stands in the log: {}",
            line.unwrap_or_default()
        );
    }
}
