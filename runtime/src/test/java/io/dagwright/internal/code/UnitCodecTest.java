package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CorruptPayloadException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class UnitCodecTest {

  private static final CodeHash ONE = CodeHash.of(new byte[] {1});
  private static final CodeHash TWO = CodeHash.of(new byte[] {2});

  private static final CodeUnit UNIT =
      new CodeUnit(
          Map.of("app.Etl", ONE, "app.Etl$Row", TWO),
          List.of(
              new CodeJar("b.jar", 7, ONE, new TreeSet<>(List.of("b", "META-INF/services/b.B"))),
              new CodeJar("a.jar", 9, TWO, new TreeSet<>(List.of("a")))),
          Set.of(TWO),
          Set.of("app"));

  @Test
  void unitComesBackAsItWas() {
    CodeUnit read = CodeUnit.fromBytes(UNIT.toBytes(), UNIT.id());

    assertThat(read).isEqualTo(UNIT);
    assertThat(read.classes()).isEqualTo(UNIT.classes());
    assertThat(read.jars()).isEqualTo(UNIT.jars());
    assertThat(read.states()).containsExactly(TWO);
    assertThat(read.ownPackages()).containsExactly("app");
  }

  @Test
  void idIsOfTheContentAndNothingElse() {
    Map<String, CodeHash> otherOrder = new LinkedHashMap<>();
    otherOrder.put("app.Etl$Row", TWO);
    otherOrder.put("app.Etl", ONE);

    Set<CodeHash> states = Set.of(TWO);
    Set<String> packages = Set.of("app");
    assertThat(new CodeUnit(otherOrder, UNIT.jars(), states, packages).id()).isEqualTo(UNIT.id());
    assertThat(new CodeUnit(Map.of("app.Etl", ONE), UNIT.jars(), states, packages).id())
        .isNotEqualTo(UNIT.id());
    assertThat(new CodeUnit(UNIT.classes(), UNIT.jars().subList(0, 1), states, packages).id())
        .isNotEqualTo(UNIT.id());
    assertThat(new CodeUnit(UNIT.classes(), UNIT.jars(), states, Set.of()).id())
        .isNotEqualTo(UNIT.id());
    assertThat(new CodeUnit(UNIT.classes(), UNIT.jars(), Set.of(), packages).id())
        .isNotEqualTo(UNIT.id());
    assertThat(CodeUnit.EMPTY.id().toString())
        .isEqualTo(
            CodeHash.of(new byte[] {(byte) 0xDA, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
                .toString());
  }

  @Test
  void damagedBytesGiveATypedException() {
    byte[] good = UNIT.toBytes();
    for (int length = 0; length < good.length; length++) {
      byte[] bytes = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> UnitCodec.decode(bytes)).isInstanceOf(CorruptPayloadException.class);
    }
    for (int i = 0; i < good.length; i++) {
      for (int mask : new int[] {1, 0x80, 0xFF}) {
        byte[] bytes = good.clone();
        bytes[i] ^= (byte) mask;
        assertThatThrownBy(() -> CodeUnit.fromBytes(bytes, UNIT.id()))
            .isInstanceOf(CorruptPayloadException.class);
        assertThatCode(() -> decodeOrRefuse(bytes)).doesNotThrowAnyException();
      }
    }
  }

  private static void decodeOrRefuse(byte[] bytes) {
    try {
      UnitCodec.decode(bytes);
    } catch (CorruptPayloadException e) {
      assertThat(e).hasMessageContaining("cannot be read");
    }
  }

  @Test
  void countIsNotBelieved() {
    ByteBuffer bytes = ByteBuffer.wrap(UNIT.toBytes());
    bytes.putInt(Short.BYTES, Integer.MAX_VALUE);

    assertThatThrownBy(() -> UnitCodec.decode(bytes.array()))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("[2147483647] entries");
  }

  @Test
  void bytesBehindTheEndAreRefused() {
    byte[] longer = Arrays.copyOf(UNIT.toBytes(), UNIT.toBytes().length + 1);

    assertThatThrownBy(() -> UnitCodec.decode(longer))
        .isInstanceOf(CorruptPayloadException.class)
        .hasMessageContaining("left over");
  }
}
