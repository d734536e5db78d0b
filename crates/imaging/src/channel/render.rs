//! Rendering for a channel: frame, finish, sign, measure; again with another quality or fill until the channel would take it.

use domain::{
    background::Background,
    enlargement,
    format::Format,
    profile::{Check, Facts, Outcome, Profile, Role, judge, passes},
};
use image::Rgba;
use thiserror::Error;

use super::{
    frame::framed,
    measure::{ground, measure, subject},
};
use crate::{
    Picture,
    codec::{DecodeError, Limits},
    finish::{FinishError, Fit, Frame, Spec, finish},
    provenance::{About, Parent, Seal, SealError, Statement, source_type},
};

/// Qualities of lossy formats, tried in turn while a file has too many bytes.
const QUALITIES: [u8; 9] = [95, 92, 88, 84, 80, 75, 70, 60, 50];
/// The most renderings of one picture.
const TRIES_MAX: usize = 12;
/// A pixel as near to the ground as this is the ground: what a lossy file left there.
const SNAP: u16 = 2 * 257;

/// A picture that was made.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its pixels.
    pub picture: &'a Picture,
    /// Its file, which the signature names as what this was made from.
    pub file: &'a [u8],
    /// All of the product is seen on a ground; a close-up is not framed anew.
    pub is_whole: bool,
    /// The first picture of its product.
    pub role: Role,
    /// The IPTC digital source type of the picture.
    pub digital_source_type: &'a str,
    /// What the file says of itself.
    pub about: &'a About,
}

/// A file for a channel.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// What was measured of it.
    pub facts: Facts,
    /// What the channel says of it.
    pub checks: Vec<Check>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Rendered {
    /// The channel takes it.
    pub fn passes(&self) -> bool {
        passes(&self.checks)
    }
}

/// Why there is no file.
#[derive(Debug, Error)]
pub enum RenderError {
    /// It could not be made.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// It could not be read back.
    #[error("the rendered file cannot be read back: {0}")]
    Read(#[from] DecodeError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SealError),
}

/// What changes from try to try.
#[derive(Clone, Copy)]
struct Settings {
    fill: f64,
    quality: usize,
}

/// Renders a picture for a channel. What does not pass comes back all the same, with the checks that say why.
///
/// # Errors
/// [`RenderError`] where no file can be made at all.
pub fn render(
    source: &Source<'_>,
    profile: &Profile,
    signer: Option<&dyn Seal>,
) -> Result<Rendered, RenderError> {
    let work = Work::new(source, profile, signer);
    let mut settings = Settings {
        fill: f64::from(profile.fill),
        quality: 0,
    };
    let mut made = work.once(settings)?;
    for _ in 1..TRIES_MAX {
        if made.passes() {
            break;
        }
        let Some(next) = work.next(settings, &made) else {
            break;
        };
        settings = next;
        made = work.once(settings)?;
    }
    if settings.quality > 0 {
        made.notes.push(format!(
            "{} quality {} keeps it within the bytes that {} takes",
            profile.format, QUALITIES[settings.quality], profile.title
        ));
    }
    Ok(made)
}

struct Work<'a> {
    source: &'a Source<'a>,
    profile: &'a Profile,
    signer: Option<&'a dyn Seal>,
    picture: std::borrow::Cow<'a, Picture>,
    subject: Option<[u32; 4]>,
    ground: Option<Background>,
}

impl<'a> Work<'a> {
    fn new(source: &'a Source<'a>, profile: &'a Profile, signer: Option<&'a dyn Seal>) -> Self {
        let ground = source.is_whole.then(|| ground(source.picture)).flatten();
        let mut picture = std::borrow::Cow::Borrowed(source.picture);
        // A pixel or two off at the border is what a lossy file leaves of the ground.
        let asked = profile
            .ground
            .filter(|asked| ground.is_some_and(|found| near(found, *asked)));
        if let Some(asked) = asked.filter(|asked| !is_exact(source.picture, *asked)) {
            snap(picture.to_mut(), asked);
        }
        Self {
            subject: ground.and_then(|_| subject(source.picture)),
            ground: asked.or(ground),
            source,
            profile,
            signer,
            picture,
        }
    }

