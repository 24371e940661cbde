//! Responses numbered through their groups, and the units that an objective makes of them.

use std::collections::HashMap;

use super::cost::Shape;
use crate::LmError;
use crate::group::Group;

/// A response of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    /// Its number through all groups of the call.
    pub number: usize,
    pub tokens: &'a [u32],
}

/// Responses to one prompt that an objective sees together, of which at least one has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit<'a>(pub Vec<Member<'a>>);

/// Units of one group that are computed together, their prompt once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share<'a> {
    pub prompt: &'a [u32],
    pub units: Vec<Unit<'a>>,
}

impl<'a> Unit<'a> {
    /// The responses that have rows: one without a token is neither computed nor predicted.
    pub fn filled(&self) -> impl Iterator<Item = &Member<'a>> {
        self.0.iter().filter(|member| !member.tokens.is_empty())
    }

    /// What a share of shape `share` becomes with this unit.
    pub(super) fn shape(&self, share: Shape) -> Shape {
        // The last token of a response predicts nothing, so it has no row.
        let rows = self.filled().map(|member| member.tokens.len() - 1);
        rows.fold(share, Shape::with)
    }
}

impl Share<'_> {
    /// Tokens of the longest sequence.
    pub fn longest(&self) -> usize {
        let members = self.units.iter().flat_map(|unit| &unit.0);
        let longest = members.map(|member| member.tokens.len()).max();
        self.prompt.len() + longest.unwrap_or(0)
    }
}

/// Every group with a token to predict, as a share of all of its units. Units are in the order of their first
/// responses.
pub(super) fn shares<'a>(groups: &[Group<'a>], unit: &dyn Fn(usize) -> usize) -> Result<Vec<Share<'a>>, LmError> {
    /// Where a unit began.
    struct Begun {
        group: usize,
        index: usize,
    }
    let mut begun: HashMap<usize, Begun> = HashMap::new();
    let mut numbers = 0..;
    let mut shares = Vec::with_capacity(groups.len());
    for (group, Group { prompt, responses }) in groups.iter().enumerate() {
        let mut units: Vec<Unit> = Vec::new();
        for (tokens, number) in responses.iter().zip(numbers.by_ref()) {
            let name = unit(number);
            let index = units.len();
            let home = begun.entry(name).or_insert(Begun { group, index });
            if home.group != group {
                return Err(LmError::Invalid(format!(
                    "the objective's unit {name} has responses of the groups {} and {group}; a unit must lie within \
                     one group",
                    home.group
                )));
            }
            let member = Member { number, tokens };
            match units.get_mut(home.index) {
                Some(unit) => unit.0.push(member),
                None => units.push(Unit(vec![member])),
            }
        }
        units.retain(|unit| unit.filled().next().is_some());
        if !units.is_empty() {
            shares.push(Share { prompt, units });
        }
    }
    Ok(shares)
}
