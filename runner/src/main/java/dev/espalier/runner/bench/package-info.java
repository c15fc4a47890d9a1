/** Benchmarks: the engine against a bare DJL loop, and a method's training against a dense one. */
package dev.espalier.runner.bench;
