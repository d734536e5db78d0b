//! The S3 server of the tests, to try PhotoGen over S3 without an account: `cargo run -p store --example s3_server FOLDER`. It
//! prints the address to give to PhotoGen, and runs until Ctrl-C.
#![expect(clippy::unwrap_used, reason = "an example fails by panicking")]

#[path = "../tests/blobs/s3_server.rs"]
mod s3_server;
#[path = "../tests/blobs/server.rs"]
#[expect(dead_code, reason = "tests make it misbehave")]
mod server;

use std::path::PathBuf;

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder to keep the files in"));
    let server = s3_server::start(&folder).await;
    println!("export STORAGE_URL='{}'", s3_server::address(&server, ""));
    std::future::pending::<()>().await;
}
