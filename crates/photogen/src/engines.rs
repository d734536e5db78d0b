//! `photogen engines`: what can make pictures, what it costs, and which of its models still work.

use std::{fmt::Write as _, fs, io, process::ExitCode};

use anyhow::{Context as _, bail};
use domain::{
    clock::{Clock as _, day},
    engine::{EngineCard, EngineChoice, Lifecycle, ModelCard, Preset, PresetName},
};
use engines::cards::Cards;
use jiff::civil::Date;
use serde_json::json;

use crate::{clock::SystemClock, counted::counted, home::home, settings};

/// List the engines that can make pictures, their models and presets.
///
/// An `engines.toml` in PhotoGen's home adds engines, models and presets or replaces those of the same name.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One JSON object per engine and line.
    #[arg(long)]
    json: bool,
}

/// Prints the cards.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (cards, today) = (cards()?, day(SystemClock.now_ms()));
    for card in &cards.engines {
        if args.json {
            println!("{}", in_json(card, today)?);
        } else {
            println!("{}", in_words(card, today));
        }
    }
    if !args.json {
        println!("presets");
        for preset in &cards.presets {
            let chain = std::iter::once(&preset.engine).chain(&preset.fallbacks);
            let chain: Vec<String> = chain.map(ToString::to_string).collect();
            println!(
                "  {:<13} {} ({})",
                preset.name.to_string(),
                preset.summary,
                chain.join(", then ")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The built-in cards with `<home>/engines.toml`, if there, laid over them.
pub(crate) fn cards() -> anyhow::Result<Cards> {
    let path = home().join("engines.toml");
    let place = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Cards::built_in().with(&text, &place)?),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Cards::built_in())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {place}")),
    }
}

/// The preset of a name, or the names there are.
pub(crate) fn preset<'a>(cards: &'a Cards, name: &PresetName) -> anyhow::Result<&'a Preset> {
    cards.preset(name).with_context(|| {
        let known: Vec<String> = cards
            .presets
            .iter()
            .map(|preset| preset.name.to_string())
            .collect();
        format!("there is no preset `{name}`: use {}", known.join(", "))
    })
}

/// What a choice of engine comes to.
pub(crate) struct Chosen<'a> {
    /// The engine.
    pub(crate) card: &'a EngineCard,
    /// Its end, if it is near.
    pub(crate) warning: Option<String>,
}

/// The card of a choice, and a warning where its model ends soon. A model that does not work is refused here, before
/// anything is planned.
pub(crate) fn chosen<'a>(cards: &'a Cards, choice: &EngineChoice, today: Date) -> anyhow::Result<Chosen<'a>> {
    let Some(card) = cards.engine(&choice.name) else {
        let known: Vec<&str> = cards.engines.iter().map(|card| card.name.0.as_str()).collect();
        bail!("there is no engine `{}`: use {}", choice.name, known.join(", "));
    };
    let model = card.model(choice.model.as_deref(), today)?;
    Ok(Chosen {
        card,
        warning: model.and_then(|model| ending(model, today)),
    })
}

/// A model that has ended, with its day and what to use instead.
fn gone(model: &ModelCard) -> String {
    let day = model
        .shutdown
        .map_or_else(String::new, |day| format!(" on {day}"));
    let instead = model
        .successor
        .as_ref()
        .map_or_else(String::new, |next| format!("; use {next}"));
    format!("  shut down{day}{instead}")
}

/// A model that ends soon, in a sentence.
fn ending(model: &ModelCard, today: Date) -> Option<String> {
    let Lifecycle::Retiring { days } = model.lifecycle(today) else {
        return None;
    };
    let instead = model
        .successor
        .as_ref()
        .map(|next| format!("; change to {next}"))
        .unwrap_or_default();
    Some(format!(
        "{} is shut down in {}{instead}",
        model.id,
        counted(days as usize, "day")
    ))
}

fn in_words(card: &EngineCard, today: Date) -> String {
    let mut text = format!("{}\n  {}\n", card.name, card.summary);
    let mut can = Vec::new();
    can.extend(card.packshot.then_some("the product alone"));
    can.extend(card.on_model.then_some(if card.references.people {
        "the product on your person"
    } else {
        "the product on a person of its own"
    }));
    let _ = writeln!(text, "  makes      {}", can.join(", "));
    if card.references.max > 0 {
        let _ = writeln!(
            text,
            "  reads      up to {} photos of {} pixels a side{}",
            card.references.max,
            card.references.side_max,
            if card.references.people {
                ", the person's among them"
            } else {
                ""
            }
        );
    }
    let _ = writeln!(
        text,
        "  costs      {} a picture",
        counted(card.price_credits.max(0) as usize, "credit")
    );
    if let Some(server) = &card.server {
        let address = settings::read(&server.base_url_env).or_else(|| server.base_url.clone());
        let key = server.key_env.as_ref().map(|name| match settings::read(name) {
            Some(_) => format!("; {name} is set"),
            None if server.key_optional => String::new(),
            None => format!("; {name} is not set"),
        });
        let _ = writeln!(
            text,
            "  is at      {}{}",
            address.unwrap_or_else(|| format!("(set {})", server.base_url_env)),
            key.unwrap_or_default()
        );
    }
    for model in &card.models {
        let _ = writeln!(text, "  model      {}", model_in_words(model, today));
    }
    text
}

fn model_in_words(model: &ModelCard, today: Date) -> String {
    let state = match (&model.refused, model.lifecycle(today)) {
        (Some(reason), _) => format!("  refused: {reason}"),
        (None, Lifecycle::Retired) => gone(model),
        (None, Lifecycle::Retiring { .. }) => ending(model, today)
            .map(|words| format!("  {words}"))
            .unwrap_or_default(),
        (None, Lifecycle::Current) => String::new(),
    };
    let prices: Vec<String> = model
        .price_usd
        .iter()
        .map(|(quality, price)| format!("{} ${price}", quality.name()))
        .collect();
    let prices = if prices.is_empty() {
        String::new()
    } else {
        format!("  {}", prices.join(", "))
    };
    let note = model.note.as_ref().map(|note| format!("  {note}"));
    format!("{}{prices}{state}{}", model.id, note.unwrap_or_default())
}

/// The card as it is, with each model's state on this day.
fn in_json(card: &EngineCard, today: Date) -> anyhow::Result<serde_json::Value> {
    let mut value = serde_json::to_value(card)?;
    let models = card.models.iter().map(|model| {
        let state = match model.lifecycle(today) {
            _ if model.refused.is_some() => "refused",
            Lifecycle::Current => "current",
            Lifecycle::Retiring { .. } => "retiring",
            Lifecycle::Retired => "retired",
        };
        json!({ "id": model.id, "state": state })
    });
    value["model_states"] = models.collect();
    Ok(value)
}
