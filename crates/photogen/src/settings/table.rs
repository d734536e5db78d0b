//! Every setting that the environment can hold.

/// A setting.
pub(super) struct Setting {
    /// Its name in the environment.
    pub(super) name: &'static str,
    /// What it is without being set; empty: nothing.
    pub(super) default: &'static str,
    /// What it is.
    pub(super) what: &'static str,
    /// It is a secret: `NAME_FILE` may name a file that holds it.
    pub(super) secret: bool,
}

const fn plain(name: &'static str, default: &'static str, what: &'static str) -> Setting {
    Setting {
        name,
        default,
        what,
        secret: false,
    }
}

const fn secret(name: &'static str, what: &'static str) -> Setting {
    Setting {
        name,
        default: "",
        what,
        secret: true,
    }
}

/// Every setting, by what it is for.
pub(super) const SECTIONS: &[(&str, &[Setting])] = &[
    (
        "The service",
        &[
            plain("PHOTOGEN_ADDR", "127.0.0.1:3001", "where `serve` listens"),
            plain(
                "PUBLIC_URL",
                "that address",
                "how browsers and vendors reach it: `https://studio.example.com`",
            ),
            plain(
                "PHOTOGEN_HOME",
                "the system's data folder",
                "where models and, by default, data are kept",
            ),
            plain(
                "PHOTOGEN_DATA",
                "`data` in the home",
                "the folder of database, files and keys",
            ),
            secret(
                "DATABASE_URL",
                "`postgres://user:password@host/name`, in place of SQLite in that folder",
            ),
            plain(
                "DATABASE_CONNECTIONS",
                "16",
                "connections of one process to PostgreSQL, 1 or more",
            ),
            plain(
                "MEMORY_MB",
                "half of what is free",
                "MiB that photos in work and remembered cut-outs may take of one `serve`, `work` or `shoot`; 640 or more. SQLite's cache takes up to 32 MB beside it",
            ),
            secret(
                "STORAGE_URL",
                "`s3://bucket/folder?region=…` or `cloudinary://`, in place of files in that folder",
            ),
            secret(
                "JWT_SECRET",
                "signs access tokens and seals what is kept of faces, webhooks and answers: 32 bytes or more, or an Ed25519 key in PEM; without it one is made in the data folder. The same on every server",
            ),
            secret(
                "JWT_SECRET_PREVIOUS",
                "what that was before, so that what it signed or sealed still holds",
            ),
            plain(
                "LOG_LEVEL",
                "warn",
                "error, warn, info, debug: JSON lines on standard error",
            ),
            secret(
                "METRICS_TOKEN",
                "what Prometheus sends as a bearer token to read `/metrics`; without it only this machine may",
            ),
            plain(
                "RATE_LIMIT_PER_MINUTE",
                "100",
                "calls that one caller may make in a minute; 0 is taken as 1",
            ),
            plain(
                "SIGN_IN_LIMIT_PER_MINUTE",
                "20",
                "tries to sign in from one address in a minute; 0 is taken as 1",
            ),
            plain(
                "REGISTRATION",
                "open",
                "who may register: `open`, or who is `invited` alone",
            ),
            plain(
                "TRUSTED_PROXIES",
                "",
                "proxies whose X-Forwarded-For is believed: addresses or networks, apart by commas",
            ),
            plain(
                "WEBHOOKS_TO_PRIVATE_NETWORKS",
                "false",
                "webhooks may call addresses of this network, also without TLS",
            ),
            secret(
                "EXPORT_TARGETS",
                "where users may have exports put, and their keys, as TOML (DELIVERY.md)",
            ),
            plain(
                "EXPORT_KEEP_DAYS",
                "7",
                "days that a finished export is kept, 1 to 3650",
            ),
        ],
    ),
    (
        "Money",
        &[
            plain(
                "CREDITS_AT_START",
                "10",
                "credits that a new workspace starts with",
            ),
            secret(
                "STRIPE_SECRET_KEY",
                "takes payments; without it orders are invoices (BILLING.md)",
            ),
            secret(
                "STRIPE_WEBHOOK_SECRET",
                "what signs Stripe's webhooks; several, apart by commas",
            ),
            plain("STRIPE_AUTOMATIC_TAX", "false", "Stripe works out taxes"),
            plain(
                "STRIPE_BASE_URL",
                "Stripe's own",
                "a server that stands in for it",
            ),
        ],
    ),
    (
        "Mail",
        &[
            secret(
                "SMTP_URL",
                "`smtps://user:password@host`; without it letters lie in the folder `outbox`",
            ),
            plain(
                "MAIL_FROM",
                "",
                "who letters are from: `PhotoGen <studio@example.com>`; needed with `SMTP_URL`",
            ),
        ],
    ),
    (
        "Engines",
        &[
            secret("OPENAI_API_KEY", "opens the engine `openai`"),
            plain(
                "OPENAI_BASE_URL",
                "OpenAI's own",
                "a server that stands in for it",
            ),
            plain(
                "OPENAI_COMPATIBLE_BASE_URL",
                "",
                "the server of the engine `openai_compatible`",
            ),
            secret("OPENAI_COMPATIBLE_API_KEY", "its key, where it wants one"),
            secret("STABILITY_API_KEY", "opens the engine `stability`"),
            plain(
                "STABILITY_BASE_URL",
                "Stability's own",
                "a server that stands in for it",
            ),
            secret("REPLICATE_API_KEY", "opens the engine `replicate`"),
            plain(
                "REPLICATE_BASE_URL",
                "Replicate's own",
                "a server that stands in for it",
            ),
            secret(
                "REPLICATE_WEBHOOK_SECRET",
                "Replicate calls back when a picture is done",
            ),
            secret("FASHN_API_KEY", "opens the engine `fashn`"),
            plain("FASHN_BASE_URL", "FASHN's own", "a server that stands in for it"),
            plain("COMFYUI_BASE_URL", "", "the server of the engine `comfyui`"),
            secret("COMFYUI_API_KEY", "its key, where it wants one"),
            plain(
                "COMFYUI_WORKFLOW",
                "",
                "the file of a workflow of your own, in place of the built-in one",
            ),
            plain(
                "GENERATION_MAX_RETRIES",
                "3",
                "tries after a picture that a lock sent back, 0 to 10, where the order says nothing",
            ),
        ],
    ),
    (
        "Locks",
        &[
            plain(
                "FACE_SIMILARITY_THRESHOLD",
                "the face model's",
                "from where two faces are one person, above 0, at most 1",
            ),
            plain(
                "INSIGHTFACE_URL",
                "",
                "a face service, in place of the networks on this machine",
            ),
        ],
    ),
    (
        "Storage",
        &[
            plain(
                "AWS_REGION",
                "",
                "the bucket's region, where its address does not say; `AWS_ACCESS_KEY_ID` and the rest are read as AWS's own tools read them",
            ),
            plain("CLOUDINARY_CLOUD_NAME", "", "the cloud of `cloudinary://`"),
            plain("CLOUDINARY_API_KEY", "", "its key"),
            plain("CLOUDINARY_API_SECRET", "", "its secret"),
            plain(
                "CLOUDINARY_URL",
                "",
                "all three in one: `cloudinary://key:secret@cloud`",
            ),
        ],
    ),
    (
        "Signing",
        &[
            secret(
                "C2PA_CERTIFICATE",
                "the certificates that delivered files are signed with, PEM (SIGNING.md)",
            ),
            secret("C2PA_KEY", "their key, PEM"),
            secret("C2PA_TRUST", "certificates that `verify` trusts, PEM"),
        ],
    ),
    (
        "Traces and tools",
        &[
            plain(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "",
                "where traces go, OTLP over HTTP: `http://collector:4318`",
            ),
            plain(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "",
                "the same for traces alone",
            ),
            plain("OTEL_SERVICE_NAME", "photogen", "who sends them"),
            secret(
                "PHOTOGEN_PASSWORD",
                "the password of `photogen admin create-user`, in place of being asked",
            ),
            plain(
                "PHOTOGEN_PULL_TIMEOUT_S",
                "",
                "seconds that a model's download may take",
            ),
        ],
    ),
];

/// Every setting.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|(_, settings)| *settings)
}
