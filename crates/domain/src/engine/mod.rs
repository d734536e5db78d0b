//! Image engines as data: what each can do, its limits, its models and their end.

mod card;
mod choice;
mod health;
mod lifecycle;
mod model;
mod preset;
mod scene;
mod sizes;

pub use card::{Dialect, EngineCard, Limits, Mask, References, Server, Voice};
pub use choice::{EngineChoice, EngineChoiceError, EngineName};
pub use health::{Health, HealthTold, RecentFault};
pub use lifecycle::{Lifecycle, RETIRING_DAYS};
pub use model::{ModelCard, ModelRefusal, PictureQuality, PictureQualityError};
pub use preset::{Preset, PresetName};
pub use scene::Scene;
pub use sizes::{Ratio, RatioError, Sizes};
