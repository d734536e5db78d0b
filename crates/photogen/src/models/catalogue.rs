//! The cards that apply here: the ones in the program, with the owner's over them, and where their files live.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::card::{self, Card};

/// The cards that come with the program.
const BUILT_IN: &str = include_str!("../../../../models/models.toml");

/// Every card, and the folder their files are kept under.
pub(crate) struct Catalogue {
    /// PhotoGen's data folder.
    pub(crate) home: PathBuf,
    /// The owner's cards first, then the built-in ones they do not replace.
    pub(crate) cards: Vec<Card>,
}

impl Catalogue {
    /// The built-in cards; `<home>/models.toml`, if there, adds cards and replaces those of the same name.
    pub(crate) fn load(home: PathBuf) -> anyhow::Result<Self> {
        let built_in = card::parse(BUILT_IN).context("the built-in models.toml")?;
        let path = home.join("models.toml");
        let mut cards = match fs::read_to_string(&path) {
            Ok(text) => card::parse(&text).with_context(|| format!("in {}", path.display()))?,
            Err(error) if is_absent(&error) => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let owned = cards.len();
        for card in built_in {
            if cards[..owned].iter().all(|own| own.name != card.name) {
                cards.push(card);
            }
        }
        Ok(Self { home, cards })
    }

    /// The card of this name; else the default card of this kind, the owner's before ours.
    pub(crate) fn find(&self, wanted: &str) -> anyhow::Result<&Card> {
        let named = self.cards.iter().find(|card| card.name == wanted);
        let of_kind = || self.cards.iter().find(|card| card.kind == wanted && card.default);
        let Some(card) = named.or_else(of_kind) else {
            let names: Vec<&str> = self.cards.iter().map(|card| card.name.as_str()).collect();
            bail!("there is no model called `{wanted}`; known: {}", names.join(", "));
        };
        Ok(card)
    }

    /// The folder a card's files are in: `models`, or `samples/<name>` for photos.
    pub(crate) fn folder(&self, card: &Card) -> PathBuf {
        if card.kind == "photos" {
            self.home.join("samples").join(&card.name)
        } else {
            self.home.join("models")
        }
    }

    /// What to hand to a command: the model's file, or the photos' folder.
    pub(crate) fn path(&self, card: &Card) -> PathBuf {
        let folder = self.folder(card);
        if card.kind == "photos" {
            folder
        } else {
            folder.join(&card.files[0].file)
        }
    }
}

/// Nothing there, also where the home itself is impossible: that is reported when something must be written.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Where a card's products table goes.
pub(crate) fn table_path(folder: &Path) -> PathBuf {
    folder.join("products.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"
        [[card]]
        name = "isnet"
        kind = "cutout"
        default = true
        about = "sharper edges"
        licence = "Apache-2.0"
        input = { side = 1024, output = 0, mean = [0.5, 0.5, 0.5], std = [1.0, 1.0, 1.0] }
        files = [{ file = "isnet.onnx", bytes = 1, sha256 = "SHA" }]
    "#;

    fn with_own(text: &str) -> anyhow::Result<Catalogue> {
        let home = tempfile::tempdir()?;
        fs::write(home.path().join("models.toml"), text)?;
        Catalogue::load(home.path().to_path_buf())
    }

    #[test]
    fn the_built_in_cut_out_is_u2netp() {
        let catalogue = Catalogue::load(PathBuf::from("nowhere")).unwrap();
        assert_eq!(catalogue.find("cutout").unwrap().name, "u2netp");
        assert_eq!(catalogue.find("photos").unwrap().files.len(), 24);
    }

    #[test]
    fn an_owners_default_takes_the_place_of_ours() {
        let catalogue = with_own(&OWN.replace("SHA", &"0a".repeat(32))).unwrap();
        assert_eq!(catalogue.find("cutout").unwrap().name, "isnet");
        assert_eq!(catalogue.find("u2netp").unwrap().name, "u2netp");
    }

    #[test]
    fn a_bad_card_names_itself_and_its_field() {
        for (text, says) in [
            (OWN.to_owned(), "sha256 of `isnet.onnx`"),
            (
                OWN.replace("isnet.onnx", "../isnet.onnx")
                    .replace("SHA", &"0a".repeat(32)),
                "without folders",
            ),
            (OWN.replace("licence", "license"), "license"),
            (
                OWN.replace("SHA", &"0a".repeat(32))
                    .replace("input =", "# input ="),
                "needs a [card.input]",
            ),
        ] {
            let message = format!("{:#}", with_own(&text).err().unwrap());
            assert!(
                message.contains(says) && message.contains("models.toml"),
                "{message}"
            );
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let catalogue = Catalogue::load(PathBuf::from("nowhere")).unwrap();
        let message = catalogue.find("u2net").unwrap_err().to_string();
        assert!(
            message.contains("u2netp") && message.contains("openvto-clothes"),
            "{message}"
        );
    }
}
