// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.RandomStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A data set and what is asked of a network on it.
 *
 * @param name the name of the data set
 * @param train the training examples
 * @param validation the examples for early stopping; may be empty
 * @param test the examples for reported results
 * @param inputs how stored features become inputs of a network
 * @param classes the number of classes, or of tokens to predict; 0 if targets are numbers
 * @param objective what a training minimises, and what a network is measured by
 * @param deficit the deficit of training examples in some epochs, if any
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Data(
    String name,
    Examples train,
    Examples validation,
    Examples test,
    Inputs inputs,
    int classes,
    Objective objective,
    Optional<Deficit> deficit)
    implements Digest.Digested {

  /** Creates a data set, with the targets of its objective, and checks that all parts fit. */
  @SuppressWarnings("this-escape") // all components are set by then
  public Data(
      String name,
      Examples train,
      Examples validation,
      Examples test,
      Inputs inputs,
      int classes,
      Objective objective,
      Optional<Deficit> deficit) {
    this.name = name;
    this.train = objective.examples(train);
    this.validation = objective.examples(validation);
    this.test = objective.examples(test);
    this.inputs = inputs;
    this.classes = classes;
    this.objective = objective;
    this.deficit = deficit;
    checkParts();
    checkInputs();
    if (inputs.vocabulary() > 0) {
      Refusals.require(this::checkTokens);
    }
    Refusals.require(refusals -> objective.check(this, refusals));
    Refusals.require(refusals -> deficit.ifPresent(wrong -> wrong.check(this, refusals)));
  }

  /**
   * Creates a data set for classification without augmentations, whose examples are inputs of
   * networks.
   *
   * @param name the name of the data set
   * @param train the training examples
   * @param validation the examples for early stopping; may be empty
   * @param test the examples for reported results
   * @param normalisation the map from stored features to inputs
   * @param classes the number of classes
   */
  public Data(
      String name,
      Examples train,
      Examples validation,
      Examples test,
      Normalisation normalisation,
      int classes) {
    this(
        name,
        train,
        validation,
        test,
        Inputs.of(train.shape(), normalisation),
        classes,
        new Classification(),
        Optional.empty());
  }

  private void checkParts() {
    for (Examples part : parts()) {
      if (!part.shape().equals(train.shape()) || part.type() != train.type()) {
        throw new RefusedException(
            "examples",
            "examples of " + part.type() + part.shape() + " in " + name,
            "the type and shape of its training examples, " + train.type() + train.shape());
      }
      if (!part.targets().toString().equals(train.targets().toString())) {
        throw new RefusedException(
            "targets",
            "targets of " + part.targets() + " in " + name,
            "the type and shape of its training targets, " + train.targets());
      }
    }
    if (train.size() == 0) {
      throw new RefusedException("train", "no training examples in " + name, "at least one");
    }
  }

  private void checkInputs() {
    Shape stored = train.shape();
    int channels = normalisation().mean().size();
    long first = stored.dimension() == 0 ? 1 : stored.get(0);
    if (channels != 1 && channels != first) {
      throw new RefusedException(
          "normalisation",
          channels + " channels for " + name,
          "1" + (first == 1 ? "" : " or " + first));
    }
    if (!input().equals(stored) && !isCentre(input(), stored)) {
      throw new RefusedException(
          "input",
          "a network input of " + input() + " for " + name,
          "the shape of its examples, "
              + stored
              + ", or the centre of images (channels, height, width)");
    }
    if (!augmentations().isEmpty() && (stored.dimension() != 3 || isOfTokens())) {
      throw new RefusedException(
          "augmentation",
          "augmentation of examples of " + stored + " in " + name,
          "none but of images of (channels, height, width)");
    }
    if (isOfTokens() != (inputs.vocabulary() > 0)) {
      throw new RefusedException(
          "vocabulary",
          inputs.vocabulary() + " for features of type " + train.type() + " in " + name,
          "1 or more for tokens of int32, 0 for numbers");
    }
    if (isOfTokens() && !normalisation().equals(Normalisation.NONE)) {
      throw new RefusedException(
          "normalisation", normalisation() + " for the tokens of " + name, "none");
    }
  }

  private boolean isOfTokens() {
    return train.type() == DataType.INT32;
  }

  private void checkTokens(Refusals refusals) {
    for (Examples part : parts()) {
      part.features()
          .firstOutside(0, inputs.vocabulary())
          .ifPresent(
              token ->
                  refusals.add(
                      "token",
                      "token " + token + " in " + name,
                      "0 to " + (inputs.vocabulary() - 1)));
    }
  }

  /**
   * Returns the three parts.
   *
   * @return the training, validation and test examples
   */
  public List<Examples> parts() {
    return List.of(train, validation, test);
  }

  /**
   * Returns the map from stored features to inputs.
   *
   * @return the normalisation of {@link #inputs}
   */
  public Normalisation normalisation() {
    return inputs.normalisation();
  }

  /**
   * Returns the random changes of training examples.
   *
   * @return the augmentations of {@link #inputs}
   */
  public List<Augmentation> augmentations() {
    return inputs.augmentations();
  }

  /**
   * Returns the input shape of networks.
   *
   * @return the shape of {@link #inputs}
   */
  public Shape input() {
    return inputs.shape();
  }

  /**
   * Returns what a network for this data computes.
   *
   * @return the inputs and outputs of one example
   */
  public Task task() {
    return new Task(
        input(), inputs.vocabulary(), objective.output(train.targets().shape(), classes));
  }

  /**
   * Returns the metrics of the objective on this data.
   *
   * @return one or more; the first decides
   */
  public List<Metric> metrics() {
    return objective.metrics(classes);
  }

  private static boolean isCentre(Shape input, Shape stored) {
    return stored.dimension() == 3
        && input.dimension() == 3
        && input.get(0) == stored.get(0)
        && input.get(1) >= 1
        && input.get(1) <= stored.get(1)
        && input.get(2) >= 1
        && input.get(2) <= stored.get(2);
  }

  /**
   * Replaces the augmentations of training examples.
   *
   * @param others the new augmentations
   * @return the data set with these augmentations
   */
  public Data withAugmentations(List<Augmentation> others) {
    return withInputs(inputs.withAugmentations(others));
  }

  /**
   * Replaces the map from features to inputs.
   *
   * @param others the new inputs
   * @return the data set with these inputs
   */
  public Data withInputs(Inputs others) {
    return new Data(name, train, validation, test, others, classes, objective, deficit);
  }

  /**
   * Replaces the deficit of training examples.
   *
   * @param other the new deficit
   * @return the data set with that deficit
   * @throws IllegalArgumentException if the examples cannot have it, naming the key
   */
  public Data withDeficit(Deficit other) {
    return new Data(name, train, validation, test, inputs, classes, objective, Optional.of(other));
  }

  /**
   * Replaces the objective.
   *
   * @param other the new objective
   * @return the data set with that objective and its targets
   * @throws IllegalArgumentException if the examples cannot have it, naming the key
   */
  public Data withObjective(Objective other) {
    return new Data(name, train, validation, test, inputs, classes, other, deficit);
  }

  /**
   * Moves training examples to validation.
   *
   * @param examples the number of examples to move
   * @param random selects the examples
   * @return the data set with these examples moved from training to validation
   * @throws IllegalArgumentException if no training examples would be left, or if the data set has
   *     validation examples
   */
  public Data withValidation(int examples, RandomStream random) {
    if (examples == 0) {
      return this;
    }
    if (validation.size() > 0) {
      throw new RefusedException(
          "validation",
          examples,
          "0, as " + name + " comes with " + validation.size() + " validation examples");
    }
    if (examples >= train.size()) {
      throw new RefusedException(
          "validation",
          examples,
          "less than the " + train.size() + " training examples of " + name);
    }
    int[] order = random.permutation(train.size());
    int[] held = Arrays.copyOfRange(order, 0, examples);
    int[] rest = Arrays.copyOfRange(order, examples, order.length);
    // In file order: the choice of examples is random, their order is not.
    Arrays.sort(held);
    Arrays.sort(rest);
    return with(train.take(rest), train.take(held));
  }

  /**
   * Keeps the same number of training examples of each class; every choice is equally likely. For
   * the same random stream, a smaller choice is part of a larger one.
   *
   * @param n the number of examples per class, 1 or more
   * @param random selects the examples
   * @return the data set with n * classes training examples, in the same order
   * @throws IllegalArgumentException if a class has fewer, naming it
   */
  public Data withPerClass(int n, RandomStream random) {
    Refusals.require(refusals -> checkPerClass(n, refusals));
    int[] kept = train.balanced(n, random);
    Arrays.sort(kept);
    return with(train.take(kept), validation);
  }

  private Data with(Examples trained, Examples held) {
    return new Data(name, trained, held, test, inputs, classes, objective, deficit);
  }

  /**
   * Checks that each class has enough training examples for a sample.
   *
   * @param n the number of examples per class
   * @param refusals collects the first class that has fewer, under the key {@code per-class}
   */
  public void checkPerClass(int n, Refusals refusals) {
    if (!train.isLabelled()) {
      refusals.add("per-class", n, "no such number for targets that are not classes");
      return;
    }
    int[] there = new int[classes];
    for (int label : train.labels()) {
      there[label]++;
    }
    for (int label = 0; label < classes; label++) {
      if (there[label] < n) {
        refusals.add(
            "per-class",
            n,
            "at most the "
                + there[label]
                + " training examples of class "
                + label
                + " of "
                + name
                + (validation.size() == 0 ? "" : " that are not for validation"));
        return;
      }
    }
  }

  /**
   * Returns what is odd about the data: classes without examples, a single class, examples that are
   * constant, and held-out examples among the training examples.
   *
   * @param source the source of the data, which has the names of classes
   * @return a sentence for each, for a warning
   * @throws IOException if the source cannot read a name
   */
  public List<String> oddities(DataSource source) throws IOException {
    return Oddities.of(this, source);
  }

  /**
   * The digest of the content: the examples, their normalisation and the input shape.
   * Augmentations, the objective and the deficit are settings, not content.
   */
  @Override
  public Digest digest() {
    return Digest.of(
        name,
        train,
        validation,
        test,
        normalisation().mean(),
        normalisation().std(),
        inputs.vocabulary(),
        classes,
        input().toString());
  }
}
