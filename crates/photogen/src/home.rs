//! Where PhotoGen keeps what is shared between shoots: model files and sample photos.

use std::path::PathBuf;

use crate::settings;

/// `$PHOTOGEN_HOME`, else `$XDG_DATA_HOME/photogen`, else `~/.local/share/photogen`, else `./.photogen`.
pub(crate) fn home() -> PathBuf {
    let set = |name: &str| settings::set(name).map(PathBuf::from);
    set("PHOTOGEN_HOME")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("photogen")))
        .or_else(|| set("HOME").map(|user| user.join(".local/share/photogen")))
        .unwrap_or_else(|| PathBuf::from(".photogen"))
}
