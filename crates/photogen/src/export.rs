//! `photogen export`: a finished catalogue packed for channels, in one zip.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use domain::{
    delivery::{EXPORT_VERSION, ExportManifest, ExportedFile, Pictured, Planned, plan},
    generation::Status,
    manifest::{Entry, Manifest},
    profile::{ProfileName, naming},
};
use worker::delivery::{Opened, Packer, Rendered, Terms, key};

use crate::{
    counted::counted,
    shoot::{
        channels::{standing, write},
        folder::STATE_FOLDER,
    },
    signing,
};

/// Pack a finished catalogue into one zip: pictures as channels want them, a manifest for machines and a report for people.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder that photogen shoot was given as --out.
    #[arg(value_name = "DIR")]
    catalogue: PathBuf,
    /// Channels, a list; `photogen profiles` tells them.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    profile: Vec<ProfileName>,
    /// The archive to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Names of files without their ending, instead of the channel's own: {sku}, {pose}, {take}, {n}, {nn}, {slot}, {profile}.
    #[arg(long, value_name = "PATTERN")]
    naming: Option<String>,
    /// Leave out pictures that a person should look at first.
    #[arg(long)]
    reviewed_only: bool,
    /// Say of generated pictures that they are, in the manifest and in the files' description.
    #[arg(long)]
    disclose: bool,
    /// Print what was packed as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Packs. Exit code 1: some file would not be taken by its channel.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(pattern) = &args.naming {
        naming::check(pattern)?;
    }
    let catalogue = read(&args.catalogue)?;
    let pictures: Vec<&Entry> = catalogue
        .pictures
        .iter()
        .filter(|entry| entry.status == Status::Completed && entry.file.is_some())
        .filter(|entry| !(args.reviewed_only && entry.needs_review))
        .collect();
    if pictures.is_empty() {
        bail!("{} holds no finished picture to pack", args.catalogue.display());
    }
    let told: Vec<Pictured<'_>> = pictures
        .iter()
        .map(|entry| Pictured {
            sku: &entry.sku,
            pose: entry.pose,
            take: entry.take,
        })
        .collect();
    let (planned, remarks) = plan(&told, &args.profile, args.naming.as_deref());
    let terms = Terms {
        disclose: args.disclose,
        signer: signing::signer()?,
    };
    let mut aside = args.output.clone();
    aside.as_mut_os_string().push(".part");
    let file = File::create(&aside).with_context(|| format!("cannot write {}", args.output.display()))?;
    let packed = pack(&args.catalogue, &pictures, &planned, remarks, args, &terms, file);
    let (packed, manifest) = packed.inspect_err(|_| {
        let _ = fs::remove_file(&aside);
    })?;
    fs::rename(&aside, &args.output).with_context(|| format!("cannot write {}", args.output.display()))?;
    let failing: Vec<&ExportedFile> = manifest.files.iter().filter(|file| !file.passes).collect();
    if args.json {
        println!(
            "{}",
            serde_json::json!({
                "output": args.output, "files": manifest.files.len(), "failing": failing.len(),
                "bytes": packed.bytes, "sha256": packed.sha256, "remarks": manifest.remarks,
            })
        );
    } else {
        print(args, &manifest, &failing, &packed);
    }
    Ok(ExitCode::from(u8::from(
        !failing.is_empty() || manifest.files.len() < planned.len(),
    )))
}

fn print(
    args: &Args,
    manifest: &ExportManifest,
    failing: &[&ExportedFile],
    packed: &worker::delivery::Packed,
) {
    println!(
        "{}: {}, {:.1} MB, sha256 {}",
        args.output.display(),
        counted(manifest.files.len(), "file"),
        packed.bytes as f64 / 1e6,
        packed.sha256
    );
    for file in failing {
        println!("  {} does not pass: {}", file.path, file.notes.join("; "));
    }
    for remark in &manifest.remarks {
        println!("  {remark}");
    }
}

fn read(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join("manifest.json");
    let text = fs::read(&path).with_context(|| {
        format!(
            "cannot read {}: name the folder that photogen shoot was given as --out",
            path.display()
        )
    })?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no manifest of a catalogue", path.display()))
}

fn pack(
    folder: &Path,
    pictures: &[&Entry],
    planned: &[Planned],
    mut remarks: Vec<String>,
    args: &Args,
    terms: &Terms,
    file: File,
) -> anyhow::Result<(worker::delivery::Packed, ExportManifest)> {
    let mut packer = Packer::new(BufWriter::with_capacity(1 << 20, file));
    let mut files = Vec::with_capacity(planned.len());
    for planned in planned {
        let entry = pictures[planned.picture];
        match rendered(folder, entry, planned, terms) {
            Ok((rendered, bytes)) => {
                packer.add(&planned.path, rendered.bytes, bytes.as_slice())?;
                let source = entry.file.as_ref().map_or("", |file| file.sha256.as_str());
                let mut exported = rendered.exported(entry, planned, terms, source);
                exported.notes = rendered.sentences();
                files.push(exported);
            }
            Err(why) => remarks.push(format!(
                "{}: no file for {}: {why}",
                planned.path, planned.profile.title
            )),
        }
    }
    let manifest = ExportManifest {
        version: EXPORT_VERSION,
        generator: concat!("photogen ", env!("CARGO_PKG_VERSION")).to_owned(),
        profiles: args.profile.clone(),
        files,
        remarks,
    };
    let (packed, to) = packer.finish(&manifest)?;
    to.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok((packed, manifest))
}

/// What the shoot or an earlier export rendered, or the picture rendered now.
fn rendered(
    folder: &Path,
    entry: &Entry,
    planned: &Planned,
    terms: &Terms,
) -> Result<(Rendered, Vec<u8>), String> {
    let source = entry.file.as_ref().ok_or("the picture has no file")?;
    let key = key(&source.sha256, entry, planned.profile, planned.role, terms);
    let of_export = format!(
        "{STATE_FOLDER}/exports/{key}.{}",
        planned.profile.format.extension()
    );
    let kept = entry
        .channels
        .iter()
        .filter(|file| file.profile.as_str() == planned.profile.name)
        .filter_map(|file| file.path.as_deref())
        .chain([of_export.as_str()])
        .find_map(|path| Some((path, standing(folder, path, &key)?)));
    let open =
        |path: &str| fs::read(folder.join(path)).map_err(|error| format!("cannot read {path}: {error}"));
    if let Some((path, rendered)) = kept {
        return Ok((rendered, open(path)?));
    }
    let (rendered, bytes) =
        Opened::open(open(&source.path)?)?.render(entry, planned.profile, planned.role, terms)?;
    // Signed again it would be another file.
    if terms.signer.is_some() {
        write(folder, &of_export, &rendered, &bytes)?;
    }
    Ok((rendered, bytes))
}
