/**
 * Methods that remove channels by a factor on each, and end in a network that is really narrower.
 *
 * <p>Entries: {@link dev.espalier.methods.gates.PruningFromScratch}, {@link
 * dev.espalier.methods.gates.NetworkSlimming}.
 */
package dev.espalier.methods.gates;
