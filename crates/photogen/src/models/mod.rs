//! `photogen models`: the model files and sample photos, fetched once, checked always.
//!
//! Any command calls [`ensure`] for what it needs; a missing file is then pulled, and said so.

mod address;
mod archive;
mod card;
mod catalogue;
mod examine;
mod fetch;
mod package;
mod place;
mod progress;
mod source;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args as ClapArgs, Subcommand};
use imaging::vision::CutoutCard;
use serde_json::json;

pub(crate) use card::Card;
use catalogue::Catalogue;
pub(crate) use examine::examine;
use fetch::Origin;
use place::State;

use crate::home::home;

/// A card whose files are here and whole.
#[derive(Clone, Debug)]
pub(crate) struct ModelFile {
    /// The model's file; for photos, their folder.
    pub(crate) path: PathBuf,
    /// SHA-256 of the (first) file, for recipes.
    pub(crate) sha256: String,
    /// What it is and how it is fed.
    pub(crate) card: Card,
}

impl ModelFile {
    /// Of a card that is complete.
    fn of(catalogue: &Catalogue, card: &Card) -> Self {
        Self {
            path: catalogue.path(card),
            sha256: card.files[0].sha256.clone(),
            card: card.clone(),
        }
    }

    /// How a cut-out network is fed.
    pub(crate) fn input(&self) -> anyhow::Result<&CutoutCard> {
        self.card
            .input
            .as_ref()
            .with_context(|| format!("{} is no cut-out model", self.card.name))
    }
}

/// The model of this name or kind (`cutout`, `face_embed`, `photos`), pulled first if it is missing.
pub(crate) fn ensure(wanted: &str) -> anyhow::Result<ModelFile> {
    let catalogue = Catalogue::load(home())?;
    let card = catalogue.find(wanted)?;
    if !fetch::is_complete(&catalogue, card) {
        let why = match state(&catalogue, card, place::glance) {
            State::Wrong => "has wrong bytes",
            _ => "is not here yet",
        };
        eprintln!("{} ({}) {why}: pulling it", card.name, card.about);
        fetch::complete(&catalogue, card, None)?;
    }
    Ok(ModelFile::of(&catalogue, card))
}

/// The model of this name or kind, where it is here whole; nothing is pulled.
pub(crate) fn here(wanted: &str) -> Option<ModelFile> {
    let catalogue = Catalogue::load(home()).ok()?;
    let card = catalogue.find(wanted).ok()?;
    fetch::is_complete(&catalogue, card).then(|| ModelFile::of(&catalogue, card))
}

/// Model files and sample photos: list, pull, verify.
#[derive(ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// One JSON object per line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Action {
    /// What can be had, and what is here
    List,
    /// Fetch what is missing (every model with a source, unless names are given)
    Pull {
        /// Names from `photogen models list`
        names: Vec<String>,
        /// Take the files from this folder instead of the network
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Read every byte of what is here and compare it with the pinned hash
    Verify {
        /// Names from `photogen models list`: each must be there. Without names, one or more must be, and all whole
        names: Vec<String>,
    },
    /// Print where a model's file or the photos' folder is, after pulling it if it is missing
    Path {
        /// A name or kind from `photogen models list`
        name: String,
    },
}

/// Runs `photogen models`.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let catalogue = Catalogue::load(home())?;
    match &args.action {
        Action::List => list(&catalogue, args.json),
        Action::Pull { names, from } => return pull(&catalogue, names, from.as_deref(), args.json),
        Action::Verify { names } => return verify(&catalogue, names, args.json),
        Action::Path { name } => path(&ensure(name)?, args.json),
    }
    Ok(ExitCode::SUCCESS)
}

fn path(found: &ModelFile, json: bool) {
    if json {
        println!(
            "{}",
            json!({ "path": found.path, "sha256": found.sha256, "card": found.card })
        );
    } else {
        println!("{}", found.path.display());
    }
}

