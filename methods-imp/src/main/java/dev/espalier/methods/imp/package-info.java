/**
 * Lottery tickets by iterative magnitude pruning, with rewinding, one-shot pruning, and the mask
 * criteria of "Deconstructing Lottery Tickets".
 *
 * <p>Entry: {@link dev.espalier.methods.imp.IterativeMagnitudePruning}.
 *
 * <pre>{@code
 * Settings settings = new Settings(7, Span.iterations(0), new Magnitude(), new Geometric(0.2, 0.1));
 * new IterativeMagnitudePruning(settings).run(trial);
 * }</pre>
 */
package dev.espalier.methods.imp;
