"""Noise: the same from the same seed, and samples of the softmax."""

import numpy as np

from bundlesmith.decoding.noise import Noise


def test_the_same_seed_and_place_give_the_same_noise_and_others_do_not():
    noise = Noise(0.5, 7)
    assert np.array_equal(noise.at(3, 5), Noise(0.5, 7).at(3, 5))
    assert not np.array_equal(noise.at(3, 5), noise.at(4, 5))
    assert not np.array_equal(noise.at(3, 5), Noise(0.5, 8).at(3, 5))


def test_without_temperature_there_is_none():
    assert not Noise(seed=3).at(0, 4).any()


def test_the_best_of_noisy_scores_is_a_sample_of_the_softmax_at_the_temperature():
    chances = np.array([0.6, 0.3, 0.1])
    tempered = chances**2 / (chances**2).sum()  # temperature 1/2
    drawn = [int(np.argmax(np.log(chances) + Noise(0.5, seed).at(0, 3))) for seed in range(4000)]
    assert np.allclose(np.bincount(drawn, minlength=3) / 4000, tempered, atol=0.03)
