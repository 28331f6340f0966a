using System.Text;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>Types of metadata values, with their numbers in the format, and how they are written.</summary>
/// <remarks>Source: ggml, docs/gguf.md, <c>gguf_metadata_value_type</c>.</remarks>
internal static class GgufValue
{
    public const uint String = 8, Array = 9;

    // Indexed by the number of the type.
    private static readonly Type?[] Types =
    [
        typeof(byte), typeof(sbyte), typeof(ushort), typeof(short), typeof(uint), typeof(int), typeof(float), typeof(bool),
        typeof(string), null, typeof(ulong), typeof(long), typeof(double),
    ];

    /// <summary>Returns the number of a type, <see cref="Array"/> for arrays; null if the format has no such type.</summary>
    public static uint? GetType(Type type) => type.IsArray
        ? GetType(type.GetElementType()!) is { } element && element != Array ? Array : null
        : System.Array.IndexOf(Types, type) is >= 0 and var number ? (uint)number : null;

    /// <summary>Returns the type of a number; null for arrays and unknown numbers.</summary>
    public static Type? FromNumber(uint number) => number < Types.Length ? Types[number] : null;

    /// <summary>Smallest number of bytes that a value of a type takes.</summary>
    public static int GetSize(uint number) => number switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        _ => 8,
    };

    /// <summary>Returns a name for error messages: <c>uint32</c>, <c>array of string</c>.</summary>
    public static string Describe(Type type) =>
        type.IsArray ? $"array of {Describe(type.GetElementType()!)}"
        : type == typeof(float) ? "float32"
        : type == typeof(double) ? "float64"
        : type == typeof(bool) ? "bool"
        : type.Name.ToLowerInvariant();

    /// <summary>Writes a type and a value.</summary>
    public static void Write(BinaryWriter writer, object value)
    {
        writer.Write(GetType(value.GetType())!.Value);
        if (value is not System.Array array)
        {
            WriteBare(writer, value);
            return;
        }
        writer.Write(GetType(value.GetType().GetElementType()!)!.Value);
        writer.Write((ulong)array.Length);
        foreach (var element in array) WriteBare(writer, element!);
    }

    /// <summary>Writes a text with its length.</summary>
    public static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteBare(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool on: writer.Write(on); break;
            case string text: WriteText(writer, text); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new ArgumentOutOfRangeException(nameof(value), value, "Not a type of this format.");
        }
    }
}
