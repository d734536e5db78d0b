//! What the brief of a new shoot comes to: pictures by pose, credits, and what cannot be made.

use axum::http::HeaderMap;
use domain::{plan::PlannedGeneration, pose::PoseName};

use super::brief::body;
use crate::{
    api::generate as api,
    app::App,
    auth::caller::{Allowed, Shoot as MayShoot},
    error::{Error, Result},
    pages::{
        form::{Form, Wrong},
        input,
        shell::Shell,
        words::{Told, Words, cause},
    },
};

/// Products of a pilot.
pub(super) const PILOT: usize = 5;
/// The most squares of the map.
const SQUARES_MAX: usize = 600;

/// A pose to choose.
pub(super) struct Pose {
    pub(super) name: &'static str,
    pub(super) makeable: usize,
    pub(super) whole: usize,
    /// Why some or all cannot be made.
    pub(super) reason: Told,
    pub(super) chosen: bool,
}

/// What the brief comes to.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) products: usize,
    pub(super) poses: usize,
    pub(super) asked: usize,
    pub(super) pictures: usize,
    pub(super) left_out: usize,
    pub(super) credits: i64,
    pub(super) left: i64,
    pub(super) cost_usd: Option<f64>,
    pub(super) pilot_products: usize,
    pub(super) pilot_pictures: usize,
    pub(super) pilot_credits: i64,
    pub(super) squares: Vec<&'static str>,
    pub(super) more: usize,
    pub(super) rows: usize,
}

/// The nine poses of a catalogue.
fn catalogue() -> Vec<PoseName> {
    PoseName::all().collect()
}

/// What can be made of every pose, and what the chosen ones come to.
pub(super) async fn reckon(
    app: &App,
    caller: &Allowed<MayShoot>,
    shell: &Shell,
    form: &Form,
) -> Result<(Vec<Pose>, Plan, Wrong)> {
    let chosen = form.all("pose");
    let untried = || -> Vec<Pose> {
        let pose = |name: PoseName| Pose {
            name: name.as_str(),
            makeable: 0,
            whole: 0,
            reason: Told::default(),
            chosen: chosen.iter().any(|one| one == name.as_str()),
        };
        catalogue().into_iter().map(pose).collect()
    };
    if form.all("product").is_empty() && form.given("project").is_none() {
        let wrong = Wrong {
            summary: shell.w.t("plan-no-products").into(),
            fields: Vec::new(),
        };
        return Ok((untried(), Plan::default(), wrong));
    }
    let all: Vec<String> = catalogue()
        .into_iter()
        .map(|pose| pose.as_str().to_owned())
        .collect();
    let mut whole = form.clone();
    whole.0.retain(|(key, _)| key != "pilot");
    let planned = async {
        let asked = input(&body(&whole, &all, true))?;
        let asking = api::parse(app, caller, asked, &HeaderMap::new()).await?;
        let planned = api::planned(app, caller, &asking, api::named)?;
        Ok::<_, Error>((asking, planned))
    };
    let (asking, planned) = match planned.await {
        Ok(found) => found,
        Err(error) => return Ok((untried(), Plan::default(), Wrong::by(shell.w, error)?)),
    };
    let products = asking.products.len();
    let price = app
        .catalog
        .engine(&asking.brief.engine.name.0)
        .map_or(0, |entry| entry.card.price_credits);
    let poses: Vec<Pose> = catalogue()
        .into_iter()
        .map(|pose| told(shell.w, &planned, pose, products, &chosen))
        .collect();
    let of_chosen: Vec<&PlannedGeneration> = planned
        .iter()
        .filter(|one| chosen.iter().any(|pose| pose == one.pose.as_str()))
        .collect();
    let plan = sums(shell, &of_chosen, products, chosen.len(), price);
    let mut wrong = Wrong::default();
    if chosen.is_empty() {
        wrong.summary = shell.w.t("plan-no-poses").into();
    } else if plan.pictures == 0 {
        let why = of_chosen.iter().find_map(|one| one.skip.as_deref());
        let why = shell.w.phrase(why.unwrap_or_default());
        wrong.summary = shell.w.t1("plan-nothing", "why", why).into();
    } else if plan.left < 0 {
        let told = shell.w.t2(
            "plan-credits",
            "needed",
            shell.w.num(plan.credits),
            "free",
            shell.w.num(shell.credits),
        );
        wrong.summary = told.into();
    }
    Ok((poses, plan, wrong))
}

fn told(w: Words, planned: &[PlannedGeneration], pose: PoseName, products: usize, chosen: &[String]) -> Pose {
    let first = || planned.iter().filter(|one| one.pose == pose && one.take == 1);
    let reasons: Vec<&str> = first().filter_map(|one| one.skip.as_deref()).collect();
    let no_photo = |reason: &&str| cause(reason).as_deref() == Some("out-no-photo");
    let view = pose.pose().view.name();
    let reason = match reasons.as_slice() {
        some if some.iter().any(no_photo) => w
            .n("plan-no-photo", some.len())
            .replace("VIEW", &w.name("view-of", view))
            .into(),
        [one, ..] => w.told(one),
        [] => Told::default(),
    };
    Pose {
        name: pose.as_str(),
        makeable: first().filter(|one| one.skip.is_none()).count(),
        whole: products,
        reason,
        chosen: chosen.iter().any(|one| one == pose.as_str()),
    }
}

fn sums(shell: &Shell, planned: &[&PlannedGeneration], products: usize, poses: usize, price: i64) -> Plan {
    let made = planned.iter().filter(|one| one.skip.is_none());
    let pictures = made.clone().count();
    let pilot_pictures = made.clone().filter(|one| one.product < PILOT).count();
    let cost: Option<f64> = made.map(|one| one.price.map(domain::money::MicroUsd::usd)).sum();
    let square = |one: &&PlannedGeneration| match (&one.skip, one.product < PILOT) {
        (Some(_), _) => "out",
        (None, true) => "pilot",
        (None, false) => "rest",
    };
    let credits = price * pictures as i64;
    Plan {
        asked: planned.len(),
        left_out: planned.len() - pictures,
        left: shell.credits - credits,
        cost_usd: cost.filter(|cost| *cost > 0.0),
        pilot_products: products.min(PILOT),
        pilot_credits: price * pilot_pictures as i64,
        squares: planned.iter().take(SQUARES_MAX).map(square).collect(),
        more: planned.len().saturating_sub(SQUARES_MAX),
        rows: planned.len().min(SQUARES_MAX).div_ceil(24).max(1),
        pilot_pictures,
        products,
        poses,
        pictures,
        credits,
    }
}
