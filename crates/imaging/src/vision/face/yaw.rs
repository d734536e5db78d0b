//! Which way a face is turned, from where its nose lies between its eyes.

use super::align::Point;

/// How far the tip of a nose stands out, in distances between the eyes.
const NOSE: f32 = 0.6;
/// Turned less than this, in degrees, is seen from the front.
const FRONT_MAX: f32 = 15.0;
/// Turned more than this, in degrees, is a profile.
const PROFILE_MIN: f32 = 50.0;

/// Which way a face is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yaw {
    /// Towards the camera, within 15 degrees.
    Front,
    /// Turned by 15 to 50 degrees, to either side.
    ThreeQuarter,
    /// Turned further: one side is hidden.
    Profile,
}

impl Yaw {
    /// The word in evidence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::ThreeQuarter => "three_quarter",
            Self::Profile => "profile",
        }
    }

    /// Of a face with these eyes, nose and corners of the mouth.
    pub(super) fn of([left, right, nose, ..]: &[Point; 5]) -> Self {
        let axis = [right[0] - left[0], right[1] - left[1]];
        let middle = [f32::midpoint(left[0], right[0]), f32::midpoint(left[1], right[1])];
        let aside = (nose[0] - middle[0]) * axis[0] + (nose[1] - middle[1]) * axis[1];
        // In distances between the eyes as seen: tan(yaw) * NOSE.
        let aside = aside / (axis[0] * axis[0] + axis[1] * axis[1]).max(f32::MIN_POSITIVE);
        let degrees = (aside / NOSE).atan().to_degrees().abs();
        if degrees < FRONT_MAX {
            Self::Front
        } else if degrees <= PROFILE_MIN {
            Self::ThreeQuarter
        } else {
            Self::Profile
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_turns_passes_through_all_three() {
        // Eyes 1 apart and a nose that stands out by 0.6, seen from afar, the head turned and then tilted.
        let turned = |degrees: f32| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let tilt = |x: f32, y: f32| [100.0 * (0.9 * x - 0.4 * y), 100.0 * (0.4 * x + 0.9 * y)];
            let eyes = [tilt(-0.5 * cos, 0.0), tilt(0.5 * cos, 0.0)];
            Yaw::of(&[eyes[0], eyes[1], tilt(NOSE * sin, 0.6), [0.0; 2], [0.0; 2]])
        };
        for degrees in [-10.0, 0.0, 10.0] {
            assert_eq!(turned(degrees), Yaw::Front, "{degrees}");
        }
        for degrees in [-45.0, -20.0, 20.0, 45.0] {
            assert_eq!(turned(degrees), Yaw::ThreeQuarter, "{degrees}");
        }
        for degrees in [-80.0, 60.0] {
            assert_eq!(turned(degrees), Yaw::Profile, "{degrees}");
        }
    }
}
