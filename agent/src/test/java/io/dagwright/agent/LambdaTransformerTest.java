package io.dagwright.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LambdaTransformerTest {

  /** What is transformed. */
  public static final class Program implements Supplier<Function<Integer, Integer>> {
    private final int captured = 2;

    @Override
    public Function<Integer, Integer> get() {
      int local = 3;
      return x -> x * captured + local;
    }
  }

  /** Has no lambda. */
  static final class Plain {}

  private static byte[] classFile(Class<?> type) throws IOException {
    String resource = type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getClassLoader().getResourceAsStream(resource)) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  private static Supplier<?> program(byte[] classFile) throws ReflectiveOperationException {
    ClassLoader loader =
        new ClassLoader(LambdaTransformerTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            return name.equals(Program.class.getName())
                ? defineClass(name, classFile, 0, classFile.length)
                : super.loadClass(name, resolve);
          }
        };
    return (Supplier<?>) loader.loadClass(Program.class.getName()).getConstructor().newInstance();
  }

  private static byte[] transform(PackageFilter filter, Class<?> type) throws IOException {
    byte[] before = classFile(type);
    String name = type.getName().replace('.', '/');
    byte[] after =
        new LambdaTransformer(filter).transform(type.getClassLoader(), name, null, null, before);
    return after == null ? before : after;
  }

  @Test
  @SuppressWarnings("unchecked") // What the program's lambda is.
  void lambdasBecomeSerializableAndDoWhatTheyDid() throws Exception {
    byte[] transformed = transform(PackageFilter.parse("include=io.dagwright"), Program.class);

    Function<Integer, Integer> before =
        (Function<Integer, Integer>) program(classFile(Program.class)).get();
    Function<Integer, Integer> after = (Function<Integer, Integer>) program(transformed).get();

    assertThat(before).isNotInstanceOf(Serializable.class);
    assertThat(after).isInstanceOf(Serializable.class);
    assertThat(after.apply(5)).isEqualTo(13);
  }

  @Test
  void whatIsNotTheUsersOrHasNoLambdaStaysAsItIs() throws Exception {
    assertThat(transform(PackageFilter.parse(""), Program.class))
        .isEqualTo(classFile(Program.class));
    assertThat(transform(PackageFilter.parse("include=io.dagwright"), Plain.class))
        .isEqualTo(classFile(Plain.class));
    assertThat(LambdaTransformer.transformed(classFile(Program.class))).isNotNull();
  }

  @Test
  void packagesAreIncludedAndExcludedByArguments() {
    PackageFilter all = PackageFilter.parse("");
    PackageFilter some = PackageFilter.parse("include=com.acme, org.foo;exclude=com.acme.web");

    assertThat(all.accepts("com/acme/Etl")).isTrue();
    assertThat(all.accepts("Etl")).isTrue();
    assertThat(all.accepts("java/util/Map")).isFalse();
    assertThat(all.accepts("org/springframework/boot/Main")).isFalse();
    assertThat(some.accepts("com/acme/Etl")).isTrue();
    assertThat(some.accepts("com/acmes/Etl")).isFalse();
    assertThat(some.accepts("com/acme/web/Page")).isFalse();
    assertThat(some.accepts("Etl")).isFalse();
    assertThatThrownBy(() -> PackageFilter.parse("includes=com.acme"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[includes=com.acme] is no argument of dagwright-agent");
  }
}
