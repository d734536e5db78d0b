//! `photogen export`: finished pictures as channels want them, out of a catalogue's folder or a service, into one zip or to a place.

mod archive;
mod folder;
mod journal;
mod kept;
mod place;
mod service;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::bail;
use domain::{
    delivery::{EXPORT_VERSION, ExportManifest, ExportedFile, Pictured, Planned, plan},
    manifest::Entry,
    profile::{ProfileName, naming},
};
use tokio::runtime::Runtime;
use worker::delivery::{Packed, Rendered, Terms};

use self::{
    archive::Archive,
    folder::Folder,
    place::{Carried, Place},
    service::Service,
};
use crate::{counted::counted, serve::Storage, signing};

const AFTER_HELP: &str = "\
Examples:
  photogen export catalogue --profile amazon,zalando -o delivery.zip
  photogen export catalogue --profile web --to s3://shop/pictures?region=eu-central-1
  photogen export --shoot 0198f… --profile amazon --to /mnt/shop

A place is a folder, or a bucket as STORAGE_URL takes it, with the key from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. What is there
already is not sent again: after a break, run the same command.";

/// Pack finished pictures into one zip, or put them to a place: as channels want them, with a manifest for machines and a report
/// for people.
#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[command(after_help = AFTER_HELP)]
#[command(group(clap::ArgGroup::new("from").required(true).args(["catalogue", "shoot"])))]
#[command(group(clap::ArgGroup::new("into").required(true).multiple(true).args(["output", "to"])))]
pub(crate) struct Args {
    /// The folder that photogen shoot was given as --out.
    #[arg(value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// A shoot of the service that keeps its data here, also while it runs: what is approved of it.
    #[arg(long, value_name = "ID")]
    shoot: Option<String>,
    /// Pictures of the shoot by their ids, a list: approved or not, instead of all that are approved.
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "shoot")]
    picture: Vec<String>,
    /// Channels, a list; `photogen profiles` tells them.
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    profile: Vec<ProfileName>,
    /// The archive to write.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where to put the files: a folder, or s3://BUCKET/FOLDER?region=…
    #[arg(long, value_name = "PLACE")]
    to: Option<String>,
    /// Put the archive there instead of its files.
    #[arg(long, requires = "to", requires = "output")]
    zip: bool,
    /// Names of files without their ending, instead of the channel's own: {sku}, {pose}, {take}, {n}, {nn}, {slot}, {profile}.
    #[arg(long, value_name = "PATTERN")]
    naming: Option<String>,
    /// Leave out pictures that a person should look at first.
    #[arg(long, conflicts_with = "shoot")]
    reviewed_only: bool,
    /// Say of generated pictures that they are, in the manifest and in the files' description.
    #[arg(long)]
    disclose: bool,
    /// Print what was packed as one line of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Where pictures come from, and where what is rendered of them is kept.
trait Stock {
    /// The pictures to pack.
    fn pictures(&self) -> &[Entry];

    /// The file for a channel: what an earlier shoot or export rendered, or rendered now.
    fn rendered(
        &self,
        entry: &Entry,
        planned: &Planned,
        terms: &Terms,
    ) -> Result<(Rendered, Vec<u8>), String>;

    /// A folder for what is known of deliveries.
    fn state(&self) -> PathBuf;

    /// Removes what was rendered once and no picture can want any more.
    fn tidy(&self, _terms: &Terms) {}
}

/// Packs. Exit code 1: some file would not be taken by its channel, or is not where it should be.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(pattern) = &args.naming {
        naming::check(pattern)?;
    }
    // One TLS provider for all that speaks to the network here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let stock = stock(args, &runtime)?;
    let told: Vec<Pictured<'_>> = stock.pictures().iter().map(pictured).collect();
    let (planned, remarks) = plan(&told, &args.profile, args.naming.as_deref());
    let terms = Terms {
        disclose: args.disclose,
        signer: signing::signer()?,
    };
    let written = write(args, &*stock, &planned, remarks, &terms, &runtime)?;
    stock.tidy(&terms);
    if args.json {
        println!("{}", written.json(args));
    } else {
        written.print(args);
    }
    Ok(ExitCode::from(u8::from(!written.is_whole(planned.len()))))
}

fn stock(args: &Args, runtime: &Runtime) -> anyhow::Result<Box<dyn Stock>> {
    let (stock, what): (Box<dyn Stock>, String) = match (&args.catalogue, &args.shoot) {
        (Some(catalogue), None) => {
            let folder = Folder::open(catalogue, args.reviewed_only)?;
            (Box::new(folder), catalogue.display().to_string())
        }
        (None, Some(shoot)) => {
            let service = Service::open(&args.storage, shoot, &args.picture, runtime)?;
            (Box::new(service), format!("the shoot {shoot}"))
        }
        _ => bail!("name the folder of a catalogue, or a shoot with --shoot"),
    };
    if stock.pictures().is_empty() {
        let which = if args.shoot.is_some() && args.picture.is_empty() {
            "approved"
        } else {
            "finished"
        };
        bail!("{what} holds no {which} picture to pack");
    }
    Ok(stock)
}

