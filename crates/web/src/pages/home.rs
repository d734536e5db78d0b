//! Home: what needs a person first, then shoots in flight, credits, how engines do.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::State;
use domain::{clock::day, ids::ShootId};
use store::{
    overview::FirstTries,
    shoots::{GenerationFilter, Shoot},
};

use super::{
    Page, assets,
    exports::Line,
    html,
    pictures::{Far, Small, Tile, shoot_name},
    shell::Shell,
    show, sizes,
    words::Words,
};
use crate::{
    app::App,
    auth::caller::{Allowed, Read},
    error::Result,
};

const DAY_MS: i64 = 24 * 3_600_000;
/// Consent and engines that end within so many days are told.
const SOON_DAYS: i64 = 30;
/// Pictures of a shoot's film.
const FRAMES: u32 = 12;

/// Something that waits for a person.
struct Need {
    pictures: Vec<Small>,
    round: bool,
    title: String,
    text: String,
    verb: String,
    href: String,
}

struct Flight {
    id: String,
    name: String,
    state: String,
    far: Far,
    tiles: Vec<Tile>,
    /// Frames of the film: those of pictures to come stand empty.
    frames: usize,
}

/// Credits of the last days, as a line.
struct Credits {
    free: i64,
    held: i64,
    line: String,
    area: String,
    from_ms: i64,
    last_days: Option<i64>,
    rows: Vec<(i64, i64)>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    w: Words,
    shell: Shell,
    needs: Vec<Need>,
    flights: Vec<Flight>,
    is_new: bool,
    credits: Credits,
    engines: Vec<FirstTries>,
    exports: Vec<Line>,
}

pub(super) async fn page(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let workspace = &shell.person.workspace;
    let now_ms = app.now_ms();
    let shoots = app.store.shoots(workspace, None, None, None, 60).await?;
    let mut needs = decide(&app, &shell, &shoots).await?;
    needs.extend(unmade(&app, &shell, &shoots).await?);
    needs.extend(consents(&app, &shell).await?);
    needs.extend(endings(&app, shell.w));
    let mut flights = Vec::new();
    let flying = shoots
        .iter()
        .filter(|shoot| matches!(shoot.state.as_str(), "running" | "paused"));
    let ended = shoots
        .iter()
        .filter(|shoot| !matches!(shoot.state.as_str(), "running" | "paused"));
    for shoot in flying.chain(ended).take(3) {
        flights.push(flight(&app, &shell, shoot).await?);
    }
    html(&Home {
        credits: credits(&app, &shell, now_ms).await?,
        engines: app
            .store
            .first_tries(Some(workspace), now_ms - 30 * DAY_MS)
            .await?,
        exports: app
            .store
            .exports(workspace, None, 3)
            .await?
            .iter()
            .map(|row| Line::of(&app, shell.w, row))
            .collect(),
        is_new: shoots.is_empty(),
        w: shell.w,
        needs,
        flights,
        shell,
    })
}

async fn decide(app: &App, shell: &Shell, shoots: &[Shoot]) -> Result<Vec<Need>> {
    let (w, workspace) = (shell.w, &shell.person.workspace);
    let mut needs = Vec::new();
    for (id, count, sent_back) in app.store.undecided_shoots(workspace).await? {
        let Some(shoot) = shoots.iter().find(|shoot| shoot.id.as_str() == id) else {
            continue;
        };
        let filter = GenerationFilter {
            shoot: Some(&id),
            ..GenerationFilter::default()
        };
        let newest = app.store.newest_pictures(workspace, &filter, 3).await?;
        needs.push(Need {
            pictures: newest.iter().map(Small::of_picture).collect(),
            round: false,
            title: w.n1("need-decide", count, "shoot", shoot_name(w, shoot)),
            text: match sent_back {
                0 => w.t("need-decide-none"),
                count => w.n("need-decide-failed", count),
            },
            verb: w.t("verb-review"),
            href: format!("/review/{id}"),
        });
        if needs.len() == 3 {
            break;
        }
    }
    Ok(needs)
}

/// Shoots with pictures that could not be made.
async fn unmade(app: &App, shell: &Shell, shoots: &[Shoot]) -> Result<Vec<Need>> {
    let w = shell.w;
    let ids: Vec<ShootId> = shoots.iter().map(|shoot| shoot.id.clone()).collect();
    let unmade = app.store.unmade_shoots(&shell.person.workspace, &ids).await?;
    let needs = unmade.into_iter().filter_map(|(id, count)| {
        let shoot = shoots.iter().find(|shoot| shoot.id.as_str() == id)?;
        Some(Need {
            pictures: Vec::new(),
            round: false,
            title: w.n1("need-unmade", count, "shoot", shoot_name(w, shoot)),
            text: w.t("need-unmade-text"),
            verb: w.t("verb-unmade"),
            href: format!("/shoots/{id}/unmade"),
        })
    });
    Ok(needs.take(3).collect())
}

