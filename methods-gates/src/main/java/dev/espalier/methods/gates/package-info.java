/** Channel gates. */
package dev.espalier.methods.gates;
