//! Bulk imports: many products and photos at once, in batches that are whole or absent, with a report row for everything sent.
//!
//! A batch writes its products, their photos, its report rows and how far the import is in one transaction. Whoever continues
//! an import after a crash begins at `done`; a batch that two write is written once.

use std::collections::HashMap;

use domain::{
    category::Category,
    clock::EpochMs,
    ids::{ProductId, ProjectId, WorkspaceId},
    intake::sku_key,
    product::{Side, View},
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    catalogue::{NewPhoto, PHOTOS_MAX, PhotoFile, TOO_MANY_PHOTOS, attach},
    database::places,
    ids::Ids,
    to_json,
};

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Where its new products go.
    pub project_id: Option<String>,
    /// running, done, failed, cancelled.
    pub state: String,
    dry_run: i64,
    /// What was sent, as JSON.
    pub source: String,
    /// Rows and files that it has.
    pub total: i64,
    /// Rows and files that are reported.
    pub done: i64,
    /// Those among them that want a look.
    pub problems: i64,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it was sent.
    pub created_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
}

impl Import {
    /// It reports what it would do and does nothing.
    pub fn dry_run(&self) -> bool {
        self.dry_run == 1
    }

    /// Whose it is.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace_id.clone())
    }
}

/// What became of a row or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It changed what was there.
    Updated,
    /// It was there already.
    Unchanged,
    /// What it speaks of was not sent.
    Missing,
    /// It was sent twice.
    Duplicate,
    /// It is no photo that can be opened.
    Unreadable,
    /// It may mean more than one thing: the message says how it was taken.
    Ambiguous,
    /// It has too few pixels.
    TooSmall,
    /// It is not taken.
    Refused,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Updated,
        Self::Unchanged,
        Self::Missing,
        Self::Duplicate,
        Self::Unreadable,
        Self::Ambiguous,
        Self::TooSmall,
        Self::Refused,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::Ambiguous => "ambiguous",
            Self::TooSmall => "too_small",
            Self::Refused => "refused",
        }
    }

    /// Somebody should look.
    pub fn is_problem(self) -> bool {
        !matches!(self, Self::Created | Self::Updated | Self::Unchanged)
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReportRow {
    /// Its place.
    pub number: i64,
    /// row or file.
    pub kind: String,
    /// The product.
    pub sku: Option<String>,
    /// The photo, or the table that the row stands in.
    pub file: Option<String>,
    /// The line of that table.
    pub line: Option<i64>,
    /// The view that the photo shows.
    pub view: Option<String>,
    /// The product's id, where there is one.
    pub product_id: Option<String>,
    /// What became of it.
    pub outcome: String,
    /// What is wrong and what to do, or what was assumed.
    pub message: Option<String>,
}

/// A line of the report before its outcome is known.
#[derive(Clone, Debug, Default)]
pub struct NewRow {
    /// It speaks of a file, and not of a table's row.
    pub is_file: bool,
    /// The product.
    pub sku: Option<String>,
    /// The photo, or the table.
    pub file: Option<String>,
    /// The line of the table.
    pub line: Option<u64>,
    /// What became of it; none: what becomes of the product or the photo decides.
    pub outcome: Option<Outcome>,
    /// What there is to say.
    pub message: Option<String>,
    /// What to say when the product has no photo: it is missing then.
    pub without_photo: Option<String>,
    /// The photo to attach, where it is one that can be used.
    pub photo: Option<ImportPhoto>,
    /// The view.
    pub view: Option<View>,
}

/// A photo to attach.
#[derive(Clone, Debug)]
pub struct ImportPhoto {
    /// The view.
    pub view: View,
    /// Which way a side is turned.
    pub side: Option<Side>,
    /// The blob.
    pub source: String,
    /// Of its bytes.
    pub sha256: String,
    /// As a file.
    pub file: PhotoFile,
}

/// One product with its rows and files, or what belongs to none.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The product; none: the rows belong to none.
    pub product: Option<ItemProduct>,
    /// Lines of the report.
    pub rows: Vec<NewRow>,
}

/// What is said of a product. What is not said stays as it is.
#[derive(Clone, Debug)]
pub struct ItemProduct {
    /// The SKU as it is spelt.
    pub sku: String,
    /// The name.
    pub name: Option<String>,
    /// The category.
    pub category: Option<Category>,
    /// The colour.
    pub colour: Option<String>,
}

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

const COLUMNS: &str = "id, workspace_id, project_id, state, dry_run, source, total, done, problems, reason, created_ms, finished_ms";