async fn consents(app: &App, shell: &Shell) -> Result<Vec<Need>> {
    let (w, now_ms) = (shell.w, app.now_ms());
    let models = app
        .store
        .models(&shell.person.workspace, None, None, false, 50)
        .await?;
    let needs = models.into_iter().filter_map(|model| {
        let ends = model.consent.as_ref().map(|consent| consent.expires_ms);
        let (title, text) = match ends {
            None => (
                w.t1("need-consent-none", "name", &model.name),
                w.t("need-consent-none-text"),
            ),
            Some(Some(ends)) if ends <= now_ms => (
                w.t1("need-consent-over", "name", &model.name),
                w.t("need-consent-over-text"),
            ),
            Some(Some(ends)) if ends - now_ms < SOON_DAYS * DAY_MS => (
                w.n1("need-consent-soon", (ends - now_ms) / DAY_MS, "name", &model.name),
                w.t("need-consent-soon-text"),
            ),
            Some(_) => return None,
        };
        Some(Need {
            pictures: Some(Small::of_first(app, &model.photos, &model.files))
                .filter(|photo| !photo.is_empty())
                .into_iter()
                .collect(),
            round: true,
            title,
            text,
            verb: w.t("verb-consent"),
            href: format!("/models/{}", model.id.as_str()),
        })
    });
    Ok(needs.take(3).collect())
}

/// Models of engines that are set up here and that their vendors shut down soon.
fn endings(app: &App, w: Words) -> Vec<Need> {
    let today = day(app.now_ms());
    let set_up = app
        .catalog
        .engines
        .iter()
        .filter(|entry| entry.not_set_up.is_none());
    let ending = set_up.flat_map(|entry| {
        entry.card.models.iter().filter_map(move |model| {
            let ends = model.shutdown?;
            let days = (ends - today).get_days();
            (0..SOON_DAYS as i32)
                .contains(&days)
                .then_some((entry, model, ends))
        })
    });
    ending
        .map(|(entry, model, ends)| Need {
            pictures: Vec::new(),
            round: false,
            title: w.t2(
                "need-engine",
                "model",
                format!("{}:{}", entry.card.name, model.id),
                "day",
                ends,
            ),
            text: w.t("need-engine-text"),
            verb: w.t("verb-new-shoot"),
            href: "/shoots/new".to_owned(),
        })
        .collect()
}

async fn flight(app: &App, shell: &Shell, shoot: &Shoot) -> Result<Flight> {
    let workspace = &shell.person.workspace;
    let progress = app.store.progress(workspace, &shoot.id).await?;
    let filter = GenerationFilter {
        shoot: Some(shoot.id.as_str()),
        ..GenerationFilter::default()
    };
    let newest = app.store.newest_pictures(workspace, &filter, FRAMES).await?;
    let far = Far::of(&progress, app.now_ms());
    let is_open = matches!(shoot.state.as_str(), "running" | "paused");
    Ok(Flight {
        id: shoot.id.as_str().to_owned(),
        name: shoot_name(shell.w, shoot),
        state: shoot.state.clone(),
        frames: if is_open {
            far.ordered.clamp(0, i64::from(FRAMES)) as usize
        } else {
            0
        },
        far,
        tiles: newest.iter().map(|one| Tile::of(shell.w, one)).collect(),
    })
}

async fn credits(app: &App, shell: &Shell, now_ms: i64) -> Result<Credits> {
    const DAYS: i64 = 30;
    let workspace = &shell.person.workspace;
    let today = now_ms / DAY_MS;
    let changes = app.store.credit_days(workspace, now_ms - DAYS * DAY_MS).await?;
    let change = |day: i64| {
        changes
            .iter()
            .filter(|(at, _)| *at == day)
            .map(|(_, sum)| sum)
            .sum::<i64>()
    };
    // Back from today's balance, a day at a time.
    let mut balance = shell.credits;
    let mut rows = vec![(today, balance)];
    for day in ((today - DAYS + 1)..=today).rev() {
        balance -= change(day);
        rows.push((day - 1, balance));
    }
    rows.reverse();
    let most = rows.iter().map(|(_, held)| *held).max().unwrap_or(0).max(1) as f64;
    let mut line = String::new();
    for (at, (_, held)) in rows.iter().enumerate() {
        let x = at as f64 / DAYS as f64 * 300.0;
        let y = 78.0 - *held as f64 / most * 70.0;
        let _ = write!(line, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    let spent: i64 = changes.iter().map(|(_, sum)| -sum).filter(|sum| *sum > 0).sum();
    Ok(Credits {
        free: shell.credits,
        held: app.store.held_credits(workspace).await?,
        area: format!("{line}L300 78L0 78Z"),
        line,
        from_ms: now_ms - DAYS * DAY_MS,
        last_days: (spent > 0).then(|| shell.credits * DAYS / spent),
        rows: rows.into_iter().map(|(day, held)| (day * DAY_MS, held)).collect(),
    })
}
