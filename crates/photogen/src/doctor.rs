//! `photogen doctor`: is everything that is set up here whole and reachable?

mod health;
mod service;

use std::{path::PathBuf, process::ExitCode};

use ::engines::insightface::InsightFace;
use imaging::{Picture, vision::face::FaceEmbedder as _};
use serde_json::json;

use crate::{engines, faces, models, serve::Storage, settings, signing};

/// Says what works here, what is missing and what is broken.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
    /// Make a root and a certificate of your own to sign delivered files with (C2PA), in the name of ORGANISATION, and do
    /// nothing else
    #[arg(long, value_name = "ORGANISATION", num_args = 0..=1, default_missing_value = "PhotoGen development")]
    init_signing: Option<String>,
    /// Also tell how the engines of a shoot are doing: the folder that it was given as --out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    storage: Storage,
}

/// What one check found.
pub(crate) struct Finding {
    /// What was looked at: a model, a setting.
    pub(crate) what: String,
    /// How it is.
    pub(crate) state: State,
    /// One line for people.
    pub(crate) says: String,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Whole, reachable.
    Good,
    /// Not here; fetched when a command needs it, or not wanted.
    Absent,
    /// Set up and not usable.
    Broken,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Absent => "absent",
            Self::Broken => "broken",
        }
    }
}

/// Every check. One line each.
const CHECKS: &[fn() -> Vec<Finding>] = &[models::examine, face_service, engine_servers, signing::examine];

/// Exits 1 when something that is set up is broken.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(organisation) = &args.init_signing {
        signing::init(organisation)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let opened = service::open(&args.storage).await;
        findings.extend(service::findings(&args.storage, &opened).await);
        let store = opened.as_ref().ok().and_then(Option::as_ref);
        findings.extend(health::findings(store, args.out.as_deref()).await);
        if let Some(store) = store {
            store.close().await;
        }
    });
    for Finding { what, state, says } in &findings {
        let state = state.word();
        if args.json {
            println!("{}", json!({ "what": what, "state": state, "says": says }));
        } else {
            println!("{state:<7} {what:<26} {says}");
        }
    }
    let broken = findings.iter().any(|finding| finding.state == State::Broken);
    Ok(ExitCode::from(u8::from(broken)))
}

/// Asks the service to look at a small gray picture, in which there is no face.
fn face_service() -> Vec<Finding> {
    let finding = |state, says: String| {
        let what = "INSIGHTFACE_URL".to_owned();
        vec![Finding { what, state, says }]
    };
    let Some(url) = faces::service_url() else {
        return finding(
            State::Absent,
            "not set: faces are looked at on this machine".to_owned(),
        );
    };
    let gray = Picture::from_pixel(64, 64, image::Rgba([128 * 257, 128 * 257, 128 * 257, u16::MAX]));
    match InsightFace::new(&url).and_then(|service| service.look(&gray)) {
        Ok(seen) if seen.face.is_none() => finding(State::Good, format!("{url} answers")),
        Ok(_) => finding(State::Broken, format!("{url} sees a face in an empty picture")),
        Err(error) => finding(State::Broken, format!("{url}: {error}")),
    }
}

/// Asks every engine's server that is set up here; one without its key or address is absent, not broken.
fn engine_servers() -> Vec<Finding> {
    let finding = |what: &str, state, says: String| Finding {
        what: what.to_owned(),
        state,
        says,
    };
    let cards = match engines::cards() {
        Ok(cards) => cards,
        Err(error) => return vec![finding("engines.toml", State::Broken, format!("{error:#}"))],
    };
    let of_card = |card: &domain::engine::EngineCard| {
        let server = card.server.as_ref()?;
        let key = server.key_env.as_ref().filter(|_| !server.key_optional);
        let missing = match key {
            Some(name) if settings::read(name).is_none() => Some(name),
            _ if server.base_url.is_none() && settings::read(&server.base_url_env).is_none() => {
                Some(&server.base_url_env)
            }
            _ => None,
        };
        let name = format!("engine {}", card.name);
        Some(match missing {
            Some(setting) => finding(&name, State::Absent, format!("{setting} is not set")),
            None => match ::engines::vendor::probe(card, &settings::read) {
                Ok(()) => finding(
                    &name,
                    State::Good,
                    "its server answers and takes the key".to_owned(),
                ),
                Err(error) => finding(&name, State::Broken, error.to_string()),
            },
        })
    };
    cards.engines.iter().filter_map(of_card).collect()
}
