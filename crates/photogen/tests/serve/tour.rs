//! `bin/api-tour`, the walk through the API with curl that the README names: it ends, or it says where it did not.

use std::process::Command;

use crate::service;

#[test]
fn the_tour_through_the_api_with_curl_reaches_its_end() {
    if testkit::model("u2netp.onnx").is_none() {
        return;
    }
    for tool in ["bash", "curl", "jq", "zip"] {
        if Command::new(tool).arg("--version").output().is_err() {
            let _ =
                std::io::Write::write_all(&mut std::io::stderr(), format!("skipped: no {tool}\n").as_bytes());
            return;
        }
    }
    let photos = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        std::fs::write(photos.path().join(format!("{name}.png")), service::shirt()).unwrap();
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let output = Command::new("bash")
        .arg(testkit::repository().join("bin/api-tour"))
        .arg(photos.path())
        .args(["2", "FRONT,BACK"])
        .env("PHOTOGEN", env!("CARGO_BIN_EXE_photogen"))
        .env("PHOTOGEN_HOME", testkit::home().unwrap())
        .env("API_TOUR_PORT", port.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in [
        "the tour is done",
        "event: shoot.done",
        "… 2 pictures ended",
        "\"decision\":\"approve\"",
        "its recipe:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
