/**
 * Lottery tickets by iterative magnitude pruning, with rewinding, one-shot pruning, and the mask
 * criteria of "Deconstructing Lottery Tickets"; early-bird tickets.
 *
 * <p>Entries: {@link dev.espalier.methods.imp.IterativeMagnitudePruning} and {@link
 * dev.espalier.methods.imp.EarlyBird}.
 *
 * <pre>{@code
 * Settings settings = new Settings(7, Span.iterations(0), new Magnitude(), new Geometric(0.2, 0.1));
 * new IterativeMagnitudePruning(settings).run(trial);
 * }</pre>
 */
package dev.espalier.methods.imp;
