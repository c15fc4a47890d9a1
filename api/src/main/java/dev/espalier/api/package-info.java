/**
 * The contracts of Espalier: start here.
 *
 * <table>
 *   <caption>Start here</caption>
 *   <tr><th>I want to ...</th><th>type</th><th>example</th></tr>
 *   <tr><td>add my class to the command line</td>
 *       <td>{@link dev.espalier.api.Plugin}, {@link dev.espalier.api.Catalog}</td>
 *       <td><a href="#plugin">plugin</a></td></tr>
 *   <tr><td>rank weights</td><td>{@link dev.espalier.api.Criterion}</td>
 *       <td><a href="#criterion">criterion</a></td></tr>
 *   <tr><td>choose the density of each round</td><td>{@link dev.espalier.api.Schedule}</td>
 *       <td><a href="#schedule">schedule</a></td></tr>
 *   <tr><td>divide the kept weights among layers</td><td>{@link dev.espalier.api.Scope}</td>
 *       <td><a href="#scope">scope</a></td></tr>
 *   <tr><td>keep a pattern inside a layer</td><td>{@link dev.espalier.api.Pattern}</td>
 *       <td><a href="#pattern">pattern</a></td></tr>
 *   <tr><td>choose among equal scores</td><td>{@link dev.espalier.api.TieRule}</td>
 *       <td><a href="#ties">tie rule</a></td></tr>
 *   <tr><td>make a mask by another rule than a ranking</td><td>{@link dev.espalier.api.Split}</td>
 *       <td><a href="#split">split</a></td></tr>
 *   <tr><td>write the method of a paper</td><td>{@link dev.espalier.api.Method}, {@link
 *       dev.espalier.api.Trial}</td><td><a href="#method">method</a></td></tr>
 *   <tr><td>compare each ticket with another training</td><td>{@link dev.espalier.api.Control}</td>
 *       <td><a href="#control">control</a></td></tr>
 *   <tr><td>train something else than the weights</td>
 *       <td>{@link dev.espalier.api.Parametrization}</td>
 *       <td><a href="#parametrization">parametrization</a></td></tr>
 *   <tr><td>follow a training epoch by epoch, or end it early</td>
 *       <td>{@link dev.espalier.api.EpochMonitor}</td><td>its page</td></tr>
 *   <tr><td>change the learning rate over a training</td>
 *       <td>{@link dev.espalier.api.LearningRateSchedule}</td><td><a href="#rate">rate</a></td></tr>
 *   <tr><td>add an update rule</td><td>{@link dev.espalier.api.Optimizer}</td><td>{@link
 *       dev.espalier.api.train.Sgd}</td></tr>
 *   <tr><td>add a network</td><td>{@link dev.espalier.api.network.Model}</td>
 *       <td>{@link dev.espalier.api.network}</td></tr>
 *   <tr><td>add a data set or an augmentation</td><td>{@link dev.espalier.api.data.DataSource},
 *       {@link dev.espalier.api.data.Augmentation}</td><td>{@link dev.espalier.api.data}</td></tr>
 *   <tr><td>run a method in my program</td>
 *       <td>{@link dev.espalier.api.train.LocalTrial}</td><td>{@link dev.espalier.api.train}</td></tr>
 * </table>
 *
 * <p>All values between these types are immutable, live in the Java heap and own no native memory:
 * {@link dev.espalier.api.state.State}, {@link dev.espalier.api.state.Mask}, {@link
 * dev.espalier.api.state.Scores}, {@link dev.espalier.api.Trained}, {@link
 * dev.espalier.api.Ticket}. Arrays on a device exist only while a step runs.
 *
 * <h2 id="plugin">Plugin</h2>
 *
 * <pre>{@code
 * public final class MinePlugin implements Plugin {
 *   public void contribute(Catalog catalog) {
 *     catalog.criterion("movement", Movement.class).summary("Distance that a weight has moved");
 *   }
 * }
 * }</pre>
 *
 * <h2 id="criterion">Criterion</h2>
 *
 * <pre>{@code
 * public record Movement() implements Criterion {
 *   public Scores score(Scoring scoring) {
 *     return scoring.ofWeights((start, now) -> Math.abs(now - start));
 *   }
 * }
 * }</pre>
 *
 * <h2 id="schedule">Schedule</h2>
 *
 * <pre>{@code
 * public record Halving() implements Schedule {
 *   public double density(int round, Layer.Kind kind) {
 *     return Math.pow(0.5, round);
 *   }
 * }
 * }</pre>
 *
 * <h2 id="scope">Scope</h2>
 *
 * <pre>{@code
 * public record Rooted() implements Scope { // square roots of the planned densities
 *   public Map<Layer, Double> densities(Map<Layer, Double> planned) {
 *     Map<Layer, Double> densities = new LinkedHashMap<>();
 *     planned.forEach((layer, density) -> densities.put(layer, Math.sqrt(density)));
 *     return densities;
 *   }
 * }
 * }</pre>
 *
 * <h2 id="pattern">Pattern</h2>
 *
 * <pre>{@code
 * public record Diagonal() implements Pattern { // never removes weights (i, i)
 *   public Mask prune(Scores scores, Mask alive, Rule rule) {
 *     Mask pruned = rule.prune(scores, alive);
 *     return Mask.of(scores.layers(), (layer, bits) -> {
 *       int step = layer.size() / (int) layer.shape().get(0) + 1;
 *       for (int i = 0; i < layer.size(); i += step) {
 *         bits.set(i, alive.keeps(layer, i));
 *       }
 *       bits.or(pruned.alive(layer));
 *       return bits;
 *     });
 *   }
 * }
 * }</pre>
 *
 * <h2 id="ties">Tie rule</h2>
 *
 * <pre>{@code
 * public record AtMost() implements TieRule {
 *   public void prune(Ranking ranking) {
 *     ranking.removeThrough((long) ranking.unplanned()); // ties with the last one go as well
 *   }
 * }
 * }</pre>
 *
 * <h2 id="split">Split</h2>
 *
 * <pre>{@code
 * public record EveryOther() implements Split {
 *   public Mask mask(double rate, State start, State state, Trial trial) {
 *     return Mask.of(trial.network().layers(), (layer, bits) -> {
 *       for (int i = 0; i < layer.size(); i += 2) {
 *         bits.set(i);
 *       }
 *       return bits;
 *     });
 *   }
 * }
 * }</pre>
 *
 * <h2 id="method">Method</h2>
 *
 * <pre>{@code
 * public record OneShot(Pruning pruning) implements Method {
 *   public void run(Trial trial) {
 *     State start = trial.initial();
 *     Ticket dense = trial.ticket(0, trial.dense(), start, trial.plan());
 *     trial.publish(dense);
 *     Mask mask = trial.prune(pruning, dense, 1);
 *     trial.publish(trial.ticket(1, mask, start, trial.plan()));
 *   }
 * }
 * }</pre>
 *
 * <h2 id="control">Control</h2>
 *
 * <pre>{@code
 * public record TwiceAsSparse(Pruning pruning) implements Control {
 *   public Optional<Ticket> ofTicket(Ticket ticket, Trial trial) {
 *     Mask mask = trial.prune(pruning, ticket, ticket.round() + 1);
 *     return Optional.of(
 *         trial.ticket(ticket.round(), "sparser", mask, ticket.start(), ticket.plan()));
 *   }
 * }
 * }</pre>
 *
 * <h2 id="parametrization">Parametrization</h2>
 *
 * <pre>{@code
 * public record Scaled(double c) implements Parametrization { // w = c * v, and v is trained
 *   public State variables(Network network, State start) {
 *     return Parametrization.dense().variables(network, start).map(w -> w / c);
 *   }
 *
 *   public OnDevice on(Network network, State state, NDManager manager) {
 *     return new OnDevice() {
 *       public Map<String, NDArray> forward(Map<String, NDArray> variables) {
 *         Map<String, NDArray> weights = new LinkedHashMap<>();
 *         variables.forEach((name, v) -> weights.put(name, v.mul(c)));
 *         return weights;
 *       }
 *
 *       public void pullback(
 *           Map<String, NDArray> variables,
 *           Map<String, NDArray> gradients,
 *           BiConsumer<String, NDArray> update) {
 *         gradients.forEach((name, g) -> update.accept(name, g.mul(c)));
 *       }
 *     };
 *   }
 * }
 * }</pre>
 *
 * <h2 id="rate">Learning rate</h2>
 *
 * <pre>{@code
 * public record Falling() implements LearningRateSchedule {
 *   public double factor(long iteration, long total, long perEpoch) {
 *     return 1 - (double) iteration / total;
 *   }
 * }
 * }</pre>
 */
package dev.espalier.api;
