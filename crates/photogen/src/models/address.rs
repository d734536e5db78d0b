//! The publisher's own address: one file over HTTP, continued where an earlier try stopped.

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use reqwest::{Client, Response, StatusCode, header};

use super::{place, progress::Progress};

/// An address that does not answer must not hold up the next source.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest silence within a transfer.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a transfer that broke off is continued before giving up.
const TRIES: u32 = 3;

/// Fetches `url` into `part` until it holds `bytes` bytes. What arrived stays there when it fails, for the next try.
pub(crate) fn download(url: &str, part: &Path, bytes: u64, progress: &Progress) -> anyhow::Result<()> {
    let run = || -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(transfer(url, part, bytes, progress))
    };
    // A thread of its own, so that a caller which is itself asynchronous may wait here.
    thread::scope(|scope| scope.spawn(run).join()).map_err(|_| anyhow!("the transfer crashed"))?
}

async fn transfer(url: &str, part: &Path, bytes: u64, progress: &Progress) -> anyhow::Result<()> {
    let client = client()?;
    let mut broken = None;
    for _ in 0..TRIES {
        let have = fs::metadata(part).map_or(0, |found| found.len());
        if have == bytes {
            return Ok(());
        }
        let response = ask(&client, url, have).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            fs::remove_file(part).map_err(|error| place::cannot_write(part, error))?;
            continue;
        }
        let file = open(part, &response, have)?;
        match receive(response, file, part, bytes, progress).await? {
            Ending::Whole => return Ok(()),
            Ending::BrokeOff(reason) => broken = Some(reason),
        }
    }
    let have = fs::metadata(part).map_or(0, |found| found.len());
    let reason = broken.unwrap_or_else(|| "the server refused to continue".to_owned());
    bail!("the transfer stopped at {have} of {bytes} bytes ({reason}); the next pull continues there")
}

fn client() -> anyhow::Result<Client> {
    // Harmless when the program has already chosen its TLS provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .user_agent(concat!("photogen/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot start an HTTP client")
}

async fn ask(client: &Client, url: &str, have: u64) -> anyhow::Result<Response> {
    let mut request = client.get(url);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.send().await.map_err(|error| anyhow!(innermost(&error)))?;
    let status = response.status();
    if !status.is_success() && status != StatusCode::RANGE_NOT_SATISFIABLE {
        bail!("the server answered {status}");
    }
    Ok(response)
}

/// Appends when the server continues exactly where the file ends, else starts over.
fn open(part: &Path, response: &Response, have: u64) -> anyhow::Result<File> {
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    let continues = response.status() == StatusCode::PARTIAL_CONTENT
        && range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")));
    let mut options = OpenOptions::new();
    if continues {
        options.append(true)
    } else {
        options.write(true).truncate(true)
    };
    options
        .create(true)
        .open(part)
        .map_err(|error| place::cannot_write(part, error))
}

enum Ending {
    Whole,
    BrokeOff(String),
}

async fn receive(
    mut response: Response,
    mut file: File,
    part: &Path,
    bytes: u64,
    progress: &Progress,
) -> anyhow::Result<Ending> {
    let mut have = file.metadata()?.len();
    loop {
        progress.at(have);
        match response.chunk().await {
            Ok(Some(chunk)) => {
                have += chunk.len() as u64;
                if have > bytes {
                    let _ = fs::remove_file(part);
                    bail!("the server sends more than the {bytes} bytes of the pinned file");
                }
                file.write_all(&chunk)
                    .map_err(|error| place::cannot_write(part, error))?;
            }
            Ok(None) if have == bytes => {
                file.sync_all()
                    .map_err(|error| place::cannot_write(part, error))?;
                return Ok(Ending::Whole);
            }
            Ok(None) => return Ok(Ending::BrokeOff("it ended early".to_owned())),
            Err(error) => return Ok(Ending::BrokeOff(innermost(&error))),
        }
    }
}

/// The cause people can act on: `Connection refused`, not `error sending request`.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