    fn once(&self, settings: Settings) -> Result<Rendered, RenderError> {
        let canvas = self.profile.size;
        let fill = settings.fill / 100.0;
        let frame = self
            .subject
            .map(|subject| framed(self.picture.dimensions(), subject, canvas, fill));
        let is_lossy = matches!(self.profile.format, Format::Webp | Format::Jpeg | Format::Avif);
        let source_type = source_type::after_finishing(Some(self.source.digital_source_type));
        let spec = Spec {
            size: Some(canvas),
            fit: Fit::Cover,
            background: self.ground.or(Some(Background::WHITE)),
            format: self.profile.format,
            digital_source_type: source_type,
            frame,
            quality: (is_lossy && settings.quality > 0).then(|| QUALITIES[settings.quality]),
            about: self.source.about.clone(),
            // It is measured below, as the channel would.
            read_back: false,
            ..Spec::default()
        };
        let finished = finish(&self.picture, &spec)?;
        let bytes = match self.signer {
            Some(signer) => signer.sign(
                &finished.bytes,
                &Statement {
                    format: spec.format,
                    digital_source_type: source_type,
                    maker: "PhotoGen",
                    actions: &self.actions(frame.as_ref()),
                    parent: Some(Parent {
                        title: "the picture in the catalogue",
                        bytes: self.source.file,
                    }),
                },
            )?,
            None => finished.bytes,
        };
        let mut facts = measure(&bytes, &Limits::default())?;
        facts.provenance = self
            .signer
            .map_or_else(Default::default, |signer| signer.check(&bytes).state);
        let mut notes =
            self.enlargement(frame.map(|frame| f64::from(frame.placed.0) / f64::from(frame.source[2])));
        notes.extend(finished.notes);
        Ok(Rendered {
            bytes,
            checks: judge(self.profile, self.source.role, &facts),
            facts,
            notes,
        })
    }

    /// What is done to the picture, in the words of C2PA.
    fn actions(&self, frame: Option<&Frame>) -> Vec<&'static str> {
        let (width, height) = self.picture.dimensions();
        let is_cropped = frame.is_some_and(|frame| frame.source != [0, 0, width, height]);
        let canvas = self.profile.size;
        let is_resized = (canvas.width, canvas.height) != (width, height);
        let cropped = is_cropped.then_some("c2pa.cropped");
        let resized = is_resized.then_some("c2pa.resized");
        [cropped, resized, Some("c2pa.transcoded")]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What to change so that a check that failed may pass; nothing where no change could.
    fn next(&self, settings: Settings, made: &Rendered) -> Option<Settings> {
        let failed = |name: &str| {
            made.checks
                .iter()
                .any(|check| check.name == name && check.outcome == Outcome::Failed)
        };
        let mut next = settings;
        if failed("bytes") {
            let is_lossy = matches!(self.profile.format, Format::Webp | Format::Jpeg | Format::Avif);
            next.quality = settings.quality + 1;
            if !is_lossy || next.quality >= QUALITIES.len() {
                return None;
            }
            return Some(next);
        }
        if failed("fill") {
            let found = made.facts.fill.filter(|found| *found > 0.0)?;
            next.fill = (settings.fill * self.wanted_fill() / found).clamp(10.0, 98.0);
            return ((next.fill - settings.fill).abs() > 0.05).then_some(next);
        }
        None
    }

    /// Well inside what the channel takes.
    fn wanted_fill(&self) -> f64 {
        let min = self.profile.rules.fill_min.map_or(0.0, f64::from);
        let max = self.profile.rules.fill_max.map_or(100.0, f64::from);
        f64::from(self.profile.fill).clamp(min + 0.5, max - 0.5)
    }

    fn enlargement(&self, framed: Option<f64>) -> Vec<String> {
        let canvas = self.profile.size;
        let scale = framed.unwrap_or_else(|| {
            let (width, height) = self.picture.dimensions();
            (f64::from(canvas.width) / f64::from(width)).max(f64::from(canvas.height) / f64::from(height))
        });
        enlargement::note(scale).into_iter().collect()
    }
}

fn near(found: Background, asked: Background) -> bool {
    found.rgb.iter().zip(asked.rgb).all(|(a, b)| a.abs_diff(b) <= 2)
}

fn is_exact(picture: &Picture, ground: Background) -> bool {
    let border = super::border(picture);
    border.colour == ground && border.exact_share >= 1.0
}

/// Makes the ground what it was before a lossy file moved it by a step.
fn snap(picture: &mut Picture, ground: Background) {
    let [red, green, blue] = ground.rgb.map(|value| u16::from(value) * 257);
    for Rgba(pixel) in picture.pixels_mut() {
        let is_near = pixel[0].abs_diff(red) <= SNAP
            && pixel[1].abs_diff(green) <= SNAP
            && pixel[2].abs_diff(blue) <= SNAP;
        if is_near && pixel[3] == u16::MAX {
            *pixel = [red, green, blue, u16::MAX];
        }
    }
}
