//! Letters of a service through a mail server under TLS.

use std::time::Duration;

use testkit::smtp::MailServer;

use super::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_out_under_tls_to_a_server_that_is_trusted_and_to_no_other() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (server, certificate) = MailServer::start_under_tls().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, certificate).unwrap();
    let url = format!("smtps://studio:secret@localhost:{}", server.port());
    let settings = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "PhotoGen <studio@example.com>"),
    ];
    let Some(stranger) = Service::on_sqlite(&settings) else {
        return;
    };
    stranger.register("berta@example.com").await;
    let called = async {
        while server.calls() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), called)
        .await
        .unwrap();
    stranger.end_gently();
    let trust = ("SSL_CERT_FILE", trusted.to_str().unwrap());
    let settings = [settings[0], settings[1], trust];
    let Some(service) = Service::on_sqlite(&settings) else {
        return;
    };
    service.register("anna@example.com").await;
    let letters = server.letters(1);
    let told: Vec<(&str, &str)> = letters
        .iter()
        .map(|letter| (letter.from.as_str(), letter.to.as_str()))
        .collect();
    assert_eq!(told, [("studio@example.com", "anna@example.com")]);
    service.end_gently();
}
