//! An owner's own networks, by cards alone: tiny ones made here, of another input, length and channel order.

use std::{fs, path::Path};

use domain::verdict::Outcome;
use imaging::{
    Picture,
    locks::identity::{self, References},
    vision::face::{
        DetectCard, EmbedCard, FaceEmbedder, FaceError, LandmarksCard, Limits, LocalFaces, Model, Order,
    },
};
use testkit::onnx::{Head, tiny};

const LIMITS: Limits = Limits {
    pass: 0.9,
    review: 0.5,
};

/// A detector that always sees one face, in the middle of what it is shown, points that lie on a face, and an embedder
/// that tells people by their colour.
struct Networks {
    detect: Model<DetectCard>,
    landmarks: Model<LandmarksCard>,
    embed: Model<EmbedCard>,
}

impl Networks {
    fn new(folder: &Path, order: Order) -> Self {
        let write = |name: &str, bytes: Vec<u8>| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let sees = [
            Head::constant(3, vec![0.01, 0.99], &[1, 1, 2]),
            Head::constant(3, vec![0.3, 0.3, 0.7, 0.7], &[1, 1, 4]),
        ];
        let points = Head::constant(1, face_points(), &[1, 136]);
        // Five numbers: each channel by itself, and two mixtures.
        let embeds = Head {
            weights: vec![
                vec![1.0, 0.0, 0.0, 0.1, 0.0],
                vec![0.0, 1.0, 0.0, 0.1, 0.1],
                vec![0.0, 0.0, 1.0, 0.0, 0.1],
            ],
            bias: vec![0.0; 5],
            shape: vec![1, 5],
        };
        Self {
            detect: Model {
                path: write("detect.onnx", tiny([1, 3, 64, 64], &sees)),
                card: DetectCard {
                    width: 64,
                    height: 64,
                    mean: [0.0; 3],
                    std: [1.0; 3],
                    scores: 0,
                    boxes: 1,
                    confidence: 0.5,
                },
            },
            landmarks: Model {
                path: write("landmarks.onnx", tiny([1, 1, 16, 16], &[points])),
                card: LandmarksCard {
                    side: 16,
                    mean: 0.0,
                    std: 1.0,
                },
            },
            embed: Model {
                path: write("embed.onnx", tiny([1, 3, 32, 32], &[embeds])),
                card: EmbedCard {
                    side: 32,
                    mean: [0.0, 0.0, 0.0],
                    std: [1.0 / 255.0; 3],
                    order,
                    template: [
                        [11.0, 14.0],
                        [21.0, 14.0],
                        [16.0, 20.0],
                        [12.0, 26.0],
                        [20.0, 26.0],
                    ],
                    limits: LIMITS,
                },
            },
        }
    }

    fn load(&self) -> Result<LocalFaces, FaceError> {
        LocalFaces::load(&self.detect, &self.landmarks, &self.embed)
    }
}

/// 68 points, x and y in 0..=1 of the box: only those that carry the five matter.
fn face_points() -> Vec<f32> {
    let point = |i: usize| match i {
        36..=41 => [0.3, 0.35],
        42..=47 => [0.7, 0.35],
        30 => [0.5, 0.55],
        48 | 60 => [0.35, 0.75],
        54 | 64 => [0.65, 0.75],
        0 => [0.0, 0.0],
        _ => [1.0, 1.0],
    };
    (0..68).flat_map(point).collect()
}

/// A picture whose middle is of one colour.
fn person(colour: [u8; 3]) -> Picture {
    Picture::from_fn(400, 400, |x, y| {
        let inside = (100..300).contains(&x) && (100..300).contains(&y);
        let [r, g, b] = if inside { colour } else { [200, 200, 200] };
        image::Rgba([r, g, b, 255].map(|v| u16::from(v) * 257))
    })
}

#[test]
fn another_embedder_is_a_card_and_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let faces = Networks::new(folder.path(), Order::Rgb).load().unwrap();
    assert_eq!(faces.limits(), LIMITS);
    let seen = faces.look(&person([250, 40, 30])).unwrap();
    let shown = format!("{:?}", seen.face.as_ref().unwrap().embedding);
    assert_eq!(shown, "Embedding of 5 numbers");
    let references = References::new(vec![("red.png".to_owned(), seen)]).unwrap();
    for (colour, expected) in [
        ([230, 35, 30], Outcome::Passed),
        ([200, 200, 100], Outcome::Doubtful),
        ([20, 60, 250], Outcome::Failed),
    ] {
        let seen = faces.look(&person(colour)).unwrap();
        let verdict = identity::check(&references, &seen, faces.limits());
        assert_eq!(verdict.outcome, expected, "{colour:?}: {:?}", verdict.score);
        assert_eq!(verdict.threshold, LIMITS.pass);
    }
}

#[test]
fn the_card_says_the_order_of_the_channels() {
    let folder = tempfile::tempdir().unwrap();
    let look = |order, colour| {
        let faces = Networks::new(folder.path(), order).load().unwrap();
        faces.look(&person(colour)).unwrap().face.unwrap().embedding
    };
    let rgb = look(Order::Rgb, [250, 40, 30]);
    assert!(rgb.cosine(&look(Order::Bgr, [30, 40, 250])).unwrap() > 0.999);
    assert!(rgb.cosine(&look(Order::Bgr, [250, 40, 30])).unwrap() < 0.5);
}

#[test]
fn a_model_that_is_not_there_or_broken_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut networks = Networks::new(folder.path(), Order::Rgb);
    fs::write(&networks.embed.path, b"not a network").unwrap();
    let message = networks.load().err().unwrap().to_string();
    assert!(message.contains("embed.onnx"), "{message}");
    networks.embed.path = folder.path().join("gone.onnx");
    let message = networks.load().err().unwrap().to_string();
    assert!(message.contains("gone.onnx"), "{message}");
}

#[test]
fn a_model_that_does_not_fit_its_card_gives_an_error_and_no_vector() {
    let folder = tempfile::tempdir().unwrap();
    let networks = Networks::new(folder.path(), Order::Rgb);
    let swaps = [
        ("detect.onnx", Head::constant(3, vec![1.0; 3], &[1, 3])),
        ("landmarks.onnx", Head::constant(1, vec![1.0; 10], &[1, 10])),
        ("embed.onnx", Head::constant(3, vec![0.0; 8], &[1, 8])),
        ("embed.onnx", Head::constant(3, vec![f32::NAN; 8], &[1, 8])),
    ];
    for (name, head) in swaps {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        let channels = head.weights.len() as u64;
        fs::write(&path, tiny([1, channels, 16, 16], &[head])).unwrap();
        let failed = networks.load().unwrap().look(&person([1, 2, 3])).unwrap_err();
        assert!(matches!(failed, FaceError::Mismatch { .. }), "{name}: {failed}");
        assert!(!failed.is_passing());
        fs::write(&path, good).unwrap();
    }
}
