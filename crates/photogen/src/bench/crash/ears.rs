//! Who listens to a shoot's events, across every crash of the server.

use std::time::Duration;

use crate::bench::world::Caller;

/// What was heard of a shoot.
pub(super) struct Heard {
    /// The shoot.
    pub(super) shoot: String,
    /// Number and kind of every event, as they came.
    pub(super) events: Vec<(i64, String)>,
}

/// Listens to a shoot from its first event to its end. Broken off, it goes on after the last event that it has heard.
pub(super) async fn listen(caller: Caller, shoot: String) -> anyhow::Result<Heard> {
    let mut heard = Heard {
        shoot,
        events: Vec::new(),
    };
    while !heard.is_over() {
        if follow(&caller, &mut heard).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(heard)
}

impl Heard {
    fn is_over(&self) -> bool {
        self.events.last().is_some_and(|(_, kind)| kind == "shoot.done")
    }
}

/// Follows one stream until it breaks off or the shoot ends.
async fn follow(caller: &Caller, heard: &mut Heard) -> reqwest::Result<()> {
    let mut request = caller.request(
        reqwest::Method::GET,
        &format!("/api/shoots/{}/events", heard.shoot),
    );
    if let Some((last, _)) = heard.events.last() {
        request = request.header("last-event-id", last.to_string());
    }
    let mut stream = request.send().await?.error_for_status()?;
    let mut unread = String::new();
    while let Some(part) = stream.chunk().await? {
        unread.push_str(&String::from_utf8_lossy(&part));
        // An event ends with an empty line; one that is cut off is not heard.
        while let Some((event, rest)) = unread.split_once("\n\n") {
            heard.events.extend(parsed(event));
            unread = rest.to_owned();
        }
        if heard.is_over() {
            break;
        }
    }
    Ok(())
}

fn parsed(event: &str) -> Option<(i64, String)> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    Some((field("id: ")?.parse().ok()?, field("event: ")?.to_owned()))
}
