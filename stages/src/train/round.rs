//! The responses that a round trains on, group by group.

/// A response to train on.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Its tokens; never empty.
    pub tokens: Vec<u32>,
    /// Its reward.
    pub reward: f32,
    /// Log-probability of each token under the policy that sampled it, as the sampler computes it, in nats; none from a
    /// sampler that does not report it.
    pub policy_logprobs: Option<Vec<f32>>,
}

/// A prompt with the responses to train on.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Token ids of the prompt.
    pub prompt: Vec<u32>,
    /// Whether its responses are trained on. Those of other groups only count where advantages are normalised.
    pub trained: bool,
    /// Its responses.
    pub responses: Vec<Response>,
}

/// The groups of a round. Responses are numbered through the groups, from 0; algorithms refer to them by
/// number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Round {
    groups: Vec<Group>,
    /// Group and place in it of each response.
    places: Vec<(usize, usize)>,
}

impl Round {
    /// A round of these groups.
    pub fn new(groups: Vec<Group>) -> Self {
        let within = |(group, of): (usize, &Group)| (0..of.responses.len()).map(move |place| (group, place));
        let places = groups.iter().enumerate().flat_map(within).collect();
        Self { groups, places }
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Responses in all groups.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether the sampler has reported log-probabilities of all responses that are trained on.
    pub fn is_reported(&self) -> bool {
        let trained = self.groups.iter().filter(|group| group.trained);
        let mut responses = trained.flat_map(|group| &group.responses);
        responses.all(|response| response.policy_logprobs.is_some())
    }

    /// Whether there is nothing to train on.
    pub fn is_empty(&self) -> bool {
        !self.groups.iter().any(|group| group.trained)
    }

    /// Whether response `number` is trained on.
    pub fn is_trained(&self, number: usize) -> bool {
        self.groups[self.places[number].0].trained
    }

    /// The responses by their numbers.
    pub fn responses(&self) -> impl Iterator<Item = &Response> {
        self.groups.iter().flat_map(|group| &group.responses)
    }

    /// Response `number`.
    pub fn response(&self, number: usize) -> &Response {
        let (group, place) = self.places[number];
        &self.groups[group].responses[place]
    }

    /// Number of the group that response `number` belongs to.
    pub fn group_of(&self, number: usize) -> usize {
        self.places[number].0
    }

    /// All groups, as `lm` takes them.
    pub(crate) fn scored(&self) -> Vec<serl_lm::Group<'_>> {
        let groups = self.groups.iter().map(|group| serl_lm::Group {
            prompt: &group.prompt,
            responses: group.responses.iter().map(|response| &response.tokens[..]).collect(),
        });
        groups.collect()
    }
}
