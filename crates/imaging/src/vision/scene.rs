//! Steps 3 and 4: what kind of photo this is, and what each pixel looks like beside the ground.

use super::{
    background::{self, Difference},
    lab,
    raster::{Field, Mask, gaussian, morphology, percentile},
    working::Working,
};

/// Share of frame pixels that must be even for a photo to count as isolated already.
const FLAT_SHARE: f32 = 0.9;
/// Share of the product's core in the ground's colour that makes it a hard case.
const NEAR_SHARE: f32 = 0.15;
/// The network is sure of the product above this.
pub(super) const MASK_SURE: f32 = 0.9;

/// All that the later steps look at; planes at working size.
pub(super) struct Scene<'a> {
    pub(super) working: &'a Working,
    /// The network's mask, 0..=1.
    pub(super) m: &'a Field,
    pub(super) d: Difference,
    /// The ground is one even colour: a photo isolated by somebody already.
    pub(super) flat: bool,
    /// Much of the product has nearly the ground's colour: white on white.
    pub(super) near: bool,
    /// How far ground may differ from the fitted ground (Lab).
    pub(super) tolerance: f32,
    /// Where the network is sure, away from its edge.
    pub(super) core: Mask,
    /// Texture that bare ground may have, grain and JPEG blocks included.
    pub(super) texture_tolerance: f32,
    /// Local standard deviation of lightness.
    pub(super) deviation: Field,
    /// Fine structure of lightness: cloth has it, a shadow is smooth however steep.
    pub(super) texture: Field,
    /// Lightness per 1024th of the long side.
    pub(super) gradient: Field,
}

impl<'a> Scene<'a> {
    pub(super) fn new(working: &'a Working, m: &'a Field) -> Self {
        let lab = lab::lab_plane(&working.rgb);
        let d = Difference::new(&lab, m, working);
        let unit = working.unit;
        let core = morphology::erode(&m.mask(|m| m > MASK_SURE), 6.0 * unit);
        let flat = is_flat(&d, working.side);
        let near = share(&core, |i| d.e.data[i] < 10.0) > NEAR_SHARE;
        let tolerance = if flat { 0.8 } else { tolerance(&d, m, working) };
        let deviation = gaussian::deviation(&d.l, 1.2 * unit);
        let gradient = gradient(&d.l, unit);
        let texture = texture(&d.l, unit);
        let texture_tolerance = texture_tolerance(&texture, m, working);
        Self {
            working,
            m,
            d,
            flat,
            near,
            tolerance,
            core,
            texture_tolerance,
            deviation,
            texture,
            gradient,
        }
    }

    pub(super) fn unit(&self) -> f32 {
        self.working.unit
    }

    /// Chroma that ground and shadow may differ by at this pixel: shadows on a coloured ground shift a little.
    pub(super) fn chroma_tolerance(&self, i: usize) -> f32 {
        let base = if self.flat { 1.8 } else { self.tolerance.max(2.2) };
        base + 0.06 * self.d.dark(i).clamp(0.0, 60.0)
    }

    /// The product may look like ground (white on white, or isolated already): do not take much from the network.
    pub(super) fn guarded(&self) -> bool {
        self.near || self.flat
    }

    /// Without the fine structure that cloth, edges and hardware have.
    pub(super) fn smooth(&self, i: usize) -> bool {
        self.texture.data[i] < self.texture_tolerance
    }

    /// Even, as ground is.
    pub(super) fn quiet(&self, i: usize) -> bool {
        let limit = if self.flat {
            0.35
        } else {
            (1.2 * self.tolerance).max(1.0)
        };
        self.deviation.data[i] < limit
    }
}

/// From the ground that is surely clear; cloth starts at about 0.8.
fn texture_tolerance(texture: &Field, m: &Field, working: &Working) -> f32 {
    let clear = background::clear_of_product(m, 20.0 * working.unit);
    let mut found: Vec<f32> = (0..clear.data.len())
        .filter(|&i| clear.is(i))
        .map(|i| texture.data[i])
        .collect();
    (1.5 * percentile(&mut found, 0.97)).clamp(0.5, 0.9)
}

fn is_flat(d: &Difference, side: f32) -> bool {
    let (mut even, mut all) = (0, 0);
    for i in d.e.border(background::frame(side)) {
        even += usize::from(d.e.data[i] < 0.5);
        all += 1;
    }
    even as f32 >= FLAT_SHARE * all as f32 && d.ground_l > 95.0
}

fn share(of: &Mask, test: impl Fn(usize) -> bool) -> f32 {
    let chosen = || (0..of.data.len()).filter(|&i| of.is(i));
    chosen().filter(|&i| test(i)).count() as f32 / chosen().count().max(1) as f32
}

/// From the 97th percentile of what is surely ground. Not from a median: JPEG blocks leave the median at 0.1 while
/// blocks differ by 3, and the edge becomes scalloped.
fn tolerance(d: &Difference, m: &Field, working: &Working) -> f32 {
    let clear = background::clear_of_product(m, 40.0 * working.unit);
    let ground = (0..clear.data.len()).filter(|&i| clear.is(i) && d.l.data[i].abs() < 8.0);
    let mut differences: Vec<f32> = ground.map(|i| d.e.data[i]).collect();
    if differences.len() < 500 {
        let frame =
            d.e.border(background::frame(working.side))
                .filter(|&i| d.l.data[i].abs() < 8.0);
        differences = frame.map(|i| d.e.data[i]).collect();
    }
    (1.3 * percentile(&mut differences, 0.97)).clamp(1.2, 4.0)
}

/// Sobel gradient of lightness after a slight blur.
fn gradient(l: &Field, unit: f32) -> Field {
    let smooth = gaussian::blur(l, 0.7 * unit);
    let (width, height) = (l.width, l.height);
    let mut out = Field::filled(width, height, 0.0);
    for y in 0..height {
        let (above, here, below) = (
            smooth.row(y.saturating_sub(1)),
            smooth.row(y),
            smooth.row((y + 1).min(height - 1)),
        );
        for (x, target) in out.row_mut(y).iter_mut().enumerate() {
            let (w, e) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let across = above[e] - above[w] + 2.0 * (here[e] - here[w]) + below[e] - below[w];
            let down = below[w] - above[w] + 2.0 * (below[x] - above[x]) + below[e] - above[e];
            *target = across.hypot(down) / 8.0 * unit;
        }
    }
    out
}

/// Root mean square of what a blur of one unit takes away, around each pixel. A straight slope has none.
fn texture(l: &Field, unit: f32) -> Field {
    let smooth = gaussian::blur(l, unit);
    let fine = l.same_size(|i| (l.data[i] - smooth.data[i]).powi(2));
    let mean = gaussian::blur(&fine, 1.6 * unit);
    mean.same_size(|i| mean.data[i].sqrt())
}
