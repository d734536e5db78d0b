//! Many rows by one statement.
//!
//! The rows are bound as texts that the database takes apart, one of JSON for SQLite, an array a column for PostgreSQL. So the
//! statement's own text is the same for one row and for a thousand, and a connection parses it once. With a place for each value
//! a hundred rows of thirteen took SQLite eight times as long, most of it to number the places.

use std::fmt::Write as _;

use serde::Serialize;
use sqlx::{
    AnyConnection, AssertSqlSafe, FromRow,
    any::AnyRow,
    query::{Query, QueryAs},
};

use crate::{Result, to_json};

/// Rows of one statement, at most.
const ROWS_MAX: usize = 1_000;

/// A value of a row that is written with many others. Those of one column are of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Real(Option<f64>),
}

impl Value {
    /// What PostgreSQL calls it.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "bigint",
            Self::Real(_) => "float8",
        }
    }

    /// Writes it as an element of PostgreSQL's arrays.
    fn write(&self, array: &mut String) {
        let written = match self {
            Self::Text(Some(text)) => {
                array.push('"');
                let mut rest = 0;
                for at in memchr::memchr2_iter(b'"', b'\\', text.as_bytes()) {
                    array.push_str(&text[rest..at]);
                    array.push('\\');
                    rest = at;
                }
                array.push_str(&text[rest..]);
                array.push('"');
                Ok(())
            }
            Self::Number(Some(number)) => write!(array, "{number}"),
            Self::Real(Some(real)) => write!(array, "{real}"),
            Self::Text(None) | Self::Number(None) | Self::Real(None) => array.write_str("NULL"),
        };
        debug_assert!(written.is_ok(), "a text takes what is written");
    }
}

/// A text as both databases take it: PostgreSQL refuses one with a NUL, and SQLite ends it there when it takes it out of JSON.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

impl From<Option<f64>> for Value {
    fn from(real: Option<f64>) -> Self {
        Self::Real(real)
    }
}

impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(Some(real))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::from(text.map(str::to_owned))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::from(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(storable))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

/// Rows as a table `v` with the columns `column1`, `column2`, …
struct Table {
    sql: String,
    /// What is bound to its places, from `$1` on.
    texts: Vec<String>,
}

impl Table {
    fn of(rows: &[Vec<Value>], connection: &AnyConnection) -> Result<Self> {
        match connection.backend_name() {
            "PostgreSQL" => Ok(Self::of_arrays(rows)),
            _ => Self::of_json(rows),
        }
    }

    fn of_arrays(rows: &[Vec<Value>]) -> Self {
        let kinds = rows.first().map(Vec::as_slice).unwrap_or_default();
        let places = (1..)
            .zip(kinds)
            .map(|(at, value)| format!("${at}::{}[]", value.kind()));
        let columns = (1..=kinds.len()).map(|at| format!("column{at}"));
        let mut arrays = vec![String::new(); kinds.len()];
        for row in rows {
            for (array, value) in arrays.iter_mut().zip(row) {
                array.push(if array.is_empty() { '{' } else { ',' });
                value.write(array);
            }
        }
        for array in &mut arrays {
            array.push('}');
        }
        Self {
            sql: format!("unnest({}) AS v ({})", listed(places), listed(columns)),
            texts: arrays,
        }
    }

    fn of_json(rows: &[Vec<Value>]) -> Result<Self> {
        let width = rows.first().map_or(0, Vec::len);
        let columns = (0..width).map(|at| format!("value ->> {at} AS column{}", at + 1));
        Ok(Self {
            sql: format!("(SELECT {} FROM json_each($1)) AS v", listed(columns)),
            texts: vec![to_json("rows", &rows)?],
        })
    }
}

