using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// A file of fixtures/reference. Its reader is the tests' own, so that a bug in the program's reader cannot hide itself.
/// </summary>
internal sealed class RecordedReference
{
    private readonly Dictionary<string, (string Type, int[] Shape, byte[] Bytes)> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <param name="name">File name without folder and extension.</param>
    public RecordedReference(string name)
    {
        var file = File.ReadAllBytes(Path.Combine(Folder, name + ".safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        var data = file.AsSpan(8 + headerLength);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.NameEquals("__metadata__"))
            {
                foreach (var pair in entry.Value.EnumerateObject()) _metadata.Add(pair.Name, pair.Value.GetString()!);
                continue;
            }
            var offsets = entry.Value.GetProperty("data_offsets");
            var (begin, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32())];
            _tensors.Add(entry.Name, (entry.Value.GetProperty("dtype").GetString()!, shape, data[begin..end].ToArray()));
        }
    }

    public IEnumerable<string> Names => _tensors.Keys;

    public int[] Shape(string name) => Find(name).Shape;

    public string TypeOf(string name) => Find(name).Type;

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name, "F32")).ToArray();

    public double[] Doubles(string name) => Array.ConvertAll(Floats(name), x => (double)x);

    public long[] Longs(string name) => MemoryMarshal.Cast<byte, long>(Bytes(name, "I64")).ToArray();

    public bool[] Booleans(string name) => MemoryMarshal.Cast<byte, bool>(Bytes(name, "BOOL")).ToArray();

    /// <summary>Tensors with names that begin with the prefix, without it, widened to float64.</summary>
    public Dictionary<string, double[]> DoublesUnder(string prefix) =>
        Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
             .ToDictionary(n => n[prefix.Length..], Doubles, StringComparer.Ordinal);

    public string Metadata(string key) => _metadata[key];

    /// <summary>A metadata value that is a JSON object.</summary>
    public JsonElement Object(string key) => JsonSerializer.Deserialize<JsonElement>(Metadata(key));

    private byte[] Bytes(string name, string type)
    {
        var tensor = Find(name);
        return tensor.Type == type ? tensor.Bytes : throw new InvalidDataException($"{name} is {tensor.Type}, not {type}.");
    }

    private (string Type, int[] Shape, byte[] Bytes) Find(string name) =>
        _tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new InvalidDataException($"No tensor '{name}'; there are {string.Join(", ", Names)}.");

    /// <summary>The folder fixtures/reference of this checkout.</summary>
    internal static string Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "fixtures", "reference");
                if (Directory.Exists(candidate)) return candidate;
            }
            throw new DirectoryNotFoundException($"No fixtures/reference above {AppContext.BaseDirectory}.");
        }
    }
}
