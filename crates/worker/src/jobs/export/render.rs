//! The files of an export: those that are kept, and the others rendered and kept, some pictures at once.

use std::sync::Arc;

use domain::{delivery::Planned, manifest::Entry};
use engines::Budget;
use tokio::task::JoinSet;

use super::{Exporter, Held, LEASE_MS, Trouble};
use crate::{
    Stop,
    delivery::{Opened, Rendered, Renders, Terms, key},
};

/// A file that goes into the archive.
pub(super) struct Ready {
    pub(super) planned: Planned,
    pub(super) rendered: Result<Rendered, String>,
}

impl Ready {
    fn passes(&self) -> bool {
        self.rendered.as_ref().is_ok_and(Rendered::passes)
    }
}

impl Exporter {
    /// Renders every file that is missing, and tells how far it is.
    pub(super) async fn render(
        &self,
        held: &Held<'_>,
        entries: &[Arc<Entry>],
        planned: Vec<Planned>,
        stop: &Stop,
    ) -> Result<Vec<Ready>, Trouble> {
        let total = planned.len();
        let mut of_picture: Vec<Vec<(usize, Planned)>> = entries.iter().map(|_| Vec::new()).collect();
        for (place, planned) in planned.into_iter().enumerate() {
            of_picture[planned.picture].push((place, planned));
        }
        let mut waiting = entries.iter().cloned().zip(of_picture);
        let mut working = JoinSet::new();
        let mut ready: Vec<(usize, Ready)> = Vec::with_capacity(total);
        loop {
            while working.len() < self.slots.max(1) && !stop.is_asked() {
                let Some((entry, files)) = waiting.next() else {
                    break;
                };
                let (renders, cores) = (held.renders.clone(), Arc::clone(&self.cores));
                working.spawn(render_picture(renders, cores, entry, files, held.terms.clone()));
            }
            let Some(done) = working.join_next().await else {
                break;
            };
            ready.extend(done.map_err(|panic| Trouble::Broken(format!("rendering broke down: {panic}")))??);
            let failing = ready.iter().filter(|(_, ready)| !ready.passes()).count();
            let until_ms = self.clock.now_ms() + LEASE_MS;
            let counts = [total, ready.len(), failing];
            if !self
                .store
                .tell_export(&held.export.id, held.token, counts, until_ms)
                .await?
            {
                return Err(Trouble::Lost);
            }
        }
        if ready.len() < total {
            return Err(Trouble::Stopped);
        }
        ready.sort_by_key(|(place, _)| *place);
        Ok(ready.into_iter().map(|(_, ready)| ready).collect())
    }
}

/// The files of one picture.
async fn render_picture(
    renders: Renders,
    cores: Arc<Budget>,
    entry: Arc<Entry>,
    files: Vec<(usize, Planned)>,
    terms: Terms,
) -> Result<Vec<(usize, Ready)>, Trouble> {
    let Some(source) = entry.file.clone() else {
        return Ok(Vec::new());
    };
    let mut ready = Vec::with_capacity(files.len());
    let mut missing = Vec::new();
    for (place, planned) in files {
        let key = key(&source.sha256, &entry, planned.profile, planned.role, &terms);
        match renders.kept(&key, planned.profile.format.extension()).await? {
            Some(rendered) => {
                let rendered = Ok(rendered);
                ready.push((place, Ready { planned, rendered }));
            }
            None => missing.push((place, planned)),
        }
    }
    if missing.is_empty() {
        return Ok(ready);
    }
    let bytes = renders.blobs.get(&source.path).await?;
    let rendering = tokio::task::spawn_blocking(move || {
        cores.with(1, || {
            let opened = Opened::open(bytes.to_vec());
            let render = |planned: &Planned| match &opened {
                Ok(opened) => opened.render(&entry, planned.profile, planned.role, &terms),
                Err(why) => Err(why.clone()),
            };
            missing
                .into_iter()
                .map(|(place, planned)| (place, render(&planned), planned))
                .collect::<Vec<_>>()
        })
    });
    let made = rendering
        .await
        .map_err(|panic| Trouble::Broken(format!("rendering broke down: {panic}")))?;
    for (place, rendered, planned) in made {
        let rendered = match rendered {
            Ok((rendered, file)) => {
                let extension = planned.profile.format.extension();
                renders.keep(&rendered, extension, file).await?;
                Ok(rendered)
            }
            Err(why) => Err(why),
        };
        ready.push((place, Ready { planned, rendered }));
    }
    Ok(ready)
}
