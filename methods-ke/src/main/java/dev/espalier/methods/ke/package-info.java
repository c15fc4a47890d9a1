/**
 * Knowledge evolution, and splits of a network: weight by weight, channel by channel, by a
 * criterion.
 */
package dev.espalier.methods.ke;
