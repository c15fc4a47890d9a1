/**
 * The contracts and values of Espalier: what a plugin author meets.
 *
 * <p>A {@link dev.espalier.api.Plugin} names things in a {@link dev.espalier.api.Catalog}. A {@link
 * dev.espalier.api.Method} is a pipeline of pure steps asked of a {@link dev.espalier.api.Trial}
 * over immutable values: {@link dev.espalier.api.state.State}, {@link dev.espalier.api.state.Mask},
 * {@link dev.espalier.api.state.Scores}, {@link dev.espalier.api.Trained}. Values live in the Java
 * heap and own no native memory; only the engine in {@link dev.espalier.api.train} holds arrays on
 * a device, and only while a step runs.
 *
 * <p>A criterion, complete:
 *
 * <pre>{@code
 * public record Movement() implements Criterion {
 *   public Scores score(Scoring scoring) {
 *     return scoring.ofWeights((start, now) -> Math.abs(now - start));
 *   }
 * }
 * }</pre>
 */
package dev.espalier.api;
