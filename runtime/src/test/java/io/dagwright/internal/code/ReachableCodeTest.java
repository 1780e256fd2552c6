package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReachableCodeTest {

  private static final String ETL =
      """
      package app;
      import io.dagwright.graph.TaskFunction;
      public class Etl {
        static final TaskFunction OTHER = (argument, inputs) -> "other";
        static int limit = 3;
        public static TaskFunction task() {
          return (argument, inputs) -> first((String) argument);
        }
        static String first(String text) {
          Rule rule = new Strict();
          return second(text) + rule.apply(text) + limit;
        }
        static String second(String text) {
          java.util.function.Function<String, String> f = t -> Deep.third(t);
          return f.apply(text);
        }
        static String unused(String text) { return "unused"; }
      }
      """;
  private static final String RULE =
      """
      package app;
      public abstract class Rule {
        String apply(String text) { return prefix() + text; }
        abstract String prefix();
      }
      """;
  private static final String STRICT =
      "package app; public class Strict extends Rule { String prefix() { return \"strict\"; } }";
  private static final String DEEP =
      "package app; public class Deep { static String third(String t) { return t + 1; }"
          + " static String unused() { return null; } }";

  private final Programs programs;

  ReachableCodeTest(@TempDir Path root) {
    programs = new Programs(root);
  }

  private CodeHash hash(String... sources) throws Exception {
    ClassLoader loader = Programs.loader(programs.compile(sources));
    return ReachableCode.hash(lambda(Programs.task(loader, "app.Etl")), List.of(), loader);
  }

  private static SerializedLambda lambda(Object function) throws Exception {
    Method replace = function.getClass().getDeclaredMethod("writeReplace");
    replace.setAccessible(true);
    return (SerializedLambda) replace.invoke(function);
  }

  private CodeHash etl(String etl) throws Exception {
    return hash(etl, RULE, STRICT, DEEP);
  }

  @Test
  void howTheSourceIsLaidOutDoesNotCount() throws Exception {
    CodeHash before = etl(ETL);

    assertThat(etl(ETL)).isEqualTo(before);
    assertThat(etl(ETL.replace("  static String second", "// a comment\n\n  static String second")))
        .isEqualTo(before);
    assertThat(etl(ETL.replace("String text) { return \"unused\"", "String text) { return \"x\"")))
        .isEqualTo(before);
    assertThat(etl(ETL.replace("String first(String text)", "String first(final String text)")))
        .isEqualTo(before);
    assertThat(hash(ETL, RULE, STRICT, DEEP.replace("return null", "return \"null\"")))
        .isEqualTo(before);
  }

  @Test
  void oneMoreLambdaBeforeThoseThatAreUsedDoesNotCount() throws Exception {
    String more =
        ETL.replace(
            "public static TaskFunction task() {",
            "static TaskFunction more() { return (a, b) -> \"more\"; }\n"
                + "  public static TaskFunction task() {");

    assertThat(etl(more)).isEqualTo(etl(ETL));
  }

  @Test
  void whatIsCalledCountsHoweverDeep() throws Exception {
    CodeHash before = etl(ETL);

    assertThat(hash(ETL, RULE, STRICT, DEEP.replace("t + 1", "t + 2"))).isNotEqualTo(before);
    assertThat(hash(ETL, RULE, STRICT.replace("strict", "lax"), DEEP)).isNotEqualTo(before);
    assertThat(hash(ETL, RULE.replace("prefix() + text", "text"), STRICT, DEEP))
        .isNotEqualTo(before);
    assertThat(etl(ETL.replace("limit = 3", "limit = 4"))).isNotEqualTo(before);
    assertThat(etl(ETL.replace("(String) argument)", "\"\" + argument)"))).isNotEqualTo(before);
  }

  @Test
  void staticFieldsOfTheProgramAreFoundInItsJarsAndThoseOfLibrariesAreNot() throws Exception {
    Path classes =
        programs.compile(
            """
            package com.acme.etl;
            import io.dagwright.graph.TaskFunction;
            public class Etl {
              static int limit = 3;
              public static TaskFunction task() {
                return (argument, inputs) -> limit + com.acme.core.Rules.first() + org.lib.Cache.size();
              }
            }
            """,
            """
            package com.acme.core;
            public class Rules {
              static final java.util.List<Integer> ALL = new java.util.ArrayList<>();
              public static int first() { return ALL.size(); }
            }
            """,
            """
            package org.lib;
            public class Cache {
              static int size;
              public static int size() { return size; }
            }
            """);
    ClassLoader loader = Programs.loader(programs.jar("all.jar", classes, Map.of()));

    assertThat(
            ReachableCode.mutableStatics(
                lambda(Programs.task(loader, "com.acme.etl.Etl")), List.of(), loader))
        .containsExactlyInAnyOrder(
            new ReachableCode.MutableStatic("Etl", "limit", "int"),
            new ReachableCode.MutableStatic("Rules", "ALL", "List"));
  }

  @Test
  void classesOfValuesCount() throws Exception {
    ClassLoader loader = Programs.loader(programs.compile(ETL, RULE, STRICT, DEEP));
    List<Class<?>> strict = List.of(loader.loadClass("app.Strict"));
    ClassLoader other =
        Programs.loader(programs.compile(ETL, RULE, STRICT.replace("strict", "lax"), DEEP));
    List<Class<?>> lax = List.of(other.loadClass("app.Strict"));

    assertThat(ReachableCode.hash(null, strict, loader))
        .isNotEqualTo(ReachableCode.hash(null, lax, other))
        .isEqualTo(ReachableCode.hash(null, strict, loader));
  }
}
