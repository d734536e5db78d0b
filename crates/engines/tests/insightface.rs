//! The face service: what is sent, what is understood, and that none of its failures is a finding.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use engines::insightface::{InsightFace, LIMITS};
use image::Rgba;
use imaging::{
    Picture,
    vision::face::{FaceEmbedder, FaceError},
};
use serde_json::{Value, json};

/// How a server answers one request.
enum Answer {
    /// With this status and body.
    With(u16, String),
    /// With half of a body.
    BreakOff,
    /// With bytes without end.
    Endless,
    /// Not at all.
    Silence,
}

/// A server for one request: its address, and the body it was sent.
fn serve(answer: Answer) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (line, body) = request(&mut stream);
        assert_eq!(line, "POST /embed HTTP/1.1");
        let _ = sender.send(serde_json::from_slice(&body).unwrap());
        // The client may hang up first, which is its right.
        let _ = reply(&mut stream, answer);
    });
    (url, received)
}

fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head.lines().next().unwrap().to_owned(), body)
}

fn reply(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    let head = |status: u16, length: usize| {
        format!("HTTP/1.1 {status} So\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")
    };
    match answer {
        Answer::With(status, body) => write!(stream, "{}{body}", head(status, body.len())),
        Answer::BreakOff => write!(stream, "{}{{\"face_", head(200, 1000)),
        Answer::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            (0..10_000).try_for_each(|_| stream.write_all(&[b' '; 1000]))
        }
        Answer::Silence => {
            thread::sleep(Duration::from_secs(5));
            Ok(())
        }
    }
}

fn look(answer: Answer) -> Result<imaging::vision::face::Sighting, FaceError> {
    let (url, _received) = serve(answer);
    InsightFace::new(&url)
        .unwrap()
        .with_timeout(Duration::from_secs(1))
        .look(&picture(400, 300))
}

fn picture(width: u32, height: u32) -> Picture {
    Picture::from_fn(width, height, |x, y| {
        Rgba([(x * 100) as u16, (y * 100) as u16, 30_000, u16::MAX])
    })
}

/// A good answer, some of it replaced.
fn answer(changes: &Value) -> Answer {
    let mut good = json!({
        "face_detected": true,
        "embedding": (0..512).map(|i| f64::from(i % 7) - 3.0).collect::<Vec<_>>(),
        "bbox": [100.0, 50.0, 200.0, 190.0],
        "det_score": 0.97,
    });
    for (name, value) in changes.as_object().unwrap() {
        good[name] = value.clone();
    }
    Answer::With(200, good.to_string())
}

#[test]
fn the_picture_is_sent_as_a_data_uri_and_the_face_understood() {
    let (url, received) = serve(answer(&json!({})));
    let service = InsightFace::new(&format!("{url}/")).unwrap();
    let face = service.look(&picture(400, 300)).unwrap().face.unwrap();
    assert_eq!(face.frame.rounded(), [100, 50, 100, 140]);
    assert!(!face.cut_off && face.shape.is_none());
    assert_eq!(service.limits(), LIMITS);
    let sent = received.recv().unwrap();
    assert_eq!(sent.as_object().unwrap().len(), 1);
    let uri = sent["image_url"].as_str().unwrap();
    assert!(uri.starts_with("data:image/jpeg;base64,/9j/"), "{}", &uri[..40]);
}

#[test]
fn boxes_come_back_in_the_pictures_own_pixels() {
    let (url, _received) = serve(answer(&json!({})));
    let face = InsightFace::new(&url)
        .unwrap()
        .look(&picture(4096, 100))
        .unwrap()
        .face;
    assert_eq!(face.unwrap().frame.rounded(), [200, 100, 200, 280]);
}

#[test]
fn no_face_is_a_finding() {
    let none = json!({ "face_detected": false, "embedding": null, "bbox": null, "det_score": 0.0 });
    assert!(look(Answer::With(200, none.to_string())).unwrap().face.is_none());
}

#[test]
fn a_face_over_the_edge_is_cut_off() {
    let face = look(answer(&json!({ "bbox": [-40.0, 50.0, 60.0, 190.0] })))
        .unwrap()
        .face;
    assert!(face.unwrap().cut_off);
}

#[test]
fn every_outage_and_all_nonsense_waits() {
    let with = |status, body: &str| Answer::With(status, body.to_owned());
    for (what, answer) in [
        ("500", with(500, "")),
        ("503", with(503, "busy")),
        ("429", with(429, "")),
        ("not JSON", with(200, "<html>")),
        ("another JSON", with(200, "[]")),
        ("no embedding", answer(&json!({ "embedding": null }))),
        ("a short embedding", answer(&json!({ "embedding": [1.0, 2.0] }))),
        ("zeros", answer(&json!({ "embedding": vec![0.0; 512] }))),
        ("words", answer(&json!({ "embedding": ["a"] }))),
        ("no box", answer(&json!({ "bbox": null }))),
        (
            "an empty box",
            answer(&json!({ "bbox": [10.0, 10.0, 10.0, 10.0] })),
        ),
        ("half a box", answer(&json!({ "bbox": [10.0, 10.0] }))),
        ("a score of 7", answer(&json!({ "det_score": 7.0 }))),
        ("broken off", Answer::BreakOff),
        ("endless", Answer::Endless),
    ] {
        let failed = look(answer).unwrap_err();
        assert!(failed.is_passing(), "{what}: {failed}");
        assert!(
            failed.to_string().contains("nothing was judged"),
            "{what}: {failed}"
        );
    }
}

#[test]
fn silence_ends_at_the_timeout() {
    let started = Instant::now();
    assert!(look(Answer::Silence).unwrap_err().is_passing());
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[test]
fn nobody_at_the_address_is_an_outage() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failed = InsightFace::new(&format!("http://{free}"))
        .unwrap()
        .look(&picture(50, 50));
    assert!(failed.unwrap_err().is_passing());
}

#[test]
fn a_wrong_address_or_a_refusal_does_not_wait() {
    for url in ["", "face", "ftp://face/", "file:///etc/passwd", "http://"] {
        let failed = InsightFace::new(url).err().unwrap();
        assert!(
            !failed.is_passing() && failed.to_string().contains("INSIGHTFACE_URL"),
            "{failed}"
        );
    }
    for status in [301, 401, 404] {
        let failed = look(Answer::With(status, String::new())).unwrap_err();
        assert!(
            !failed.is_passing() && failed.to_string().contains(&status.to_string()),
            "{failed}"
        );
    }
}

#[test]
fn it_can_be_asked_from_an_asynchronous_caller() {
    let (url, _received) = serve(answer(&json!({})));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seen = runtime.block_on(async { InsightFace::new(&url).unwrap().look(&picture(400, 300)) });
    assert!(seen.unwrap().face.is_some());
}