fn listed(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// Inserts rows, many by one statement. `into` is a table with its columns: `jobs (id, kind)`.
pub(crate) async fn insert_all(
    tx: &mut AnyConnection,
    into: &'static str,
    rows: Vec<Vec<Value>>,
) -> Result<()> {
    for chunk in rows.chunks(ROWS_MAX) {
        let table = Table::of(chunk, tx)?;
        let statement = format!("INSERT INTO {into} SELECT * FROM {}", table.sql);
        let query = sqlx::query(AssertSqlSafe(statement));
        let bound = table.texts.into_iter().fold(query, Query::bind);
        bound.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Runs one statement over rows, which it knows as `v` with the columns `column1`, `column2`, …: what stands before them, and
/// after. What it returns.
pub(crate) async fn over_all<R>(
    tx: &mut AnyConnection,
    before: &'static str,
    rows: &[Vec<Value>],
    after: &'static str,
) -> Result<Vec<R>>
where
    R: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
{
    let mut found = Vec::new();
    for chunk in rows.chunks(ROWS_MAX) {
        let table = Table::of(chunk, tx)?;
        let query = sqlx::query_as(AssertSqlSafe(format!("{before} {} {after}", table.sql)));
        let bound = table.texts.into_iter().fold(query, QueryAs::bind);
        found.extend(bound.fetch_all(&mut *tx).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use testkit::database::TestDatabase;

    use super::*;
    use crate::Store;

    testkit::on_both_databases! {
        values_come_back_as_they_were,
        a_nul_is_written_as_the_sign_for_what_cannot_be,
    }

    async fn values_come_back_as_they_were(database: TestDatabase) {
        type Row = (Option<String>, Option<i64>, Option<f64>);
        let texts = [
            "",
            "a",
            "NULL",
            "{a,\"b\"}",
            r#"\ and \""#,
            "\n\t'$1'",
            "été 👗",
            "[1, null]",
        ];
        let numbers = [0, -1, i64::MAX, i64::MIN, 42, 7, 1 << 53, (1 << 53) + 1];
        let reals = [0.0, -0.5, 1e300, 1e-3, 0.1 + 0.2, 5.0, -1.0, 1.0 / 3.0];
        let mut rows: Vec<Row> = (texts.iter().zip(numbers).zip(reals))
            .map(|((text, number), real)| (Some((*text).to_owned()), Some(number), Some(real)))
            .collect();
        rows.push((None, None, None));
        // More than one statement takes.
        let rows: Vec<Row> = rows.iter().cycle().take(ROWS_MAX + 5).cloned().collect();

        let store = Store::connect(&database.url, 2, true).await.unwrap();
        let mut tx = store.write().await.unwrap();
        sqlx::query("CREATE TABLE told (number BIGINT, word TEXT, share DOUBLE PRECISION)")
            .execute(&mut *tx)
            .await
            .unwrap();
        let values = rows.iter().cloned();
        let values: Vec<Vec<Value>> = values
            .map(|(text, number, real)| vec![text.into(), number.into(), real.into()])
            .collect();
        let found: Vec<Row> = over_all(
            &mut tx,
            "SELECT v.column1, v.column2, v.column3 FROM",
            &values,
            "",
        )
        .await
        .unwrap();
        assert_eq!(found, rows);

        insert_all(&mut tx, "told (word, number, share)", values)
            .await
            .unwrap();
        let told: Vec<Row> = sqlx::query_as("SELECT word, number, share FROM told")
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        assert_eq!(told, rows);
        assert!(
            over_all::<Row>(&mut tx, "SELECT * FROM", &[], "")
                .await
                .unwrap()
                .is_empty()
        );
    }

    async fn a_nul_is_written_as_the_sign_for_what_cannot_be(database: TestDatabase) {
        let store = Store::connect(&database.url, 2, true).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let rows: Vec<Vec<Value>> = vec![vec!["half\0whole".into()]];
        let found: Vec<(String,)> = over_all(&mut tx, "SELECT v.column1 FROM", &rows, "")
            .await
            .unwrap();
        assert_eq!(found, [("half\u{fffd}whole".to_owned(),)]);
    }
}