fn list(catalogue: &Catalogue, json: bool) {
    if !json {
        println!(
            "{:<20} {:<14} {:<8} {:>9}  {:<12} about",
            "name", "kind", "state", "bytes", "licence"
        );
    }
    for card in &catalogue.cards {
        let state = word(state(catalogue, card, place::glance));
        let bytes: u64 = card.files.iter().map(|file| file.bytes).sum();
        if json {
            let path = catalogue.path(card);
            println!("{}", json!({ "state": state, "path": path, "card": card }));
        } else {
            let Card {
                name,
                kind,
                licence,
                about,
                ..
            } = card;
            println!("{name:<20} {kind:<14} {state:<8} {bytes:>9}  {licence:<12} {about}");
        }
    }
}

fn pull(
    catalogue: &Catalogue,
    names: &[String],
    from: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut failed = false;
    for card in chosen(catalogue, names, from)? {
        match fetch::complete(catalogue, card, from) {
            Ok(origin) => report_pulled(catalogue, card, &origin, json),
            Err(error) => {
                failed = true;
                eprintln!("error: {error:#}");
                if json {
                    println!(
                        "{}",
                        json!({ "name": card.name, "state": "failed", "error": format!("{error:#}") })
                    );
                }
            }
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Without names: every model that has a source; from a folder, every model.
fn chosen<'a>(
    catalogue: &'a Catalogue,
    names: &[String],
    from: Option<&Path>,
) -> anyhow::Result<Vec<&'a Card>> {
    if !names.is_empty() {
        return names.iter().map(|name| catalogue.find(name)).collect();
    }
    let wanted = |card: &&Card| card.kind != "photos" && (from.is_some() || !card.sources.is_empty());
    Ok(catalogue.cards.iter().filter(wanted).collect())
}

fn report_pulled(catalogue: &Catalogue, card: &Card, origin: &Origin, json: bool) {
    let path = catalogue.path(card);
    let (state, source) = match origin {
        Origin::Here => ("present", None),
        Origin::Fetched(source) => ("pulled", Some(source)),
    };
    if json {
        println!(
            "{}",
            json!({ "name": card.name, "state": state, "source": source, "path": path })
        );
    } else if let Some(source) = source {
        println!("{}: pulled from {source} to {}", card.name, path.display());
    } else {
        println!("{}: already here, {}", card.name, path.display());
    }
}

fn verify(catalogue: &Catalogue, names: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let cards = if names.is_empty() {
        catalogue.cards.iter().collect()
    } else {
        names
            .iter()
            .map(|name| catalogue.find(name))
            .collect::<anyhow::Result<Vec<_>>>()?
    };
    let mut states = Vec::new();
    for card in cards {
        let state = state(catalogue, card, place::inspect);
        states.push(state);
        if json {
            println!(
                "{}",
                json!({ "name": card.name, "state": word(state), "path": catalogue.path(card) })
            );
        } else {
            println!("{}: {}{}", card.name, word(state), remedy(card, state));
        }
    }
    let is_whole = !states.contains(&State::Wrong);
    let is_there = if names.is_empty() {
        states.contains(&State::Present)
    } else {
        !states.contains(&State::Missing)
    };
    Ok(ExitCode::from(u8::from(!(is_whole && is_there))))
}

/// What to do about a card in this state.
fn remedy(card: &Card, state: State) -> String {
    let name = &card.name;
    let from = if card.sources.is_empty() {
        " --from DIR"
    } else {
        ""
    };
    match state {
        State::Present => String::new(),
        State::Missing => format!("; run `photogen models pull {name}{from}` to fetch it"),
        State::Wrong => format!(" bytes; run `photogen models pull {name}{from}` to replace them"),
    }
}

/// The worst state among a card's files.
fn state(catalogue: &Catalogue, card: &Card, look: fn(&Path, &card::FileCard) -> State) -> State {
    let folder = catalogue.folder(card);
    let states: Vec<State> = card.files.iter().map(|file| look(&folder, file)).collect();
    [State::Wrong, State::Missing]
        .into_iter()
        .find(|bad| states.contains(bad))
        .unwrap_or(State::Present)
}

fn word(state: State) -> &'static str {
    match state {
        State::Present => "present",
        State::Missing => "missing",
        State::Wrong => "wrong",
    }
}
