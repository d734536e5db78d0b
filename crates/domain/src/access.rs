//! Who may do what in a workspace: one table, asked by every door.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a member of a workspace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks and decides.
    Reviewer,
    /// Works on the catalogue and shoots it, too.
    Editor,
    /// Everything, members, keys and money among it.
    Owner,
}

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// See what the workspace has.
    Read,
    /// Decide on pictures. Taking one anyway although a lock said no costs the credits that came back when it was sent back: it is a
    /// decision on a picture that somebody ordered. Doing one again orders another, which is [`Action::Shoot`].
    Review,
    /// Change projects, products and models.
    Edit,
    /// Order pictures, which costs credits.
    Shoot,
    /// Members, keys, webhooks, thresholds, retention, money.
    Manage,
}

/// The text is none of the words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{given}` is not {what}: use {known}")]
pub struct WordError {
    given: String,
    what: &'static str,
    known: String,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Reviewer, Self::Editor, Self::Owner];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// Whether it may.
    pub fn may(self, action: Action) -> bool {
        match action {
            Action::Read | Action::Review => true,
            Action::Edit | Action::Shoot => self >= Self::Editor,
            Action::Manage => self == Self::Owner,
        }
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Read, Self::Review, Self::Edit, Self::Shoot, Self::Manage];

    /// The word for it; also the scope of an API key that may.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Review => "review",
            Self::Edit => "edit",
            Self::Shoot => "shoot",
            Self::Manage => "manage",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        word(text, "a role", &Self::ALL, |role| role.name())
    }
}

impl FromStr for Action {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        word(text, "a scope", &Self::ALL, |action| action.name())
    }
}

fn word<T: Copy>(
    text: &str,
    what: &'static str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Result<T, WordError> {
    all.iter()
        .find(|one| name(one) == text)
        .copied()
        .ok_or_else(|| WordError {
            given: text.to_owned(),
            what,
            known: all.iter().map(&name).collect::<Vec<_>>().join(", "),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_who_may_what() {
        use Action::{Edit, Manage, Read, Review, Shoot};
        for (role, allowed) in [
            (Role::Reviewer, vec![Read, Review]),
            (Role::Editor, vec![Read, Review, Edit, Shoot]),
            (Role::Owner, vec![Read, Review, Edit, Shoot, Manage]),
        ] {
            let may: Vec<Action> = Action::ALL
                .into_iter()
                .filter(|action| role.may(*action))
                .collect();
            assert_eq!(may, allowed, "{role}");
        }
    }

    #[test]
    fn unknown_words_name_the_known_ones() {
        let error = "boss".parse::<Role>().unwrap_err().to_string();
        assert_eq!(error, "`boss` is not a role: use reviewer, editor, owner");
    }
}
