//! The words of a command, and the settings of the environment behind them: an empty one is not set, a wrong one is named.

use std::{env, ffi::OsString};

use clap::{
    Arg, Command, Error, Parser,
    error::{ContextKind, ContextValue},
};

use super::is_empty;

/// Reads words; what they leave open is taken from the environment.
pub(crate) fn parse<T: Parser>(words: impl IntoIterator<Item = OsString>) -> Result<T, Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    let mut command = without_empty(T::command());
    let read = match command.try_get_matches_from_mut(&words) {
        Ok(mut matches) => T::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command)),
        Err(error) => Err(error),
    };
    read.map_err(|error| naming_setting(error, &command, &words))
}

/// Compose files and `.env` files set what they have no value for to nothing.
fn without_empty(command: Command) -> Command {
    let value = |arg: &Arg| arg.get_env().and_then(env::var_os);
    command
        .mut_args(|arg| {
            if value(&arg).is_some_and(|value| is_empty(&value)) {
                arg.env(None::<&'static str>)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty)
}

/// Where the value came from the environment, nobody wrote the flag that the error is about.
fn naming_setting(mut error: Error, command: &Command, words: &[OsString]) -> Error {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(arg)) => arg.split(' ').next().unwrap_or_default().to_owned(),
        _ => return error,
    };
    let is_flag = |word: &OsString| {
        let word = word.to_string_lossy();
        word.split('=').next() == Some(flag.as_str())
    };
    if let Some(setting) = setting_of(command, &flag).filter(|_| !words.iter().any(is_flag)) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(setting));
    }
    error
}

/// The setting that stands behind a flag.
fn setting_of(command: &Command, flag: &str) -> Option<String> {
    let long = flag.strip_prefix("--")?;
    let of = |arg: &Arg| Some(arg.get_env()?.to_str()?.to_owned());
    let mut here = command.get_arguments().filter(|arg| arg.get_long() == Some(long));
    here.find_map(of).or_else(|| {
        let mut below = command.get_subcommands();
        below.find_map(|command| setting_of(command, flag))
    })
}
