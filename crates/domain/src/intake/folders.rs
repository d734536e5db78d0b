//! One number in several folders: `jackets/1_front.jpg` and `pants/1_front.jpg` are two products.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use super::{
    clean,
    group::Understood,
    problem::{Problem, ProblemKind, Severity},
    sku_key,
};
use crate::product::View;

/// Gives photos of one SKU their folder's name as well, where folders side by side both claim one view of it.
///
/// A folder inside the other (`old/`) holds another version of the same product, and photos a table names keep
/// the SKU the table says.
pub(super) fn tell_apart(
    photos: &[PathBuf],
    understood: &mut [Understood],
    by_table: &HashSet<usize>,
) -> Vec<Problem> {
    let mut by_sku: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (photo, said) in understood
        .iter()
        .enumerate()
        .filter(|(photo, said)| !by_table.contains(photo) && !said.is_nameless)
    {
        by_sku.entry(sku_key(&said.sku)).or_default().push(photo);
    }
    let mut problems = Vec::new();
    for members in by_sku.into_values() {
        if !clash(&members, photos, understood) {
            continue;
        }
        let sku = understood[members[0]].sku.clone();
        let folders: BTreeSet<&Path> = members.iter().map(|&photo| folder(&photos[photo])).collect();
        let root = common_root(&folders);
        let mut names = BTreeSet::new();
        for &photo in &members {
            let own = folder(&photos[photo])
                .strip_prefix(&root)
                .unwrap_or(Path::new(""));
            let said = &mut understood[photo];
            said.sku = qualified(own, &said.sku);
            names.insert(said.sku.clone());
        }
        let names: Vec<String> = names.into_iter().collect();
        let message = format!(
            "{sku} stands in folders side by side with the same views; read as {}; a products.csv can say otherwise",
            names.join(", ")
        );
        problems.push(Problem::new(
            Severity::Warning,
            ProblemKind::SameSkuInFolders,
            &photos[members[0]],
            message,
        ));
    }
    problems
}

/// Two folders, neither inside the other, hold the same view of the SKU.
fn clash(members: &[usize], photos: &[PathBuf], understood: &[Understood]) -> bool {
    let mut slots: BTreeMap<_, BTreeSet<&Path>> = BTreeMap::new();
    for &photo in members {
        let said = &understood[photo];
        if said.view != View::Detail {
            slots
                .entry((said.view, said.side))
                .or_default()
                .insert(folder(&photos[photo]));
        }
    }
    slots.values().any(|folders| {
        let apart = |a: &Path, b: &Path| !a.starts_with(b) && !b.starts_with(a);
        folders.iter().any(|a| folders.iter().any(|b| apart(a, b)))
    })
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn common_root(folders: &BTreeSet<&Path>) -> PathBuf {
    let Some((&first, &last)) = folders.first().zip(folders.last()) else {
        return PathBuf::new();
    };
    first
        .components()
        .zip(last.components())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect()
}

/// `jackets/denim` and `1` make `jackets_denim_1`.
fn qualified(folder: &Path, sku: &str) -> String {
    let mut parts: Vec<String> = folder
        .components()
        .map(|part| clean(&part.as_os_str().to_string_lossy()))
        .collect();
    parts.push(sku.to_owned());
    parts.join("_")
}
