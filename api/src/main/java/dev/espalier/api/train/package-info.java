/**
 * Optimizers with PyTorch's semantics, learning-rate schedules, controls, and trials in memory for
 * programs and tests that need no disk.
 *
 * <p>Entry: {@link dev.espalier.api.train.LocalTrial}.
 *
 * <pre>{@code
 * Training training =
 *     new Training(new Sgd(0.1), new Constant(), Span.iterations(0), 128, Span.epochs(4), Span.epochs(1));
 * try (LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
 *   new IterativeMagnitudePruning(settings).run(trial);
 *   trial.tickets().forEach(System.out::println);
 * }
 * }</pre>
 */
package dev.espalier.api.train;
