//! Takes in what is sent to be imported: a form with files, or ids of uploads, into a folder of the import's own.

use std::path::PathBuf;

use axum::extract::{Request, multipart::Field};
use domain::intake::{names::has_extension, parse_view, product_table};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::{
    api::uploads::{broken, form, text},
    app::App,
    auth::caller::Caller,
    error::{Error, Result},
    imports::sent::{Fix, Place, Sent, folder},
    photos, uploads,
};

/// The most files of one call; an archive holds more.
const FILES_MAX: usize = 5_000;
/// The most that is put right by one call.
const FIXES_MAX: usize = 5_000;
/// The longest path of an archive.
const FIX_CHARS_MAX: usize = 500;

/// The folder of an import that is not written down yet: removed again when that does not come to pass.
pub(super) struct Folder {
    pub(super) id: String,
    path: PathBuf,
}

impl Folder {
    pub(super) fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Takes in what is sent.
pub(super) struct Receiver<'a> {
    app: &'a App,
    caller: &'a Caller,
    import: Folder,
    sent: Vec<Sent>,
    fixes: Vec<Sent>,
    bytes: u64,
}

impl<'a> Receiver<'a> {
    pub(super) async fn new(app: &'a App, caller: &'a Caller) -> Result<Self> {
        let id = app.ids.next();
        let import = Folder {
            path: folder(app, &id),
            id,
        };
        tokio::fs::create_dir_all(&import.path)
            .await
            .map_err(Error::internal)?;
        Ok(Self {
            app,
            caller,
            import,
            sent: Vec::new(),
            fixes: Vec::new(),
            bytes: 0,
        })
    }

    pub(super) async fn form(&mut self, request: Request) -> Result<()> {
        let mut form = form(request).await?;
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            if let Some(name) = field.file_name().map(ToOwned::to_owned) {
                self.file(&name, field).await?;
            } else if matches!(field.name(), Some("upload" | "uploads")) {
                let upload = text(field).await?;
                self.upload(upload.trim()).await?;
            }
        }
        Ok(())
    }

    /// Streams a file into the folder. One that is too large for what it is stands in the report, and the rest goes on.
    async fn file(&mut self, name: &str, mut field: Field<'_>) -> Result<()> {
        let number = self.next()?;
        let name = photos::file_name(Some(name), "file");
        let most = bytes_max(self.app, &name);
        let path = self.import.path.join(&number);
        let mut file = tokio::fs::File::create_new(&path)
            .await
            .map_err(Error::internal)?;
        let mut own = 0;
        while let Some(part) = field.next().await {
            let part = part.map_err(|error| broken(&error))?;
            self.bytes += part.len() as u64;
            own += part.len() as u64;
            if self.bytes > self.app.config.import_bytes_max {
                return Err(uploads::too_large(self.app.config.import_bytes_max));
            }
            if own <= most {
                file.write_all(&part).await.map_err(Error::internal)?;
            }
        }
        file.flush().await.map_err(Error::internal)?;
        let place = if own > most {
            drop(file);
            tokio::fs::remove_file(&path).await.map_err(Error::internal)?;
            Place::Refused(format!(
                "a file of this kind may have {} MB; save it smaller, or split it",
                most >> 20
            ))
        } else {
            Place::File(number)
        };
        self.sent.push(Sent {
            name,
            place,
            upload: None,
        });
        Ok(())
    }

    /// Takes an upload along; it stays what it is, so that an import may follow its dry run.
    pub(super) async fn upload(&mut self, upload: &str) -> Result<()> {
        let number = self.next()?;
        let upload = uploads::whole(self.app, &self.caller.workspace, upload).await?;
        let place = if let Some(kept) = uploads::photo(&upload) {
            Place::Kept(kept.into())
        } else {
            self.bytes += upload.length as u64;
            if self.bytes > self.app.config.import_bytes_max {
                return Err(uploads::too_large(self.app.config.import_bytes_max));
            }
            // Brought into the folder when the import is worked off: an archive takes longer than callers wait.
            Place::File(number)
        };
        self.sent.push(Sent {
            name: upload.name,
            place,
            upload: Some(upload.id),
        });
        Ok(())
    }

    pub(super) fn fixes(&mut self, fixes: Vec<Fix>) -> Result<()> {
        if fixes.len() > FIXES_MAX {
            let message = format!("put {FIXES_MAX} right at once, or fewer, and the rest in the files");
            return Err(Error::field("fixes", message));
        }
        for fix in fixes {
            check(&fix)?;
            self.fixes.push(Sent {
                name: fix.file.clone(),
                place: Place::Fix(fix),
                upload: None,
            });
        }
        Ok(())
    }

    fn next(&self) -> Result<String> {
        if self.sent.len() >= FILES_MAX {
            let message = format!("send {FILES_MAX} files or fewer at once, or pack them in an archive");
            return Err(Error::field("file", message));
        }
        Ok(self.sent.len().to_string())
    }

    pub(super) fn done(mut self) -> Result<(Folder, Vec<Sent>)> {
        if self.sent.is_empty() {
            return Err(Error::field("file", "send a table, an archive or photos"));
        }
        self.sent.append(&mut self.fixes);
        Ok((self.import, self.sent))
    }
}

fn check(fix: &Fix) -> Result<()> {
    let cells = [&fix.sku, &fix.view, &fix.photo].into_iter().flatten();
    if fix.file.is_empty()
        || cells
            .chain([&fix.file])
            .any(|text| text.chars().count() > FIX_CHARS_MAX)
    {
        let message = format!(
            "each names the file of the report, and no text is longer than {FIX_CHARS_MAX} characters"
        );
        return Err(Error::field("fixes", message));
    }
    let view = fix.view.as_deref().filter(|view| !view.is_empty());
    if let Some(view) = view.filter(|view| parse_view(view).is_none()) {
        let message = format!("`{view}` is no view; use front, back, side, left, right, 45 or detail");
        return Err(Error::field("fixes", message));
    }
    Ok(())
}

fn bytes_max(app: &App, name: &str) -> u64 {
    if has_extension(std::path::Path::new(name), &["csv", "xlsx"]) {
        product_table::BYTES_MAX
    } else {
        uploads::bytes_max(app, name)
    }
}
