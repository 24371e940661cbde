//! Rows of one prompt side by side, so that its keys and values are read once for several of them.

use burn::tensor::{Int, Tensor};

use super::super::Step;
use crate::ops::attention::Heads;
use crate::ops::host::indices;

/// `lines` of `width` cells, each line for rows of one prompt.
pub(super) struct Grid {
    lines: usize,
    width: usize,
    /// Place of each line; none if they are the places in order.
    places: Option<Tensor<1, Int>>,
    /// Seat of each cell `[lines * width]`.
    seats: Tensor<1, Int>,
    /// Cell of each seat.
    cells: Tensor<1, Int>,
}

impl Grid {
    /// The widest lines of which no more than half of the cells are empty.
    pub fn new(steps: &[Step], seats: &[usize], n: usize, device: &burn::tensor::Device) -> Self {
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|index| steps[*index].place);
        let same = |a: &usize, b: &usize| steps[*a].place == steps[*b].place;
        let groups: Vec<&[usize]> = order.chunk_by(same).collect();
        let lines = |width: usize| -> usize { groups.iter().map(|group| group.len().div_ceil(width)).sum() };
        let mut width = 1;
        while 2 * width <= steps.len() && lines(2 * width) * 2 * width <= 2 * steps.len() {
            width *= 2;
        }
        let cut: Vec<&[usize]> = groups.iter().flat_map(|group| group.chunks(width)).collect();
        let count = cut.len().next_power_of_two();
        let mut of_cell = vec![0; count * width];
        let mut of_seat = vec![0; n];
        let mut places = vec![0; count];
        for (line, members) in cut.iter().enumerate() {
            places[line] = steps[members[0]].place as u32;
            for (offset, index) in members.iter().enumerate() {
                let cell = line * width + offset;
                of_cell[cell] = seats[*index] as u32;
                of_seat[seats[*index]] = cell as u32;
            }
        }
        let in_order = places.iter().enumerate().all(|(line, place)| line == *place as usize);
        Self {
            lines: count,
            width,
            places: (!in_order).then(|| indices(&places, device)),
            seats: indices(&of_cell, device),
            cells: indices(&of_seat, device),
        }
    }

    /// The prompts `[places, ..]` of the lines `[lines, ..]`.
    pub fn lines_of(&self, prompts: Tensor<4>) -> Tensor<4> {
        match &self.places {
            Some(places) => prompts.select(0, places.clone()),
            None => prompts.narrow(0, 0, self.lines),
        }
    }

    /// `[seats, kv, group, d]` -> `[lines, kv, width * group, d]`
    pub fn spread(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, kv, group, d] = x.dims();
        let cells: Tensor<5> = x
            .select(0, self.seats.clone())
            .reshape([self.lines, self.width, kv, group, d]);
        cells.swap_dims(1, 2).reshape([self.lines, kv, self.width * group, d])
    }

    /// `[lines, kv, width * group, d]` -> `[seats, kv, group, d]`
    pub fn gather(&self, x: Tensor<4>, heads: Heads) -> Tensor<4> {
        let (kv, group, d) = (heads.kv, heads.group(), x.dims()[3]);
        let cells: Tensor<5> = x.reshape([self.lines, kv, self.width, group, d]);
        let cells: Tensor<4> = cells.swap_dims(1, 2).reshape([self.lines * self.width, kv, group, d]);
        cells.select(0, self.cells.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;

    fn step(slot: usize, place: usize) -> Step {
        Step {
            slot,
            place,
            position: 0,
            token: 0,
        }
    }

    #[test]
    fn rows_of_a_prompt_share_lines_and_come_back_to_their_seats() {
        let device = burn::tensor::Device::flex();
        let heads = Heads {
            queries: 4,
            kv: 2,
            dim: 3,
        };
        // Five rows of place 2 and one of place 0 on eight seats: three lines of four are half full, and one is
        // padding.
        let places = [2, 2, 0, 2, 2, 2];
        let steps: Vec<Step> = (0..6).map(|slot| step(slot, places[slot])).collect();
        let seats = [7, 1, 0, 3, 4, 6];
        let grid = Grid::new(&steps, &seats, 8, &device);
        assert_eq!((grid.lines, grid.width), (4, 4));
        let of_place = |place: usize| vec![place as f32; 12];
        let prompts = host::tensor((0..3).flat_map(of_place).collect(), [3, 2, 2, 3], &device);
        let lines: Tensor<4> = grid.lines_of(prompts).narrow(1, 0, 1).narrow(2, 0, 1);
        let lines = host::values(&lines.narrow(3, 0, 1));
        assert_eq!(lines, [0.0, 2.0, 2.0, 0.0]);
        let x = host::tensor((0..96).map(|i| i as f32).collect(), [8, 2, 2, 3], &device);
        let spread = grid.spread(x.clone());
        assert_eq!(spread.dims(), [4, 2, 8, 3]);
        let back = grid.gather(spread, heads);
        for seat in seats {
            let row = |x: &Tensor<4>| host::values(&x.clone().narrow(0, seat, 1));
            assert_eq!(row(&back), row(&x));
        }
    }
}
