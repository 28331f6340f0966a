using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Model;

/// <summary>Whole sets of weights in safetensors files. Loading is strict: every name, shape and number type, and nothing else.</summary>
/// <remarks>Source: silent-bug rows CKP-01, CKP-02, CKP-18: a lenient load "continues" from random weights.</remarks>
public static class ParameterFile
{
    // What wrappers of other trainers put before every name.
    private static readonly string[] ForeignPrefixes = ["_orig_mod.", "module."];

    /// <summary>Writes tables of weights, the names of each behind a prefix.</summary>
    /// <param name="path">The file; replaced when it is there.</param>
    /// <param name="tables">Prefix and table; the prefix may be empty.</param>
    /// <param name="metadata">Free text to keep with them.</param>
    /// <returns>SHA-256 of the file.</returns>
    public static string Save(string path, IReadOnlyList<(string Prefix, ParameterTable Table)> tables, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var tensors = tables.SelectMany(t => t.Table.Names.Select(name => (Key: t.Prefix + name, Tensor: t.Table[name]))).ToDictionary(t => t.Key, t => t.Tensor);
        using var writer = SafetensorsWriter.Create(
            path, tensors.Select(t => new SafetensorsTensor(t.Key, SafetensorsType.F32, t.Value.shape)), metadata);
        foreach (var declared in writer.Tensors)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            writer.Write<byte>(declared.Name, tensors[declared.Name].detach().cpu().contiguous().bytes);
        }
        return writer.Finish();
    }

    /// <summary>Reads one table of weights.</summary>
    /// <param name="path">A file of <see cref="Save"/>, or of another trainer with the same names.</param>
    /// <param name="config">The model the weights are for.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="prefix">What stands before the names of this table.</param>
    /// <param name="otherTables">Prefixes of the tables of the file that are not to be read.</param>
    /// <exception cref="InvalidDataException">A weight is missing, unknown, or of another shape or type; tells all of them.</exception>
    public static ParameterTable Load(string path, ModelConfig config, Device device, string prefix = "", params IReadOnlyList<string> otherTables) =>
        Load(path, config, ParameterTable.ShapesOf(config), device, prefix, otherTables);

    /// <summary>Reads one table of other tensors that belong to a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model.</param>
    /// <param name="shapes">Names and shapes of the table.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="prefix">What stands before the names of this table.</param>
    /// <param name="otherTables">Prefixes of the tables of the file that are not to be read.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown, or of another shape or type; tells all of them.</exception>
    public static ParameterTable Load(
        string path, ModelConfig config, IEnumerable<(string Name, long[] Shape)> shapes, Device device, string prefix = "", params IReadOnlyList<string> otherTables)
    {
        var wanted = shapes.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        using var file = SafetensorsFile.Open(path);
        var stored = file.Tensors.Where(t => !otherTables.Any(other => t.Name.StartsWith(other, StringComparison.Ordinal)))
            .ToDictionary(t => t.Name.StartsWith(prefix, StringComparison.Ordinal) ? Strip(t.Name[prefix.Length..]) : t.Name, StringComparer.Ordinal);
        Refuse(path, wanted, stored);
        return ParameterTable.Create(config, wanted.Select(p => (p.Key, p.Value)), (name, shape) =>
        {
            using var grad = no_grad();
            var tensor = empty(shape, float32);
            MemoryMarshal.AsBytes(file.Elements<float>(stored[name].Name)).CopyTo(tensor.bytes);
            return device.type == DeviceType.CPU ? tensor : tensor.to(device);
        });
    }

    private static void Refuse(string path, Dictionary<string, long[]> wanted, Dictionary<string, SafetensorsTensor> stored)
    {
        var problems = new List<string>();
        foreach (var (name, shape) in wanted)
            if (!stored.TryGetValue(name, out var tensor)) problems.Add($"{name} is missing");
            else if (!tensor.Shape.SequenceEqual(shape)) problems.Add($"{name} is [{string.Join(", ", tensor.Shape)}], the model takes [{string.Join(", ", shape)}]");
            else if (tensor.Type != SafetensorsType.F32) problems.Add($"{name} is {tensor.Type}, the model takes F32");
        problems.AddRange(stored.Keys.Where(name => !wanted.ContainsKey(name)).Select(name => $"{name} is not part of the model"));
        if (problems.Count == 0) return;

        const int shown = 8;
        var more = problems.Count > shown ? $" … and {problems.Count - shown} more" : "";
        throw new InvalidDataException(
            $"{path} does not hold the weights of this model: {string.Join("; ", problems.Take(shown))}{more}. Use the configuration that the weights were saved with.");
    }

    private static string Strip(string name)
    {
        foreach (var prefix in ForeignPrefixes)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) return Strip(name[prefix.Length..]);
        return name;
    }
}
