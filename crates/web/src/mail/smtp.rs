//! Mail through a server. A request only puts its letter into a folder; from there letters go out one by one, and stay
//! until the server has taken them: a server that is away, or a restart of ours, loses none.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        Error as SmtpError,
        response::{Category, Severity},
    },
};
use thiserror::Error;
use tokio::{sync::Notify, time::Instant};

use super::{Letter, Mailer, Outbox};

/// How often a folder is looked into when nobody says that there is a letter.
const LOOK: Duration = Duration::from_secs(30);
/// How long the mail server may take for one step.
const STEP: Duration = Duration::from_secs(20);

/// Why mail cannot be set up.
#[derive(Debug, Error)]
pub enum PostError {
    /// The address of the server is none. The address is not part of this: it holds a password.
    #[error(
        "SMTP_URL is no address of a mail server: write smtps://user:password@host, or smtp://host?tls=required"
    )]
    Server,
    /// The sender is no address.
    #[error("MAIL_FROM is no sender: write `PhotoGen <studio@example.com>`")]
    From,
}

/// How long to go on with a letter that does not go out.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The wait after the first failure; it doubles each time.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Tries before a letter is given up and kept among the failed ones.
    pub tries: u32,
}

impl Default for Patience {
    /// Five seconds to an hour, for about three days.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_hours(1),
            tries: 80,
        }
    }
}

impl Patience {
    fn wait(&self, tries: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << (tries - 1).min(20));
        doubled.min(self.longest)
    }
}

/// Sends letters through a mail server. `waiting` and `failed` lie in its folder.
#[derive(Debug)]
pub struct Post {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    waiting: Outbox,
    folder: PathBuf,
    patience: Patience,
    wake: Notify,
}

/// What came of one letter.
enum Sent {
    Taken,
    /// Another try may do.
    NotNow(String),
    /// No try will.
    Never(String),
}

impl Post {
    /// Sends through the server of an address (`smtps://user:password@host`), as this sender, with letters waiting in a folder.
    pub fn new(url: &str, from: &str, folder: PathBuf, patience: Patience) -> Result<Self, PostError> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| PostError::Server)?;
        let from = from.parse().map_err(|_| PostError::From)?;
        Ok(Self {
            server: server.timeout(Some(STEP)).build(),
            from,
            waiting: Outbox::new(folder.join("waiting")),
            folder,
            patience,
            wake: Notify::new(),
        })
    }

    /// Sends what waits and what comes, until it is told to stop. What is left then goes out after the next start.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut tried: HashMap<PathBuf, (u32, Instant)> = HashMap::new();
        loop {
            let round = self.send_due(&mut tried);
            tokio::select! {
                () = &mut stop => return,
                () = round => {}
            }
            let next = tried.values().map(|(_, due)| *due).min();
            let look = Instant::now() + LOOK;
            tokio::select! {
                () = &mut stop => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep_until(next.map_or(look, |due| due.min(look))) => {}
            }
        }
    }

    async fn send_due(&self, tried: &mut HashMap<PathBuf, (u32, Instant)>) {
        let waiting = self.waiting.letters();
        tried.retain(|path, _| waiting.contains(path));
        for path in waiting {
            if tried.get(&path).is_some_and(|(_, due)| *due > Instant::now()) {
                continue;
            }
            let tries = tried.get(&path).map_or(0, |(tries, _)| *tries) + 1;
            match self.send_file(&path).await {
                Sent::Taken => remove(&path),
                Sent::NotNow(why) if tries < self.patience.tries => {
                    tracing::warn!(%why, tries, "a letter did not go out, and is tried again");
                    tried.insert(path, (tries, Instant::now() + self.patience.wait(tries)));
                }
                Sent::NotNow(why) | Sent::Never(why) => self.give_up(&path, &why),
            }
        }
    }

    async fn send_file(&self, path: &Path) -> Sent {
        let letter = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice::<Letter>(&bytes),
            Err(error) => return Sent::NotNow(error.to_string()),
        };
        let message = match letter {
            Ok(letter) => self.message(&letter),
            Err(error) => Err(error.to_string()),
        };
        match message {
            Err(why) => Sent::Never(why),
            Ok(message) => match self.server.send(message).await {
                Ok(_) => Sent::Taken,
                Err(error) if is_final(&error) => Sent::Never(error.to_string()),
                Err(error) => Sent::NotNow(innermost(&error)),
            },
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let to: Mailbox = letter
            .to
            .parse()
            .map_err(|_| "no address to send it to".to_owned())?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| error.to_string())
    }

    fn give_up(&self, path: &Path, why: &str) {
        tracing::error!(%why, "a letter was given up; it lies in the outbox under `failed`");
        let failed = self.folder.join("failed");
        let free = (0..u32::MAX)
            .map(|number| failed.join(format!("{number:06}.json")))
            .find(|path| !path.exists());
        let moved = fs::create_dir_all(&failed).and_then(|()| fs::rename(path, free.unwrap_or_default()));
        if let Err(error) = moved {
            tracing::error!(%error, path = %path.display(), "a letter that was given up cannot be moved");
        }
    }
}

impl Mailer for Post {
    fn send(&self, letter: &Letter) -> Result<(), String> {
        self.waiting.send(letter)?;
        self.wake.notify_one();
        Ok(())
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::error!(%error, path = %path.display(), "a letter that was sent cannot be removed, and goes out again");
    }
}

/// The server will never take this letter: it said no to the mailbox or the content, not to us.
fn is_final(error: &SmtpError) -> bool {
    error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion && code.category == Category::MailSystem
    })
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
