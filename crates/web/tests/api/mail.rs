//! Letters through a mail server: sent, tried again, given up, and kept over a restart.

use std::{path::Path, sync::Arc, time::Duration};

use testkit::smtp::MailServer;
use web::mail::{Letter, Mailer as _, Patience, Post, PostError};

const FROM: &str = "PhotoGen <studio@example.com>";

fn letter(to: &str) -> Letter {
    Letter {
        to: to.to_owned(),
        subject: "Grüße".to_owned(),
        body: "Your link:\nhttp://studio.test/reset?token=abc\n".to_owned(),
    }
}

fn post(url: &str, folder: &Path, tries: u32) -> Arc<Post> {
    let patience = Patience {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(40),
        tries,
    };
    Arc::new(Post::new(url, FROM, folder.to_owned(), patience).unwrap())
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Waits until a folder holds so many files.
async fn until(folder: &Path, count: usize) {
    let waiting = async {
        while files(folder) != count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("{} holds {}", folder.display(), files(folder)));
}

/// Works until the test ends.
fn work(post: &Arc<Post>) {
    let post = Arc::clone(post);
    tokio::spawn(async move { post.run(std::future::pending()).await });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_reaches_the_server_and_a_passing_refusal_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(&["451 try later", "450 mailbox busy"]).unwrap();
    let post = post(&server.url(), folder.path(), 10);
    work(&post);
    post.send(&letter("anna@example.com")).unwrap();
    until(&folder.path().join("waiting"), 0).await;
    let letters = server.letters(1);
    assert_eq!(server.begun(), 3);
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].from.as_str(), letters[0].to.as_str()),
        ("studio@example.com", "anna@example.com")
    );
    assert!(letters[0].data.contains("reset?token"), "{}", letters[0].data);
    assert!(letters[0].data.contains("From: PhotoGen <studio@example.com>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_blocks_nobody_and_gets_its_letters_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let away = post("smtp://127.0.0.1:9", folder.path(), 1000);
    let began = std::time::Instant::now();
    away.send(&letter("anna@example.com")).unwrap();
    away.send(&letter("ben@example.com")).unwrap();
    assert!(began.elapsed() < Duration::from_millis(500));
    let failing = tokio::time::timeout(Duration::from_millis(200), away.run(std::future::pending()));
    assert!(failing.await.is_err());
    assert_eq!(files(&folder.path().join("waiting")), 2);
    let server = MailServer::start(&[]).unwrap();
    work(&post(&server.url(), folder.path(), 10));
    until(&folder.path().join("waiting"), 0).await;
    let mut to: Vec<String> = server.letters(2).into_iter().map(|one| one.to).collect();
    to.sort();
    assert_eq!(to, ["anna@example.com", "ben@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_nobody_takes_is_given_up_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::start(&["550 no such mailbox", "451 later", "451 later"]).unwrap();
    let post = post(&server.url(), folder.path(), 2);
    work(&post);
    let failed = folder.path().join("failed");
    // A mailbox that is none is not asked twice.
    post.send(&letter("nobody@example.com")).unwrap();
    until(&failed, 1).await;
    assert_eq!(server.begun(), 1);
    // Patience ends.
    post.send(&letter("anna@example.com")).unwrap();
    until(&failed, 2).await;
    assert_eq!((server.begun(), server.letters(0).len()), (3, 0));
    assert_eq!(files(&folder.path().join("waiting")), 0);
}

#[tokio::test]
async fn a_wrong_address_is_said_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let made = |url: &str, from: &str| Post::new(url, from, folder.path().to_owned(), Patience::default());
    let error = made("http://user:secret@host", FROM).unwrap_err();
    assert!(matches!(error, PostError::Server) && !error.to_string().contains("secret"));
    assert!(matches!(
        made("smtps://user:secret@host", "nobody").unwrap_err(),
        PostError::From
    ));
}
