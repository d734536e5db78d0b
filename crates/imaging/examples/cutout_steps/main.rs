//! Cuts photos out and prints what each step costs: `cargo run -p imaging --example cutout_steps -- MODEL OUT PHOTO..`
//!
//! Writes `OUT/<photo>.png`, and with `STEPS=1` one picture per step beside it. `MASKS=DIR` keeps the network's answers
//! there. `LOOK=DIR` writes there a sheet of the three most suspicious places of each cut-out.

mod look;

use std::{
    env,
    error::Error,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use imaging::vision::{CutoutCard, Cutter, Infer, RtenNetwork, Step, VisionError};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let model = arguments.next().ok_or("MODEL is missing")?;
    let out = arguments.next().ok_or("OUT is missing")?;
    fs::create_dir_all(&out)?;
    let network = Remembering {
        network: RtenNetwork::load(&model)?,
        folder: env::var_os("MASKS").map(PathBuf::from),
    };
    let cutter = Cutter::new(Box::new(network), CutoutCard::U2NETP);
    for photo in arguments {
        cut(&cutter, &photo, &out)?;
    }
    Ok(())
}

/// Keeps the network's answers in a folder, so that the steps after it can be tried again at once.
struct Remembering {
    network: RtenNetwork,
    folder: Option<PathBuf>,
}

impl Infer for Remembering {
    fn infer(&self, input: Vec<f32>, side: usize, output: usize) -> Result<Vec<f32>, VisionError> {
        let mut hash = DefaultHasher::new();
        for value in &input {
            value.to_bits().hash(&mut hash);
        }
        let place = self
            .folder
            .as_ref()
            .map(|folder| folder.join(format!("{:x}", hash.finish())));
        if let Some(bytes) = place.as_ref().and_then(|place| fs::read(place).ok()) {
            return Ok(bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect());
        }
        let answer = self.network.infer(input, side, output)?;
        if let Some(place) = place {
            drop(fs::write(
                place,
                answer.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>(),
            ));
        }
        Ok(answer)
    }
}

fn cut(cutter: &Cutter, path: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let name = name(path);
    let photo = image::open(path)?.to_rgba16();
    let keep_steps = env::var_os("STEPS").is_some();
    let start = cpu_ms();
    let mut last = start;
    let mut costs = Vec::new();
    let mut seen = look::Seen {
        width: 1,
        soft_mask: Vec::new(),
        difference: Vec::new(),
    };
    let cutout = cutter.cut_watched(&photo, &mut |step| {
        costs.push(format!("{} {:.0}", step.name, cpu_ms() - last));
        if keep_steps {
            write_step(step, &out.join(format!("{name}.{}.png", step.name)));
        }
        match step.name {
            "1 soft mask" => (seen.width, seen.soft_mask) = (step.width, step.found.to_vec()),
            "2 ground" => seen.difference = step.found.iter().map(|v| v * 50.0).collect(),
            _ => {}
        }
        last = cpu_ms();
    })?;
    if let Some(folder) = env::var_os("LOOK").map(PathBuf::from)
        && !seen.difference.is_empty()
    {
        fs::create_dir_all(&folder)?;
        look::sheet(&photo, &cutout.pixels, &seen).save(folder.join(format!("{name}.png")))?;
    }
    let gate = &cutout.gate;
    costs.push(format!("rest {:.0}", cpu_ms() - last));
    println!(
        "{name} {:?} weak {:.3} iou {:.3} soft {:.2} gaps {:.4} light-only {} frame {} | {:.0} ms: {} | {}",
        gate.quality,
        gate.weak_edge,
        gate.iou,
        gate.softness,
        gate.filled_gaps,
        gate.light_ground_only,
        gate.touches_frame,
        cpu_ms() - start,
        costs.join(", "),
        gate.reasons.join("; "),
    );
    image::DynamicImage::ImageRgba16(cutout.pixels)
        .to_rgba8()
        .save(out.join(format!("{name}.png")))?;
    Ok(())
}

fn write_step(step: &Step<'_>, path: &Path) {
    let height = step.found.len() / step.width;
    let bytes = step
        .found
        .iter()
        .map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8)
        .collect();
    if let Some(picture) = image::GrayImage::from_raw(step.width as u32, height as u32, bytes) {
        drop(picture.save(path));
    }
}

/// Processor time of this process so far in milliseconds, from the kernel's schedule statistics (Linux); elsewhere 0.
fn cpu_ms() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let nanoseconds = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    threads.flatten().filter_map(nanoseconds).sum::<f64>() / 1e6
}

/// The file's name; with its folder's before it where the name alone says little (`1_front`).
fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    if stem.len() < 8 {
        format!("{folder}_{stem}")
    } else {
        stem.into_owned()
    }
}
