// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import java.util.function.Supplier;

/**
 * The work that both sides of a comparison do.
 *
 * @param name the name of the network on screen
 * @param model builds the network
 * @param data the data set of the training
 * @param batch examples in a step
 * @param steps steps in a block
 * @param pairs pairs of blocks
 */
record BenchCase(
    String name, Supplier<Network> model, Data data, int batch, int steps, int pairs) {}
