//! `photogen profiles`: what each channel takes, and where the figures come from.

use std::process::ExitCode;

use domain::profile::{Profile, Rules, all};

/// List the channels that pictures can be delivered for: what they take, and where that is said.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these.
    #[arg(value_name = "PROFILE")]
    names: Vec<domain::profile::ProfileName>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints them.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let chosen = all().iter().filter(|profile| {
        args.names.is_empty() || args.names.iter().any(|name| name.as_str() == profile.name)
    });
    for profile in chosen {
        if args.json {
            println!("{}", serde_json::to_string(profile)?);
        } else {
            print(profile);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(profile: &Profile) {
    let ground = profile
        .ground
        .map_or_else(|| "your ground".to_owned(), |ground| ground.to_string());
    let shadow = if profile.shadow { "" } else { ", no shadow" };
    println!("{:<16} {}", profile.name, profile.title);
    println!(
        "  rendered   {} {}, {ground}{shadow}, product fills {} %, named {}",
        profile.size, profile.format, profile.fill, profile.naming
    );
    println!("  views      {} to {}", profile.views_min, profile.views_max);
    println!("  demands    {}", words(&profile.rules));
    println!("  recommends {}", words(&profile.advice));
    for source in &profile.sources {
        println!(
            "  source {:?}   {} ({}, {})",
            source.grade, source.figures, source.origin, source.date
        );
    }
}

/// Demands in words.
fn words(rules: &Rules) -> String {
    let value = serde_json::to_value(rules).unwrap_or_default();
    let demands = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null());
    let words: Vec<String> = demands
        .map(|(name, value)| {
            let name = name.replace('_', " ");
            match value {
                serde_json::Value::Bool(true) => name,
                serde_json::Value::String(text) => format!("{name} {text}"),
                serde_json::Value::Array(list) => {
                    let list: Vec<&str> = list.iter().filter_map(serde_json::Value::as_str).collect();
                    format!("{name} {}", list.join("/"))
                }
                other => format!("{name} {other}"),
            }
        })
        .collect();
    if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.join(", ")
    }
}
