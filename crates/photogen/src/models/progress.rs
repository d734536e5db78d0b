//! How far a fetch is: a bar on a terminal, one plain line elsewhere. Always on standard error.

use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One fetch being watched.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of a known number of bytes.
    pub(crate) fn of_bytes(what: &str, bytes: u64) -> Self {
        Self::start(
            bytes,
            "{msg} {bar:30} {bytes}/{total_bytes} {eta}",
            format!("{what} ({})", HumanBytes(bytes)),
        )
    }

    /// Of something that does not say how far it is.
    pub(crate) fn of_unknown(what: &str) -> Self {
        Self::start(0, "{spinner} {msg} {elapsed}", what.to_owned())
    }

    fn start(length: u64, template: &str, message: String) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        if bar.is_hidden() {
            eprintln!("fetching {message}");
        } else {
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_message(message);
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self(bar)
    }

    /// So many bytes are here.
    pub(crate) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
