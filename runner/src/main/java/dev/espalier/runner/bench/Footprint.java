// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.OptionalDouble;

/**
 * The native memory of a training.
 *
 * @param name the name of the training
 * @param bound the largest allowed value, if it has a bound
 * @param value the peak, in units of the network's dense weights
 * @param bytes the peak
 * @param side of each of the network's layers: its weights are side x side
 */
public record Footprint(String name, OptionalDouble bound, double value, long bytes, int side)
    implements Bounded {}
