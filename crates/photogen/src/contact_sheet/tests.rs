//! The page against hostile words, and the copies against real files.

use std::{collections::HashMap, fs};

use domain::{
    generation::Status,
    manifest::{Counts, DeliveredFile, Entry, Input, MANIFEST_VERSION, Manifest},
    product::View,
    verdict::{Outcome, Verdict},
};
use image::{Rgb, RgbImage};

use super::{render, sweep_previews, write_previews};

fn entry(sku: &str, pose: &str, status: Status) -> Entry {
    let made = status == Status::Completed;
    Entry {
        sku: sku.to_owned(),
        name: None,
        pose: pose.parse().unwrap(),
        take: 1,
        status,
        reason: (!made).then(|| format!("no back photo of {sku}; add {sku}_back.jpg")),
        needs_review: false,
        notes: Vec::new(),
        engine: "studio".to_owned(),
        seed: "1".to_owned(),
        recipe: serde_json::Value::Null,
        inputs: vec![Input {
            view: View::Front,
            name: format!("{sku}.jpg"),
            sha256: "ab".repeat(32),
            preview: None,
        }],
        verdicts: Vec::new(),
        file: made.then(|| DeliveredFile {
            path: format!("{sku}/{sku}_front.png"),
            bytes: 1,
            sha256: "cd".repeat(32),
            width: 1500,
            height: 1500,
            format: domain::format::Format::Png,
            digital_source_type: String::new(),
            background_deviation: Some(0),
        }),
        attempts: Vec::new(),
        channels: Vec::new(),
    }
}

fn manifest(pictures: Vec<Entry>) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        generator: "photogen 0".to_owned(),
        brief: domain::brief::Brief::default(),
        counts: Counts::of(&pictures),
        pictures,
    }
}

