// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
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
 * A data set for classification.
 *
 * @param name the name of the data set
 * @param train the training examples
 * @param validation the examples for early stopping; may be empty
 * @param test the examples for reported results
 * @param normalisation the map from stored features to inputs
 * @param classes the number of classes
 * @param augmentations random changes of a training example at each use, in this order, before the
 *     normalisation; empty unless examples are (channels, height, width)
 * @param input the input shape of networks: the shape of an example, or one with less height or
 *     width. A smaller input is the centre of an example, unless augmentations choose another part
 * @param deficit the deficit of training examples in some epochs, if any
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Data(
    String name,
    Examples train,
    Examples validation,
    Examples test,
    Normalisation normalisation,
    int classes,
    List<Augmentation> augmentations,
    Shape input,
    Optional<Deficit> deficit)
    implements Digest.Digested {

  /** Creates a data set and checks that its parts are compatible. */
  public Data {
    augmentations = List.copyOf(augmentations);
    for (Examples part : new Examples[] {train, validation, test}) {
      if (!part.shape().equals(train.shape()) || part.type() != train.type()) {
        throw new RefusedException(
            "examples",
            "examples of " + part.type() + part.shape() + " in " + name,
            "the type and shape of its training examples, " + train.type() + train.shape());
      }
      int bad =
          Arrays.stream(part.labels()).filter(l -> l < 0 || l >= classes).findFirst().orElse(0);
      if (bad < 0 || bad >= classes) {
        throw new RefusedException(
            "label", "label " + bad + " in " + name, "0 to " + (classes - 1));
      }
    }
    int channels = normalisation.mean().size();
    long first = train.shape().dimension() == 0 ? 1 : train.shape().get(0);
    if (channels != 1 && channels != first) {
      throw new RefusedException(
          "normalisation",
          channels + " channels for " + name,
          "1" + (first == 1 ? "" : " or " + first));
    }
    if (train.size() == 0) {
      throw new RefusedException("train", "no training examples in " + name, "at least one");
    }
    Shape stored = train.shape();
    if (!input.equals(stored) && !isCentre(input, stored)) {
      throw new RefusedException(
          "input",
          "a network input of " + input + " for " + name,
          "the shape of its examples, "
              + stored
              + ", or the centre of images (channels, height, width)");
    }
    if (!augmentations.isEmpty() && stored.dimension() != 3) {
      throw new RefusedException(
          "augmentation",
          "augmentation of examples of " + stored + " in " + name,
          "none but of images of (channels, height, width)");
    }
    if (deficit.isPresent()) {
      Data intact =
          new Data(name, train, validation, test, normalisation, classes, augmentations, input);
      Refusals.require(refusals -> deficit.get().check(intact, refusals));
    }
  }

  /**
   * Creates a data set without a deficit.
   *
   * @param name the name of the data set
   * @param train the training examples
   * @param validation the examples for early stopping; may be empty
   * @param test the examples for reported results
   * @param normalisation the map from stored features to inputs
   * @param classes the number of classes
   * @param augmentations random changes of a training example at each use
   * @param input the input shape of networks
   */
  public Data(
      String name,
      Examples train,
      Examples validation,
      Examples test,
      Normalisation normalisation,
      int classes,
      List<Augmentation> augmentations,
      Shape input) {
    this(
        name,
        train,
        validation,
        test,
        normalisation,
        classes,
        augmentations,
        input,
        Optional.empty());
  }

  /**
   * Creates a data set without augmentations, whose examples are inputs of networks.
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
    this(name, train, validation, test, normalisation, classes, List.of(), train.shape());
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
    return with(train, validation, others, deficit);
  }

  /**
   * Replaces the deficit of training examples.
   *
   * @param other the new deficit
   * @return the data set with that deficit
   * @throws IllegalArgumentException if the examples cannot have it, naming the key
   */
  public Data withDeficit(Deficit other) {
    return with(train, validation, augmentations, Optional.of(other));
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
    return with(train.take(rest), train.take(held), augmentations, deficit);
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
    return with(train.take(kept), validation, augmentations, deficit);
  }

  private Data with(
      Examples trained, Examples held, List<Augmentation> changes, Optional<Deficit> wrong) {
    return new Data(name, trained, held, test, normalisation, classes, changes, input, wrong);
  }

  /**
   * Checks that each class has enough training examples for a sample.
   *
   * @param n the number of examples per class
   * @param refusals collects the first class that has fewer, under the key {@code per-class}
   */
  public void checkPerClass(int n, Refusals refusals) {
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
   * The digest of the content: the examples, their normalisation and the input shape. Augmentations
   * and the deficit are settings, not content.
   */
  @Override
  public Digest digest() {
    return Digest.of(
        name,
        train,
        validation,
        test,
        normalisation.mean(),
        normalisation.std(),
        classes,
        input.toString());
  }
}
