//! Mail to people. By default it is written into a folder, so that everything works without a mail server.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::{Error, Result};

/// A letter in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// Sends letters. Blocks: called on threads for such work.
pub trait Mailer: Send + Sync {
    /// Sends one, or says why not.
    fn send(&self, letter: &Letter) -> std::result::Result<(), String>;
}

/// A folder that letters are written into, one JSON file each, named so that they sort by time.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// Writes into this folder, made at the first letter.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Mailer for Outbox {
    fn send(&self, letter: &Letter) -> std::result::Result<(), String> {
        let text =
            |error: std::io::Error| format!("cannot write a letter into {}: {error}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(text)?;
        let number = std::fs::read_dir(&self.folder).map_err(text)?.count();
        let json = serde_json::to_vec_pretty(letter).map_err(|error| error.to_string())?;
        for number in number.. {
            let path = self.folder.join(format!("{number:06}.json"));
            match std::fs::File::create_new(&path) {
                Ok(mut file) => return std::io::Write::write_all(&mut file, &json).map_err(text),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(text(error)),
            }
        }
        Ok(())
    }
}

/// Sends a letter from a request.
pub(crate) async fn send(mailer: std::sync::Arc<dyn Mailer>, letter: Letter) -> Result<()> {
    let sent = tokio::task::spawn_blocking(move || mailer.send(&letter)).await;
    sent.map_err(Error::internal)?.map_err(Error::internal)
}
