//! Product tables as CSV.

use std::path::Path;

use domain::intake::product_table::parse;
use testkit::fuzz::Target;

/// A table of products, in whatever encoding and with whatever marks between its cells.
pub(crate) const TABLE: Target = Target {
    name: "table",
    read: |bytes| {
        let table = parse(Path::new("products.csv"), bytes.to_vec());
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
        assert!(table.rows.len() <= lines, "more rows than lines");
    },
    seeds: || {
        let plain = "sku,name,colour,category,view,file\nA-1,Shirt,blue,top,front,a.jpg\nA-1,Shirt,blue,top,back,b.jpg\n";
        let marks = "sep=;\r\nSKU;Name\r\nÄ-2;\"Bluse; \"\"weit\"\"\r\n\"";
        let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        vec![
            plain.into(),
            marks.into(),
            [b"\xff\xfe".as_slice(), &wide].concat(),
            b"sku\tname\nB-3\tJupe \xe9t\xe9\n".to_vec(),
        ]
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_is_a_table() {
        let said = [
            ("A-1", "Shirt"),
            ("Ä-2", "Bluse"),
            ("A-1", "Shirt"),
            ("B-3", "Jupe été"),
        ];
        for (seed, (sku, name)) in (TABLE.seeds)().into_iter().zip(said) {
            let table = parse(Path::new("products.csv"), seed);
            let first = table.rows.first().expect("a row");
            assert_eq!(first.sku.as_deref(), Some(sku));
            let told = first.name.as_deref().unwrap_or_default();
            assert!(told.starts_with(name), "{told}");
        }
    }
}
