using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Converts float32 numbers to the blocks of a <see cref="GgufTensorType"/> and back.</summary>
/// <remarks>
/// Spec: GGF-01, GGF-02, GGF-03. Source: ggml, ggml-quants.c, <c>quantize_row_q8_0_ref</c>; <c>ggml_compute_fp32_to_bf16</c>.
/// </remarks>
public static class GgufBlocks
{
    private const int QuantizedLength = 32, LargestQuantum = 127;

    /// <summary>Elements of a block.</summary>
    public static int GetLength(GgufTensorType type) => type == GgufTensorType.Q8_0 ? QuantizedLength : 1;

    /// <summary>Bytes of a block.</summary>
    public static int GetByteCount(GgufTensorType type) => type switch
    {
        GgufTensorType.F32 => sizeof(float),
        GgufTensorType.F16 or GgufTensorType.BF16 => sizeof(ushort),
        GgufTensorType.Q8_0 => sizeof(ushort) + QuantizedLength,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of this format."),
    };

    /// <summary>
    /// Encodes numbers: exactly as F32, to the nearest value as F16 and BF16 (ties to even), and as Q8_0 with the scale
    /// max|x| ÷ 127 of each block, rounded to float16, and quanta rounded to nearest (ties away from zero).
    /// </summary>
    /// <param name="type">Type of the result.</param>
    /// <param name="source">The numbers; whole blocks.</param>
    /// <param name="destination">Receives the blocks, little-endian.</param>
    /// <exception cref="OverflowException">A number or a scale is too large for float16.</exception>
    public static void Encode(GgufTensorType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case GgufTensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case GgufTensorType.F16:
                for (var i = 0; i < source.Length; i++)
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(sizeof(ushort) * i)..], ToHalf(source[i]));
                break;
            case GgufTensorType.BF16:
                for (var i = 0; i < source.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[(sizeof(ushort) * i)..], ToBFloat16(source[i]));
                break;
            case GgufTensorType.Q8_0:
                var bytes = GetByteCount(type);
                for (var block = 0; block * QuantizedLength < source.Length; block++)
                    Quantize(source.Slice(block * QuantizedLength, QuantizedLength), destination.Slice(block * bytes, bytes));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of this format.");
        }
    }

    /// <summary>Decodes blocks: exactly from floats; a quantum of Q8_0 becomes scale × quantum, rounded to float32.</summary>
    /// <param name="type">Type of the blocks.</param>
    /// <param name="source">Whole blocks, little-endian.</param>
    /// <param name="destination">Receives the numbers.</param>
    public static void Decode(GgufTensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (type != GgufTensorType.Q8_0)
        {
            FloatConversion.Convert(ToSafetensors(type), source, destination);
            return;
        }
        var bytes = GetByteCount(type);
        for (var block = 0; block * QuantizedLength < destination.Length; block++)
        {
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(block * bytes)..]);
            var quanta = source.Slice(block * bytes + sizeof(ushort), QuantizedLength);
            for (var i = 0; i < QuantizedLength; i++)
                destination[block * QuantizedLength + i] = scale * (sbyte)quanta[i];
        }
    }

    /// <summary>The type of the numbers that reading gives: that of the elements, or F32 for quantized ones.</summary>
    internal static SafetensorsDtype ToSafetensors(GgufTensorType type) => type switch
    {
        GgufTensorType.F16 => SafetensorsDtype.F16,
        GgufTensorType.BF16 => SafetensorsDtype.BF16,
        _ => SafetensorsDtype.F32,
    };

    private static void Quantize(ReadOnlySpan<float> source, Span<byte> block)
    {
        var largest = 0f;
        foreach (var value in source) largest = MathF.Max(largest, MathF.Abs(value));
        var scale = largest / LargestQuantum;
        var inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, ToHalf(scale));
        for (var i = 0; i < source.Length; i++)
            block[sizeof(ushort) + i] = (byte)(sbyte)MathF.Round(source[i] * inverse, MidpointRounding.AwayFromZero);
    }

    private static Half ToHalf(float value)
    {
        var rounded = (Half)value;
        return Half.IsInfinity(rounded) && float.IsFinite(value)
            ? throw new OverflowException(
                FormattableString.Invariant($"{value} is too large for float16, which has at most {Half.MaxValue}"))
            : rounded;
    }

    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
