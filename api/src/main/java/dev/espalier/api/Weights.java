// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import org.apiguardian.api.API;

/**
 * The weights that a criterion scores.
 *
 * @param start the weights at the start of training, to which survivors are reset
 * @param state the weights now; equal to {@code start} where nothing was trained
 * @param alive the living weights; only these are ranked
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Weights(State start, State state, Mask alive) {}
