//! A batch of an import: its products, photos and report, worked out against what stands and written in one transaction.

use std::collections::HashMap;

use domain::{
    clock::EpochMs,
    ids::ProductId,
    intake::sku_key,
    product::{Side, View},
};
use sqlx::AnyConnection;

use super::{Import, ImportPhoto, Item, ItemProduct, NewRow, Outcome, ReportRow};
use crate::{
    Result, Store, StoreError,
    catalogue::{NewPhoto, PHOTOS_MAX, TOO_MANY_PHOTOS, attach},
    database::places,
    ids::Ids,
    rows::insert_all,
    to_json,
};

/// What stands of a product.
struct Standing {
    id: String,
    name: Option<String>,
    category: String,
    colour: Option<String>,
    project: Option<String>,
    photos: Vec<(String, String, String)>,
}

/// What is to do with a product.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Create,
    Update,
    Nothing,
}

impl Change {
    fn outcome(self) -> Outcome {
        match self {
            Self::Create => Outcome::Created,
            Self::Update => Outcome::Updated,
            Self::Nothing => Outcome::Unchanged,
        }
    }
}

impl Store {
    /// Writes a batch of an import that stands at `done`: products, photos and report, or, of a dry run, the report alone. Where
    /// it stands then; `None` when it was cancelled or somebody else is ahead, and nothing was written.
    pub async fn write_import(
        &self,
        ids: &Ids,
        import: &Import,
        done: i64,
        items: &[Item],
        now_ms: EpochMs,
    ) -> Result<Option<i64>> {
        let rows: i64 = items.iter().map(|item| item.rows.len() as i64).sum();
        let mut tx = self.write().await?;
        let mine =
            sqlx::query("UPDATE imports SET done = $3 WHERE id = $1 AND state = 'running' AND done = $2")
                .bind(&import.id)
                .bind(done)
                .bind(done + rows)
                .execute(&mut *tx)
                .await?;
        if mine.rows_affected() != 1 {
            return Ok(None);
        }
        let mut standing = standing(&mut tx, import, items).await?;
        let mut writer = BatchWriter {
            ids,
            import,
            now_ms,
            number: done,
            problems: 0,
            created: Vec::new(),
            photos: Vec::new(),
            report: Vec::with_capacity(rows as usize),
        };
        for item in items {
            let key = item.product.as_ref().map(|product| sku_key(&product.sku));
            let stands = key.and_then(|key| standing.remove(&key));
            writer.item(&mut tx, item, stands).await?;
        }
        let problems = writer.problems;
        writer.flush(&mut tx).await?;
        sqlx::query("UPDATE imports SET problems = problems + $2 WHERE id = $1")
            .bind(&import.id)
            .bind(problems)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(done + rows))
    }
}

