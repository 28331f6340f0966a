using TurkishLlm.Tools.Mutation.Catalog;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Lists every planted bug by area.</summary>
public static class MutationCatalog
{
    /// <summary>Areas and their mutations.</summary>
    public static IReadOnlyList<(string Area, IReadOnlyList<Mutation> Mutations)> Areas { get; } =
    [
        ("Tokenizer", TokenizerMutations.All),
        ("Data", DataMutations.All),
        ("Chains", ChainMutations.All),
        ("Attention", AttentionMutations.All),
        ("Norm and feed-forward", BlockMutations.All),
        ("Initialization", InitializationMutations.All),
        ("Tying", TyingMutations.All),
        ("Loss", LossMutations.All),
        ("Optimizer and schedule", OptimizerMutations.All),
        ("Accumulation and processes", AccumulationMutations.All),
        ("Precision", PrecisionMutations.All),
        ("Checkpoints", CheckpointMutations.All),
        ("Exports", ExportMutations.All),
        ("Fine-tuning", FineTuningMutations.All),
        ("Adapters", AdapterMutations.All),
        ("Preferences", PreferenceMutations.All),
        ("Generation", GenerationMutations.All),
        ("Tools", ToolMutations.All),
        ("Evaluation", EvaluationMutations.All),
        ("Plumbing", PlumbingMutations.All),
        ("Kernels", KernelMutations.All),
        ("Decoder", DecoderMutations.All),
        ("Synthesis", SynthesisMutations.All),
    ];

    /// <summary>All mutations.</summary>
    public static IReadOnlyList<Mutation> All { get; } = [.. Areas.SelectMany(area => area.Mutations)];

    /// <summary>Mutations that CI runs on every push: the first of each area.</summary>
    public static IReadOnlyList<Mutation> CiSubset { get; } = [.. Areas.SelectMany(area => area.Mutations.Take(1))];

    /// <summary>Returns the area of a mutation.</summary>
    public static string AreaOf(Mutation mutation) => Areas.First(area => area.Mutations.Contains(mutation)).Area;
}
