//! What strangers send and only this crate can read, as targets of tests and of `bin/fuzz`.

use std::{
    io::{Cursor, Write as _},
    path::Path,
    sync::LazyLock,
};

use axum::{body::Body, http::Request};
use futures_util::StreamExt as _;
use testkit::fuzz::Target;
use tokio::runtime::{Builder, Runtime};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    api::uploads::form,
    imports::{Limits, PhotoFrom, Place, Sent, plan},
    photos::file_name,
};

/// One line each.
pub const TARGETS: [Target; 2] = [IMPORT, FORM];

/// A ZIP archive or XLSX workbook of an import: listed, understood, and every photo taken out.
pub const IMPORT: Target = Target {
    name: "import",
    read: |bytes| {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("0"), bytes).expect("room for the file");
        for name in ["photos.zip", "products.xlsx"] {
            let _ = read_import(folder.path(), name);
        }
    },
    seeds: || {
        let photos = [
            ("products.csv", "sku,name\nA-1,Shirt\n"),
            ("A-1_front.jpg", "no photo"),
            ("deep/er/A-1_back.png", "no photo either"),
        ];
        vec![zipped(&photos), zipped(&WORKBOOK)]
    },
};

/// How many rows it has, and how many photos came out of it.
fn read_import(folder: &Path, name: &str) -> (i64, usize) {
    let sent = Sent {
        name: name.to_owned(),
        place: Place::File("0".to_owned()),
        upload: None,
    };
    let limits = Limits {
        photo_bytes: 1 << 20,
        unpacked_bytes: 1 << 24,
    };
    let plan = plan(folder, &[sent], limits);
    let photos = plan
        .items
        .iter()
        .flat_map(|item| &item.rows)
        .filter_map(|row| row.photo.as_ref());
    let mut unpacked_photos = 0;
    for (number, photo) in photos.enumerate() {
        if let PhotoFrom::Archive(archive, index) = photo.from {
            let to = folder.join(format!("out-{name}-{number}"));
            if let Ok(unpacked) = plan.unpack(archive, index, &to, limits.photo_bytes) {
                assert!(unpacked.bytes <= limits.photo_bytes, "larger than is taken");
                unpacked_photos += 1;
            }
        }
    }
    (plan.total(), unpacked_photos)
}

/// A form with files (multipart/form-data): read to its end, every name made one that a folder takes.
pub const FORM: Target = Target {
    name: "form",
    read: |bytes| {
        static RUNTIME: LazyLock<Runtime> =
            LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));
        let _ = RUNTIME.block_on(read_form(bytes));
    },
    seeds: || {
        let file = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a/../b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nbytes\r\n--edge--\r\n";
        let field = "--edge\r\ncontent-disposition: form-data; name=upload\r\n\r\nid\r\n--edge\r\nContent-Disposition: form-data; filename*=UTF-8''%e2%82%ac.zip\r\n\r\n\r\n--edge--";
        vec![file.into(), field.into()]
    },
};

/// How many fields it has.
async fn read_form(bytes: &[u8]) -> usize {
    let request = Request::post("/")
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(Body::from(bytes.to_vec()))
        .expect("a request");
    let Ok(mut form) = form(request).await else {
        return 0;
    };
    let mut fields = 0;
    while let Ok(Some(mut field)) = form.next_field().await {
        let name = file_name(field.file_name(), "file");
        assert!(
            !name.is_empty() && !name.contains(['/', '\\', '\0', '\n']),
            "{name:?}"
        );
        while let Some(Ok(_)) = field.next().await {}
        fields += 1;
    }
    fields
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut pack = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        pack.start_file(*name, SimpleFileOptions::default())
            .expect("a file");
        pack.write_all(text.as_bytes()).expect("its bytes");
    }
    pack.finish().expect("a whole archive").into_inner()
}

const WORKBOOK: [(&str, &str); 4] = [
    (
        "_rels/.rels",
        r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
    (
        "xl/worksheets/sheet1.xml",
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B2"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>SKU</t></is></c><c r="B1" t="inlineStr"><is><t>Name</t></is></c></row><row r="2"><c r="A2"><v>4711</v></c><c r="B2" t="str"><f>1+1</f><v>Skirt</v></c></row></sheetData></worksheet>"#,
    ),
];

#[cfg(test)]
mod tests {
    use testkit::fuzz::bounded;

    #[test]
    fn no_import_and_no_form_panics_or_hangs() {
        super::TARGETS.iter().for_each(bounded);
    }

    #[test]
    fn each_seed_of_an_import_is_one() {
        for (seed, name) in (super::IMPORT.seeds)()
            .iter()
            .zip(["photos.zip", "products.xlsx"])
        {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("0"), seed).unwrap();
            let (rows, photos) = super::read_import(folder.path(), name);
            assert!(rows > 0, "{name}");
            assert_eq!(photos > 0, name == "photos.zip", "{name}");
        }
    }

    #[tokio::test]
    async fn each_seed_of_a_form_is_one() {
        for seed in (super::FORM.seeds)() {
            assert!(super::read_form(&seed).await > 0);
        }
    }
}