fn pictured(entry: &Entry) -> Pictured<'_> {
    Pictured {
        sku: &entry.sku,
        pose: entry.pose,
        take: entry.take,
    }
}

/// What was written.
struct Written {
    manifest: ExportManifest,
    packed: Option<Packed>,
    carried: Option<Carried>,
}

fn write(
    args: &Args,
    stock: &dyn Stock,
    planned: &[Planned],
    mut remarks: Vec<String>,
    terms: &Terms,
    runtime: &Runtime,
) -> anyhow::Result<Written> {
    let mut archive = args.output.as_deref().map(Archive::begin).transpose()?;
    let to = args.to.as_deref();
    let mut place = to
        .map(|to| Place::open(to, &stock.state(), runtime))
        .transpose()?;
    let mut files = Vec::with_capacity(planned.len());
    for planned in planned {
        let entry = &stock.pictures()[planned.picture];
        match stock.rendered(entry, planned, terms) {
            Ok((rendered, bytes)) => {
                if let Some(archive) = &mut archive {
                    archive.add(&planned.path, &bytes)?;
                }
                let source = entry.file.as_ref().map_or("", |file| file.sha256.as_str());
                let mut exported = rendered.exported(entry, planned, terms, source);
                exported.notes = rendered.sentences();
                files.push(exported);
                if let (Some(place), false) = (&mut place, args.zip) {
                    place.put(&planned.path, &rendered.sha256, bytes);
                }
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
    let packed = archive.map(|archive| archive.finish(&manifest)).transpose()?;
    let carried = match (place, args.output.as_deref().zip(packed.as_ref())) {
        (Some(place), Some((archive, packed))) if args.zip => Some(place.put_archive(archive, packed)),
        (Some(place), _) => Some(place.finish(&manifest)?),
        (None, _) => None,
    };
    Ok(Written {
        manifest,
        packed,
        carried,
    })
}

impl Written {
    /// Every file that was planned is there and taken by its channel.
    fn is_whole(&self, planned: usize) -> bool {
        self.manifest.files.len() == planned
            && self.failing().next().is_none()
            && self
                .carried
                .as_ref()
                .is_none_or(|carried| carried.missing.is_empty())
    }

    fn failing(&self) -> impl Iterator<Item = &ExportedFile> {
        self.manifest.files.iter().filter(|file| !file.passes)
    }

    fn json(&self, args: &Args) -> serde_json::Value {
        let mut said = serde_json::json!({
            "output": args.output, "files": self.manifest.files.len(), "failing": self.failing().count(),
            "bytes": self.packed.as_ref().map(|packed| packed.bytes), "sha256": self.packed.as_ref().map(|packed| &packed.sha256),
            "remarks": self.manifest.remarks,
        });
        if let Some(carried) = &self.carried {
            said["to"] = carried.to.as_str().into();
            said["delivered"] = carried.delivered.into();
            said["there_already"] = carried.there_already.into();
            let missing = carried.missing.iter();
            said["undelivered"] = missing
                .map(|(path, reason)| serde_json::json!({ "path": path, "reason": reason }))
                .collect();
        }
        said
    }

    fn print(&self, args: &Args) {
        let files = counted(self.manifest.files.len(), "file");
        if let (Some(output), Some(packed)) = (&args.output, &self.packed) {
            let megabytes = packed.bytes as f64 / 1e6;
            println!(
                "{}: {files}, {megabytes:.1} MB, sha256 {}",
                output.display(),
                packed.sha256
            );
        }
        if let Some(carried) = &self.carried {
            println!(
                "{}: {} put there, {} there already",
                carried.to,
                counted(carried.delivered, "file"),
                carried.there_already
            );
            for (path, reason) in &carried.missing {
                println!("  {path} is not there: {reason}");
            }
            if !carried.missing.is_empty() {
                println!("  Run the same command again: what is there is not sent again.");
            }
        }
        for file in self.failing() {
            println!("  {} does not pass: {}", file.path, file.notes.join("; "));
        }
        for remark in &self.manifest.remarks {
            println!("  {remark}");
        }
    }
}

/// Beside its place, to be renamed into it.
fn aside(path: &Path) -> PathBuf {
    let mut aside = path.to_owned();
    aside.as_mut_os_string().push(".part");
    aside
}
