/**
 * The bit patterns of float32 numbers as float16.
 *
 * @throws where a number is none: what was trained is not to be rounded unseen
 */
export function toFloat16(values) {
  const words = new Uint16Array(values.length);
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  for (const [index, value] of bits.entries()) {
    const sign = (value >>> 16) & 0x8000;
    const exponent = ((value >>> 23) & 0xff) - 127 + 15;
    const fraction = value & 0x7fffff;
    // Below 2^-14 float16 has fewer digits and no leading one.
    const shift = exponent > 0 ? 13 : 14 - exponent;
    const digits = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000;
    const zero = (value & 0x7fffffff) === 0;
    if (!zero && (exponent > 30 || shift > 24 || digits % 2 ** shift !== 0))
      throw new Error(`${values[index]} is no float16 number.`);
    words[index] = zero ? sign : sign | (digits / 2 ** shift);
  }
  return words;
}
