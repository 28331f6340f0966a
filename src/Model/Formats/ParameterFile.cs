using TorchSharp;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Whole sets of weights in files. Loading is strict: every name and shape, and nothing else. Floating-point numbers of any
/// width come in as float32.
/// </summary>
/// <remarks>
/// Spec: CKP-01, CKP-02, CKP-18, CKP-20, CKP-22. Source: BUG-CKP-01, BUG-CKP-02, BUG-CKP-18: a lenient load "continues"
/// from random weights.
/// </remarks>
public static class ParameterFile
{
    private const string Embedding = "embed_tokens.weight", Head = "lm_head.weight";

    /// <summary>Writes tables of weights, the names of each behind a prefix.</summary>
    /// <param name="path">The file; replaced when it is there.</param>
    /// <param name="tables">Prefix and table; the prefix may be empty.</param>
    /// <param name="metadata">Free text to keep with them.</param>
    /// <param name="type">F32 for the very bits; BF16 to round to nearest, in half the room.</param>
    /// <param name="rename">What to call a weight; its own name when null.</param>
    /// <returns>SHA-256 of the file.</returns>
    public static string Save(
        string path, IReadOnlyList<(string Prefix, ParameterTable Table)> tables, IReadOnlyDictionary<string, string>? metadata = null,
        SafetensorsDtype type = SafetensorsDtype.F32, Func<string, string>? rename = null)
    {
        var tensors = tables.SelectMany(t => t.Table.Names.Select(own => (Key: t.Prefix + (rename?.Invoke(own) ?? own), Tensor: t.Table[own]))).ToDictionary(t => t.Key, t => t.Tensor);
        using var writer = SafetensorsWriter.Create(path, tensors.Select(t => new SafetensorsTensorInfo(t.Key, type, t.Value.shape)), metadata);
        foreach (var declared in writer.Tensors)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var exact = tensors[declared.Name].detach().cpu();
            writer.Write<byte>(declared.Name, (type == SafetensorsDtype.BF16 ? exact.to(bfloat16) : exact).contiguous().bytes);
        }
        return writer.Finish();
    }

    /// <summary>Reads one table of weights.</summary>
    /// <param name="path">A file of <see cref="Save"/>, or of another trainer with the same names.</param>
    /// <param name="config">The model the weights are for.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="prefix">What stands before the names of this table.</param>
    /// <param name="ignoredPrefixes">Prefixes of the tables of the file that are not to be read.</param>
    /// <exception cref="InvalidDataException">A weight is missing, unknown, twice, or of another shape or type; tells all of them.</exception>
    public static ParameterTable Load(string path, ModelConfig config, Device device, string prefix = "", params IReadOnlyList<string> ignoredPrefixes) =>
        Load(path, config, ParameterTable.GetShapes(config), device, prefix, ignoredPrefixes);

    /// <summary>Reads one table of other tensors that belong to a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model.</param>
    /// <param name="shapes">Names and shapes of the table.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="prefix">What stands before the names of this table.</param>
    /// <param name="ignoredPrefixes">Prefixes of the tables of the file that are not to be read.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown, twice, or of another shape or type; tells all of them.</exception>
    public static ParameterTable Load(
        string path, ModelConfig config, IEnumerable<(string Name, long[] Shape)> shapes, Device device, string prefix = "", params IReadOnlyList<string> ignoredPrefixes)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = file.Tensors.Where(t => !ignoredPrefixes.Any(other => t.Name.StartsWith(other, StringComparison.Ordinal)));
        return Load(file, tensors, config, [.. shapes], device, name => name.StartsWith(prefix, StringComparison.Ordinal) ? WeightNames.StripWrapperPrefixes(name[prefix.Length..]) : name);
    }

    /// <summary>Reads the weights of a model from a file of any format.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">The model the weights are for.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="name">Turns a name of the file into ours; null takes off what wrappers put before it.</param>
    /// <exception cref="InvalidDataException">A weight is missing, unknown, twice, or of another shape or type; tells all of them.</exception>
    public static ParameterTable Load(ITensorFile file, ModelConfig config, Device device, Func<string, string>? name = null) =>
        Load(file, file.Tensors, config, [.. ParameterTable.GetShapes(config)], device, name ?? WeightNames.StripWrapperPrefixes);

    private static ParameterTable Load(
        ITensorFile file, IEnumerable<SafetensorsTensorInfo> tensors, ModelConfig config, IReadOnlyList<(string Name, long[] Shape)> shapes, Device device, Func<string, string> rename)
    {
        var stored = tensors.ToLookup(t => rename(t.Name), StringComparer.Ordinal);
        var problems = FindProblems(stored, shapes).ToList();
        if (problems.Count == 0 && HasUntiedHead(file, stored, config))
            problems.Add($"{Head} is not equal to {Embedding}, but the configuration ties the two (weight_tying = true); it has to say false");
        ThrowIfAny(file.Path, problems);
        return ParameterTable.Create(config, shapes, (own, shape) =>
        {
            using var grad = no_grad();
            var tensor = empty(shape, float32);
            file.ReadFloat32(stored[own].Single().Name, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes));
            return device.type == DeviceType.CPU ? tensor : tensor.to(device);
        });
    }

    private static IEnumerable<string> FindProblems(ILookup<string, SafetensorsTensorInfo> stored, IReadOnlyList<(string Name, long[] Shape)> shapes)
    {
        var wanted = shapes.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        if (stored.Contains(Head) && wanted.TryGetValue(Embedding, out var embedding)) wanted.TryAdd(Head, embedding);      // other trainers write a tied head out
        foreach (var (name, shape) in wanted)
            foreach (var problem in FindProblems(name, shape, [.. stored[name]])) yield return problem;
        foreach (var unknown in stored.Where(tensor => !wanted.ContainsKey(tensor.Key))) yield return $"{unknown.Key} is not part of the model";
    }

    private static IEnumerable<string> FindProblems(string name, long[] shape, SafetensorsTensorInfo[] found) => found switch
    {
        [] => [$"{name} is missing"],
        [var tensor] when !tensor.Shape.SequenceEqual(shape) => [$"{name} is [{string.Join(", ", tensor.Shape)}], the model takes [{string.Join(", ", shape)}]"],
        [var tensor] when !FloatConversion.IsFloatingPoint(tensor.Type) => [$"{name} is {tensor.Type}, the model takes floating-point numbers"],
        [_] => [],
        _ => [$"{name} is there {found.Length} times, as {string.Join(" and ", found.Select(t => t.Name))}"],
    };

    private static bool HasUntiedHead(ITensorFile file, ILookup<string, SafetensorsTensorInfo> stored, ModelConfig config)
    {
        if (!config.TieEmbeddings || !stored.Contains(Head)) return false;
        var (head, embedding) = (new float[config.VocabSize * config.DModel], new float[config.VocabSize * config.DModel]);
        file.ReadFloat32(stored[Head].Single().Name, head);
        file.ReadFloat32(stored[Embedding].Single().Name, embedding);
        return !head.AsSpan().SequenceEqual(embedding);
    }

    private static void ThrowIfAny(string path, List<string> problems)
    {
        if (problems.Count == 0) return;
        const int shown = 8;
        var more = problems.Count > shown ? $" … and {problems.Count - shown} more" : "";
        throw new InvalidDataException(
            $"{path} does not hold the weights of this model: {string.Join("; ", problems.Take(shown))}{more}. Use the configuration that the weights were saved with.");
    }
}
