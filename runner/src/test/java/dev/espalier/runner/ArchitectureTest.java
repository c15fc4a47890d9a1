// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;

@AnalyzeClasses(packages = "dev.espalier", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

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
          .resideInAnyPackage("java..", "jakarta.inject..", "ai.djl..", API, METHODS);

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
}
