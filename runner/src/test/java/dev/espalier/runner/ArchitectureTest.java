// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import ai.djl.ndarray.NDArray;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.espalier.api.state.HostCopy;
import java.nio.file.Path;
import java.util.IntSummaryStatistics;
import java.util.Map;

@AnalyzeClasses(
    packages = "dev.espalier",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {

  /** Leaves out the contracts, which are in a jar once the api is packaged. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String API = "dev.espalier.api..";
  private static final String METHODS = "dev.espalier.methods..";

  @ArchTest
  static final ArchRule onlyTheRunnerKnowsGuiceHoconTerminalsAndJson =
      noClasses()
          .that()
          .resideInAnyPackage(API, METHODS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.google..",
              "com.typesafe..",
              "picocli..",
              "me.tongfei..",
              "ch.qos.logback..",
              "dev.espalier.runner..");

  @ArchTest
  static final ArchRule methodsNeedTheApiAlone =
      classes()
          .that()
          .resideInAPackage(METHODS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..", "jakarta.inject..", "ai.djl..", "org.apiguardian.api", API, METHODS);

  @ArchTest
  static final ArchRule noMethodModuleNeedsAnother =
      slices().matching("dev.espalier.methods.(*)..").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule theApiKnowsNoMethod =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(METHODS);

  @ArchTest
  static final ArchRule theRunnerKnowsNoMethod =
      noClasses()
          .that()
          .resideInAPackage("dev.espalier.runner..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(METHODS);

  /** Each room knows those before it. Structure comes after the contracts: it has a penalty. */
  @ArchTest
  static final ArchRule theRoomsOfTheApiKnowThoseBeforeThem =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("settings")
          .definedBy("dev.espalier.api.settings")
          .layer("state")
          .definedBy("dev.espalier.api.state")
          .layer("network")
          .definedBy("dev.espalier.api.network")
          .layer("data")
          .definedBy("dev.espalier.api.data")
          .layer("contracts")
          .definedBy("dev.espalier.api")
          .layer("engine")
          .definedBy("dev.espalier.api.engine")
          .layer("train")
          .definedBy("dev.espalier.api.train")
          .layer("structure")
          .definedBy("dev.espalier.api.structure")
          .whereLayer("settings")
          .mayNotAccessAnyLayer()
          .whereLayer("state")
          .mayOnlyAccessLayers("settings")
          .whereLayer("network")
          .mayOnlyAccessLayers("settings", "state")
          .whereLayer("data")
          .mayOnlyAccessLayers("settings", "state", "network")
          .whereLayer("contracts")
          .mayOnlyAccessLayers("settings", "state", "network", "data")
          .whereLayer("engine")
          .mayOnlyAccessLayers("settings", "state", "network", "data", "contracts")
          .whereLayer("structure")
          .mayOnlyAccessLayers("settings", "state", "network", "contracts")
          .whereLayer("train")
          .mayOnlyAccessLayers("settings", "state", "network", "data", "contracts", "engine");

  @ArchTest
  static final ArchRule theZooNeedsTheApiAlone =
      classes()
          .that()
          .resideInAPackage("dev.espalier.zoo..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "javax.imageio..",
              "ai.djl..",
              "com.google.gson..",
              "org.apache.commons.csv..",
              "org.apiguardian.api",
              "org.slf4j",
              API,
              "dev.espalier.zoo..");

  @ArchTest
  static final ArchRule whatIsExportedSaysHowStableItIs =
      classes()
          .that()
          .resideInAnyPackage(API, "dev.espalier.zoo..")
          .and()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .should()
          .beAnnotatedWith("org.apiguardian.api.API");

  /**
   * The keys of steps have the values of these records, which a module hides if they are not
   * public.
   */
  @ArchTest
  static final ArchRule recordsOfThePluginInterfacesArePublic =
      classes()
          .that()
          .resideInAnyPackage(METHODS, "dev.espalier.zoo..")
          .and()
          .areRecords()
          .and()
          .areTopLevelClasses()
          .and()
          .implement(resideInAPackage("dev.espalier.api"))
          .should()
          .bePublic();

  @ArchTest
  static final ArchRule commandsKnowNeitherEachOtherNorMain =
      classes().that(areCommands()).should(notDependOnCommands());

  /**
   * At most six parameters. A record's canonical constructor, which lists its values, is no
   * exception: each record with more has a reason here.
   */
  @ArchTest
  static final ArchRule noMethodTakesMoreThanSixParameters =
      codeUnits().that(areWritten()).and(areNamed()).should(takeAtMostSixParameters());

  @ArchTest
  static final ArchRule noMethodIsLongerThanSixtyLines =
      codeUnits().that(areWritten()).should(haveAtMostSixtyLines());

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.espalier.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule filesAreWrittenByTheRunnerAlone =
      noClasses()
          .that()
          .resideInAnyPackage(API, METHODS)
          .should()
          .dependOnClassesThat(
              resideInAPackage("java.nio.file..").and(DescribedPredicate.not(type(Path.class))));

  @ArchTest
  static final ArchRule nothingPrintsOutsideOfTheRunner =
      noClasses()
          .that()
          .resideInAnyPackage(API, METHODS)
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule arraysAreReadToTheHostByOneClass =
      noClasses().that().doNotBelongToAnyOf(HostCopy.class).should().callMethodWhere(readAnArray());

  private static final String KEYS = "settings: a component is a key of the configuration";
  private static final String VALUES = "a record of results: a component is a column or key";
  private static final String TO_CUT = "still too many: to be cut";

  /** What has more than six parameters, with their number, and why. */
  private static final Map<String, String> MANY_PARAMETERS =
      Map.ofEntries(
          entry("dev.espalier.api.Training.<init>/7", KEYS),
          entry("dev.espalier.api.Training.<init>/8", KEYS),
          entry("dev.espalier.methods.gates.PruningFromScratch$Settings.<init>/9", KEYS),
          entry("dev.espalier.methods.imp.Instability$Settings.<init>/8", KEYS),
          entry("dev.espalier.methods.imp.IterativeMagnitudePruning$Settings.<init>/9", KEYS),
          entry("dev.espalier.methods.sparse.GradualPruning$Settings.<init>/7", KEYS),
          entry("dev.espalier.methods.slots.SlotMachines$Settings.<init>/8", KEYS),
          entry("dev.espalier.methods.slots.Slots.<init>/7", KEYS),
          entry("dev.espalier.methods.snip.Grasp.<init>/7", KEYS),
          entry("dev.espalier.methods.snip.Snip.<init>/7", KEYS),
          entry("dev.espalier.methods.snip.PruningAtInitialisation$Settings.<init>/8", KEYS),
          entry("dev.espalier.runner.cluster.ClusterSettings.<init>/14", KEYS),
          entry("dev.espalier.runner.config.Experiment.<init>/17", KEYS),
          entry("dev.espalier.runner.retrain.RetrainTickets$Settings.<init>/7", KEYS),
          entry("dev.espalier.zoo.models.RecurrentNet$Gru.<init>/7", KEYS),
          entry("dev.espalier.zoo.models.RecurrentNet$Lstm.<init>/8", KEYS),
          entry("dev.espalier.zoo.models.Transformer.<init>/9", KEYS),
          entry("dev.espalier.zoo.models.Vit.<init>/8", KEYS),
          entry("dev.espalier.api.Ticket.<init>/8", VALUES),
          entry("dev.espalier.api.Trained.<init>/7", VALUES),
          entry("dev.espalier.runner.bench.Ratio.<init>/7", VALUES),
          entry("dev.espalier.runner.export.Architecture$Described.<init>/8", VALUES),
          entry("dev.espalier.runner.results.TicketRecord.<init>/8", VALUES),
          entry("dev.espalier.runner.results.TicketRecord$MaskedLayer.<init>/9", VALUES),
          entry("dev.espalier.runner.results.TicketRecord$Point.<init>/10", VALUES),
          entry("dev.espalier.runner.results.TicketRecord$Step.<init>/9", VALUES),
          entry("dev.espalier.runner.results.TicketRecord$Task.<init>/8", VALUES),
          entry("dev.espalier.runner.results.TicketResult.<init>/18", VALUES),
          entry("dev.espalier.runner.run.PublishedTicket.<init>/8", VALUES),
          entry(
              "dev.espalier.zoo.models.CodeFamily.<init>/8", "an enum: its constants are a table"),
          // The parts of these are made apart, by different owners.
          entry("dev.espalier.api.Ticket.<init>/7", TO_CUT),
          entry("dev.espalier.api.data.Data.<init>/8", TO_CUT),
          entry("dev.espalier.api.data.Data.<init>/9", TO_CUT),
          entry("dev.espalier.runner.bench.BareLoop.<init>/7", TO_CUT),
          entry("dev.espalier.runner.bench.Bench$Effort.<init>/14", TO_CUT),
          entry("dev.espalier.runner.run.RunContext.<init>/10", TO_CUT));

  /**
   * Reads of NDArray that leave a sub-manager behind on a GPU; toByteBuffer lends a CPU's memory.
   */
  private static DescribedPredicate<JavaAccess<?>> readAnArray() {
    return DescribedPredicate.describe(
        "reads an array of DJL to the host",
        access ->
            access.getTargetOwner().isAssignableTo(NDArray.class)
                && !access.getName().equals("toByteBuffer")
                && (access.getName().matches("to\\w*Array")
                    || access.getName().matches("get(Float|Double|Long|Int|Boolean|Uint8|Byte)")));
  }

  private static DescribedPredicate<JavaClass> areCommands() {
    return DescribedPredicate.describe(
        "are commands",
        type ->
            type.getPackageName().equals("dev.espalier.runner")
                && outermost(type).getSimpleName().endsWith("Command"));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }

  private static ArchCondition<JavaClass> notDependOnCommands() {
    return new ArchCondition<>("not depend on other commands or Main") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
          JavaClass other = outermost(dependency.getTargetClass());
          if (!other.equals(outermost(type))
              && (areCommands().test(other)
                  || other.getName().equals("dev.espalier.runner.Main"))) {
            events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static DescribedPredicate<JavaCodeUnit> areWritten() {
    return DescribedPredicate.describe(
        "are written by hand",
        unit ->
            !unit.getModifiers().contains(JavaModifier.SYNTHETIC)
                && !unit.getName().equals("<clinit>"));
  }

  /** The constructor of an anonymous class takes all that the class captures. */
  private static DescribedPredicate<JavaCodeUnit> areNamed() {
    return DescribedPredicate.describe(
        "are of a named class", unit -> !unit.getOwner().isAnonymousClass());
  }

  private static ArchCondition<JavaCodeUnit> takeAtMostSixParameters() {
    return new ArchCondition<>("take at most six parameters") {
      @Override
      public void check(JavaCodeUnit unit, ConditionEvents events) {
        int parameters = unit.getRawParameterTypes().size();
        String name = unit.getOwner().getName() + "." + unit.getName() + "/" + parameters;
        if (parameters > 6 && !MANY_PARAMETERS.containsKey(name)) {
          events.add(SimpleConditionEvent.violated(unit, "found " + name));
        }
      }
    };
  }

  /**
   * Counts from the first line with code to the last one that calls a method or reads a field, as
   * class files have no others.
   */
  private static ArchCondition<JavaCodeUnit> haveAtMostSixtyLines() {
    return new ArchCondition<>("have at most 60 lines") {
      @Override
      public void check(JavaCodeUnit unit, ConditionEvents events) {
        IntSummaryStatistics lines =
            unit.getAccessesFromSelf().stream()
                .mapToInt(JavaAccess::getLineNumber)
                .filter(line -> line > 0)
                .summaryStatistics();
        String name = unit.getOwner().getName() + "." + unit.getName();
        if (lines.getMax() - lines.getMin() >= 60L) {
          events.add(
              SimpleConditionEvent.violated(
                  unit, name + " has " + (lines.getMax() - lines.getMin() + 1) + " lines"));
        }
      }
    };
  }
}
