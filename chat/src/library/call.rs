//! The arguments of a call.

use crate::error::{Error, Result};
use crate::value::{Dict, Text, Value};

/// Arguments in order and by name.
#[derive(Debug, Default, Clone)]
pub(crate) struct Call {
    pub positional: Vec<Value>,
    /// Names may come from outside: from a dictionary after `**`.
    pub named: Vec<(Text, Value)>,
}

impl Call {
    /// The arguments by the parameters' names, the first `required` of which must be given.
    pub fn bind<const N: usize>(self, function: &str, names: [&str; N], required: usize) -> Result<[Option<Value>; N]> {
        let mut bound = [const { None }; N];
        if self.positional.len() > N {
            let given = self.positional.len();
            return Err(Error::new(format!(
                "`{function}` takes at most {N} arguments, but was given {given}"
            )));
        }
        for (slot, value) in bound.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let name = name.as_str();
            match names.iter().position(|known| *known == name) {
                Some(at) if bound[at].is_none() => bound[at] = Some(value),
                Some(_) => return Err(Error::new(format!("`{function}` was given `{name}` twice"))),
                None => return Err(Error::new(format!("`{function}` has no argument `{name}`"))),
            }
        }
        match bound.iter().take(required).position(Option::is_none) {
            Some(missing) => Err(Error::new(format!(
                "`{function}` needs the argument `{}`",
                names[missing]
            ))),
            None => Ok(bound),
        }
    }

    /// The argument with a name, taken out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.named.iter().position(|(known, _)| known.as_str() == name)?;
        Some(self.named.remove(at).1)
    }

    /// The named arguments as a dictionary.
    pub fn into_dict(self) -> Dict {
        self.named
            .into_iter()
            .map(|(name, value)| (Value::Str(name), value))
            .collect()
    }
}

/// The whole number that `value` is.
pub(crate) fn int(value: &Value, what: &str) -> Result<i128> {
    value.as_int().ok_or_else(|| wrong(value, what, "a whole number"))
}

/// The text that `value` is.
pub(crate) fn text(value: &Value, what: &str) -> Result<Text> {
    value.as_text().cloned().ok_or_else(|| wrong(value, what, "a string"))
}

/// The error of an argument of another type.
pub(crate) fn wrong(value: &Value, what: &str, expected: &str) -> Error {
    match value {
        Value::Undefined(message) => Error::new(&**message),
        _ => Error::new(format!("{what} must be {expected}, not `{}`", value.type_name())),
    }
}
