/** Models and data sets: a plugin, and a library for programs without the runner. */
package dev.espalier.zoo;