/// Works a batch out and gathers what can be written many rows at once.
struct BatchWriter<'a> {
    ids: &'a Ids,
    import: &'a Import,
    now_ms: EpochMs,
    number: i64,
    problems: i64,
    created: Vec<(String, &'a ItemProduct)>,
    photos: Vec<(ProductId, &'a ImportPhoto)>,
    report: Vec<ReportRow>,
}

impl<'a> BatchWriter<'a> {
    async fn item(&mut self, tx: &mut AnyConnection, item: &'a Item, stands: Option<Standing>) -> Result<()> {
        let change = match (&item.product, &stands) {
            (None, _) => Change::Nothing,
            (Some(_), None) => Change::Create,
            (Some(said), Some(stands)) => self.change(said, stands)?,
        };
        let mut photos = stands.as_ref().map_or(Vec::new(), |stands| stands.photos.clone());
        let product_id = match (&item.product, stands) {
            (None, _) => None,
            (Some(_), Some(stands)) => Some(stands.id),
            (Some(_), None) => Some(self.ids.next()),
        };
        let mut attaches = false;
        for row in &item.rows {
            let (outcome, message) = match (&row.photo, row.outcome) {
                (Some(photo), said) => match place(&mut photos, photo) {
                    Some(outcome) => {
                        if outcome != Outcome::Unchanged {
                            attaches = true;
                            if let Some(id) = &product_id {
                                self.photos.push((ProductId(id.clone()), photo));
                            }
                        }
                        (said.unwrap_or(outcome), row.message.clone())
                    }
                    None => (Outcome::Refused, Some(TOO_MANY_PHOTOS.to_owned())),
                },
                (None, Some(outcome)) => (outcome, row.message.clone()),
                (None, None) if row.without_photo.is_some() && photos.is_empty() => {
                    (Outcome::Missing, row.without_photo.clone())
                }
                (None, None) => (change.outcome(), row.message.clone()),
            };
            self.report(row, outcome, message, product_id.as_ref());
        }
        if let (Some(said), Some(id), false) = (&item.product, product_id, self.import.dry_run()) {
            match change {
                Change::Create => self.created.push((id, said)),
                Change::Update => update(tx, self.import, &id, said, self.now_ms).await?,
                Change::Nothing if attaches => touch(tx, &id, self.now_ms).await?,
                Change::Nothing => {}
            }
        }
        Ok(())
    }

    fn change(&self, said: &ItemProduct, stands: &Standing) -> Result<Change> {
        let category = said
            .category
            .map(|category| to_json("category", &category))
            .transpose()?;
        let differs = |said: Option<&String>, stands: Option<&String>| said.is_some() && said != stands;
        let changed = differs(said.name.as_ref(), stands.name.as_ref())
            || differs(said.colour.as_ref(), stands.colour.as_ref())
            || category.is_some_and(|said| said.trim_matches('"') != stands.category)
            || (self.import.project_id.is_some() && stands.project.is_none());
        Ok(if changed { Change::Update } else { Change::Nothing })
    }

    fn report(&mut self, row: &NewRow, outcome: Outcome, message: Option<String>, product: Option<&String>) {
        self.number += 1;
        self.problems += i64::from(outcome.is_problem());
        let known = product.filter(|_| !(self.import.dry_run() && outcome == Outcome::Created));
        self.report.push(ReportRow {
            number: self.number,
            kind: if row.is_file { "file" } else { "row" }.to_owned(),
            sku: row.sku.clone(),
            file: row.file.clone(),
            line: row.line.map(|line| line as i64),
            view: row.view.map(|view| view.name().to_owned()),
            product_id: known.cloned(),
            outcome: outcome.name().to_owned(),
            message,
        });
    }

    async fn flush(self, tx: &mut AnyConnection) -> Result<()> {
        insert_products(tx, self.import, &self.created, self.now_ms).await?;
        if !self.import.dry_run() {
            for (product, photo) in &self.photos {
                let new = NewPhoto {
                    view: photo.view,
                    side: photo.side,
                    source: &photo.source,
                    sha256: &photo.sha256,
                    file: &photo.file,
                };
                attach(tx, product, &new, self.now_ms).await?;
            }
        }
        insert_rows(tx, &self.import.id, &self.report).await
    }
}

/// Puts a photo in its place among those that stand, and says what that changes; `None` when there are too many.
fn place(photos: &mut Vec<(String, String, String)>, photo: &ImportPhoto) -> Option<Outcome> {
    let side = photo.side.map(Side::name).unwrap_or_default();
    let same_place = |view: &str, other: &str, sha256: &str| {
        view == photo.view.name()
            && if photo.view == View::Detail {
                sha256 == photo.sha256
            } else {
                other == side
            }
    };
    let found = photos
        .iter()
        .position(|(view, other, sha256)| same_place(view, other, sha256));
    match found {
        Some(at) if photos[at].2 == photo.sha256 => Some(Outcome::Unchanged),
        Some(at) => {
            photos[at].2.clone_from(&photo.sha256);
            Some(Outcome::Updated)
        }
        None if photos.len() as i64 >= PHOTOS_MAX => None,
        None => {
            photos.push((
                photo.view.name().to_owned(),
                side.to_owned(),
                photo.sha256.clone(),
            ));
            Some(Outcome::Created)
        }
    }
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    id: String,
    sku_key: String,
    name: Option<String>,
    category: String,
    colour: Option<String>,
    project_id: Option<String>,
}

/// What stands of a batch's products, by SKU.
async fn standing(
    tx: &mut AnyConnection,
    import: &Import,
    items: &[Item],
) -> Result<HashMap<String, Standing>> {
    let keys: Vec<String> = items
        .iter()
        .filter_map(|item| Some(sku_key(&item.product.as_ref()?.sku)))
        .collect();
    let mut by_key = HashMap::new();
    for chunk in keys.chunks(500) {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT id, sku_key, name, category, colour, project_id FROM products
             WHERE deleted_ms IS NULL AND workspace_id = $1 AND sku_key IN ({})",
            places(2, chunk.len())
        ));
        let mut query = sqlx::query_as(sql).bind(&import.workspace_id);
        for key in chunk {
            query = query.bind(key);
        }
        let rows: Vec<StandingRow> = query.fetch_all(&mut *tx).await?;
        let mut photos = photos_of(tx, &rows).await?;
        for row in rows {
            let standing = Standing {
                photos: photos.remove(&row.id).unwrap_or_default(),
                id: row.id,
                name: row.name,
                category: row.category,
                colour: row.colour,
                project: row.project_id,
            };
            by_key.insert(row.sku_key, standing);
        }
    }
    Ok(by_key)
}

