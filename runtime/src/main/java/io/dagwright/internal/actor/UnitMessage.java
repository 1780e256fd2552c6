package io.dagwright.internal.actor;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeUnit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A unit of code as messages carry it: its id, and the unit. */
final class UnitMessage {

  private UnitMessage() {}

  static byte[] encode(CodeUnit unit) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      unit.id().write(out);
      out.write(unit.toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} made.
   *
   * @throws CorruptPayloadException if the bytes are not those of a unit
   */
  static CodeUnit decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      CodeHash id = CodeHash.read(in);
      return CodeUnit.fromBytes(in.readAllBytes(), id);
    } catch (IOException e) {
      throw new CorruptPayloadException("The bytes of a list of classes end too early.", e);
    }
  }
}
