/**
 * Methods that learn a factor for each channel, and build a narrower network without the removed
 * channels.
 *
 * <p>Entries: {@link dev.espalier.methods.gates.PruningFromScratch}, {@link
 * dev.espalier.methods.gates.NetworkSlimming}.
 */
package dev.espalier.methods.gates;