type Placed = Vec<(String, String, String)>;

/// View, side and hash of the photos of products.
async fn photos_of(tx: &mut AnyConnection, products: &[StandingRow]) -> Result<HashMap<String, Placed>> {
    let mut photos: HashMap<String, Placed> = HashMap::new();
    if products.is_empty() {
        return Ok(photos);
    }
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT product_id, view, COALESCE(side, ''), sha256 FROM photos WHERE product_id IN ({}) ORDER BY product_id, view, number",
        places(1, products.len())
    ));
    let mut query = sqlx::query_as(sql);
    for product in products {
        query = query.bind(&product.id);
    }
    let rows: Vec<(String, String, String, String)> = query.fetch_all(tx).await?;
    for (product, view, side, sha256) in rows {
        photos.entry(product).or_default().push((view, side, sha256));
    }
    Ok(photos)
}

async fn insert_products(
    tx: &mut AnyConnection,
    import: &Import,
    products: &[(String, &ItemProduct)],
    now_ms: EpochMs,
) -> Result<()> {
    let mut rows = Vec::with_capacity(products.len());
    for (id, product) in products {
        let category = to_json("category", &product.category.unwrap_or_default())?;
        rows.push(vec![
            id.as_str().into(),
            import.workspace_id.as_str().into(),
            product.sku.as_str().into(),
            sku_key(&product.sku).into(),
            product.name.as_deref().into(),
            category.trim_matches('"').into(),
            product.colour.as_deref().into(),
            import.project_id.as_deref().into(),
            "{}".into(),
            now_ms.into(),
            now_ms.into(),
        ]);
    }
    let into = "products (id, workspace_id, sku, sku_key, name, category, colour, project_id, attributes, created_ms, updated_ms)";
    insert_all(tx, into, rows).await.map_err(|error| match error {
        StoreError::Database(error) => crate::projects::taken(error, "SKU"),
        other => other,
    })
}

async fn insert_rows(tx: &mut AnyConnection, import: &str, rows: &[ReportRow]) -> Result<()> {
    let row = |row: &ReportRow| {
        vec![
            import.into(),
            row.number.into(),
            row.kind.as_str().into(),
            row.sku.as_deref().into(),
            row.file.as_deref().into(),
            row.line.into(),
            row.view.as_deref().into(),
            row.product_id.as_deref().into(),
            row.outcome.as_str().into(),
            row.message.as_deref().into(),
        ]
    };
    let into = "import_rows (import_id, number, kind, sku, file, line, view, product_id, outcome, message)";
    insert_all(tx, into, rows.iter().map(row).collect()).await
}

/// Writes what is said; what is not said stays.
async fn update(
    tx: &mut AnyConnection,
    import: &Import,
    product: &str,
    said: &ItemProduct,
    now_ms: EpochMs,
) -> Result<()> {
    let category = said
        .category
        .map(|category| to_json("category", &category))
        .transpose()?;
    sqlx::query(
        "UPDATE products SET name = COALESCE($2, name), category = COALESCE($3, category), colour = COALESCE($4, colour),
             project_id = COALESCE(project_id, $5), updated_ms = $6, version = version + 1 WHERE id = $1",
    )
    .bind(product)
    .bind(said.name.as_deref())
    .bind(category.as_deref().map(|category| category.trim_matches('"')))
    .bind(said.colour.as_deref())
    .bind(import.project_id.as_deref())
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

async fn touch(tx: &mut AnyConnection, product: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query("UPDATE products SET updated_ms = $2, version = version + 1 WHERE id = $1")
        .bind(product)
        .bind(now_ms)
        .execute(tx)
        .await?;
    Ok(())
}