/// The JSON the page's script will read.
fn data(page: &str) -> serde_json::Value {
    let (_, from) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .unwrap();
    let (json, _) = from.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn words_of_the_customer_are_text_everywhere() {
    let evil = "</script><script>alert(1)</script>\"'&\u{2028}{{ x }}";
    let mut made = entry(evil, "FRONT", Status::Completed);
    made.name = Some("<img src=x onerror=alert(1)>".to_owned());
    made.notes = vec!["<!--".to_owned()];
    made.verdicts = vec![Verdict {
        lock: "<b>".to_owned(),
        score: Some(0.5),
        threshold: 0.7,
        outcome: Outcome::Doubtful,
        evidence: serde_json::json!({"reason": "</style>"}),
    }];
    let page = render(&manifest(vec![made])).unwrap();
    for part in ["alert(1)</script>", "<img src=x", "<!--", "</style>\"", "<b>\""] {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(
        page.matches("</script>").count(),
        2,
        "the data and the script, no more"
    );
    let (_, json) = page.split_once("id=\"data\">").unwrap();
    assert!(!json.contains('\u{2028}'), "a line end inside a script");
    let data = data(&page);
    assert_eq!(data["products"][0][0], evil);
    assert_eq!(data["locks"][0], "<b>");
    let url = data["rows"][0]["file"][0].as_str().unwrap();
    assert!(url.starts_with("%3C/script%3E%3Cscript%3Ealert%281%29"), "{url}");
}

#[test]
fn the_page_asks_nothing_of_a_network_and_refers_only_to_its_folder() {
    let page = render(&manifest(vec![entry("A 1", "FRONT", Status::Completed)])).unwrap();
    let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!without_namespace.contains("http://") && !without_namespace.contains("https://"));
    assert!(!page.contains("src=\"/") && !page.contains("href=\"/"));
    assert!(
        page.contains("href=\"A%201/A%201_front.png\""),
        "the picture without scripts"
    );
}

#[test]
fn the_photo_of_the_pose_s_own_view_stands_first() {
    let photo = |view, name: &str| Input {
        view,
        name: name.to_owned(),
        sha256: name.to_owned(),
        preview: None,
    };
    let photos = [
        photo(View::Front, "A.jpg"),
        photo(View::Back, "A_back.jpg"),
        photo(View::Side, "A_left.jpg"),
        photo(View::Side, "A_right.jpg"),
    ];
    let poses = ["FRONT", "BACK", "LEFT", "RIGHT", "DETAIL_CLOSE_UP"];
    let entries = poses.map(|pose| Entry {
        inputs: photos.to_vec(),
        ..entry("A", pose, Status::Completed)
    });
    let data = data(&render(&manifest(entries.to_vec())).unwrap());
    let first = data["rows"].as_array().unwrap().iter().map(|row| {
        let photo = row["from"][0].as_u64().unwrap() as usize;
        data["photos"][photo][1].as_str().unwrap()
    });
    assert_eq!(
        first.collect::<Vec<_>>(),
        ["A.jpg", "A_back.jpg", "A_left.jpg", "A_right.jpg", "A.jpg"]
    );
}

#[test]
fn one_reason_is_said_once_whatever_the_sku() {
    let skus: Vec<String> = (0..5000).map(|i| format!("SKU{i:05}")).collect();
    let poses = [
        "FRONT",
        "BACK",
        "LEFT",
        "RIGHT",
        "FORTY_FIVE_DEGREE",
        "WALKING",
        "SEATED",
        "HAND_ON_HIP",
        "DETAIL_CLOSE_UP",
    ];
    let entries = skus.iter().flat_map(|sku| {
        poses.map(|pose| {
            entry(
                sku,
                pose,
                if pose == "FRONT" {
                    Status::Completed
                } else {
                    Status::Skipped
                },
            )
        })
    });
    let page = render(&manifest(entries.collect())).unwrap();
    let data = data(&page);
    assert_eq!(data["rows"].as_array().unwrap().len(), 45_000);
    assert_eq!(data["texts"].as_array().unwrap().len(), 1);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
}

#[test]
fn copies_are_small_named_by_content_and_written_once() {
    let out = tempfile::tempdir().unwrap();
    let photos = tempfile::tempdir().unwrap();
    let photo = photos.path().join("a.png");
    RgbImage::from_pixel(3000, 1000, Rgb([200, 30, 40]))
        .save(&photo)
        .unwrap();
    fs::create_dir(out.path().join("A")).unwrap();
    RgbImage::from_pixel(900, 900, Rgb([20, 130, 40]))
        .save(out.path().join("A/A_front.png"))
        .unwrap();
    let mut manifest = manifest(vec![
        entry("A", "FRONT", Status::Completed),
        entry("B", "BACK", Status::Skipped),
    ]);
    manifest.pictures[1].inputs[0].sha256 = "00".repeat(32);
    let sources = HashMap::from([("ab".repeat(32), photo.to_str().unwrap().to_owned())]);

    assert_eq!(
        write_previews(&mut manifest, &sources, out.path(), &|| false),
        [""; 0]
    );
    let copy = out.path().join("sources/A_front_abababab.jpg");
    assert_eq!(image::image_dimensions(&copy).unwrap(), (1024, 341));
    let pixel = image::open(&copy).unwrap().to_rgb8().get_pixel(500, 170).0;
    assert!(
        pixel.iter().zip([200u8, 30, 40]).all(|(a, b)| a.abs_diff(b) < 6),
        "{pixel:?}"
    );
    assert_eq!(
        manifest.pictures[0].inputs[0].preview.as_deref(),
        Some("sources/A_front_abababab.jpg")
    );
    assert_eq!(
        manifest.pictures[1].inputs[0].preview, None,
        "its photo is not at hand"
    );
    let thumb = out.path().join("thumbs/A_front_cdcdcdcd.jpg");
    assert_eq!(image::image_dimensions(&thumb).unwrap(), (512, 512));

    fs::write(&thumb, b"kept").unwrap();
    write_previews(&mut manifest, &sources, out.path(), &|| false);
    assert_eq!(
        fs::read(&thumb).unwrap(),
        b"kept",
        "a copy that is there is not made again"
    );
}

#[test]
fn a_copy_that_cannot_be_made_is_told_and_stops_nothing() {
    let out = tempfile::tempdir().unwrap();
    let entries = (0..9).map(|i| {
        let mut entry = entry(&format!("A{i}"), "FRONT", Status::Completed);
        entry.file.as_mut().unwrap().sha256 = format!("{i:064}");
        entry
    });
    let mut manifest = manifest(entries.collect());
    let troubles = write_previews(&mut manifest, &HashMap::new(), out.path(), &|| false);
    assert_eq!(troubles.len(), 6, "{troubles:?}");
    assert!(troubles[0].contains("A0_front.png"));
    assert!(troubles[5].starts_with("4 more"));
}

#[test]
fn copies_the_page_no_longer_shows_are_swept_and_foreign_files_stay() {
    let out = tempfile::tempdir().unwrap();
    fs::create_dir(out.path().join("A")).unwrap();
    RgbImage::from_pixel(90, 90, Rgb([20, 130, 40]))
        .save(out.path().join("A/A_front.png"))
        .unwrap();
    let mut before = manifest(vec![entry("A", "FRONT", Status::Completed)]);
    write_previews(&mut before, &HashMap::new(), out.path(), &|| false);
    let copy = out.path().join("thumbs/A_front_cdcdcdcd.jpg");
    let half = fs::read(&copy).unwrap()[..60].to_vec();
    let thumbs = |name: &str| out.path().join("thumbs").join(name);
    fs::write(thumbs("A_back_cdcdcdcd.part"), half).unwrap();
    for foreign in ["A_back_abababab.jpg", "notes.txt", "empty.jpg"] {
        let bytes: &[u8] = if foreign == "empty.jpg" {
            b""
        } else {
            b"\xff\xd8\xff\xe0 not written here, and long enough"
        };
        fs::write(thumbs(foreign), bytes).unwrap();
    }
    assert_eq!(sweep_previews(&before, out.path()), [""; 0]);
    assert!(copy.is_file() && !thumbs("A_back_cdcdcdcd.part").exists());

    let withdrawn = manifest(vec![entry("A", "FRONT", Status::Rejected)]);
    assert_eq!(sweep_previews(&withdrawn, out.path()), [""; 0]);
    assert!(!copy.exists());
    let mut left: Vec<_> = fs::read_dir(out.path().join("thumbs"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["A_back_abababab.jpg", "empty.jpg", "notes.txt"]);
}

#[test]
fn a_stop_leaves_the_remaining_copies_out_and_says_so() {
    let out = tempfile::tempdir().unwrap();
    let mut manifest = manifest(vec![entry("A", "FRONT", Status::Completed)]);
    let troubles = write_previews(&mut manifest, &HashMap::new(), out.path(), &|| true);
    assert_eq!(troubles.len(), 1);
    assert!(troubles[0].contains("small copies of 1 file;"), "{troubles:?}");
    assert!(!out.path().join("thumbs").exists());
}

#[test]
fn the_headline_counts_pictures_of_other_settings() {
    let made = |sku: &str, recipe: serde_json::Value| Entry {
        recipe,
        ..entry(sku, "FRONT", Status::Completed)
    };
    let brief = domain::brief::Brief {
        format: domain::format::Format::Png,
        ..Default::default()
    };
    let same = made(
        "A",
        serde_json::json!({ "size": brief.size, "background": brief.background }),
    );
    let other = made("B", serde_json::json!({ "size": "400x400" }));
    let page = |pictures: Vec<Entry>| {
        let manifest = Manifest {
            brief: brief.clone(),
            ..manifest(pictures)
        };
        render(&manifest).unwrap()
    };
    assert!(page(vec![same.clone()]).contains("studio engine</p>"));
    let mixed = page(vec![same, other]);
    assert!(
        mixed.contains("studio engine; 1 picture made earlier with other settings</p>"),
        "{mixed}"
    );
    assert!(mixed.contains("<title>Contact sheet, 2 pictures</title>"));
}
