//! What happens in a shoot, told while it happens (server-sent events).
//!
//! The events are rows, numbered without a gap. Whoever listens reads those after the number they have seen, so a broken
//! connection, another server or a restart loses nothing. One look at the shoot's last number serves all who listen to it here.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::response::sse::{Event, KeepAlive, Sse};
use domain::ids::{ShootId, WorkspaceId};
use futures_util::{Stream, StreamExt as _, stream};
use store::events::Event as Row;
use tokio::sync::watch;

use crate::app::App;

/// How often the database is asked for a shoot's last number.
const LOOK: Duration = Duration::from_millis(400);
/// Events that are read at once.
const PART: u32 = 200;
/// A line that keeps proxies from closing what is quiet.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The shoots that somebody listens to, each with its last number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub(Arc<Mutex<HashMap<String, watch::Sender<i64>>>>);

/// A number that no event has: the service stops.
const END: i64 = i64::MAX;

impl Hub {
    /// The last number of a shoot, as it grows. The first who listens starts the looking; it ends with the last.
    fn listen(&self, app: &App, shoot: &ShootId) -> watch::Receiver<i64> {
        let mut shoots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = shoots.get(shoot.as_str()) {
            return told.subscribe();
        }
        let (sender, receiver) = watch::channel(0);
        shoots.insert(shoot.as_str().to_owned(), sender.clone());
        tokio::spawn(look(self.clone(), app.clone(), shoot.clone(), sender));
        receiver
    }

    /// Tells all who listen that nothing more comes.
    pub(crate) fn end(&self) {
        let shoots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in shoots.values() {
            sender.send_replace(END);
        }
    }

    /// Forgets a shoot that nobody listens to any more.
    fn forget_unheard(&self, shoot: &ShootId) -> bool {
        let mut shoots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unheard = shoots
            .get(shoot.as_str())
            .is_none_or(|sender| sender.receiver_count() == 0);
        if unheard {
            shoots.remove(shoot.as_str());
        }
        unheard
    }
}

async fn look(hub: Hub, app: App, shoot: ShootId, sender: watch::Sender<i64>) {
    loop {
        if let Ok(last) = app.store.last_event(&shoot).await {
            sender.send_if_modified(|told| *told != END && std::mem::replace(told, last) != last);
        }
        tokio::time::sleep(LOOK).await;
        if hub.forget_unheard(&shoot) {
            return;
        }
    }
}

/// Who listens: what they have seen, and what is read and not sent yet.
struct Listener {
    app: App,
    workspace: WorkspaceId,
    shoot: ShootId,
    seen: i64,
    last: watch::Receiver<i64>,
}

/// The events of a shoot after a number, those there are and those to come.
pub(crate) fn stream(
    app: App,
    workspace: WorkspaceId,
    shoot: ShootId,
    seen: i64,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = app.hub().listen(&app, &shoot);
    let listener = Listener {
        app,
        workspace,
        shoot,
        seen,
        last,
    };
    let parts = stream::unfold(listener, |mut listener| async move {
        let rows = listener.next().await?;
        Some((stream::iter(rows.into_iter().map(|row| Ok(event(row)))), listener))
    });
    Sse::new(parts.flatten()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

impl Listener {
    /// The next events, waited for. None when the service ends.
    async fn next(&mut self) -> Option<Vec<Row>> {
        loop {
            let read = self
                .app
                .store
                .events(&self.workspace, &self.shoot, self.seen, PART)
                .await;
            if let Ok(rows) = read
                && let Some(newest) = rows.last()
            {
                self.seen = newest.number;
                return Some(rows);
            }
            let seen = self.seen;
            let last = *self.last.wait_for(|last| *last > seen).await.ok()?;
            if last == END {
                return None;
            }
        }
    }
}

fn event(row: Row) -> Event {
    let data = serde_json::json!({ "atMs": row.created_ms, "data": row.data });
    Event::default()
        .id(row.number.to_string())
        .event(row.kind)
        .data(data.to_string())
}
