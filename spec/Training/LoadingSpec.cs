using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>Loads the weights of a file by name.</summary>
public delegate IReadOnlyDictionary<string, float[]> LoadWeights(string file, ModelConfig config);

/// <summary>Weights in a file with the names of another program.</summary>
/// <param name="Prefix">Prefix of every name.</param>
/// <param name="Model">The model.</param>
/// <param name="Inner">Inserted after the number of the layer, as by a wrapper of each layer.</param>
public sealed record PrefixedNamesCase(string Prefix, ModelCase Model, string Inner = "");

/// <summary>Files that each differ from a correct one in one respect.</summary>
/// <param name="Model">The model.</param>
public sealed record MalformedFilesCase(ModelCase Model);

/// <summary>Loading is strict: CKP-01, CKP-02, CKP-18.</summary>
public static class LoadingSpec
{
    private static readonly ModelCase Tied = new(Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Time: 1);
    private static readonly ModelCase Untied = new(
        Width: 18, 3, Heads: 3, KeyValueHeads: 1, Inner: 28, Batch: 1, Time: 1, Tied: false);


    public static readonly Requirement<PrefixedNamesCase, LoadWeights> CKP_01_Wrappers = new()
    {
        Id = "CKP-01",
        Statement = "Weights are found by name after and between the names of wrapper modules, and have the bits of the file.",
        Source = "BUG-CKP-01: karpathy/nanoGPT #325, pytorch/pytorch #101107; reference report, section 17",
        CanonicalCases =
        [
            new("_orig_mod.module.", Tied), new("module.module._orig_mod.", Untied),
            new("module.", Untied, Inner: "_orig_mod."),
            new("_forward_module.model.", Tied, "_checkpoint_wrapped_module."),
        ],
        Subject = (_, at) => (file, config) => Real(file, config, at),
        Holds = (load, c, at) =>
        {
            using var file = new WeightFile();
            using var weights = ModelCase.Weights(c.Model.Config, at);
            var stored = WeightFile.FromParameters(weights);
            var renamed = stored.Select(weight => weight with { Name = c.Prefix + Wrap(weight.Name, c.Inner) });
            var loaded = load(file.Write(renamed), c.Model.Config);
            return Verdict.All(
                stored.Select(weight =>
                    Verdict.SameElements(weight.Values, loaded.GetValueOrDefault(weight.Name) ?? [], weight.Name)));
        },
        Impostors = new()
        {
            ["loads what matches and initializes the rest"] = (_, at) => (file, config) =>
                LoadLeniently(file, config, name => name, at),
            ["removes one prefix"] = (_, at) => (file, config) =>
                LoadLeniently(file, config, name => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..], at),
            ["matches by shape"] = (_, _) => (file, config) =>
            {
                using var opened = SafetensorsFile.Open(file);
                var values = WeightFile.Read(file);
                return ParameterTable
                    .GetShapes(config)
                    .ToDictionary(
                        wanted => wanted.Name,
                        wanted => values[opened.Tensors.First(t => t.Shape.SequenceEqual(wanted.Shape)).Name]);
            },
        },
    };

    public static readonly Requirement<MalformedFilesCase, Func<string, ModelConfig, bool>> CKP_02_Shapes = new()
    {
        Id = "CKP-02",
        Statement = "A weight of another shape is refused: none is broadcast, cut, reshaped or transposed, and the correct file "
            + "is accepted.",
        Source = "BUG-CKP-02: pytorch/pytorch #8282, #165873",
        CanonicalCases = [new(Tied), new(Untied)],
        Subject = (_, at) => (file, config) => Accepts(file, config, at),
        Holds = (accepts, c, at) => Judge(accepts, c, at, WrongShapes),
        Impostors = new()
        {
            ["broadcasts what fits"] = (_, _) => (file, config) => MatchesShapes(file, config, (stored, wanted) =>
                stored.Count <= wanted.Length
                && stored.Reverse().Zip(wanted.Reverse()).All(axis => axis.First == axis.Second || axis.First == 1)),
            ["counts elements"] = (_, _) => (file, config) =>
                MatchesShapes(file, config, (stored, wanted) => Product(stored) == Product(wanted)),
            ["fills from the front"] = (_, _) => (file, config) =>
                MatchesShapes(file, config, (stored, wanted) => Product(stored) >= Product(wanted)),
            ["compares the last axis only"] = (_, _) => (file, config) =>
                MatchesShapes(file, config, (stored, wanted) => stored.Count > 0 && stored[^1] == wanted[^1]),
        },
    };

    public static readonly Requirement<MalformedFilesCase, Func<string, ModelConfig, bool>> CKP_18_Names = new()
    {
        Id = "CKP-18",
        Statement = "A file is refused if a weight is missing, unknown or stored under two names, or if a tied head is not the "
            + "embedding.",
        Source = "BUG-CKP-01, BUG-CKP-18: train-llm-from-scratch #36 (163 missing keys), dotnet/TorchSharp #760, #510",
        CanonicalCases = [new(Tied), new(Untied)],
        Subject = (_, at) => (file, config) => Accepts(file, config, at),
        Holds = (accepts, c, at) => Judge(accepts, c, at, WrongNames),
        Impostors = new()
        {
            ["leaves missing weights random"] = (_, _) => (file, config) =>
                Names(file).All(name => ExpectedNames(config).Contains(WeightNames.StripWrappers(name))),
            ["ignores unknown weights"] = (_, _) => (file, config) =>
                ExpectedNames(config).IsSubsetOf(Names(file).Select(WeightNames.StripWrappers)),
            ["uses the last of two names"] = (_, _) =>
                (file, config) =>
                    ExpectedNames(config)
                        .SetEquals(
                            Names(file)
                                .Select(WeightNames.StripWrappers)
                                .Where(name => name != "lm_head.weight" || !config.TieEmbeddings)),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [CKP_01_Wrappers, CKP_02_Shapes, CKP_18_Names];

    // layers.0.attn.q_proj.weight becomes layers.0._orig_mod.attn.q_proj.weight.
    private static string Wrap(string name, string inner) => name.Split('.', 3) is ["layers", var number, var rest]
        ? $"layers.{number}.{inner}{rest}"
        : name;

    private static Dictionary<string, float[]> Real(string path, ModelConfig config, Conditions at)
    {
        using var file = TensorFile.Open(path);
        using var loaded = ParameterFile.Load(file, config, at.Device);
        return loaded.Names.ToDictionary(name => name, name => WeightFile.ToFloats(loaded[name]));
    }

    private static bool Accepts(string file, ModelConfig config, Conditions at)
    {
        try
        {
            return Real(file, config, at).Count > 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static Verdict Judge(
        Func<string, ModelConfig, bool> accepts, MalformedFilesCase c, Conditions at,
        Func<IReadOnlyList<StoredWeight>, ModelConfig, IEnumerable<(string Fault, IEnumerable<StoredWeight> File)>> faults)
    {
        using var file = new WeightFile();
        using var weights = ModelCase.Weights(c.Model.Config, at);
        var right = WeightFile.FromParameters(weights);
        return Verdict.All(
            [Verdict.That(accepts(file.Write(right), c.Model.Config), "the correct file is accepted"),
             .. faults(right, c.Model.Config)
                 .Select(wrong =>
                     Verdict.Equal(
                         false, accepts(file.Write(wrong.File), c.Model.Config), $"accepts a file in which {wrong.Fault}")),
         ]);
    }

    private static IEnumerable<(string, IEnumerable<StoredWeight>)> WrongShapes(
        IReadOnlyList<StoredWeight> right, ModelConfig config)
    {
        long v = config.VocabSize, d = config.DModel, ff = config.DFf;
        foreach (var (name, shape) in new (string, long[])[]
        {
            ("embed_tokens.weight", [1, d]),
            ("embed_tokens.weight", [v + 1, d]), ("norm.weight", []), ("norm.weight", [1]), ("norm.weight", [d, 1]),
            ("layers.0.attn.q_proj.weight", [d * d]),
            ("layers.1.ffn.gate_proj.weight", [d, ff]), ("layers.1.ffn.down_proj.weight", [d + 1, ff]),
            ("layers.0.attn.k_proj.weight", [d, d]),
        })
            yield return ($"{name} is [{string.Join(", ", shape)}]", right.Select(weight => weight.Name != name ? weight
                : new StoredWeight(
                    name, shape,
                    [.. Enumerable.Range(0, (int)Product(shape)).Select(i => weight.Values[i % weight.Values.Length])])));
    }

    private static IEnumerable<(string, IEnumerable<StoredWeight>)> WrongNames(
        IReadOnlyList<StoredWeight> right, ModelConfig config)
    {
        var (norm, query) = (
            right.Single(weight => weight.Name == "norm.weight"),
            right.Single(weight => weight.Name == "layers.1.attn.q_proj.weight"));
        yield return ("a matrix is missing", right.Where(weight => weight != query));
        yield return (
            "a layer is missing",
            right.Where(weight => !weight.Name.StartsWith("layers.1.", StringComparison.Ordinal)));
        yield return (
            "there is a layer more",
            right.Concat(
                right
                    .Where(weight => weight.Name.StartsWith("layers.1.", StringComparison.Ordinal))
                    .Select(weight =>
                        weight with
                        {
                            Name = weight.Name.Replace("layers.1.", $"layers.{config.NLayers}.", StringComparison.Ordinal),
                        })));
        yield return ("queries have a bias", right.Append(new("layers.1.attn.q_proj.bias", [config.DModel], norm.Values)));
        yield return ("a norm has two names", right.Append(norm with { Name = "module.norm.weight" }));
        if (config.TieEmbeddings)
            yield return (
                "the head is another matrix",
                right.Append(right[0] with { Name = "lm_head.weight", Values = [.. right[0].Values.Reverse()] }));
        else yield return ("the head is missing", right.Where(weight => weight.Name != "lm_head.weight"));
    }

    private static Dictionary<string, float[]> LoadLeniently(
        string file, ModelConfig config, Func<string, string> rename, Conditions at)
    {
        var found = WeightFile.Read(file).ToDictionary(entry => rename(entry.Key), entry => entry.Value);
        using var drawn = WeightInitializer.Initialize(config, at.Seed, TorchSharp.torch.CPU);
        return drawn.Names.ToDictionary(name => name, name => found.GetValueOrDefault(name) ?? WeightFile.ToFloats(drawn[name]));
    }

    private static bool MatchesShapes(string path, ModelConfig config, Func<IReadOnlyList<long>, long[], bool> fits)
    {
        using var file = SafetensorsFile.Open(path);
        return ParameterTable.GetShapes(config).All(wanted => fits(file.GetTensorInfo(wanted.Name).Shape, wanted.Shape));
    }

    private static HashSet<string> ExpectedNames(ModelConfig config) =>
        [.. ParameterTable.GetShapes(config).Select(wanted => wanted.Name)];

    private static string[] Names(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return [.. file.Tensors.Select(t => t.Name)];
    }

    private static long Product(IReadOnlyList<long> shape) => shape.Aggregate(1L, (product, size) => product * size);
}
