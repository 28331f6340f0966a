using TorchSharp;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Model.Formats;

/// <summary>
/// Saves and loads tables of weights. Loading is strict: all names and shapes must match, and there may be no other tensors.
/// Floating-point numbers of any width are converted to float32.
/// </summary>
/// <remarks>
/// Spec: CKP-01, CKP-02, CKP-18, CKP-20, CKP-22. Source: BUG-CKP-01, BUG-CKP-02, BUG-CKP-18: a lenient load would silently
/// continue with random weights.
/// </remarks>
public static class ParameterFile
{
    private const string Embedding = "embed_tokens.weight", Head = "lm_head.weight";

    /// <summary>Saves tables of weights, each with a prefix before its names.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tables">Prefix and table; the prefix may be empty.</param>
    /// <param name="metadata">Text metadata to store; null for none.</param>
    /// <param name="type">F32 keeps all bits; BF16 rounds to nearest and halves the size.</param>
    /// <param name="rename">Maps the name of a weight to that in the file; null for no change.</param>
    /// <returns>SHA-256 of the file.</returns>
    public static string Save(
        string path,
        IReadOnlyList<(string Prefix, ParameterTable Table)> tables,
        IReadOnlyDictionary<string, string>? metadata = null,
        SafetensorsDtype type = SafetensorsDtype.F32, Func<string, string>? rename = null)
    {
        var tensors = tables
            .SelectMany(t => t.Table.Names.Select(own => (Key: t.Prefix + (rename?.Invoke(own) ?? own), Tensor: t.Table[own])))
            .ToDictionary(t => t.Key, t => t.Tensor);
        using var writer = SafetensorsWriter.Create(
            path,
            tensors.Select(t => new SafetensorsTensorInfo(t.Key, type, t.Value.shape)),
            metadata);
        foreach (var declared in writer.Tensors)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            var exact = tensors[declared.Name].detach().cpu();
            writer.Write<byte>(declared.Name, (type == SafetensorsDtype.BF16 ? exact.to(bfloat16) : exact).contiguous().bytes);
        }
        return writer.Finish();
    }

    /// <summary>Loads one table of weights.</summary>
    /// <param name="path">A file written by <see cref="Save"/>, or by another trainer with the same names.</param>
    /// <param name="config">The model of the weights.</param>
    /// <param name="device">The device of the result.</param>
    /// <param name="prefix">The prefix before the names of this table.</param>
    /// <param name="ignoredPrefixes">Prefixes of other tables in the file, which are ignored.</param>
    /// <exception cref="InvalidDataException">
    /// A weight is missing, unknown, duplicate, or of another shape or type; the message lists all problems.
    /// </exception>
    public static ParameterTable Load(
        string path, ModelConfig config, Device device,
        string prefix = "",
        params IReadOnlyList<string> ignoredPrefixes
    ) => Load(path, config, ParameterTable.GetShapes(config), device, prefix, ignoredPrefixes);

    /// <summary>Loads one table of other tensors of a model, such as those of an adapter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model.</param>
    /// <param name="shapes">Names and shapes of the tensors.</param>
    /// <param name="device">The device of the result.</param>
    /// <param name="prefix">The prefix before the names of this table.</param>
    /// <param name="ignoredPrefixes">Prefixes of other tables in the file, which are ignored.</param>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, unknown, duplicate, or of another shape or type; the message lists all problems.
    /// </exception>
    public static ParameterTable Load(
        string path,
        ModelConfig config, IEnumerable<(string Name, long[] Shape)> shapes, Device device,
        string prefix = "",
        params IReadOnlyList<string> ignoredPrefixes)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = file.Tensors.Where(t => !ignoredPrefixes.Any(other => t.Name.StartsWith(other, StringComparison.Ordinal)));
        return Load(file, tensors, config, [.. shapes], device, name =>
            name.StartsWith(prefix, StringComparison.Ordinal) ? WeightNames.StripWrappers(name[prefix.Length..]) : name);
    }

    /// <summary>Loads the weights of a model from a file of any format.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">The model of the weights.</param>
    /// <param name="device">The device of the result.</param>
    /// <param name="name">Maps a name in the file to ours; null for <see cref="WeightNames.CreateMapping"/>.</param>
    /// <exception cref="InvalidDataException">
    /// A weight is missing, unknown, duplicate, or of another shape or type; the message lists all problems.
    /// </exception>
    public static ParameterTable Load(ITensorFile file, ModelConfig config, Device device, Func<string, string>? name = null) =>
        Load(
            file, file.Tensors, config, [.. ParameterTable.GetShapes(config)], device,
            name ?? WeightNames.CreateMapping([.. file.Tensors.Select(tensor => tensor.Name)]));

    private static ParameterTable Load(
        ITensorFile file,
        IEnumerable<SafetensorsTensorInfo> tensors, ModelConfig config, IReadOnlyList<(string Name, long[] Shape)> shapes,
        Device device, Func<string, string> rename)
    {
        var stored = tensors.ToLookup(t => rename(t.Name), StringComparer.Ordinal);
        // Of tied weights, some writers of safetensors keep the head.
        if (config.TieEmbeddings && stored.Contains(Head) && !stored.Contains(Embedding))
            stored = tensors.ToLookup(t => rename(t.Name) is var ours && ours == Head ? Embedding : ours, StringComparer.Ordinal);
        var mismatch = Compare(stored, shapes);
        var problems = mismatch.Describe().ToList();
        if (!config.TieEmbeddings && problems is [var only] && !stored.Contains(Head))
            problems = [$"{only}. Weights without a head have the embedding as their head: set weight_tying to true"];
        if (problems.Count == 0 && HasUntiedHead(file, stored, config))
            problems.Add($"{Head} is not equal to {Embedding}, but the configuration ties the two (weight_tying = "
                + "true); set it to false");
        ThrowIfAny(file.Path, problems, mismatch.IsOfAnotherArchitecture ? "" : " Use the configuration of the saved weights.");
        return ParameterTable.Create(config, shapes, (own, shape) =>
        {
            using var grad = no_grad();
            var tensor = empty(shape, float32);
            file.ReadFloat32(
                stored[own].Single().Name,
                System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes));
            return device.type == DeviceType.CPU ? tensor : tensor.to(device);
        });
    }

    private static WeightMismatch Compare(
        ILookup<string, SafetensorsTensorInfo> stored, IReadOnlyList<(string Name, long[] Shape)> shapes)
    {
        var wanted = shapes.ToDictionary(p => p.Name, p => p.Shape, StringComparer.Ordinal);
        // Other trainers save a tied head, too.
        if (stored.Contains(Head) && wanted.TryGetValue(Embedding, out var embedding)) wanted.TryAdd(Head, embedding);
        return new(stored, wanted);
    }

    private static bool HasUntiedHead(ITensorFile file, ILookup<string, SafetensorsTensorInfo> stored, ModelConfig config)
    {
        if (!config.TieEmbeddings || !stored.Contains(Head)) return false;
        var (head, embedding) = (new float[config.VocabSize * config.DModel], new float[config.VocabSize * config.DModel]);
        file.ReadFloat32(stored[Head].Single().Name, head);
        file.ReadFloat32(stored[Embedding].Single().Name, embedding);
        return !head.AsSpan().SequenceEqual(embedding);
    }

    private static void ThrowIfAny(string path, List<string> problems, string advice)
    {
        if (problems.Count == 0) return;
        const int shown = 8;
        var more = problems.Count > shown ? $" … and {problems.Count - shown} more" : "";
        throw new InvalidDataException(
            $"{path} does not hold the weights of this model: {string.Join("; ", problems.Take(shown))}{more}.{advice}");
    }
}
