//! Mail to people. By default it is written into a folder, so that everything works without a mail server; with one,
//! letters wait in that folder until the server has taken them.

mod smtp;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use smtp::{Patience, Post, PostError};

/// A letter in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The letters in it, the oldest first.
    fn letters(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut letters: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        letters.sort();
        letters
    }
}

impl Mailer for Outbox {
    fn send(&self, letter: &Letter) -> std::result::Result<(), String> {
        let text =
            |error: std::io::Error| format!("cannot write a letter into {}: {error}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(text)?;
        let number = std::fs::read_dir(&self.folder).map_err(text)?.count();
        let json = serde_json::to_vec_pretty(letter).map_err(|error| error.to_string())?;
        let mut whole = tempfile::NamedTempFile::new_in(&self.folder).map_err(text)?;
        std::io::Write::write_all(&mut whole, &json).map_err(text)?;
        for number in number.. {
            // Written under another name first: whoever reads the folder sees whole letters alone.
            let path = self.folder.join(format!("{number:06}.json"));
            match whole.persist_noclobber(&path) {
                Ok(_) => break,
                Err(refused) if refused.error.kind() == std::io::ErrorKind::AlreadyExists => {
                    whole = refused.file;
                }
                Err(refused) => return Err(text(refused.error)),
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
