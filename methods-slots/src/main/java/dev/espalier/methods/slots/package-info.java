/** Frozen random weights. */
package dev.espalier.methods.slots;