impl Store {
    /// Writes down an import whose files have arrived.
    #[expect(clippy::too_many_arguments, reason = "one column each")]
    pub async fn add_import(
        &self,
        id: &str,
        workspace: &WorkspaceId,
        project: Option<&ProjectId>,
        dry_run: bool,
        source: &str,
        created_by: &str,
        now_ms: EpochMs,
    ) -> Result<Import> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO imports (id, workspace_id, project_id, state, dry_run, source, created_by, created_ms)
             VALUES ($1, $2, $3, 'running', $4, $5, $6, $7) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(id)
            .bind(workspace.as_str())
            .bind(project.map(ProjectId::as_str))
            .bind(i64::from(dry_run))
            .bind(source)
            .bind(created_by)
            .bind(now_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// An import.
    pub async fn import(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// At most `limit` imports before an id, the newest first.
    pub async fn imports(
        &self,
        workspace: &WorkspaceId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE workspace_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Imports of any workspace that are not at their end.
    pub async fn running_imports(&self) -> Result<Vec<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE state = 'running' ORDER BY id"
        ));
        Ok(sqlx::query_as(sql).fetch_all(&self.reader).await?)
    }

    /// How often each outcome stands in the report of an import.
    pub async fn import_counts(&self, import: &Import) -> Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(
            "SELECT outcome, COUNT(*) FROM import_rows WHERE import_id = $1 GROUP BY outcome ORDER BY outcome",
        )
        .bind(&import.id)
        .fetch_all(&self.reader)
        .await?)
    }

    /// At most `limit` lines of an import's report after a number, of one outcome or of all.
    pub async fn import_rows(
        &self,
        import: &Import,
        outcome: Option<Outcome>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ReportRow>> {
        Ok(sqlx::query_as(
            "SELECT number, kind, sku, file, line, view, product_id, outcome, message FROM import_rows
             WHERE import_id = $1 AND number > $2 AND ($3 = '' OR outcome = $3) ORDER BY number LIMIT $4",
        )
        .bind(&import.id)
        .bind(after)
        .bind(outcome.map_or("", Outcome::name))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?)
    }

    /// How many rows and files an import has.
    pub async fn set_import_total(&self, import: &Import, total: i64) -> Result<()> {
        sqlx::query("UPDATE imports SET total = $2 WHERE id = $1")
            .bind(&import.id)
            .bind(total)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Ends an import that runs: done, failed or cancelled. `false` when it does not run.
    pub async fn end_import(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        state: &str,
        reason: Option<&str>,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE imports SET state = $3, reason = $4, finished_ms = $5
             WHERE workspace_id = $1 AND id = $2 AND state = 'running'",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(state)
        .bind(reason)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

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
        for chunk in self.created.chunks(60) {
            insert_products(tx, self.import, chunk, self.now_ms).await?;
        }
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
        for chunk in self.report.chunks(80) {
            insert_rows(tx, &self.import.id, chunk).await?;
        }
        Ok(())
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
    let mut words = Vec::with_capacity(products.len());
    for (_, product) in products {
        words.push(
            to_json("category", &product.category.unwrap_or_default())?
                .trim_matches('"')
                .to_owned(),
        );
    }
    let values: Vec<String> = (0..products.len())
        .map(|at| format!("({})", places(1 + at * 11, 11)))
        .collect();
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO products (id, workspace_id, sku, sku_key, name, category, colour, project_id, attributes, created_ms,
                               updated_ms) VALUES {}",
        values.join(", ")
    ));
    let mut query = sqlx::query(sql);
    for ((id, product), category) in products.iter().zip(&words) {
        query = query
            .bind(id)
            .bind(&import.workspace_id)
            .bind(&product.sku)
            .bind(sku_key(&product.sku))
            .bind(product.name.as_deref())
            .bind(category)
            .bind(product.colour.as_deref())
            .bind(import.project_id.as_deref())
            .bind("{}")
            .bind(now_ms)
            .bind(now_ms);
    }
    let inserted = query.execute(tx).await;
    inserted.map_err(|error| crate::projects::taken(error, "SKU"))?;
    Ok(())
}

async fn insert_rows(tx: &mut AnyConnection, import: &str, rows: &[ReportRow]) -> Result<()> {
    let values: Vec<String> = (0..rows.len())
        .map(|at| format!("({})", places(1 + at * 10, 10)))
        .collect();
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO import_rows (import_id, number, kind, sku, file, line, view, product_id, outcome, message) VALUES {}",
        values.join(", ")
    ));
    let mut query = sqlx::query(sql);
    for row in rows {
        query = query
            .bind(import)
            .bind(row.number)
            .bind(&row.kind)
            .bind(row.sku.as_deref())
            .bind(row.file.as_deref())
            .bind(row.line)
            .bind(row.view.as_deref())
            .bind(row.product_id.as_deref())
            .bind(&row.outcome)
            .bind(row.message.as_deref());
    }
    query.execute(tx).await?;
    Ok(())
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

impl StoreError {
    /// Somebody wrote the same meanwhile, or the database has no time: the same again may work.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Taken(_)) || self.is_busy()
    }
}
