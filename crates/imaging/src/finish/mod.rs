//! From a made picture to the delivered file, as a list of steps.
