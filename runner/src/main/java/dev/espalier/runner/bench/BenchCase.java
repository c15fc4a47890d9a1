// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import java.util.function.Supplier;

/**
 * What both sides of a comparison train, and how much of it.
 *
 * @param name what to call the network
 * @param model makes it
 * @param data what it is trained on
 * @param batch examples in a step
 * @param steps steps in a block
 * @param pairs pairs of blocks
 */
record BenchCase(
    String name, Supplier<Network> model, Data data, int batch, int steps, int pairs) {}
