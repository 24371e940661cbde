//! Units of measurement, in those of the SI.

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Time,
    Length,
    Mass,
    Volume,
    Speed,
    Share,
    Temperature,
}

/// Dimension, SI value (volume: litres; share: per cent) and names.
const UNITS: [(Dimension, f64, &str); 32] = [
    (Dimension::Time, 0.001, "ms millisecond milliseconds"),
    (Dimension::Time, 1.0, "s sec secs second seconds"),
    (Dimension::Time, 60.0, "min mins minute minutes"),
    (Dimension::Time, 3600.0, "h hr hrs hour hours"),
    (Dimension::Time, 86_400.0, "day days"),
    (Dimension::Time, 604_800.0, "week weeks wk wks"),
    (Dimension::Time, 2_629_800.0, "month months"),
    (Dimension::Time, 31_557_600.0, "year years yr yrs"),
    (Dimension::Time, 315_576_000.0, "decade decades"),
    (Dimension::Time, 3_155_760_000.0, "century centuries"),
    (
        Dimension::Length,
        0.001,
        "mm millimetre millimetres millimeter millimeters",
    ),
    (
        Dimension::Length,
        0.01,
        "cm centimetre centimetres centimeter centimeters",
    ),
    (Dimension::Length, 1.0, "m metre metres meter meters"),
    (
        Dimension::Length,
        1000.0,
        "km kms kilometre kilometres kilometer kilometers",
    ),
    (Dimension::Length, 0.0254, "inch inches"),
    (Dimension::Length, 0.3048, "ft foot feet"),
    (Dimension::Length, 0.9144, "yard yards yd yds"),
    (Dimension::Length, 1609.344, "mi mile miles"),
    (Dimension::Mass, 1e-6, "mg milligram milligrams"),
    (Dimension::Mass, 0.001, "g gram grams gramme grammes"),
    (
        Dimension::Mass,
        1.0,
        "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes",
    ),
    (Dimension::Mass, 1000.0, "t ton tons tonne tonnes"),
    (Dimension::Mass, 0.028_349_523, "oz ounce ounces"),
    (Dimension::Mass, 0.453_592_37, "lb lbs pound pounds"),
    (
        Dimension::Volume,
        0.001,
        "ml millilitre millilitres milliliter milliliters",
    ),
    (Dimension::Volume, 1.0, "l litre litres liter liters"),
    (Dimension::Volume, 0.473_176_473, "pint pints"),
    (Dimension::Volume, 3.785_411_784, "gallon gallons"),
    (Dimension::Speed, 1.0, "mps"),
    (Dimension::Speed, 1.0 / 3.6, "kmh kph"),
    (Dimension::Speed, 0.447_04, "mph"),
    (Dimension::Share, 1.0, "% percent"),
];

/// The unit of that name.
pub(super) fn unit(name: &str) -> Option<(Dimension, f64)> {
    let found = UNITS
        .iter()
        .find(|(.., names)| names.split(' ').any(|known| known == name));
    found.map(|&(dimension, value, _)| (dimension, value))
}

/// `value` degrees of the scale of that name in degrees Celsius.
pub(super) fn celsius(value: f64, scale: &str) -> Option<f64> {
    match scale {
        "c" | "celsius" | "centigrade" => Some(value),
        "f" | "fahrenheit" => Some((value - 32.0) / 1.8),
        "k" | "kelvin" | "kelvins" => Some(value - 273.15),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_one_value_each() {
        let names: Vec<&str> = UNITS.iter().flat_map(|(.., names)| names.split(' ')).collect();
        for name in &names {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
        assert_eq!(unit("km"), Some((Dimension::Length, 1000.0)));
        assert_eq!(unit("parsec"), None);
    }

    #[test]
    fn temperatures_are_those_of_water() {
        for (value, scale) in [(100.0, "c"), (212.0, "fahrenheit"), (373.15, "kelvin")] {
            assert!((celsius(value, scale).unwrap() - 100.0).abs() < 1e-9, "{scale}");
        }
        assert_eq!(celsius(1.0, "x"), None);
    }
}
