//! Sources: the places a card's files can be had from, checked as they are read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::card::is_sha256;

/// A place the files can be had from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub(crate) enum Source {
    /// The publisher's own address of the one file.
    Address(String),
    /// A pinned package, fetched with the registry's own client.
    Package(Pin),
}

/// One version of one package, by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// Where it is published.
    pub(crate) registry: Registry,
    /// Its name there.
    pub(crate) name: String,
    /// The exact version.
    pub(crate) version: String,
    /// SHA-256 of the package file: it is not opened when this differs.
    pub(crate) sha256: String,
    /// Folder inside the package that the files' paths start from.
    pub(crate) folder: String,
}

/// A package registry, known by its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registry {
    /// Wheels, by pip.
    Pypi,
    /// Tarballs, by npm.
    Npm,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(url) => f.write_str(url),
            Self::Package(pin) => write!(f, "the package {} {}", pin.name, pin.version),
        }
    }
}

/// A source as it is written in a card.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pypi: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    npm: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sha256: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    folder: String,
}

impl TryFrom<Row> for Source {
    type Error = &'static str;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let (registry, name) = match (row.url, row.pypi, row.npm) {
            (Some(url), None, None) => return Ok(Self::Address(url)),
            (None, Some(name), None) => (Registry::Pypi, name),
            (None, None, Some(name)) => (Registry::Npm, name),
            _ => return Err("a source has one of `url`, `pypi` and `npm`"),
        };
        if row.version.is_empty() {
            return Err("a package source needs the exact `version`");
        }
        if !is_sha256(&row.sha256) {
            return Err("a package source needs the package's `sha256`, 64 hex digits");
        }
        let (version, sha256, folder) = (row.version, row.sha256, row.folder);
        Ok(Self::Package(Pin {
            registry,
            name,
            version,
            sha256,
            folder,
        }))
    }
}

impl From<Source> for Row {
    fn from(source: Source) -> Self {
        match source {
            Source::Address(url) => Self {
                url: Some(url),
                ..Self::default()
            },
            Source::Package(Pin {
                registry,
                name,
                version,
                sha256,
                folder,
            }) => {
                let row = Self {
                    version,
                    sha256,
                    folder,
                    ..Self::default()
                };
                match registry {
                    Registry::Pypi => Self {
                        pypi: Some(name),
                        ..row
                    },
                    Registry::Npm => Self {
                        npm: Some(name),
                        ..row
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_says_what_it_lacks() {
        let pin = format!("pypi = 'a'\nversion = '1'\nsha256 = '{}'", "0f".repeat(32));
        assert!(toml::from_str::<Source>(&pin).is_ok());
        for (text, says) in [
            (pin.replace("pypi = 'a'", ""), "one of `url`, `pypi` and `npm`"),
            (pin.clone() + "\nurl = 'b'", "one of `url`, `pypi` and `npm`"),
            (pin.replace("version = '1'", ""), "exact `version`"),
            (pin.replace("0f", "0F"), "64 hex digits"),
            (pin.clone() + "\nfile = 'b'", "unknown field `file`"),
        ] {
            let message = toml::from_str::<Source>(&text).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
    }

    #[test]
    fn a_source_is_written_as_it_is_read() {
        let text = format!(
            "npm = \"a\"\nversion = \"1\"\nsha256 = \"{}\"\nfolder = \"p\"\n",
            "0f".repeat(32)
        );
        let source: Source = toml::from_str(&text).unwrap();
        assert_eq!(toml::to_string(&source).unwrap(), text);
    }
}
